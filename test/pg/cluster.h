/* Clusters of a test's own, beside the one that test/pg/run starts: ones that are stopped, lost,
 * copied or filled up. Their socket lies in their folder; nothing listens on the network. */
#ifndef KONTOR_TEST_CLUSTER_H
#define KONTOR_TEST_CLUSTER_H

#include "test/test.h"

#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

struct cluster {
	char dir[200];
};

__attribute__((format(printf, 1, 2))) static int shell(const char *fmt, ...)
{
	char line[1500];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);

	va_end(ap);
	MUST(n > 0 && n < (int)sizeof line);
	return system(line);
}

/* A program of PostgreSQL; the server refuses to run as root. */
static const char *cluster_program(const char *name)
{
	return str_fmt(test_arena, "%s $(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)/%s",
		getuid() ? "" : "runuser -u nobody --", name)
		.p;
}

/* A folder that the server may use, below `in`. */
static void cluster_folder(struct cluster *c, const char *in)
{
	snprintf(c->dir, sizeof c->dir, "%s/kontor-cluster-XXXXXX", in);
	MUST(mkdtemp(c->dir));
	MUST(!shell("%s chown nobody %s", getuid() ? "true" : "", c->dir));
	MUST(!shell("chmod 711 %s", c->dir));
}

/* log: where its write-ahead log lies, if not with the data. */
__attribute__((unused)) static void cluster_make(struct cluster *c, const char *in, const char *log)
{
	cluster_folder(c, in);
	MUST(!shell("cd %s && %s -D %s/data -U admin --auth=trust --locale=C --encoding=UTF8 "
		    "--no-sync %s%s >%s/made 2>&1",
		c->dir, cluster_program("initdb"), c->dir, log ? "--waldir=" : "", log ? log : "",
		c->dir));
}

/* standby: it follows the cluster that it was copied from, and can take over. */
__attribute__((unused)) static void cluster_copy(struct cluster *c, const char *from, bool standby)
{
	cluster_folder(c, "/tmp");
	MUST(!shell("cd %s && %s -h %s -U admin -D %s/data -X stream -c fast %s", c->dir,
		cluster_program("pg_basebackup"), from, c->dir, standby ? "-R" : ""));
}

static bool cluster_try(const struct cluster *c)
{
	return !shell("cd %s && %s -D %s/data -w -l %s/log -o '-c listen_addresses= -c "
		      "unix_socket_directories=%s -c fsync=off' start >/dev/null 2>&1",
		c->dir, cluster_program("pg_ctl"), c->dir, c->dir, c->dir);
}

__attribute__((unused)) static void cluster_start(const struct cluster *c)
{
	MUST(cluster_try(c));
}

/* After a kill: what is left of it holds the folder for a moment. */
__attribute__((unused)) static bool cluster_again(const struct cluster *c)
{
	for (int i = 0; i < 50; i++) {
		if (cluster_try(c))
			return true;
		usleep(200000);
	}
	return false;
}

/* mode: fast, immediate. */
static void cluster_stop(const struct cluster *c, const char *mode)
{
	shell("cd %s && %s -D %s/data -m %s -w stop >/dev/null 2>&1", c->dir,
		cluster_program("pg_ctl"), c->dir, mode);
}

/* As a machine that loses its power: nobody says farewell. */
__attribute__((unused)) static void cluster_kill(const struct cluster *c)
{
	MUST(!shell("pid=$(head -1 %s/data/postmaster.pid) && kill -9 $pid $(ps -o pid= --ppid "
		    "$pid)",
		c->dir));
}

__attribute__((unused)) static void cluster_promote(const struct cluster *c)
{
	MUST(!shell("cd %s && %s -D %s/data -w promote >/dev/null", c->dir,
		cluster_program("pg_ctl"), c->dir));
}

static void cluster_end(const struct cluster *c)
{
	cluster_stop(c, "immediate");
	shell("rm -rf %s", c->dir);
}

#endif
