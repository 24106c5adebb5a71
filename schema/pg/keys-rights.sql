-- Behind schema/pg/close.sql, in the key store's database: what its one role calls.
grant execute on function pg_catalog.nextval(regclass), pg_catalog.pg_advisory_xact_lock(bigint),
	pg_catalog.unnest(anyarray), pg_catalog.max(bigint) to "{roles}_keys";
