/* A base backup of the cluster that is older than an erasure: what it holds of who was erased opens
 * no more, since keys lie in no database; and the program erases again before anybody is let in. */
#include "test/erase.h"
#include "test/pg/cluster.h"
#include "test/pg/installation.h"

#include "market/member/member.h"
#include "store/lite.h"
#include "web/web.h"

static struct cluster copy; /* from the backup */

static int64_t keys_of(int64_t owner)
{
	sqlite3 *db = lite_open(str_fmt(test_arena, "%s/keys.db", dir).p, SQLITE_OPEN_READONLY);
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	MUST(!sqlite3_prepare_v2(
		db, "select count(*) from subject_key where owner = ?1", -1, &st, NULL));
	sqlite3_bind_int64(st, 1, owner);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	lite_close(db);
	return n;
}

TEST(an_older_base_backup_opens_nothing_of_who_was_erased)
{
	struct store *s = fresh(rows_database());
	static const char held[] = "select email is not null and name is not null from r_person";

	CHECK_INT(OPERATOR_MADE,
		operator_make(s, test_arena, S("markermail@kontor.test"), S("Markername"),
			BIT(ROLE_OPERATOR), S("three words and more")));
	int64_t id = rows_number(dir, "select id from r_person");

	CHECK_INT(1, keys_of(id));
	cluster_copy(&copy, rows_cluster(), false);
	erase_of(s, id);
	CHECK_INT(0, keys_of(id));
	CHECK_INT(0, rows_number(dir, held));
	store_close(s);

	char *before = strdup(rows_cluster());

	cluster_start(&copy);
	setenv("KONTOR_PG", copy.dir, 1);
	CHECK_INT(1, rows_number(dir, held)); /* sealed, and no key is left that opens it */
	CHECK(shell("grep -rqi -e markername -e markermail %s/data", copy.dir) != 0);
	s = again(dir, str_fmt(test_arena, "postgresql://admin@/" STR_FMT "?host=%s",
			       STR_ARG(rows_name()), copy.dir)
			       .p);
	CHECK_INT(SUBJECT_ERASED,
		rows_number(dir, str_fmt(test_arena, "select state from r_subject where id = %lld",
					 (long long)id)
					 .p));
	CHECK_INT(0, rows_number(dir, held));
	store_close(s);
	cluster_end(&copy);
	setenv("KONTOR_PG", before, 1);
	free(before);
	nftw(dir, removed, 16, FTW_DEPTH | FTW_PHYS);
	rows_drop();
}

int main(void)
{
	return test_main();
}
