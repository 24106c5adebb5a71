-- Behind house.sql where several machines share the rows (Citus): what its connections cannot have there. Roles,
-- schemas and functions that are made here are made on all machines. {roles}: as in house.sql.
set local citus.multi_shard_modify_mode = 'sequential';

-- Which purpose the transaction acts for: the other machines see the role that logged in, and no view's owner.
-- Unset is NULL, and sees no row.
create or replace function kontor.purpose() returns text language sql stable parallel safe
	return nullif(pg_catalog.current_setting('kontor.purpose', true), '');
-- A setting of the transaction's is empty behind it on the other machines, whose roles set none.
create or replace function kontor.viewer_person() returns bigint language sql stable parallel safe
	return nullif(nullif(pg_catalog.current_setting('kontor.viewer_person', true), '')::bigint, 0);
create or replace function kontor.viewer_company() returns bigint language sql stable parallel safe
	return nullif(nullif(pg_catalog.current_setting('kontor.viewer_company', true), '')::bigint, 0);
create or replace function kontor.viewer_session() returns bigint language sql stable parallel safe
	return nullif(nullif(pg_catalog.current_setting('kontor.viewer_session', true), '')::bigint, 0);
create or replace function kontor.viewer_roles() returns bigint language sql stable parallel safe
	return nullif(nullif(pg_catalog.current_setting('kontor.viewer_roles', true), '')::bigint, 0);
revoke execute on function kontor.purpose() from public;
grant execute on function kontor.purpose() to "{roles}_app", "{roles}_house", "{roles}_owner";
grant execute on function kontor.viewer_person(), kontor.viewer_company(), kontor.viewer_session(), kontor.viewer_roles()
	to "{roles}_house", "{roles}_owner";
grant usage on schema kontor to "{roles}_house", "{roles}_owner";

-- What one role wrote in a transaction another may not read there (each has its own connections to the other
-- machines), so the house does not become the application: it has its rights, and says for which purpose it acts.
-- Row policies are asked of it too.
alter role "{roles}_house" nobypassrls inherit;

-- Which machine answers is seen when a statement is planned with its values.
do $$ declare d text := pg_catalog.quote_ident(pg_catalog.current_database()); begin
	execute 'alter role "{roles}_app" in database ' || d || ' set plan_cache_mode = auto';
	execute 'alter role "{roles}_house" in database ' || d || ' set plan_cache_mode = auto';
	-- A question to all machines asks each over one connection: more of them cost more than they save.
	execute 'alter role "{roles}_app" in database ' || d || ' set citus.max_adaptive_executor_pool_size = 1';
	execute 'alter role "{roles}_house" in database ' || d || ' set citus.max_adaptive_executor_pool_size = 1';
	execute 'alter role "{roles}_app" in database ' || d || ' set citus.propagate_set_commands = ''local''';
	execute 'alter role "{roles}_house" in database ' || d || ' set citus.propagate_set_commands = ''local''';
end $$;

-- Citus keeps views for its administrators in the schema that becomes the purpose's of this name.
do $$ declare x record; begin
	for x in select c.relname from pg_catalog.pg_class c join pg_catalog.pg_depend d on d.objid = c.oid
		and d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'e'
		where c.relnamespace = pg_catalog.to_regnamespace('public') and c.relkind = 'v' loop
		execute pg_catalog.format('alter view public.%I set schema citus', x.relname);
	end loop;
end $$;
