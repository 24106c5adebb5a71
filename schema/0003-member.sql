-- Companies, the people in them, and how they prove who they are.

-- A person's name, e-mail address, telephone and work lie sealed under the person's key.
create table r_person (
	id integer primary key,
	state integer not null,
	name blob null,
	email blob null,
	email_blind blob null,
	new_email blob null,
	phone blob null,
	work blob null,
	locale text not null,
	mask integer not null,
	staff integer not null,
	created_at integer not null,
	confirmed_at integer null,
	closed_at integer null
) strict;
create unique index r_person_email on r_person (email_blind) where email_blind is not null;
create index r_person_unconfirmed on r_person (created_at) where confirmed_at is null and closed_at is null;
create index r_person_closed on r_person (closed_at) where closed_at is not null;
create index r_person_staff on r_person (id) where staff <> 0;

create table r_company (
	id integer primary key,
	slug text not null,
	name text not null,
	legal_form text not null,
	country text not null,
	sole_trader integer not null check (sole_trader in (0, 1)),
	state integer not null,
	sells integer not null check (sells in (0, 1)),
	buys integer not null check (buys in (0, 1)),
	industry integer null,
	size integer null,
	founded integer null,
	about text null,
	website text null,
	imprint text null,
	currency text not null,
	locale text not null,
	registration blob null,
	tax blob null,
	created_by integer null references r_person (id),
	created_at integer not null,
	activated_at integer null,
	close_at integer null,
	closed_at integer null
) strict;
create unique index r_company_slug on r_company (slug);
create index r_company_name on r_company (name, id);
create index r_company_state on r_company (state, id);
create index r_company_close on r_company (close_at) where close_at is not null;
create index r_company_closed on r_company (closed_at) where closed_at is not null;

-- The company's mark: a small picture, re-encoded by the program.
create table r_company_logo (
	id integer primary key,
	company_id integer not null references r_company (id),
	type text not null,
	bytes blob not null,
	tag text not null,
	published_at integer not null
) strict;
create unique index r_company_logo_company on r_company_logo (company_id);

-- What happened to a company's admission: who, when, and the reason given.
create table r_company_event (
	id integer primary key,
	company_id integer not null references r_company (id),
	event integer not null,
	from_state integer not null,
	to_state integer not null,
	person_id integer null references r_person (id),
	reason blob null,
	at integer not null
) strict;
create index r_company_event_company on r_company_event (company_id, id);

-- roles: bits as in viewer_roles(). home: the company that a person signs in to.
create table r_membership (
	id integer primary key,
	company_id integer not null references r_company (id),
	person_id integer not null references r_person (id),
	roles integer not null,
	home integer not null check (home in (0, 1)),
	created_at integer not null
) strict;
create unique index r_membership_pair on r_membership (company_id, person_id);
create index r_membership_person on r_membership (person_id, id);
create unique index r_membership_home on r_membership (person_id) where home = 1;

create table r_address (
	id integer primary key,
	company_id integer not null references r_company (id),
	kind integer not null,
	country text not null,
	place blob null,
	main integer not null check (main in (0, 1)),
	created_at integer not null
) strict;
create index r_address_company on r_address (company_id, kind, id);

-- An Argon2id hash, sealed under the person's key.
create table r_credential (
	id integer primary key,
	person_id integer not null references r_person (id),
	secret blob null,
	changed_at integer not null
) strict;
create unique index r_credential_person on r_credential (person_id);

create table r_invitation (
	id integer primary key,
	company_id integer not null references r_company (id),
	invited_by integer null references r_person (id),
	person_id integer null references r_person (id),
	roles integer not null,
	state integer not null,
	email blob null,
	email_blind blob null,
	created_at integer not null,
	expires_at integer not null
) strict;
create index r_invitation_company on r_invitation (company_id, state, id);
create unique index r_invitation_open on r_invitation (company_id, email_blind) where state = 1;
create index r_invitation_expires on r_invitation (expires_at);

-- Links in mails: only a digest is kept; one live token of a kind for a person or an invitation.
create table r_one_time_token (
	id integer primary key,
	kind integer not null,
	about_id integer not null,
	digest blob not null,
	created_at integer not null,
	expires_at integer not null
) strict;
create unique index r_one_time_token_digest on r_one_time_token (digest);
create unique index r_one_time_token_about on r_one_time_token (kind, about_id);
create index r_one_time_token_expires on r_one_time_token (expires_at);

-- Days are counted from 1970: a token's use is known to the day and no finer.
create table r_api_token (
	id integer primary key,
	person_id integer not null references r_person (id),
	company_id integer not null references r_company (id),
	digest blob not null,
	label blob null,
	roles integer not null,
	created_at integer not null,
	expires_at integer null,
	used_day integer null
) strict;
create unique index r_api_token_digest on r_api_token (digest);
create index r_api_token_person on r_api_token (person_id, company_id, id);
create index r_api_token_company on r_api_token (company_id, id);
create index r_api_token_expires on r_api_token (expires_at) where expires_at is not null;

create table r_terms_acceptance (
	id integer primary key,
	person_id integer null references r_person (id),
	company_id integer not null references r_company (id),
	version text not null,
	accepted_at integer not null
) strict;
create index r_terms_acceptance_company on r_terms_acceptance (company_id, id);
create index r_terms_acceptance_person on r_terms_acceptance (person_id, id);

-- Tries in a window of time: key is a keyed index of the address asked for or of a network.
create table r_throttle (
	id integer primary key,
	kind integer not null,
	key blob not null,
	tries integer not null,
	began_at integer not null
) strict;
create unique index r_throttle_key on r_throttle (kind, key);
create index r_throttle_began on r_throttle (began_at);
