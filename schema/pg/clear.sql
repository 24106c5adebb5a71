-- Before tables are changed: whatever stands on their columns goes. Views of all purposes, row
-- policies, and what the application may know of the house are made anew behind the change.
do $$ declare x record; begin
	for x in select policyname, tablename from pg_catalog.pg_policies where schemaname = 'base' loop
		execute pg_catalog.format('drop policy %I on base.%I', x.policyname, x.tablename);
	end loop;
	for x in select nspname from pg_catalog.pg_namespace where nspname not in ('base', 'kontor', 'information_schema')
		and nspname not like 'pg\_%' loop
		execute pg_catalog.format('drop schema %I cascade', x.nspname);
	end loop;
end $$;
drop view if exists kontor.subject;
