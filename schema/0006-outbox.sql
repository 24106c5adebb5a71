-- What waits to be sent, and what was.

-- A message to a person, to everybody of a company with one of `roles`, or to an address without an
-- account. The text is made when it is sent; only what the text cannot know is kept.
create table r_outbox (
	id integer primary key,
	kind text not null,
	person_id integer null,
	company_id integer null,
	roles integer not null,
	owner_id integer null,
	about_id integer not null,
	address blob null,
	secret blob null,
	state integer not null,
	tries integer not null,
	due_at integer not null,
	trouble text null,
	created_at integer not null,
	sent_at integer null
) strict;
create index r_outbox_due on r_outbox (state, due_at, id);
create index r_outbox_state on r_outbox (state, id);
create index r_outbox_sent on r_outbox (sent_at) where sent_at is not null;

-- Who was given what, for what purpose, under which policy: written before the bytes leave.
create table r_disclosure (
	id integer primary key,
	recipient text not null,
	purpose text not null,
	kind text not null,
	fields text not null,
	person_id integer null,
	outbox_id integer null,
	policy blob not null,
	at integer not null
) strict;
create index r_disclosure_person on r_disclosure (person_id, id);
create index r_disclosure_at on r_disclosure (at);
