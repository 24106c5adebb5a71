-- What the store keeps about itself.

-- Which schema files were applied; an edited old file no longer has this digest.
create table r_schema_file (
	id integer primary key,
	name text not null,
	digest blob not null,
	applied_at integer not null
) strict;

-- One row: the id below which ids may have been given out, the node that made them.
create table r_house (
	id integer primary key check (id = 1),
	id_high integer not null,
	node integer not null,
	installation blob not null
) strict;

-- Every owner of a key, with the state of the subject: 1 active, 2 restricted, 3 erased.
create table r_subject (
	id integer primary key,
	state integer not null,
	held integer not null,
	since integer not null
) strict;

-- Erasures: pending until the key is gone.
create table r_journal (
	id integer primary key,
	subject_id integer not null,
	at integer not null,
	closed_at integer null
) strict;
create index r_journal_pending on r_journal (id) where closed_at is null;
create index r_journal_subject on r_journal (subject_id);

-- Answers already given, for a day: mark is a keyed digest of principal, route and key.
create table r_replay (
	id integer primary key,
	mark blob not null unique,
	body blob not null,
	status integer not null,
	location text not null,
	answer_id integer not null,
	at integer not null
) strict;
create index r_replay_at on r_replay (at);
