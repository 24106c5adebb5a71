/* 64 clients order while their database is restarted, while its disk is full, and while the machine
 * of the primary is lost and its standby takes over: nothing is lost, nothing is doubled. Each on
 * clusters of its own. */
#include "test/fault/orders.h"
#include "test/pg/cluster.h"

#include <sched.h>
#include <sys/mount.h>

enum { RESTARTS = 2, FULL_S = 2 };

static struct cluster one, other;
static char disk[64];

static void world_begin(const char *clusters)
{
	MUST(!setenv("KONTOR_PG", clusters, 1));
	home_make();
	world_make_in(program_home);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
}

static void world_end(void)
{
	books();
	CHECK_INT(0, server_end(&server, SIGTERM));
	counts_print();
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0);
	clients_end();
	home_end();
	counts_clear();
}

/* What they order in a moment without trouble, so that all that comes is after it. */
static void nothing(void)
{
}

static void restarted(void)
{
	cluster_stop(&one, "fast");
	cluster_start(&one);
}

TEST(the_database_is_restarted)
{
	cluster_make(&one, "/tmp", NULL);
	cluster_start(&one);
	world_begin(one.dir);
	for (int i = 0; i < RESTARTS && !test_bad; i++) {
		clients_disturbed(1000, restarted);
		books();
	}
	world_end();
	cluster_end(&one);
}

static void taken_over(void)
{
	cluster_kill(&one);
	cluster_promote(&other);
}

/* The primary answers a commit when the standby has it too, as doc/operate.md says. */
TEST(the_primary_is_lost_and_its_standby_takes_over)
{
	cluster_make(&one, "/tmp", NULL);
	cluster_start(&one);
	cluster_copy(&other, one.dir, true);
	cluster_start(&other);
	MUST(!shell("psql -q -h %s -U admin postgres -c \"alter system set "
		    "synchronous_standby_names = '*'\" -c 'select pg_reload_conf()' >/dev/null",
		one.dir));
	world_begin(str_fmt(test_arena, "%s,%s", one.dir, other.dir).p);
	clients_disturbed(500, nothing);
	int64_t before = atomic_load(&acked_all);

	clients_disturbed(1000, taken_over);
	CHECK(atomic_load(&acked_all) > before);
	world_end();
	cluster_end(&other);
	cluster_end(&one);
}

static int64_t refused_before;

static void filled_up(void)
{
	MUST(shell("head -c 1G /dev/zero >%s/full 2>/dev/null", disk)); /* it ends with an error */
	sleep(FULL_S);
	refused_before = atomic_load(&acked_all);
	sleep(FULL_S);
	printf("# %lld orders were stored while the disk was full\n",
		(long long)(atomic_load(&acked_all) - refused_before));
	MUST(!shell("rm %s/full", disk));
}

/* Its log has room elsewhere, as is advised: a log without room stops the database itself. */
TEST(the_disk_of_the_database_is_full)
{
	struct cluster log;

	if (getuid() || unshare(CLONE_NEWNS) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		printf("# not asked: a small disk takes root\n");
		return;
	}
	snprintf(disk, sizeof disk, "/tmp/kontor-disk-XXXXXX");
	MUST(mkdtemp(disk) && !mount("tmpfs", disk, "tmpfs", 0, "size=80m,mode=0711"));
	cluster_folder(&log, "/tmp");
	cluster_make(&one, disk, str_fmt(test_arena, "%s/log", log.dir).p);
	cluster_start(&one);
	world_begin(one.dir);
	clients_disturbed(500, filled_up);
	int64_t full = atomic_load(&acked_all);

	clients_disturbed(500, nothing);
	CHECK(atomic_load(&acked_all) > full);
	world_end();
	cluster_end(&one);
	MUST(!umount2(disk, MNT_DETACH) && !rmdir(disk));
	shell("rm -rf %s", log.dir);
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
