/* An installation on PostgreSQL in a folder of its own. */
#ifndef KONTOR_TEST_INSTALLATION_H
#define KONTOR_TEST_INSTALLATION_H

#include "test/rows.h"

#include "policy/embedded.h"
#include "store/inside.h"

#include <ftw.h>
#include <sys/stat.h>

/* Where a new installation's keys are: in its folder, or with a key store of their own. */
#ifndef KEYS_OF_FRESH
#define KEYS_OF_FRESH NULL
#endif

static char dir[300];
static const struct policy *policy;

static const struct policy *policy_of(void)
{
	struct policy_errors e = {0};

	if (!policy)
		policy = policy_read(
			arena_make((size_t)64 << 20), embedded_policy, embedded_policy_n, &e);
	MUST(policy);
	return policy;
}

__attribute__((unused)) static struct store *again(const char *where, const char *database)
{
	return store_open(
		&(struct store_options){.dir = where, .policy = policy_of(), .database = database});
}

__attribute__((unused)) static struct store *fresh(const char *database)
{
	snprintf(dir, sizeof dir, "/tmp/kontor-store-XXXXXX");
	MUST(mkdtemp(dir));
	log_level_set(LOG_ERROR);
	return store_open(&(struct store_options){.dir = dir,
		.policy = policy_of(),
		.database = database,
		.keys_path = KEYS_OF_FRESH,
		.create = true});
}

/* Another server's folder: what both must have in common is the first one's. */
__attribute__((unused)) static const char *joined(int n)
{
	static const char *const common[] = {
		"keys.db", "master.key", "erased.log", "files", "database", NULL};
	const char *other = str_fmt(test_arena, "%s-%d", dir, n).p;

	MUST(!mkdir(other, 0700));
	for (const char *const *p = common; *p; p++)
		MUST(!symlink(str_fmt(test_arena, "%s/%s", dir, *p).p,
			str_fmt(test_arena, "%s/%s", other, *p).p));
	return other;
}

static int removed(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)s, (void)flag, (void)f;
	return remove(path);
}

__attribute__((unused)) static void over(struct store *s)
{
	store_close(s);
	nftw(dir, removed, 16, FTW_DEPTH | FTW_PHYS);
	rows_drop();
}

#endif
