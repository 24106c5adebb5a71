-- What people agreed to, refused, objected to and withdrew.

-- Words that somebody was shown before they chose, once for each wording. digest is of purpose,
-- language, policy and text.
create table r_notice_text (
	id integer primary key,
	digest blob not null,
	about text not null,
	language text not null,
	policy blob not null,
	text text not null,
	created_at integer not null
) strict;
create unique index r_notice_text_digest on r_notice_text (digest);

-- The ledger: rows are added and never changed. What a row says in full (ISO/IEC TS 27560) and a
-- random salt lie sealed under the person's key; commitment is a keyed hash of both, so that a chain
-- over commitments still holds when the key is gone.
create table r_consent_event (
	id integer primary key,
	person_id integer null references r_person (id),
	purpose text not null,
	basis text not null,
	state integer not null,
	method integer not null,
	notice_id integer not null references r_notice_text (id),
	language text not null,
	region text not null,
	at integer not null,
	expires_at integer null,
	record blob null,
	commitment blob not null
) strict;
create index r_consent_event_person on r_consent_event (person_id, id);
create index r_consent_event_at on r_consent_event (at);

-- How it stands now: the last event of each person and purpose.
create table r_choice (
	id integer primary key,
	person_id integer not null references r_person (id),
	purpose text not null,
	state integer not null,
	event_id integer not null references r_consent_event (id),
	at integer not null,
	expires_at integer null
) strict;
create unique index r_choice_pair on r_choice (person_id, purpose);
create index r_choice_expires on r_choice (expires_at) where expires_at is not null;

-- Nobody has objected yet: the bits of purposes that rest on legitimate interests (0 9 10 11 14 20 22
-- 23 24 33 35 38 40) stand for everybody who was there before.
update r_person set mask = mask | 1417369636353;
