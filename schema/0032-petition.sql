-- What people ask about their data and somebody must decide: objections, restrictions, errors they
-- found, and guardians who ask for a minor's data to be removed.

-- owner_id: whose key seals it: the person's, or the row's own for somebody without an account.
create table r_petition (
	id integer primary key,
	kind integer not null,
	person_id integer null references r_person (id),
	purpose text null,
	state integer not null,
	owner_id integer null,
	matter blob null,
	contact blob null,
	answer blob null,
	made_at integer not null,
	due_at integer not null,
	decided_at integer null,
	decided_by integer null references r_person (id)
) strict;
create index r_petition_person on r_petition (person_id, id);
create index r_petition_due on r_petition (state, due_at, id);
create index r_petition_decided on r_petition (decided_at) where decided_at is not null;

-- Nobody below the age that the policy names: attested when signing up, never a date of birth.
alter table r_person add column adult integer not null default 0 check (adult in (0, 1));
