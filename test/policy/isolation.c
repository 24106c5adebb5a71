/* Isolation: whoever is restricted has no rows for any purpose but storage, their own account and
 * rights, and the law. Every guard of the program is asked, on a database in which every table that
 * is about a person or a company has a row of the subject; on PostgreSQL each view, under the role
 * of the application, with the row policies behind it. */
#include "policy/embedded.h"
#include "policy/policy.h"
#include "store/schema.h"
#include "store/store.h"
#include "test/rows.h"

#include <ftw.h>

enum { SUBJECT = 1 };
static sqlite3 *db;
static PGconn *cluster; /* NULL: SQLite */
static char folder[200];

static void run(str sql)
{
	char *why = NULL;

	if (cluster)
		pq.PQclear(rows_run(cluster, sql.p));
	else if (sqlite3_exec(db, sql.p, NULL, NULL, &why)) {
		printf("# %s: " STR_FMT "\n", why, STR_ARG(sql));
		fault(FAULT_BUG, "the database cannot be made");
	}
}

/* The subject looks at itself with every role: nothing but the restriction stands in the way. */
static void one(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_int64(x, SUBJECT);
}

static void every_bit(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_int64(x, INT64_MAX);
}

static void given(sqlite3_context *x, int n, sqlite3_value **v)
{
	sqlite3_result_value(x, v[n - 1]);
}

static void plant(const struct policy_table *t)
{
	str names = S(""), values = S("");

	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		const char *v = str_eq(k->name, S("restricted")) ? "0"
				: k->type.kind == TYPE_TEXT	 ? "'x'"
				: k->type.kind == TYPE_SEALED || k->type.kind == TYPE_BLIND ||
						k->type.kind == TYPE_BLOB
					? (cluster ? "'\\x01'" : "x'01'")
				: k->type.kind == TYPE_ENUM || k->type.kind == TYPE_INT ? "2"
											: "1";

		names = str_fmt(test_arena, STR_FMT "%s\"" STR_FMT "\"", STR_ARG(names),
			i ? ", " : "", STR_ARG(k->name));
		values = str_fmt(test_arena, STR_FMT "%s%s", STR_ARG(values), i ? ", " : "", v);
	}
	run(str_fmt(test_arena, "insert into \"r_" STR_FMT "\" (" STR_FMT ") values (" STR_FMT ")",
		STR_ARG(t->name), STR_ARG(names), STR_ARG(values)));
}

/* Of its view, or of the second form of it. */
static int64_t rows_of(const struct guard *g, bool near)
{
	const char *second = near ? POLICY_NEAR : "";
	sqlite3_stmt *st = NULL;
	int64_t n = -1;

	if (cluster) {
		PGresult *r = rows_run(cluster,
			str_fmt(test_arena,
				"select count(*) from \"" STR_FMT "\".\"" STR_FMT "%s\"",
				STR_ARG(g->grant->purpose), STR_ARG(g->table->name), second)
				.p);

		n = strtoll(pq.PQgetvalue(r, 0, 0), NULL, 10);
		pq.PQclear(r);
		return n;
	}
	MUST(!sqlite3_prepare_v2(db,
		str_fmt(test_arena, "select count(*) from \"" STR_FMT "%s\"", STR_ARG(g->view),
			second)
			.p,
		-1, &st, NULL));
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return n;
}

/* Purposes under which a restricted person's rows may still be used, as the policy says it. */
static bool may_stay(str purpose)
{
	static const char *const v[] = {"signin", "session", "account", "manage", "rights",
		"notice", "legal", "casework", "retention", "choices", "upkeep", "mailing",
		"handing", "intake", "claimant"};

	for (size_t i = 0; i < COUNT(v); i++)
		if (str_eq(purpose, str_of(v[i])))
			return true;
	return false;
}

static void open_lite(const struct guards *g)
{
	static const char *const ones[] = {"viewer_person", "viewer_company", "viewer_session"};

	MUST(!sqlite3_open(":memory:", &db));
	for (size_t i = 0; i < COUNT(ones); i++)
		sqlite3_create_function(db, ones[i], 0, SQLITE_UTF8, NULL, one, NULL, NULL);
	sqlite3_create_function(db, "viewer_roles", 0, SQLITE_UTF8, NULL, every_bit, NULL, NULL);
	sqlite3_create_function(db, "sealed", -1, SQLITE_UTF8, NULL, given, NULL, NULL);
	run(S("pragma foreign_keys = off; pragma ignore_check_constraints = on"));
	for (const struct schema_file *f = schema_files; f->name; f++)
		run(f->text);
	for (size_t i = 0; i < g->n; i++)
		run(policy_guard_sql(test_arena, &g->v[i]));
}

/* As an installation is made; then constraints are out of the way. */
static void open_cluster(const struct policy *p)
{
	const char *tmp = getenv("TMPDIR"), *database = rows_database();

	snprintf(folder, sizeof folder, "%s/kontor-isolation-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(folder));
	log_level_set(LOG_ERROR);
	store_close(store_open(&(struct store_options){
		.dir = folder, .policy = p, .database = database, .create = true}));
	cluster = rows_connect(rows_name().p);
	run(S("do $$ declare c record; begin for c in select conname, conrelid::regclass as t from "
	      "pg_constraint where contype in ('c', 'f') and connamespace = 'base'::regnamespace "
	      "loop execute format('alter table %s drop constraint %I', c.t, c.conname); end loop; "
	      "end $$"));
	for (size_t i = 0; i < p->tables_n; i++)
		run(str_fmt(
			test_arena, "truncate base.\"r_" STR_FMT "\"", STR_ARG(p->tables[i].name)));
}

/* Looks with every role, as the application; then as the administrator again. */
static void asked(const struct guards *g, int64_t *n, bool near)
{
	if (cluster)
		run(str_fmt(test_arena,
			"set kontor.viewer_person = '%d'; set kontor.viewer_company = '%d'; set "
			"kontor.viewer_session = '%d'; set kontor.viewer_roles = '%lld'; set role "
			"\"" STR_FMT "_app\"",
			SUBJECT, SUBJECT, SUBJECT, (long long)INT64_MAX, STR_ARG(rows_name())));
	for (size_t i = 0; i < g->n; i++)
		n[i] = !near || g->v[i].grant->using_n > 1 ? rows_of(&g->v[i], near) : 0;
	if (cluster)
		run(S("reset role"));
}

static int removed(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static void ended(void)
{
	sqlite3_close(db);
	if (!cluster)
		return;
	pq.PQfinish(cluster);
	rows_drop();
	nftw(folder, removed, 16, FTW_DEPTH | FTW_PHYS);
}

TEST(who_is_restricted_has_no_rows)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);
	size_t shown = 0, hidden = 0, stayed = 0;

	MUST(p);
	struct guards g = policy_guards_sqlite(test_arena, p, S("n"));

	if (rows_cluster())
		open_cluster(p);
	else
		open_lite(&g);
	for (size_t i = 0; i < p->tables_n; i++)
		if (p->tables[i].subject.n && policy_column(&p->tables[i], p->tables[i].subject))
			plant(&p->tables[i]);
	int64_t *before = arena_array(test_arena, int64_t, g.n),
		*after = arena_array(test_arena, int64_t, g.n),
		*near = arena_array(test_arena, int64_t, g.n);

	asked(&g, before, false);
	run(str_fmt(test_arena, "insert into r_restricted (id) values (%d)", SUBJECT));
	for (size_t i = 0; i < p->tables_n; i++) /* as the store does in subject.c */
		if (policy_tells_restricted(&p->tables[i]))
			run(str_fmt(test_arena, "update \"r_" STR_FMT "\" set restricted = 1",
				STR_ARG(p->tables[i].name)));
	asked(&g, after, false);
	asked(&g, near, true); /* the second form */
	for (size_t i = 0; i < g.n; i++) {
		const struct policy_table *t = g.v[i].table;
		int64_t now = after[i] ? after[i] : near[i];

		if (!t->subject.n || !policy_column(t, t->subject))
			continue;
		shown += before[i] > 0;
		if (may_stay(g.v[i].grant->purpose)) {
			stayed += after[i] > 0;
			/* gates that stand on other views may lose theirs, never gain */
			CHECK(after[i] <= before[i]);
		} else {
			hidden += before[i] > 0;
			if (now)
				TEST_FAIL(STR_FMT ": %lld rows of somebody restricted",
					STR_ARG(g.v[i].view), (long long)now);
		}
	}
	printf("# of %zu views with rows, %zu hide them and %zu keep them\n", shown, hidden,
		stayed);
	CHECK(hidden >= 10 && stayed >= 10);
	ended();
}

int main(void)
{
	return test_main();
}
