-- Behind close.sql where several machines share the rows: what Citus itself asks of whoever runs a statement there.
do $$ declare f record; begin
	for f in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
		and p.proname in ('read_intermediate_result', 'read_intermediate_results', 'assign_distributed_transaction_id') loop
		execute format('grant execute on function %s to "{roles}_app", "{roles}_house"', f.name);
	end loop;
end $$;
-- A backup keeps others from writing until each machine has given it a snapshot.
grant execute on function pg_catalog.pg_advisory_lock(bigint), pg_catalog.pg_advisory_unlock(bigint) to "{roles}_house";
