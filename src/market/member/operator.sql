-- The operator's own people: added from the command line.
-- operator_by_email(email: blind(person.email.email)) -> one
select p.id, p.state, p.staff from setup.person p where p.email_blind = $1;

-- operator_add(person: person_id, name: sealed(person.name, row person, key person), email: sealed(person.email, row person, key person), blind: blind(person.email.email), locale: text, mask: int, staff: int, at: time) -> exec
insert into setup.person (id, state, name, email, email_blind, locale, mask, staff, adult, created_at, confirmed_at)
values ($1, @person_state.active, $2, $3, $4, $5, $6, $7, 1, $8, $8) on conflict do nothing;

-- operator_credential(id: credential_id, person: person_id, secret: sealed(credential.secret, row id, key person), at: time) -> exec
insert into setup.credential (id, person_id, secret, changed_at) values ($1, $2, $3, $4);
