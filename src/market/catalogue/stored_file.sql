-- Does a row name this file? Each table that does has a question here: see stored_file.c.
-- stored_file_of_picture(file: text) -> one
select p.id from upkeep.picture p where p.file = $1 order by p.id limit 1;

-- stored_file_of_document(file: text) -> one
select d.id from upkeep.document d where d.file = $1 order by d.id limit 1;

-- stored_file_of_setting(file: text) -> one
select s.id from upkeep.setting s where s.name = @setting_name.logo and s.value = $1;

-- What a supplier sent and is still to be read.
-- stored_file_of_upload(file: text) -> one
select r.id from upkeep.import_run r where r.file is not null and r.file = $1 order by r.id limit 1;

-- Its refused rows.
-- stored_file_of_report(file: text) -> one
select r.id from upkeep.import_run r where r.report is not null and r.report = $1 order by r.id limit 1;
