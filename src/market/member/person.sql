-- The viewer: everything that is stored about who they are.
-- person_own() -> one
select p.id, p.name, p.email, p.new_email, p.phone, p.work, p.locale, p.created_at, p.confirmed_at, c.changed_at
from account.person p left join account.credential c on c.person_id = p.id where p.id = viewer_person();

-- person_edit(person: person_id, name: sealed(person.name, row person, key person), phone: sealed(person.phone, row person, key person), work: sealed(person.work, row person, key person), locale: text) -> exec
update rights.person set name = $2, phone = $3, work = $4, locale = $5 where id = $1;

-- person_new_email(person: person_id, email: sealed(person.new_email, row person, key person)) -> exec
update rights.person set new_email = $2 where id = $1;

-- person_token_drop(person: int) -> exec
delete from rights.one_time_token where kind = @token_kind.change_email and about_id = $1;

-- person_token_add(id: one_time_token_id, person: int, digest: blob, at: time, until: time) -> exec
insert into rights.one_time_token (id, kind, about_id, digest, created_at, expires_at)
values ($1, @token_kind.change_email, $2, $3, $4, $5);


-- person_home_clear(person: person_id) -> exec
update account.membership set home = 0 where person_id = $1 and home = 1;

-- person_home_set(person: person_id, company: company_id) -> exec
update account.membership set home = 1 where person_id = $1 and company_id = $2;

-- What the frame of a page shows of the viewer.
-- person_frame() -> one
select p.name from account.person p where p.id = viewer_person();

-- The companies that the viewer may act for: their names come one by one (person_company).
-- person_companies() -> many
select m.id, m.company_id, m.roles, m.home
from account.membership m where m.person_id = viewer_person() order by m.id limit 100;

-- person_company(company: company_id) -> one
select c.id, c.name, c.state from signin.company c where c.id = $1;
