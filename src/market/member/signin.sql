-- Who somebody is: each statement finds at most one row, by something only that person has.
-- signin_person(email: blind(person.email.email)) -> one
select p.id, p.state, p.staff, p.locale, p.name
from signin.person p where p.email_blind = $1;

-- signin_standing(person: person_id) -> one
select p.state, p.staff from signin.person p where p.id = $1;

-- signin_credential(person: person_id) -> one
select c.id, c.secret from signin.credential c where c.person_id = $1;

-- signin_credential_add(id: credential_id, person: person_id, secret: sealed(credential.secret, row id, key person), at: time) -> exec
insert into signin.credential (id, person_id, secret, changed_at) values ($1, $2, $3, $4);

-- signin_credential_set(id: credential_id, person: person_id, secret: sealed(credential.secret, row id, key person), at: time) -> exec
update signin.credential set secret = $3, changed_at = $4 where id = $1 and person_id = $2;

-- The company that somebody signs in to.
-- signin_home(person: person_id) -> one
select m.company_id, m.roles, c.state
from signin.membership m join signin.company c on c.id = m.company_id
where m.person_id = $1 and m.home = 1;

-- signin_member(person: person_id, company: company_id) -> one
select m.roles, c.state
from signin.membership m join signin.company c on c.id = m.company_id
where m.company_id = $2 and m.person_id = $1;

-- Whose key to the API is this?
-- signin_bearer(digest: blob) -> one
select t.id, t.person_id, t.company_id, t.roles, t.expires_at
from signin.api_token t where t.digest = $1;

-- Whose key to the desk's API is this?
-- signin_staff_key(digest: blob) -> one
select k.id, k.person_id, k.roles, k.expires_at from signin.staff_key k where k.digest = $1;

-- signin_token(digest: blob) -> one
select t.id, t.kind, t.about_id, t.expires_at from signin.one_time_token t where t.digest = $1;

-- signin_token_add(id: one_time_token_id, kind: token_kind, about: int, digest: blob, at: time, until: time) -> exec
insert into signin.one_time_token (id, kind, about_id, digest, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6);

-- Makes room for a new link of this kind: the one before it is worth nothing from here on.
-- signin_token_drop(kind: token_kind, about: int) -> exec
delete from signin.one_time_token where kind = $1 and about_id = $2;

-- signin_token_use(id: one_time_token_id) -> exec
delete from signin.one_time_token where id = $1;

-- signin_confirm(person: person_id, at: time) -> exec
update signin.person set state = @person_state.active, confirmed_at = $2
where id = $1 and state = @person_state.unconfirmed;

-- The address that somebody wants to change to.
-- signin_new_email(person: person_id) -> one
select p.new_email from signin.person p where p.id = $1 and p.state = @person_state.active;

-- signin_change_email(person: person_id, email: sealed(person.email, row person, key person), blind: blind(person.email.email)) -> exec
update signin.person set email = $2, email_blind = $3, new_email = null
where id = $1 and state = @person_state.active;

-- Tries at this address within the window.
-- signin_tries(kind: throttle_kind, key: blind(person.email.email)) -> one
select t.id, t.tries, t.began_at from security.throttle t where t.kind = $1 and t.key = $2;

-- signin_tries_add(id: throttle_id, kind: throttle_kind, key: blind(person.email.email), at: time) -> exec
insert into security.throttle (id, kind, key, tries, began_at) values ($1, $2, $3, 1, $4);

-- signin_tries_set(id: throttle_id, tries: int, began: time) -> exec
update security.throttle set tries = $2, began_at = $3 where id = $1;
