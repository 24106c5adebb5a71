-- Catalogue files that suppliers send by web wait here until the job reads them in. file is the
-- stored upload's name while it is needed, report that of the refused rows; rows_of is how many rows
-- the file has; trouble why it was not read to the end.
alter table r_import_run add column file text null;
alter table r_import_run add column rows_of integer null;
alter table r_import_run add column report text null;
alter table r_import_run add column trouble text null;
create index r_import_run_file on r_import_run (id) where file is not null;
create index r_import_run_named on r_import_run (file) where file is not null;
create index r_import_run_report on r_import_run (report) where report is not null;
