-- Sessions: a visitor's (no person) and a member's. The cookie's secret is kept as a digest only;
-- kind of browser and network lie sealed under the person's key.
create table r_session (
	id integer primary key,
	secret_digest blob not null,
	person_id integer null,
	company_id integer null,
	roles integer not null,
	made_at integer not null,
	seen_at integer not null,
	ends_at integer not null,
	device blob null
) strict;
create index r_session_person on r_session (person_id, seen_at) where person_id is not null;
create index r_session_ends on r_session (ends_at);
