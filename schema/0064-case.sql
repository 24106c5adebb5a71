-- Every request about data is a petition: from people with and without an account, guardians, agents,
-- by letter; with a clock, an identity check, a code for each refusal, and its own history.

-- contact_blind finds the requests of an address that has no account; identity_id is the key of the
-- extra answers about who asks, dropped when the case closes.
alter table r_petition add column via integer null;
alter table r_petition add column contact_blind blob null;
alter table r_petition add column country text null;
alter table r_petition add column locale text null;
alter table r_petition add column agent_id integer null references r_agent (id);
alter table r_petition add column joined_id integer null;
alter table r_petition add column confirmed_at integer null;
alter table r_petition add column extended_at integer null;
alter table r_petition add column warned_at integer null;
alter table r_petition add column overdue_at integer null;
alter table r_petition add column refusal integer null;
alter table r_petition add column given_id integer null references r_person (id);
alter table r_petition add column identity blob null;
alter table r_petition add column identity_id integer null;
create index r_petition_kind on r_petition (state, kind, due_at, id);
create index r_petition_contact on r_petition (contact_blind, id) where contact_blind is not null;
create index r_petition_agent on r_petition (agent_id, id) where agent_id is not null;
create index r_petition_joined on r_petition (joined_id) where joined_id is not null;
create index r_petition_given on r_petition (given_id, id) where given_id is not null;
create index r_petition_warn on r_petition (state, due_at, id) where warned_at is null;
create index r_petition_overdue on r_petition (state, due_at, id) where overdue_at is null;

create table r_petition_event (
	id integer primary key,
	petition_id integer not null,
	owner_id integer null,
	happening integer not null,
	from_state integer null,
	to_state integer not null,
	by_id integer null,
	due_at integer null,
	at integer not null,
	note blob null,
	commitment blob null
) strict;
create index r_petition_event_petition on r_petition_event (petition_id, id);
create index r_petition_event_by on r_petition_event (by_id, id) where by_id is not null;
create index r_petition_event_at on r_petition_event (at);
