-- Requests that were refused, by the hour: who asked for what is not theirs, and how often.
create table r_refused (
	id integer primary key,
	hour integer not null,
	route text not null,
	person_id integer null,
	agent_id integer null references r_agent (id),
	tries integer not null
) strict;
create index r_refused_hour on r_refused (hour, id);
create index r_refused_one on r_refused (hour, route);
create index r_refused_person on r_refused (person_id, id) where person_id is not null;
create index r_refused_agent on r_refused (agent_id) where agent_id is not null;
