-- That an answer was given.
-- access_add(id: access_answer_id, person: person_id, company: company_id?, form: access_form, n: int, at: time) -> exec
insert into rights.access_answer (id, person_id, company_id, form, n, at) values ($1, $2, $3, $4, $5, $6);

-- The answers that the viewer was given, newest first.
-- access_mine() -> many
select a.id, a.company_id, a.form, a.n, a.at from rights.access_answer a
where a.person_id = viewer_person() order by a.id desc limit 20;

-- The digest of words that were shown.
-- access_words(notice: notice_text_id) -> one
select n.id, n.about, n.language, n.digest, n.created_at from choices.notice_text n where n.id = $1;
