-- A business and the person who brings it.
-- signup_person(person: person_id, name: sealed(person.name, row person, key person), email: sealed(person.email, row person, key person), blind: blind(person.email.email), phone: sealed(person.phone, row person, key person), work: sealed(person.work, row person, key person), locale: text, mask: int, at: time) -> exec
insert into signin.person (id, state, name, email, email_blind, phone, work, locale, mask, staff, adult, created_at)
values ($1, @person_state.unconfirmed, $2, $3, $4, $5, $6, $7, $8, 0, 1, $9) on conflict do nothing;

-- Somebody who was invited: the link in the mail has confirmed the address.
-- signup_invited(person: person_id, name: sealed(person.name, row person, key person), email: sealed(person.email, row person, key person), blind: blind(person.email.email), locale: text, mask: int, at: time) -> exec
insert into signin.person (id, state, name, email, email_blind, locale, mask, staff, adult, created_at, confirmed_at)
values ($1, @person_state.active, $2, $3, $4, $5, $6, 0, 1, $7, $7) on conflict do nothing;

-- signup_company(company: company_id, slug: text, name: text, legal_form: text, country: text, sole_trader: bool, sells: bool, buys: bool, currency: text, locale: text, registration: sealed(company.registration, row company, key company), tax: sealed(company.tax, row company, key company), created_by: person_id, at: time) -> exec
insert into signin.company (id, slug, name, legal_form, country, sole_trader, state, sells, buys, currency, locale,
	registration, tax, created_by, created_at)
values ($1, $2, $3, $4, $5, $6, @company_state.pending, $7, $8, $9, $10, $11, $12, $13, $14);

-- signup_slug_taken(slug: text) -> one
select c.id from signin.company c where c.slug = $1;

-- signup_event(id: company_event_id, company: company_id, person: person_id, at: time) -> exec
insert into signin.company_event (id, company_id, event, from_state, to_state, person_id, at)
values ($1, $2, @company_happening.sign_up, @company_state.pending, @company_state.pending, $3, $4);

-- signup_membership(id: membership_id, company: company_id, person: person_id, roles: int, home: bool, at: time) -> exec
insert into signin.membership (id, company_id, person_id, roles, home, created_at)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing;

-- signup_address(address: address_id, company: company_id, country: text, place: sealed(address.place, row address, key company), at: time) -> exec
insert into signin.address (id, company_id, kind, country, place, main, created_at)
values ($1, $2, @address_kind.billing, $3, $4, 1, $5);

-- signup_terms(id: terms_acceptance_id, person: person_id, company: company_id, version: text, at: time) -> exec
insert into signin.terms_acceptance (id, person_id, company_id, version, accepted_at)
values ($1, $2, $3, $4, $5);

-- An invitation as its link finds it.
-- signup_invitation(invitation: invitation_id) -> one
select i.id, i.company_id, i.roles, i.state, i.email, i.expires_at, c.name as company_name, c.state as company_state
from signin.invitation i join signin.company c on c.id = i.company_id where i.id = $1;

-- signup_invitation_accept(invitation: invitation_id, person: person_id) -> exec
update signin.invitation set state = @invitation_state.accepted, person_id = $2
where id = $1 and state = @invitation_state.open;
