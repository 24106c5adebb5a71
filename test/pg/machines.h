/* Citus on this machine: a coordinator and two others. Debian has no Citus; where citus.so is not
 * beside PostgreSQL's own modules, a test says so and asks nothing. */
#ifndef KONTOR_TEST_PG_MACHINES_H
#define KONTOR_TEST_PG_MACHINES_H

#include "test/pg/cluster.h"
#include "test/program.h"
#include "test/rows.h"

enum { MACHINES = 3 };

static struct cluster machines[MACHINES];
static int ports[MACHINES];

static bool citus_is_there(void)
{
	return !shell("ls /usr/lib/postgresql/*/lib/citus.so >/dev/null 2>&1");
}

static void machines_start(void)
{
	for (int i = 0; i < MACHINES; i++) {
		ports[i] = free_port();
		cluster_make(&machines[i], "/tmp", NULL);
		MUST(!shell("cd %s && %s -D %s/data -w -l %s/log -o '-c "
			    "shared_preload_libraries=citus -c listen_addresses=127.0.0.1 -c "
			    "port=%d -c unix_socket_directories=%s -c fsync=off' start >/dev/null",
			machines[i].dir, cluster_program("pg_ctl"), machines[i].dir,
			machines[i].dir, ports[i], machines[i].dir));
	}
	MUST(!setenv("KONTOR_PG", machines[0].dir, 1));
	MUST(!setenv("PGPORT", str_fmt(test_arena, "%d", ports[0]).p, 1));
}

static void machines_stop(void)
{
	for (int i = 0; i < MACHINES; i++)
		cluster_end(&machines[i]);
}

static void on_machine(int i, const char *database, const char *sql)
{
	MUST(!shell("psql -X -q -h 127.0.0.1 -p %d -U admin -d %s -v ON_ERROR_STOP=1 -c \"%s\" "
		    ">/dev/null 2>&1",
		ports[i], database, sql));
}

/* As doc/operate.md says it. */
static void citus_on(const char *name)
{
	for (int i = 1; i < MACHINES; i++)
		on_machine(i, "postgres",
			str_fmt(test_arena,
				"create database %s template template0 encoding 'UTF8' lc_collate "
				"'C' lc_ctype 'C'",
				name)
				.p);
	for (int i = 0; i < MACHINES; i++)
		on_machine(i, name, "create extension citus");
	on_machine(0, name,
		str_fmt(test_arena, "select citus_set_coordinator_host('127.0.0.1', %d)", ports[0])
			.p);
	/* What a test looks for over all rows may join what lies apart. */
	on_machine(0, name,
		str_fmt(test_arena,
			"alter role admin in database %s set citus.enable_repartition_joins = on",
			name)
			.p);
	for (int i = 1; i < MACHINES; i++)
		on_machine(0, name,
			str_fmt(test_arena, "select citus_add_node('127.0.0.1', %d)", ports[i]).p);
}

/* All tests of a program, on machines of their own. */
static int machines_main(void)
{
	if (!citus_is_there()) {
		puts("1..1\nok 1 # SKIP Citus is not installed");
		return 0;
	}
	struct arena *own = test_arena = arena_make((size_t)1 << 28);

	machines_start();
	home_make();
	rows_prepare = citus_on;
	int status = test_main();

	test_arena = arena_make((size_t)1 << 24);
	home_end();
	machines_stop();
	arena_free(test_arena);
	arena_free(own);
	return status;
}

#endif
