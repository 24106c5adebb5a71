-- What Citus would refuse, said by functions of its names: keys without the column that rows are put by, foreign keys
-- that leave their place, columns that are worked out, policies that ask a table, tables with triggers. Its own words
-- and rules are in src/backend/distributed/commands/ of its source. Nothing is distributed.
create table base.pg_dist_partition (logicalrelid regclass primary key, kind text not null, put_by text null, beside text null);
create function base.shim_refuse(t regclass, why text) returns void language plpgsql as $$ begin
	raise exception 'citus: %: %', t, why;
end $$;
create function base.shim_keys_hold(t regclass, put_by text) returns void language plpgsql as $$ declare k record; begin
	for k in select i.indexrelid::regclass as name from pg_index i where i.indrelid = t and i.indisunique and not exists (
		select 1 from pg_attribute a where a.attrelid = t and a.attname = put_by and a.attnum = any (i.indkey)) loop
		perform base.shim_refuse(t, 'cannot create constraint ' || k.name || ': it does not include the distribution column');
	end loop;
end $$;
create function base.shim_kind(t regclass) returns text language sql as $$
	select coalesce((select p.kind from base.pg_dist_partition p where p.logicalrelid = t), 'local') $$;
create function base.shim_foreign_keys_hold(t regclass, put_by text, beside text) returns void language plpgsql as $$ declare k record; begin
	for k in select c.*, base.shim_kind(c.confrelid) as to_kind, base.shim_kind(c.conrelid) as from_kind,
		array(select a.attname::text from unnest(c.conkey) with ordinality x (n, i)
			join pg_attribute a on a.attrelid = c.conrelid and a.attnum = x.n order by x.i) as from_columns,
		array(select a.attname::text from unnest(c.confkey) with ordinality x (n, i)
			join pg_attribute a on a.attrelid = c.confrelid and a.attnum = x.n order by x.i) as to_columns
		from pg_constraint c where c.contype = 'f' and t in (c.conrelid, c.confrelid) loop
		if k.conrelid <> t then
			continue; -- its own table's turn comes
		elsif put_by is null then
			if k.to_kind = 'distributed' then
				perform base.shim_refuse(t, k.conname || ': a reference table refers to a distributed one');
			end if;
		elsif k.to_kind = 'local' and k.confrelid <> t then
			perform base.shim_refuse(t, k.conname || ': refers to a table that is neither distributed nor a reference table');
		elsif k.to_kind <> 'reference' and array_position(k.from_columns, put_by) is distinct from array_position(k.to_columns, put_by)
			or k.to_kind <> 'reference' and array_position(k.from_columns, put_by) is null then
			perform base.shim_refuse(t, k.conname || ': does not hold the distribution column on both sides');
		end if;
	end loop;
end $$;
create function base.shim_plain(t regclass) returns void language plpgsql as $$ begin
	if exists (select 1 from pg_trigger g where g.tgrelid = t and not g.tgisinternal) then
		perform base.shim_refuse(t, 'has triggers');
	end if;
	if exists (select 1 from pg_policy p where p.polrelid = t
		and coalesce(pg_get_expr(p.polqual, t), '') || coalesce(pg_get_expr(p.polwithcheck, t), '') like '%SELECT%') then
		perform base.shim_refuse(t, 'cannot create policy: it holds a sub-select');
	end if;
end $$;
create function pg_catalog.create_reference_table(t regclass) returns void language plpgsql as $$ begin
	perform base.shim_plain(t);
	perform base.shim_foreign_keys_hold(t, null, null);
	delete from base.pg_dist_partition p where not exists (select 1 from pg_class c where c.oid = p.logicalrelid);
	insert into base.pg_dist_partition values (t, 'reference', null, null);
end $$;
create function pg_catalog.create_distributed_table(t regclass, put_by text, colocate_with text) returns void language plpgsql as $$ begin
	if not exists (select 1 from pg_attribute a where a.attrelid = t and a.attname = put_by and a.attgenerated = '') then
		perform base.shim_refuse(t, 'the distribution column is not there, or is worked out from others');
	end if;
	perform base.shim_plain(t);
	perform base.shim_keys_hold(t, put_by);
	perform base.shim_foreign_keys_hold(t, put_by, colocate_with);
	insert into base.pg_dist_partition values (t, 'distributed', put_by, colocate_with);
end $$;
-- What is left when all is laid out: a table that is not distributed refers to one that is.
create function base.shim_left() returns bigint language sql as $$
	select count(*) from pg_constraint c where c.contype = 'f' and base.shim_kind(c.confrelid) = 'distributed'
		and base.shim_kind(c.conrelid) <> 'distributed' $$;
