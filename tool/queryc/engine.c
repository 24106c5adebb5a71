/* SQLite as the judge: one connection with plain views, which names the base column that each
 * result column comes from, and one with the real guards under the rules of the store's
 * authorizer. */
#include "queryc.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define NONCE "5f0e9b1c2d3a4f5e6b7c8d9e0f1a2b3c" /* any: nothing is stored here */

struct engine {
	sqlite3 *plain, *real;
	sqlite3_stmt *st; /* the statement at hand, on `plain` */
	struct names fts;
	struct statement *now; /* for the authorizer */
	bool armed;
	char refused[300];
};

static noreturn void broken(sqlite3 *db, const char *what)
{
	fault(FAULT_BUG, "%s: %s", what, db ? sqlite3_errmsg(db) : "no memory");
}

/* ---- functions that the store gives ---------------------------------------------------------- */
static void nothing(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_null(x);
}

static const struct {
	const char *name;
	int args;
} given[] = {{"viewer_person", 0}, {"viewer_company", 0}, {"viewer_session", 0},
	{"viewer_roles", 0}, {"sealed", 3}, {"sealed", 4}};

sqlite3 *engine_connect(const char *path, int flags)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, flags, NULL))
		broken(db, path);
	for (size_t i = 0; i < COUNT(given); i++)
		if (sqlite3_create_function_v2(db, given[i].name, given[i].args,
			    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, nothing,
			    NULL, NULL, NULL))
			broken(db, given[i].name);
	return db;
}

/* ---- schema and views ------------------------------------------------------------------------ */
static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static bool schema_run(struct queryc *q, sqlite3 *db, const struct source *f)
{
	const char *p = f->text.p;

	while (*p) {
		sqlite3_stmt *st = NULL;
		const char *tail = NULL;
		int rc = sqlite3_prepare_v2(db, p, -1, &st, &tail);

		if (!rc && st)
			rc = sqlite3_step(st) == SQLITE_DONE ? 0 : 1;
		if (rc) {
			int offset = sqlite3_error_offset(db);

			mistake(q, f->path, line_of(f->text.p, p + (offset > 0 ? offset : 0)), "%s",
				sqlite3_errmsg(db));
			sqlite3_finalize(st);
			return false;
		}
		sqlite3_finalize(st);
		p = tail;
	}
	return true;
}

static str column_str(struct queryc *q, sqlite3_stmt *st, int i)
{
	const char *p = (const char *)sqlite3_column_text(st, i);

	return p ? str_dup(q->a, str_of(p)) : (str){0};
}

struct schema_columns {
	struct schema_column *v;
	size_t n, cap;
};

static void schema_agree(struct queryc *q)
{
	static const char sql[] =
		"select m.name, c.name, c.type, c.\"notnull\" or c.pk from sqlite_master m, "
		"pragma_table_info(m.name) c where m.type = 'table' and m.name like 'r~_%' escape "
		"'~' order by m.rowid, c.cid";
	struct schema_columns l = {0};
	struct policy_errors e = {0};
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(q->engine->plain, sql, -1, &st, NULL))
		broken(q->engine->plain, "columns of the schema");
	while (sqlite3_step(st) == SQLITE_ROW) {
		struct schema_column *c = ARENA_PUSH(q->a, &l);

		*c = (struct schema_column){column_str(q, st, 0), column_str(q, st, 1),
			column_str(q, st, 2), sqlite3_column_int(st, 3)};
	}
	sqlite3_finalize(st);
	policy_check_schema(q->a, q->policy, l.v, l.n, &e);
	for (size_t i = 0; i < e.n; i++)
		mistake(q, e.v[i].at.file ? e.v[i].at.file : q->policy_dir, e.v[i].at.line, STR_FMT,
			STR_ARG(e.v[i].text));
}

static void fts_tables(struct queryc *q)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(q->engine->plain,
		    "select name from sqlite_master where sql like 'create virtual table%fts5%'",
		    -1, &st, NULL))
		broken(q->engine->plain, "full-text tables");
	while (sqlite3_step(st) == SQLITE_ROW)
		*ARENA_PUSH(q->a, &q->engine->fts) = column_str(q, st, 0);
	sqlite3_finalize(st);
}

static void run(sqlite3 *db, str sql)
{
	if (sqlite3_exec(db, sql.p, NULL, NULL, NULL))
		fault(FAULT_BUG, "%s: %s", sqlite3_errmsg(db), sql.p);
}

static str plain_view(struct queryc *q, const struct guard *g, const char *kind)
{
	str s = str_fmt(
		q->a, "create temp view \"" STR_FMT "%s\" as select ", STR_ARG(g->view), kind);

	for (size_t i = 0; i < g->grant->columns_n; i++)
		s = str_fmt(q->a, STR_FMT "%s" STR_FMT, STR_ARG(s), i ? ", " : "",
			STR_ARG(g->grant->columns[i]));
	return str_fmt(q->a, STR_FMT " from main.r_" STR_FMT, STR_ARG(s), STR_ARG(g->table->name));
}

bool engine_is_fts(struct queryc *q, str table)
{
	return q->engine && listed(q->engine->fts.v, q->engine->fts.n, table);
}

/* ---- the store's authorizer, as far as a build can ask it ------------------------------------ */
static bool ends_with(const char *s, const char *end)
{
	size_t n = s ? strlen(s) : 0, m = strlen(end);

	return n > m && !memcmp(s + n - m, end, m);
}

static int no(struct engine *e, const char *why, const char *a, const char *b)
{
	snprintf(e->refused, sizeof e->refused, "%s: %s%s%s", why, a ? a : "", b && *b ? "." : "",
		b ? b : "");
	return SQLITE_DENY;
}

static int read_of_write(struct engine *e, const char *table, const char *column)
{
	const struct statement *st = e->now;

	if (!strcasecmp(column, "id") || !strcasecmp(column, "rowid") || !*column)
		return SQLITE_OK; /* the row itself; a parent's id, asked for by a foreign key */
	if (!st->target || !st->target->table ||
		!str_eq(st->target->table->name, str_of(table + 2)))
		return no(e, "a base table is read outside of a guard", table, column);
	if (granted(st->target->grant, str_of(column)))
		return SQLITE_OK;
	return no(e, "the purpose may not read this column of what it writes", table + 2, column);
}

static int authorize(
	void *ctx, int act, const char *a, const char *b, const char *db, const char *in)
{
	struct engine *e = ctx;

	(void)db;
	if (!e->armed)
		return SQLITE_OK;
	switch (act) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE: return SQLITE_OK; /* which columns: said by the policy before */
	case SQLITE_FUNCTION:
		return strcasecmp(b, "sealed") != 0 || ends_with(in, NONCE)
			       ? SQLITE_OK
			       : no(e, "sealed() belongs to guards", NULL, NULL);
	case SQLITE_READ:
		if (!strncasecmp(a, "sqlite_", 7))
			return no(e, "the engine's own tables are out of reach", a, b);
		if (strncasecmp(a, "r_", 2) != 0 || ends_with(in, NONCE))
			return SQLITE_OK;
		return e->now->verb == 's'
			       ? (*b ? no(e, "a base table is read outside of a guard", a, b)
				     : SQLITE_OK)
			       : read_of_write(e, a, b);
	default: return no(e, "not a statement of the program", a, NULL);
	}
}

/* ---- opening --------------------------------------------------------------------------------- */
void engine_open(struct queryc *q)
{
	struct engine *e = q->engine = arena_new(q->a, struct engine);
	struct guards guards;

	e->plain = engine_connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	e->real = engine_connect(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	for (size_t i = 0; i < q->schema.n; i++)
		if (!schema_run(q, e->plain, &q->schema.v[i]) ||
			!schema_run(q, e->real, &q->schema.v[i]))
			return;
	schema_agree(q);
	fts_tables(q);
	if (q->errors.n)
		return;
	guards = policy_guards_sqlite(q->a, q->policy, S(NONCE));
	for (size_t i = 0; i < guards.n; i++) {
		run(e->plain, plain_view(q, &guards.v[i], ""));
		if (guards.v[i].grant->using_n > 1)
			run(e->plain, plain_view(q, &guards.v[i], POLICY_NEAR));
		run(e->real, policy_guard_sql(q->a, &guards.v[i]));
	}
	/* made when first used, which the authorizer would refuse */
	run(e->real, S("select value from json_each('[]')"));
	sqlite3_set_authorizer(e->real, authorize, e);
	e->armed = true;
}

void engine_close(struct queryc *q)
{
	if (!q->engine)
		return;
	sqlite3_finalize(q->engine->st);
	sqlite3_close(q->engine->plain);
	sqlite3_close(q->engine->real);
}

/* ---- one statement --------------------------------------------------------------------------- */
static int line_at(const struct statement *st, int offset)
{
	int line = st->v[0].line;

	for (size_t i = 0; i < st->map.n && st->map.v[i].at <= (size_t)(offset < 0 ? 0 : offset);
		i++)
		line = st->map.v[i].line;
	return line;
}

static bool prepare(struct queryc *q, struct statement *st, sqlite3 *db, sqlite3_stmt **s)
{
	struct engine *e = q->engine;
	const char *tail = NULL;

	*e->refused = 0;
	e->now = st;
	if (!sqlite3_prepare_v2(db, st->sql.p, (int)st->sql.n + 1, s, &tail) && *s) {
		if (tail && *tail)
			wrong(q, st, st->line, "more than one statement");
		return true;
	}
	if (*e->refused)
		wrong(q, st, line_at(st, sqlite3_error_offset(db)), "%s", e->refused);
	else
		wrong(q, st, line_at(st, sqlite3_error_offset(db)), "%s", sqlite3_errmsg(db));
	return false;
}

void engine_compile(struct queryc *q, struct statement *st)
{
	struct engine *e = q->engine;
	sqlite3_stmt *real = NULL;

	sqlite3_finalize(e->st);
	e->st = NULL;
	if (!prepare(q, st, e->plain, &e->st) || !prepare(q, st, e->real, &real))
		return;
	if (!sqlite3_stmt_readonly(real) != (st->verb != 's'))
		wrong(q, st, st->line,
			st->verb == 's' ? "a select that writes" : "it writes nothing");
	sqlite3_finalize(real);
}

int engine_columns(struct queryc *q)
{
	return sqlite3_column_count(q->engine->st);
}

bool engine_origin(struct queryc *q, int i, str *table, str *column)
{
	const char *t = sqlite3_column_table_name(q->engine->st, i),
		   *c = sqlite3_column_origin_name(q->engine->st, i);

	if (!t || !c || strncmp(t, "r_", 2) != 0)
		return false;
	*table = str_dup(q->a, str_of(t + 2));
	*column = str_dup(q->a, str_of(c));
	return true;
}

/* ---- unique indexes -------------------------------------------------------------------------- */
static bool index_covered(struct queryc *q, const char *index, const str *columns, size_t n)
{
	sqlite3_stmt *st = NULL;
	bool covered = true;

	if (sqlite3_prepare_v2(
		    q->engine->plain, "select name from pragma_index_info(?1)", -1, &st, NULL))
		broken(q->engine->plain, "an index");
	sqlite3_bind_text(st, 1, index, -1, SQLITE_STATIC);
	while (sqlite3_step(st) == SQLITE_ROW)
		covered = covered && listed(columns, n, column_str(q, st, 0));
	sqlite3_finalize(st);
	return covered;
}

bool engine_unique(struct queryc *q, str table, const str *columns, size_t n)
{
	str base = str_cat(q->a, S("r_"), table);
	sqlite3_stmt *st = NULL;
	bool unique = listed(columns, n, S("id"));

	/* a partial index counts when it leaves out NULLs only: what is compared with = is none */
	if (sqlite3_prepare_v2(q->engine->plain,
		    "select l.name from pragma_index_list(?1) l left join sqlite_master m on "
		    "m.name = l.name "
		    "where l.\"unique\" and (not l.partial or m.sql like '%where % is not null')",
		    -1, &st, NULL))
		broken(q->engine->plain, "indexes");
	sqlite3_bind_text(st, 1, base.p, (int)base.n, SQLITE_STATIC);
	while (!unique && sqlite3_step(st) == SQLITE_ROW)
		unique = index_covered(q, (const char *)sqlite3_column_text(st, 0), columns, n);
	sqlite3_finalize(st);
	return unique;
}

bool engine_begins(struct queryc *q, str table, str column)
{
	str base = str_cat(q->a, S("r_"), table);
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(q->engine->plain,
		    "select 1 from pragma_index_list(?1) l, pragma_index_info(l.name) i"
		    " where not l.partial and i.seqno = 0 and i.name = ?2",
		    -1, &st, NULL))
		broken(q->engine->plain, "indexes");
	sqlite3_bind_text(st, 1, base.p, (int)base.n, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, column.p, (int)column.n, SQLITE_STATIC);
	bool there = sqlite3_step(st) == SQLITE_ROW;

	sqlite3_finalize(st);
	return there || str_eq(column, S("id"));
}

/* ---- what the layout asks -------------------------------------------------------------------- */
static struct names table_names(struct queryc *q, const char *sql, str table)
{
	str base = str_cat(q->a, S("r_"), table);
	struct names l = {0};
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(q->engine->plain, sql, -1, &st, NULL))
		broken(q->engine->plain, "keys");
	sqlite3_bind_text(st, 1, base.p, (int)base.n, SQLITE_STATIC);
	while (sqlite3_step(st) == SQLITE_ROW)
		*ARENA_PUSH(q->a, &l) = column_str(q, st, 0);
	sqlite3_finalize(st);
	return l;
}

struct names engine_uniques(struct queryc *q, str table)
{
	return table_names(q,
		"select group_concat(i.name, ' ') from pragma_index_list(?1) l, "
		"pragma_index_info(l.name) i where l.\"unique\" group by l.name order by l.name",
		table);
}

struct names engine_references(struct queryc *q, str table)
{
	return table_names(q,
		"select distinct substr(\"table\", 3) from pragma_foreign_key_list(?1) order by 1",
		table);
}
