-- Default deny for everything that the engine itself gives to everybody: catalogues, statistics,
-- languages, and functions. What comes back is a list: comparison, arithmetic and casts of the types
-- that the tables have, and the functions that statements may call (tool/queryc/rules.c has the same).
-- Run by a superuser, once for each database.
revoke all on all tables in schema pg_catalog, information_schema from public;
revoke all on schema information_schema from public;
revoke execute on all routines in schema pg_catalog, information_schema from public;
revoke usage on language sql, plpgsql from public;
do $$ declare f record; t constant oid[] := array['int2'::regtype, 'int4'::regtype, 'int8'::regtype,
	'text'::regtype, 'bytea'::regtype, 'bool'::regtype, 'numeric'::regtype]::oid[]; begin
	for f in
		select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.provolatile <> 'v' and (
			p.oid in (select o.oprcode from pg_operator o where o.oprright = any (t)
				and (o.oprleft = 0 or o.oprleft = any (t)) and o.oprname in
				('=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '&', '|', '<<', '>>', '||'))
			or p.oid in (select i.typinput from pg_type i where i.oid = any (t) union all
				select i.typoutput from pg_type i where i.oid = any (t))
			or p.oid in (select c.castfunc from pg_cast c where c.castsource = any (t) and c.casttarget = any (t))
			or p.proname in ('count', 'sum', 'min', 'max', 'avg', 'lower', 'upper', 'length', 'substr', 'strpos',
				'replace', 'btrim', 'ltrim', 'rtrim', 'round', 'sign', 'row_number', 'rank', 'dense_rank', 'lag',
				'lead', 'first_value', 'last_value', 'string_agg', 'current_setting', 'int8send', 'hashint8')
			or p.oid = 'pg_catalog.unnest(anyarray)'::regprocedure) -- rows of an insert
	loop
		execute format('grant execute on routine %s to public', f.name);
	end loop;
end $$;

-- They raise no error whatever they are given, in the collation C that every database here has: with a
-- row policy on the table, a condition on one of them may use its index only when that is said.
alter function pg_catalog.lower(text) leakproof;
alter function pg_catalog.upper(text) leakproof;
