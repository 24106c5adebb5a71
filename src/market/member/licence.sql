-- What the viewer's company has sent, newest first, without the files.
-- licence_own() -> many
select l.id, l.kind, l.media_type, l.size_bytes, l.title, l.uploaded_at from kyc.licence l
where l.company_id = viewer_company() order by l.id desc limit 20;

-- licence_own_one(licence: licence_id) -> one
select l.id, l.kind, l.media_type, l.size_bytes, l.title, l.uploaded_at from kyc.licence l
where l.id = $1 and l.company_id = viewer_company();

-- One file: for the company's own administrators, and for staff whose reason is written down.
-- licence_file(licence: licence_id, company: company_id) -> one
select l.id, l.media_type, l.title, l.content from kyc.licence l where l.id = $1 and l.company_id = $2;

-- licence_add(id: licence_id, company: company_id, kind: licence_kind, media_type: text, size_bytes: int, title: sealed(licence.title, row id, key company), content: sealed(licence.content, row id, key company), person: person_id, at: time) -> exec
insert into kyc.licence (id, company_id, kind, media_type, size_bytes, title, content, uploaded_by, uploaded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- licence_remove(licence: licence_id) -> exec
delete from manage.licence where id = $1;

-- When staff looked at the viewer's company's documents.
-- licence_looks() -> many
select k.id, k.at from kyc.licence_look k where k.company_id = viewer_company() order by k.id desc limit 20;

-- That a company has sent some, for whoever admits it: nothing of what stands in them.
-- licence_desk(company: company_id) -> many
select l.id, l.kind, l.media_type, l.size_bytes, l.uploaded_at from desk.licence l
where l.company_id = $1 order by l.id desc limit 20;

-- What a reason opened.
-- licence_shown(company: company_id) -> many
select l.id, l.kind, l.media_type, l.size_bytes, l.title, l.uploaded_at from kyc.licence l
where l.company_id = $1 order by l.id desc limit 20;

-- Is a reason of the viewer's own open?
-- licence_open(company: company_id) -> one
select k.id, k.at from kyc.licence_look k
where k.company_id = $1 and k.staff_id = viewer_person() and k.open = 1 order by k.id limit 1;

-- The reason, before anything is shown.
-- licence_look(id: licence_look_id, staff: person_id, company: company_id, at: time, content: sealed(licence_look.content, row id, key staff), commitment: blob) -> exec
insert into kyc.licence_look (id, staff_id, company_id, at, open, content, commitment) values ($1, $2, $3, $4, 1, $5, $6);

-- Looks that are still open since before `at`.
-- licence_stale(at: time) -> many
select k.id from audit.licence_look k where k.open = 1 and k.at < $1 order by k.at, k.id limit 500;

-- licence_close(look: licence_look_id) -> exec
update audit.licence_look set open = 0 where id = $1 and open = 1;

-- Looks in a time, newest first, with their reasons.
-- licence_audit(from: time, until: time) -> many
select k.id, k.staff_id, k.company_id, k.at, k.content from audit.licence_look k
where k.at >= $1 and k.at < $2 order by k.at desc, k.id desc limit 200;
