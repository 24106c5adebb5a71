-- What a database has before its tables: the role that owns them, those that log in, schemas, and
-- who asks. Run by its administrator, as often as wanted. {roles}: the installation's own word.
do $$ begin create role "{roles}_owner" nologin; exception when duplicate_object then null; end $$;
do $$ begin create role "{roles}_app" login; exception when duplicate_object then null; end $$;
do $$ begin create role "{roles}_house" login; exception when duplicate_object then null; end $$;
alter role "{roles}_owner" nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role "{roles}_app" nosuperuser nocreatedb nocreaterole noreplication nobypassrls noinherit;
-- The program's own hand on the tables: walks, erasure, retention, chains, the journal. For a statement
-- of the program it becomes the application (set local role); row policies are not asked of it.
alter role "{roles}_house" nosuperuser nocreatedb nocreaterole noreplication bypassrls noinherit;
grant "{roles}_app" to "{roles}_house";

-- Nothing is found by a bare name, and nothing runs without a limit of time.
do $$ declare d text := pg_catalog.quote_ident(pg_catalog.current_database()); begin
	execute 'revoke all on database ' || d || ' from public';
	execute 'grant connect on database ' || d || ' to "{roles}_app"';
	execute 'alter role "{roles}_app" in database ' || d || ' set search_path = ''''';
	execute 'alter role "{roles}_app" in database ' || d || ' set statement_timeout = ''5s''';
	execute 'alter role "{roles}_app" in database ' || d || ' set lock_timeout = ''5s''';
	execute 'alter role "{roles}_app" in database ' || d || ' set idle_in_transaction_session_timeout = ''10s''';
	execute 'alter role "{roles}_app" in database ' || d || ' set random_page_cost = 0.1'; -- the tables' hot parts are in memory
	execute 'alter role "{roles}_app" in database ' || d || ' set seq_page_cost = 0.1';
	execute 'alter role "{roles}_app" in database ' || d || ' set plan_cache_mode = force_generic_plan';
	execute 'alter role "{roles}_app" in database ' || d || ' set enable_seqscan = off'; -- each statement has an index; a table that is empty when a plan is made does not stay so
	execute 'alter role "{roles}_app" in database ' || d || ' set enable_mergejoin = off';
	execute 'alter role "{roles}_app" in database ' || d || ' set jit = off'; -- takes longer than what it would speed up
	execute 'alter role "{roles}_app" in database ' || d || ' set bytea_output = ''hex''';
	execute 'alter role "{roles}_app" in database ' || d || ' set timezone = ''UTC''';
	execute 'alter role "{roles}_app" in database ' || d || ' set kontor.viewer_person = ''0'''; -- nobody, until a transaction says who
	execute 'alter role "{roles}_app" in database ' || d || ' set kontor.viewer_company = ''0''';
	execute 'alter role "{roles}_app" in database ' || d || ' set kontor.viewer_session = ''0''';
	execute 'alter role "{roles}_app" in database ' || d || ' set kontor.viewer_roles = ''0''';
	execute 'grant connect on database ' || d || ' to "{roles}_house"';
	execute 'alter role "{roles}_house" in database ' || d || ' set search_path = base, kontor';
	execute 'alter role "{roles}_house" in database ' || d || ' set statement_timeout = ''10s''';
	execute 'alter role "{roles}_house" in database ' || d || ' set lock_timeout = ''8s''';
	execute 'alter role "{roles}_house" in database ' || d || ' set idle_in_transaction_session_timeout = ''10s''';
	execute 'alter role "{roles}_house" in database ' || d || ' set random_page_cost = 0.1';
	execute 'alter role "{roles}_house" in database ' || d || ' set seq_page_cost = 0.1';
	execute 'alter role "{roles}_house" in database ' || d || ' set plan_cache_mode = force_generic_plan';
	execute 'alter role "{roles}_house" in database ' || d || ' set enable_seqscan = off';
	execute 'alter role "{roles}_house" in database ' || d || ' set enable_mergejoin = off';
	execute 'alter role "{roles}_house" in database ' || d || ' set jit = off';
	execute 'alter role "{roles}_house" in database ' || d || ' set timezone = ''UTC''';
	execute 'alter role "{roles}_house" in database ' || d || ' set kontor.viewer_person = ''0''';
	execute 'alter role "{roles}_house" in database ' || d || ' set kontor.viewer_company = ''0''';
	execute 'alter role "{roles}_house" in database ' || d || ' set kontor.viewer_session = ''0''';
	execute 'alter role "{roles}_house" in database ' || d || ' set kontor.viewer_roles = ''0''';
end $$;

-- `base` holds the tables: the owner alone may name them (foreign keys are asked under its name).
create schema if not exists base;
revoke all on schema base from public;
grant usage on schema base to "{roles}_owner";

-- `kontor` holds what guards ask. 0 is NULL, and sees no row; what is no number is an error.
create schema if not exists kontor;
revoke all on schema kontor from public;
grant usage on schema kontor to "{roles}_app";
create or replace function kontor.viewer_person() returns bigint language sql stable parallel safe
	return nullif(pg_catalog.current_setting('kontor.viewer_person', true)::bigint, 0);
create or replace function kontor.viewer_company() returns bigint language sql stable parallel safe
	return nullif(pg_catalog.current_setting('kontor.viewer_company', true)::bigint, 0);
create or replace function kontor.viewer_session() returns bigint language sql stable parallel safe
	return nullif(pg_catalog.current_setting('kontor.viewer_session', true)::bigint, 0);
create or replace function kontor.viewer_roles() returns bigint language sql stable parallel safe
	return nullif(pg_catalog.current_setting('kontor.viewer_roles', true)::bigint, 0);
revoke execute on all functions in schema kontor from public;
grant execute on all functions in schema kontor to "{roles}_app";
