-- served_add(id: served_id, person: person_id, form: text, notice: notice_text_id, at: time) -> exec
insert into choices.served (id, person_id, form, notice_id, at) values ($1, $2, $3, $4, $5)
on conflict do nothing;

-- Somebody who signs up is not signed in yet.
-- served_add_new(id: served_id, person: person_id, form: text, notice: notice_text_id, at: time) -> exec
insert into signin.served (id, person_id, form, notice_id, at) values ($1, $2, $3, $4, $5)
on conflict do nothing;

-- What the viewer was told, form by form.
-- served_mine() -> many
select s.id, s.form, s.notice_id, s.at from choices.served s
where s.person_id = viewer_person() order by s.form, s.notice_id limit 200;
