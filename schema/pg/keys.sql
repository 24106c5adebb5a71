-- A key store that several servers share: a database of its own, best in a cluster of its own. Made
-- once, by its administrator, before schema/pg/close.sql. {roles}: the database's name.
do $$ begin create role "{roles}_keys" login; exception when duplicate_object then null; end $$;
alter role "{roles}_keys" nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit;
do $$ declare d text := pg_catalog.quote_ident(pg_catalog.current_database()); begin
	execute 'revoke all on database ' || d || ' from public';
	execute 'grant connect on database ' || d || ' to "{roles}_keys"';
	execute 'alter role "{roles}_keys" in database ' || d || ' set search_path = ''''';
	execute 'alter role "{roles}_keys" in database ' || d || ' set statement_timeout = ''5s''';
	execute 'alter role "{roles}_keys" in database ' || d || ' set lock_timeout = ''4s''';
	execute 'alter role "{roles}_keys" in database ' || d || ' set idle_in_transaction_session_timeout = ''10s''';
	execute 'alter role "{roles}_keys" in database ' || d || ' set synchronous_commit = ''on''';
	execute 'alter role "{roles}_keys" in database ' || d || ' set plan_cache_mode = force_generic_plan';
	execute 'alter role "{roles}_keys" in database ' || d || ' set timezone = ''UTC''';
end $$;
revoke all on schema public from public;
create schema keys;
revoke all on schema keys from public;
grant usage on schema keys to "{roles}_keys";

create table keys.format (one bigint primary key check (one = 1), format bigint not null);
-- Secrets, wrapped by the master key, and by the one before it until every server has the new one. Of
-- `wrap`, which wraps the keys of subjects, each rotation draws another (its epoch).
create table keys.secret (name text not null, epoch bigint not null, wrapped bytea not null, before bytea,
	primary key (name, epoch));
-- n: the order in which they came. version: given by the program, never twice.
create table keys.subject_key (owner bigint primary key, n bigint not null generated always as identity,
	version bigint not null, epoch bigint not null, wrapped bytea not null);
create index subject_key_n on keys.subject_key (n);
create index subject_key_epoch on keys.subject_key (epoch, owner);
-- Versions are given out in blocks: each server has its own.
create sequence keys.block;
create table keys.swept (one bigint primary key check (one = 1), n bigint not null);
-- The log of erasures: added to, never changed. journal: the entry of the data's journal.
create table keys.erased (n bigint primary key, subject bigint not null unique, journal bigint not null,
	at_us bigint not null, digest text not null);
create index erased_journal on keys.erased (journal);
insert into keys.format (one, format) values (1, 1);
insert into keys.swept (one, n) values (1, 0);

grant select on keys.format, keys.erased, keys.swept to "{roles}_keys";
grant select, insert, update, delete on keys.secret, keys.subject_key to "{roles}_keys";
grant insert on keys.erased to "{roles}_keys";
grant update on keys.swept to "{roles}_keys";
grant usage on sequence keys.block to "{roles}_keys";
