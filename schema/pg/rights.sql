-- Behind the tables: what the house may do that the application may not, and the little of it that the
-- application may know. Run by the administrator, as often as wanted. {roles}: as in house.sql.

-- The program's own work: keys' owners, walks over whose data it is, erasure, retention, chains.
grant usage on schema base, kontor to "{roles}_house";
grant select, insert, update, delete on all tables in schema base to "{roles}_house";

-- Whether what belongs to somebody may be opened just now.
create or replace view kontor.subject as select s.id, s.state, s.held from base.r_subject s;
alter view kontor.subject owner to "{roles}_house";
grant select on kontor.subject to "{roles}_app";

-- Of which texts the guards were made; another digest makes them anew. Whether there is room for full text (words.sql).
create table if not exists kontor.made (one bigint primary key check (one = 1), guards text not null);
alter table kontor.made add column if not exists words boolean not null default false;
grant select on kontor.made to "{roles}_house";

-- What SQLite calls so. Random bytes: all bits of a random UUID but its six fixed ones.
create or replace function kontor.randomblob(n bigint) returns bytea language sql volatile
	return pg_catalog.substr(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 1, n::int);
create or replace function kontor.hex(b bytea) returns text language sql immutable
	return pg_catalog.upper(pg_catalog.encode(b, 'hex'));
-- The clock that several servers go by. Here alone, so that it can be another one.
create or replace function kontor.clock_us() returns bigint language sql volatile security definer
	return (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint;
revoke execute on function kontor.clock_us() from public;
grant execute on function kontor.clock_us() to "{roles}_house";
-- Whether a read sees a standby that shows everything up to this mark of ids: a row, or none.
create or replace function kontor.standby(high bigint) returns setof bigint language sql stable security definer
	set search_path = '' as
	'select h.id from base.r_house h where h.id = 1 and h.id_high >= high and pg_catalog.pg_is_in_recovery()';
revoke execute on function kontor.standby(bigint) from public;
grant execute on function kontor.standby(bigint) to "{roles}_app";
revoke execute on function kontor.randomblob(bigint), kontor.hex(bytea) from public;
grant execute on function kontor.randomblob(bigint), kontor.hex(bytea), pg_catalog.gen_random_uuid(),
	pg_catalog.uuid_send(uuid), pg_catalog.encode(bytea, text), pg_catalog.pg_advisory_xact_lock(bigint),
	pg_catalog.pg_try_advisory_lock(bigint)
	to "{roles}_house";

-- Nearly every view leaves out who is restricted. PostgreSQL takes a table that it never looked at for one
-- of 2,260 rows, expects that few rows are left, and sorts lists by hand; nobody would ever look, as it
-- stays nearly empty.
analyze base.r_restricted;

-- Tables that have grown at once are looked at at once: until then plans are those of empty ones, and the
-- server's own look comes up to a minute later, and is closer: 3,000 rows of each tell a plan enough.
-- Only their owner may say so.
create or replace function kontor.look() returns void language plpgsql security definer
	set search_path = '' set default_statistics_target = 10 as $$
begin
	analyze base.r_company, base.r_category, base.r_product, base.r_offer;
end $$;
revoke execute on function kontor.look() from public;
grant execute on function kontor.look() to "{roles}_house";
