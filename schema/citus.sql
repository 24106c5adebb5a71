-- Citus: where each table's rows lie when several database machines share them (doc/scale.md, "Citus"; decisions 255
-- and 259). `kontor init --citus` runs this file behind the tables, and a start with new files of schema/ again; the
-- build reads the list, judges by it which statements ask one machine, and writes their texts.

-- placed: in a place, the last six bits of its id; behind it the columns that hold ids of the same place.
-- everywhere: on the coordinator, with a copy for all machines (base.e_company, a reference table), kept by a trigger.
-- one: on the coordinator alone.
-- tool/queryc/layout.c reads these lines: a table that is not among them does not build.
create temporary table layout (name text primary key, lies text not null, near text not null, nth serial) on commit drop;
insert into layout values
	-- What is traded lies with whoever sells it, and is read and written together.
	('product', 'placed', 'company_id parent_id'),
	('picture', 'placed', 'company_id product_id'),
	('document', 'placed', 'company_id product_id'),
	('offer', 'placed', 'company_id'),
	('import_run', 'placed', 'company_id'),
	('number_series', 'placed', 'company_id'),
	('orders', 'placed', 'seller_id'),
	('order_line', 'placed', 'order_id seller_id offer_id'),
	('order_event', 'placed', 'order_id seller_id'),
	('shipment', 'placed', 'order_id seller_id'),
	('shipment_line', 'placed', 'order_id seller_id shipment_id line_id'),
	('quote', 'placed', 'seller_id offer_id order_id'),
	('quote_event', 'placed', 'quote_id seller_id'),
	-- And which of it is whose, with whoever bought or asked.
	('bought', 'placed', 'buyer_id'),
	('asked', 'placed', 'buyer_id'),
	-- What every statement joins or every guard asks: small, or seldom written.
	('company', 'everywhere', ''),
	('category', 'everywhere', ''),
	('attribute', 'everywhere', ''),
	('restricted', 'everywhere', ''),
	-- Who asks: a request begins here, and its statements name no order.
	('person', 'one', ''),
	('credential', 'one', ''),
	('session', 'one', ''),
	('one_time_token', 'one', ''),
	('api_token', 'one', ''),
	('throttle', 'one', ''),
	('membership', 'one', ''),
	('invitation', 'one', ''),
	('address', 'one', ''),
	('terms_acceptance', 'one', ''),
	('company_event', 'one', ''),
	('company_logo', 'one', ''),
	('licence', 'one', ''),
	('licence_look', 'one', ''),
	('basket_line', 'one', ''),
	('lead', 'one', ''),
	-- What people chose and asked, and what was done about it.
	('choice', 'one', ''),
	('consent_event', 'one', ''),
	('notice_text', 'one', ''),
	('served', 'one', ''),
	('petition', 'one', ''),
	('petition_event', 'one', ''),
	('access_answer', 'one', ''),
	('agent', 'one', ''),
	('agent_message', 'one', ''),
	('agent_token', 'one', ''),
	('erasure', 'one', ''),
	('legal_hold', 'one', ''),
	('held', 'one', ''),
	('handover', 'one', ''),
	('handover_event', 'one', ''),
	('handover_part', 'one', ''),
	('breach', 'one', ''),
	('breach_person', 'one', ''),
	('disclosure', 'one', ''),
	('hook', 'one', ''),
	('hook_target', 'one', ''),
	('news_round', 'one', ''),
	('news_sent', 'one', ''),
	('policy_version', 'one', ''),
	('policy_change', 'one', ''),
	('policy_notice', 'one', ''),
	('policy_round', 'one', ''),
	('policy_seen', 'one', ''),
	('policy_wait', 'one', ''),
	-- What the program counts and keeps for itself.
	('outbox', 'one', ''),
	('replay', 'one', ''),
	('subject', 'one', ''),
	('journal', 'one', ''),
	('chain_head', 'one', ''),
	('chain_link', 'one', ''),
	('read_count', 'one', ''),
	('read_event', 'one', ''),
	('refused', 'one', ''),
	('retention_run', 'one', ''),
	('sweep_mark', 'one', ''),
	('figure', 'one', ''),
	('figure_mark', 'one', ''),
	('visit_figure', 'one', ''),
	('tally', 'one', ''),
	('aggregate', 'one', ''),
	('aggregate_budget', 'one', ''),
	('aggregate_cell', 'one', ''),
	('map_part', 'one', ''),
	('setting', 'one', ''),
	('staff_key', 'one', ''),
	('house', 'one', ''),
	('schema_file', 'one', ''),
	('server', 'one', ''),
	('job_lease', 'one', ''),
	('turn', 'one', '');

-- In one transaction, by the administrator, behind the tables and before their rights and guards; as often as wanted:
-- what is distributed already is left alone. Rows that are there already must lie where they belong.
do $$ begin
	if not exists (select from pg_proc where proname = 'create_distributed_table') then
		raise exception 'this database has no Citus' using
			hint = 'install the extension on every machine, add citus to shared_preload_libraries, and run: create extension citus';
	end if;
end $$;
create temporary table fresh on commit drop as
	select l.name, string_to_array(l.near, ' ') as near, l.nth from layout l where l.lies = 'placed' and not exists (
		select 1 from pg_attribute a where a.attrelid = ('base.r_' || l.name)::regclass and a.attname = 'place');

-- Foreign keys go between rows of one place. Those to or from a placed table come off; the ones within a place come
-- back below, with the place, when both tables are distributed. For the others the program alone answers.
create temporary table keys on commit drop as
	select c.conname as name, f.relname as from_table, a.attname as from_column, t.relname as to_table,
		exists (select 1 from fresh x where 'r_' || x.name = f.relname and a.attname = any (x.near))
			and lt.lies = 'placed' as within
	from pg_constraint c join pg_class f on f.oid = c.conrelid join pg_class t on t.oid = c.confrelid
		join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
		join layout lf on 'r_' || lf.name = f.relname join layout lt on 'r_' || lt.name = t.relname
	where c.contype = 'f' and c.connamespace = 'base'::regnamespace
		and 'placed' in (lf.lies, lt.lies)
		and exists (select 1 from fresh x where 'r_' || x.name in (f.relname, t.relname));
do $$ declare t record; k record; near text; begin
	for k in select * from keys loop
		execute format('alter table base.%I drop constraint %I', k.from_table, k.name);
	end loop;
	for t in select 'r_' || name as name, fresh.near from fresh order by nth loop
		execute format('alter table base.%I add column place bigint', t.name);
		execute format('update base.%I set place = id & 63', t.name);
		execute format('alter table base.%I alter column place set not null, add check (place = (id & 63))', t.name);
		foreach near in array t.near loop
			execute format('alter table base.%I add check (place = (%I & 63))', t.name, near);
		end loop;
		execute format('alter table base.%I drop constraint %I, add primary key (place, id)', t.name, t.name || '_pkey');
		for k in select i.indexrelid::regclass as name, pg_get_indexdef(i.indexrelid) as made from pg_index i
			where i.indrelid = ('base.' || t.name)::regclass and i.indisunique and not i.indisprimary loop
			execute format('drop index %s', k.name);
			execute replace(k.made, ' USING btree (', ' USING btree (place, ');
		end loop;
	end loop;
end $$;

-- The copies are made anew each time, so that they have the columns that the tables have now.
set local citus.multi_shard_modify_mode = 'sequential'; -- in one transaction with what hangs together
do $$ declare t record; begin
	for t in select name, (select string_agg('new.' || a.attname, ', ' order by a.attnum) from pg_attribute a
			where a.attrelid = ('base.r_' || name)::regclass and a.attnum > 0 and not a.attisdropped) as row
		from layout where lies = 'everywhere' order by nth loop
		execute format('drop table if exists base.e_%s', t.name);
		execute format('create table base.e_%s (like base.r_%s including defaults including indexes)', t.name, t.name);
		execute format('insert into base.e_%s select * from base.r_%s', t.name, t.name);
		execute format('create or replace function base.spread_%s() returns trigger language plpgsql as $f$ begin
			if tg_op <> ''INSERT'' then delete from base.e_%s where id = old.id; end if;
			if tg_op <> ''DELETE'' then insert into base.e_%s values (%s); end if;
			return null;
		end $f$', t.name, t.name, t.name, t.row);
		execute format('create or replace trigger spread after insert or update or delete on base.r_%s for each row
			execute function base.spread_%s()', t.name, t.name);
	end loop;
end $$;

-- Citus hashes places onto shards, which is uneven (test/pg/citus.c counts): rebalance_table_shards() afterwards moves
-- them by size. More shards would spread them little better, and what changes tables is done on each.
set local citus.shard_count = 32;
do $$ declare t record; k record; begin
	for t in select 'base.e_' || name as name from layout where lies = 'everywhere' order by nth loop
		perform create_reference_table(t.name::regclass);
	end loop;
	for t in select 'base.r_' || name as name, first_value('base.r_' || name) over (order by nth) as first
		from layout where lies = 'placed' order by nth loop
		if exists (select 1 from pg_dist_partition p where p.logicalrelid = t.name::regclass) then
			continue;
		end if;
		perform create_distributed_table(t.name::regclass, 'place',
			colocate_with => case when t.name = t.first then 'none' else t.first end);
	end loop;
	for k in select * from keys where within loop
		execute format('alter table base.%I add constraint %I foreign key (place, %I) references base.%I (place, id)',
			k.from_table, k.name, k.from_column, k.to_table);
	end loop;
end $$;
