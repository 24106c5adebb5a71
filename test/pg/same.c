/* Every statement of the program on both engines, with the same rows and the same values: the same
 * answer in the same order, the same number of rows changed, and the same table afterwards. */
#include "list.h"
#include "lite.h"
#include "store/store.h"

enum { ROWS = 400, ROUNDS = 40, PARAMS = 64 };

struct both {
	struct listed s;
	const struct stmt *stmt;
	sqlite3_stmt *lite;
	size_t n;
	bool told, hit; /* hit: it found or changed something once */
};
static struct {
	struct both *v;
	size_t n, cap;
} all;

/* ---- values of parameters ---- */
static char value_text[PARAMS][32], list_pg[PARAMS][64], list_lite[PARAMS][64];

static const char *value(size_t i, str type)
{
	uint64_t r = test_random();

	if (str_eq(type, S("text")))
		snprintf(value_text[i], sizeof *value_text, "%s",
			r % 3 == 0   ? "marketing"
			: r % 3 == 1 ? ""
				     : str_fmt(test_arena, "t%d", (int)(r / 3 % ROWS)).p);
	else if (str_eq(type, S("bytea")))
		snprintf(value_text[i], sizeof *value_text, "b%d", (int)(r % ROWS));
	else
		snprintf(value_text[i], sizeof *value_text, "%d",
			(int)(r % 2 ? r / 4 % 6 : r / 4 % ROWS));
	return value_text[i];
}

/* A list of one value, as each engine wants it; rows: one row, which SQLite is given as such. */
static const char *listed_value(size_t i, str type, const char *v)
{
	bool text = str_starts(type, S("text"));

	snprintf(list_pg[i], sizeof *list_pg, "{\"%.40s\"}", v);
	snprintf(list_lite[i], sizeof *list_lite, text ? "[\"%.40s\"]" : "[%.40s]", v);
	return list_pg[i];
}

static void bind(struct both *b, size_t i, str type, const char *v)
{
	int at = (int)i + 1;

	if (str_ends(type, S("[]")) && b->s.verb.p[0] == 's')
		sqlite3_bind_text(b->lite, at, list_lite[i], -1, SQLITE_TRANSIENT);
	else if (str_ends(type, S("[]")))
		bind(b, i, str_sub(type, 0, type.n - 2), v);
	else if (str_eq(type, S("text")))
		sqlite3_bind_text(b->lite, at, v, -1, SQLITE_TRANSIENT);
	else if (str_eq(type, S("bytea")))
		sqlite3_bind_blob(b->lite, at, v, (int)strlen(v), SQLITE_TRANSIENT);
	else
		sqlite3_bind_int64(b->lite, at, strtoll(v, NULL, 10));
}

/* ---- answers as text ---- */
static void hex_put(struct out *o, const unsigned char *p, size_t n)
{
	out_lit(o, "\\x");
	for (size_t i = 0; i < n; i++)
		out_fmt(o, "%02x", p[i]);
}

static void lite_value(struct out *o, sqlite3_stmt *st, int i)
{
	if (sqlite3_column_type(st, i) == SQLITE_NULL)
		out_lit(o, "-");
	else if (sqlite3_column_type(st, i) == SQLITE_BLOB)
		hex_put(o, sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
	else
		out_str(o, str_of((const char *)sqlite3_column_text(st, i)));
	out_lit(o, ",");
}

static void pg_value(struct out *o, PGresult *r, int row, int i)
{
	const char *v = PQgetvalue(r, row, i);

	if (PQgetisnull(r, row, i))
		out_lit(o, "-");
	else if (PQftype(r, i) == 16) /* a condition */
		out_str(o, *v == 't' ? S("1") : S("0"));
	else
		out_str(o, str_of(v));
	out_lit(o, ",");
}

static str pg_rows(PGresult *r)
{
	struct out o;

	out_init(&o, test_arena, 1024, 1 << 24, NULL);
	for (int i = 0; i < PQntuples(r); i++) {
		for (int k = 0; k < PQnfields(r); k++)
			pg_value(&o, r, i, k);
		out_lit(&o, "\n");
	}
	return out_view(&o);
}

static str lite_rows(sqlite3_stmt *st)
{
	struct out o;

	out_init(&o, test_arena, 1024, 1 << 24, NULL);
	while (sqlite3_step(st) == SQLITE_ROW) {
		for (int k = 0; k < sqlite3_column_count(st); k++)
			lite_value(&o, st, k);
		out_lit(&o, "\n");
	}
	return out_view(&o);
}

static int by_text(const void *a, const void *b)
{
	const str *x = a, *y = b;
	int d = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* The lines in an order of their own. */
static str sorted(str text)
{
	struct {
		str *v;
		size_t n, cap;
	} l = {0};
	str out = S("");

	while (text.n)
		*ARENA_PUSH(test_arena, &l) = str_cut(&text, '\n');
	if (l.n)
		qsort(l.v, l.n, sizeof *l.v, by_text);
	for (size_t i = 0; i < l.n; i++)
		out = str_fmt(test_arena, STR_FMT STR_FMT "\n", STR_ARG(out), STR_ARG(l.v[i]));
	return out;
}

/* ---- one statement, once ---- */
static void differs(struct both *b, const char *how, str lite_says, str pg_says)
{
	if (b->told)
		return;
	b->told = true;
	TEST_FAIL(STR_FMT ":" STR_FMT ": " STR_FMT ": %s\n# SQLite: %.300s\n# PostgreSQL: %.300s",
		STR_ARG(b->s.file), STR_ARG(b->s.line), STR_ARG(b->s.name), how,
		lite_says.n ? lite_says.p : "", pg_says.n ? pg_says.p : "");
}

static size_t lines_of(str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* A statement that names no order says that any will do, and with a limit that any rows will. */
static bool alike(const struct both *b, str want, str got)
{
	bool order = str_find(b->s.sql, S(" order by ")) != (size_t)-1;
	bool limit = str_find(b->s.sql, S(" limit ")) != (size_t)-1;

	if (b->stmt->shape == STMT_ONE || !order)
		return limit && !order ? lines_of(want) == lines_of(got)
				       : str_eq(sorted(want), sorted(got));
	return str_eq(want, got);
}

static void read_both(struct both *b, PGresult *r)
{
	str want = lite_rows(b->lite), got = pg_rows(r);

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		differs(b, "an error", want, str_of(PQresultErrorMessage(r)));
	else if (!alike(b, want, got))
		differs(b, str_eq(sorted(want), sorted(got)) ? "another order" : "other rows", want,
			got);
}

static str table_pg(const char *table)
{
	PGresult *r =
		PQexec(pg_app, str_fmt(test_arena, "select * from base.%s order by id", table).p);
	str rows = pg_rows(r);

	PQclear(r);
	return rows;
}

static str table_lite(const char *table)
{
	sqlite3_stmt *st = NULL;
	str sql = str_fmt(test_arena, "select * from %s order by id", table);

	MUST(!sqlite3_prepare_v2(lite, sql.p, -1, &st, NULL));
	str rows = lite_rows(st);

	sqlite3_finalize(st);
	return rows;
}

/* A row that lacks a value, or is there already, is refused by both alike: one answer. */
static int64_t changed_pg(struct both *b, PGresult *r)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);

	if (PQresultStatus(r) == PGRES_COMMAND_OK)
		return strtoll(PQcmdTuples(r), NULL, 10);
	/* the check is asked by view and row policy */
	if (!state || (strncmp(state, "23", 2) != 0 && !list_refused(&b->s, r)))
		differs(b, "an error", S(""), str_of(PQresultErrorMessage(r)));
	return 0;
}

static int64_t changed_lite(struct both *b)
{
	int rc = sqlite3_step(b->lite);

	if (rc != SQLITE_DONE && rc != SQLITE_CONSTRAINT)
		differs(b, "an error", str_of(sqlite3_errmsg(lite)), S(""));
	return rc == SQLITE_DONE ? sqlite3_changes(lite) : 0;
}

static int rows_changed, rows_read;

static void write_both(struct both *b, PGresult *r)
{
	int64_t got = changed_pg(b, r), want = changed_lite(b);
	str pg, sq;

	if (got != want)
		differs(b, "another number of rows", str_fmt(test_arena, "%lld", (long long)want),
			str_fmt(test_arena, "%lld", (long long)got));
	rows_changed += (int)got;
	if (got != want || !got)
		return;
	pg_run(pg_app, "reset role");
	pg = table_pg(b->stmt->writes);
	sq = table_lite(b->stmt->writes);
	if (!str_eq(pg, sq))
		differs(b, "another table", sq, pg);
}

static void once(struct both *b)
{
	const char *values[PARAMS];
	int before = rows_changed;
	str types = b->s.params;
	PGresult *r;

	sqlite3_reset(b->lite);
	for (size_t i = 0; i < b->n; i++) {
		str type = str_cut(&types, ',');
		bool list = str_ends(type, S("[]"));
		const char *v = value(i, list ? str_sub(type, 0, type.n - 2) : type);

		values[i] = list ? listed_value(i, type, v) : v;
		bind(b, i, type, v);
	}
	pg_run(pg_app, "begin; set local role k_same_app");
	sqlite3_exec(lite, "savepoint one", NULL, NULL, NULL);
	r = PQexecPrepared(pg_app, b->s.name.p, (int)b->n, values, NULL, NULL, 0);
	if (b->s.verb.p[0] == 's')
		read_both(b, r);
	else
		write_both(b, r);
	rows_read += PQntuples(r);
	b->hit = b->hit || PQntuples(r) > 0 || rows_changed > before;
	PQclear(r);
	pg_run(pg_app, "rollback");
	sqlite3_reset(b->lite);
	sqlite3_exec(lite, "rollback to one; release one", NULL, NULL, NULL);
}

/* ---- all of them ---- */
static const struct stmt *stmt_of(str name)
{
	if (str_ends(name, S(LIST_ROWS)))
		name = str_sub(name, 0, name.n - strlen(LIST_ROWS));
	for (size_t i = 0; statements[i]; i++)
		if (str_eq(str_of(statements[i]->name), name))
			return statements[i];
	fault(FAULT_BUG, "no statement " STR_FMT, STR_ARG(name));
}

static void prepare(struct both *b)
{
	Oid types[PARAMS] = {0};
	str rest = b->s.params;

	b->stmt = stmt_of(b->s.name);
	b->n = list_params(&b->s);
	MUST(b->n <= PARAMS);
	for (size_t i = 0; i < b->n; i++) {
		types[i] = list_type(str_cut(&rest, ','));
	}
	PQclear(PQprepare(pg_app, b->s.name.p, b->s.sql.p, (int)b->n, types));
	if (sqlite3_prepare_v2(lite, b->stmt->sql, -1, &b->lite, NULL))
		fault(FAULT_BUG, STR_FMT ": %s", STR_ARG(b->s.name), sqlite3_errmsg(lite));
}

TEST(every_statement_answers_alike)
{
	static const int64_t ids[] = {1, 2, 3, 1, 0}, bits = (INT64_C(1) << 62) - 1;
	FILE *f = list_open();
	struct listed s;
	int hit = 0;

	while (list_read(f, &s)) {
		struct both *b = ARENA_PUSH(test_arena, &all);

		b->s = s;
		prepare(b);
	}
	fclose(f);
	for (int round = 0; round < ROUNDS; round++) {
		lite_viewer(ids[round % 5], round % 3 == 2 ? 0 : bits);
		for (size_t i = 0; i < all.n; i++)
			once(&all.v[i]);
	}
	for (size_t i = 0; i < all.n; i++) {
		sqlite3_finalize(all.v[i].lite);
		hit += all.v[i].hit;
	}
	printf("# %zu statements, %d of them found or changed something: %d rows read, %d "
	       "changed\n",
		all.n, hit, rows_read, rows_changed);
	CHECK(hit > 400 && rows_read > 10000 && rows_changed > 1000);
}

int main(void)
{
	test_arena = arena_make((size_t)1 << 30);
	pg_install("same");
	plant(ROWS);
	PQfinish(pg_app); /* one session for the application's role and for a look at the table */
	pg_app = pg_connect("same", "admin");
	pg_run(pg_app, "set search_path = ''");
	lite_open(ROWS);
	arena_free(test_arena);
	int status = test_main();

	sqlite3_close(lite);
	pg_end();
	return status;
}
