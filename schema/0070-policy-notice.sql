-- Who was told of which version of the policy, with the tables that it concerns them by.
create table r_policy_notice (
	id integer primary key,
	person_id integer not null references r_person (id),
	number integer not null,
	class integer not null,
	about text not null,
	told_at integer not null,
	unique (person_id, number)
) strict;
-- Versions whose people are being told, and how far that has come.
create table r_policy_round (
	id integer primary key,
	number integer not null unique,
	after_person integer not null,
	ended_at integer null
) strict;
