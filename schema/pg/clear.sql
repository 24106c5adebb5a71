-- Before tables are changed: whatever stands on their columns goes. Views of all purposes, row
-- policies, and what the application may know of the house are made anew behind the change.
do $$ declare x record; begin
	for x in select policyname, tablename from pg_catalog.pg_policies where schemaname = 'base' loop
		execute pg_catalog.format('drop policy %I on base.%I', x.policyname, x.tablename);
	end loop;
	for x in select nspname from pg_catalog.pg_namespace n where nspname not in ('base', 'kontor', 'information_schema')
		and nspname not like 'pg\_%' -- and not what an extension made or lies in
		and not exists (select from pg_catalog.pg_extension e where e.extnamespace = n.oid)
		and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_namespace'::regclass
			and d.objid = n.oid and d.deptype = 'e') loop
		execute pg_catalog.format('drop schema %I cascade', x.nspname);
	end loop;
end $$;
drop view if exists kontor.subject;
