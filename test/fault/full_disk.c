/* A disk that fills up under the real server: what cannot be stored is answered 503 with a word
 * when to come back, pages are still read, nothing that was answered is lost, and with space again
 * the same requests go through. Commands say what is wrong and leave no half files. The disk is a
 * small tmpfs in a mount namespace of this program; that takes root. */
#include "test/fault/orders.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

enum { DISK_MIB = 24 };

static char disk[260];

/* False: not root, or the system does not allow it. */
static bool disk_make(void)
{
	char options[40];

	snprintf(disk, sizeof disk, "%s/disk", program_home);
	snprintf(options, sizeof options, "size=%dm", DISK_MIB);
	if (mkdir(disk, 0700) || unshare(CLONE_NEWNS) ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		mount("tmpfs", disk, "tmpfs", 0, options)) {
		printf("# not tried: a small file system needs root (%s)\n", strerror(errno));
		return false;
	}
	return true;
}

/* Takes what is free, but for so many bytes. */
static void fill_up(size_t leave)
{
	static char block[4096];
	struct statvfs v;
	char path[300];

	snprintf(path, sizeof path, "%s/ballast", disk);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	MUST(fd >= 0 && !statvfs(disk, &v));
	for (size_t n = v.f_bavail * v.f_bsize; n > leave && write(fd, block, sizeof block) > 0;
		n -= sizeof block)
		;
	close(fd);
}

static void make_room(void)
{
	char path[300];

	snprintf(path, sizeof path, "%s/ballast", disk);
	MUST(!unlink(path));
}

static void tell_all(int64_t *done, int64_t *busy, int64_t *other)
{
	*done = *busy = *other = 0;
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &clients[i];

		send_step(c);
		bool is_busy = !c->answer.rc && c->answer.status == 503;

		*busy += is_busy;
		*done += !c->answer.rc && c->answer.status == 201;
		*other += c->answer.rc || (!is_busy && c->answer.status != 201);
		if (is_busy && !strstr(c->answer.body, "\"status\""))
			TEST_FAIL("503 without a problem: %s", c->answer.body);
		if (!c->answer.rc && c->answer.status == 201) {
			if (c->step == STEP_ORDER) {
				keep(c, order_of(&c->answer));
				c->nth++;
			}
			c->step = c->step == STEP_BASKET ? STEP_ORDER : STEP_BASKET;
		}
	}
}

/* Every client sends its next step, round by round, until the disk takes no more. */
static void until_full(void)
{
	int64_t done, busy, other, rounds = 0, all_busy = 0;

	while (rounds++ < 40 && all_busy < CLIENTS) {
		tell_all(&done, &busy, &other);
		all_busy += busy;
		CHECK_INT(0, other);
	}
	CHECK(all_busy >= CLIENTS);
	printf("# %lld orders, then 503\n", (long long)acked_all);
}

TEST(a_full_disk_is_answered_503_and_recovers)
{
	home_make();
	if (!disk_make()) {
		home_end();
		return;
	}
	world_make_in(disk);
	clients_make();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	fill_up(3 << 20);
	until_full();
	CHECK_INT(200, get_status(&server, "/"));
	CHECK_INT(200, get_status(&server, "/healthz"));
	acked_there();
	/* Commands beside it. */
	CHECK_INT(1, kontor("backup", market, in_home("disk/backup")));
	SAYS("No space left");
	CHECK(access(in_home("disk/backup"), F_OK) != 0);
	CHECK_INT(1, kontor("init", in_home("disk/new")));
	SAYS("kontor init: ");
	/* With space again the same keys give one order each. */
	make_room();
	clients_run(0);
	books();
	CHECK_INT(0, troubles);
	CHECK_INT(0, server_end(&server, SIGTERM));
	if (!strstr(program_said, "writes lost"))
		TEST_FAIL("the log does not tell of it");
	/* Killed on a full disk, it starts there or says why not; with space again all is there. */
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	fill_up(0);
	until_full();
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	if (server_start(&server, market, "--behind-proxy")) {
		CHECK_INT(200, get_status(&server, "/"));
		CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	} else {
		CHECK_INT(1, server.code);
		SAYS("space");
	}
	make_room();
	REQUIRE(server_start(&server, market, "--behind-proxy"));
	clients_run(0);
	books();
	CHECK_INT(0, server_end(&server, SIGTERM));
	db_whole(data_path);
	clients_end();
	MUST(!umount2(disk, MNT_DETACH));
	home_end();
}

TEST(a_file_system_that_is_read_only_is_named)
{
	home_make();
	if (disk_make()) {
		const char *dir = in_home("disk/market");

		REQUIRE(!kontor("init", dir));
		MUST(!mount(NULL, disk, NULL, MS_REMOUNT | MS_RDONLY, NULL));
		CHECK(!server_start(&server, dir));
		CHECK_INT(1, server.code);
		SAYS("Read-only file system");
		SAYS("must be able to write there");
		CHECK_INT(1, kontor("init", in_home("disk/new")));
		SAYS("Read-only file system");
		MUST(!umount2(disk, MNT_DETACH));
	}
	home_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
