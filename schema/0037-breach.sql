-- Breaches of personal data (GDPR Art. 33, 34): what is known, whom it touches, who was told when.
create table r_breach (
	id integer primary key,
	state integer not null,
	found_at integer not null,
	from_at integer not null,
	until_at integer not null,
	tables text not null,
	key_id integer null,
	staff_id integer null,
	people integer not null,
	fields text not null,
	nature text not null,
	effects text not null,
	measures text not null,
	authority_at integer null,
	people_at integer null
) strict;
create index r_breach_state on r_breach (state, id);

create table r_breach_person (
	id integer primary key,
	breach_id integer not null references r_breach (id),
	person_id integer not null,
	told_at integer null,
	unique (breach_id, person_id)
) strict;
create index r_breach_person_untold on r_breach_person (breach_id, id) where told_at is null;
create index r_breach_person_person on r_breach_person (person_id);
