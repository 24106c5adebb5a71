-- Several servers on one database of PostgreSQL (doc/postgresql.md, "Several servers").

-- Who works with it: the number of its ids, from when, and when it was seen last, by the database's clock.
-- lock says which folder's lock it holds: who holds that lock knows that the one before it is gone.
create table r_server (
	id integer primary key,
	node integer not null unique,
	name text not null,
	lock text not null,
	since integer not null,
	seen integer not null
) strict;

-- Which of them runs a job: as long as it is seen.
create table r_job_lease (
	id integer primary key,
	job text not null unique,
	server_id integer not null,
	since integer not null
) strict;

-- How often keys were dropped: who has opened some forgets them.
create table r_turn (
	id integer primary key check (id = 1),
	keys_dropped integer not null
) strict;
