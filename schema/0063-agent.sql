-- Agents who make requests for people over the Data Rights Protocol: the operator's registry, the
-- tokens they were given, and the messages they signed that are still good, so that none counts twice.

create table r_agent (
	id integer primary key,
	name text not null,
	full_name text not null,
	verify_key blob not null,
	web_url text not null,
	contact text not null,
	state integer not null,
	ends_at integer null,
	created_at integer not null
) strict;
create unique index r_agent_name on r_agent (name);

create table r_agent_token (
	id integer primary key,
	agent_id integer not null references r_agent (id),
	digest blob not null,
	created_at integer not null,
	expires_at integer not null
) strict;
create unique index r_agent_token_digest on r_agent_token (digest);
create index r_agent_token_agent on r_agent_token (agent_id, id);
create index r_agent_token_expires on r_agent_token (expires_at);

create table r_agent_message (
	id integer primary key,
	digest blob not null,
	expires_at integer not null
) strict;
create unique index r_agent_message_digest on r_agent_message (digest);
create index r_agent_message_expires on r_agent_message (expires_at);
