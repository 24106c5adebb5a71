/* A statement that one machine answers, or those of a list's values (queryc --places), gives the
 * same answer, and changes the same rows, where the rows of all other places are not there at all.
 * Each is asked many times, with rows that lie as schema/citus.sql says and values that go round.
 */
#include <sqlite3.h>
#include <stdio.h>

#include "base/out.h"
#include "policy/embedded.h"
#include "policy/policy.h"
#include "store/schema.h"
#include "store/store.h"
#include "test/test.h"

enum { PLACES = 4, EACH = 5, ROUNDS = 150, PARAMS_MAX = 64, TABLES_MAX = 40, NEAR_MAX = 6 };
enum { ALL = (1 << PLACES) - 1, LIST_MAX = 3 }; /* places as bits: the first is 1 */

/* ---- the layout ------------------------------------------------------------------------------ */
static struct placed {
	str name, near[NEAR_MAX];
	size_t near_n;
} placed[TABLES_MAX];
static size_t placed_n;

static str word(str *line)
{
	(void)str_cut(line, '\'');
	return str_cut(line, '\'');
}

static void layout_read(struct arena *a)
{
	FILE *f = fopen("schema/citus.sql", "re");
	char buffer[300];

	MUST(f);
	while (fgets(buffer, sizeof buffer, f)) {
		str line = str_dup(a, str_of(buffer));
		struct placed p = {.name = word(&line)};

		if (!str_starts(line, S(", 'placed', ")))
			continue;
		(void)word(&line);
		for (str near = word(&line); near.n;)
			p.near[p.near_n++] = str_cut(&near, ' ');
		placed[placed_n++] = p;
	}
	fclose(f);
	MUST(placed_n > 10);
}

static const struct placed *placed_of(str table)
{
	for (size_t i = 0; i < placed_n; i++)
		if (str_eq(placed[i].name, table))
			return &placed[i];
	return NULL;
}

static bool near(const struct placed *p, str column)
{
	for (size_t i = 0; p && i < p->near_n; i++)
		if (str_eq(p->near[i], column))
			return true;
	return false;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static int64_t any(int64_t below)
{
	return (int64_t)(test_random() % (uint64_t)below);
}

/* Companies have small numbers, which are their places; everything else one behind them. */
static int64_t id_in(int64_t place, str type)
{
	return str_eq(type, S("company_id")) ? place : (1 + any(EACH)) << 6 | place;
}

static void value_put(struct out *o, const struct policy_table *t, const struct policy_column *c,
	int64_t id, int64_t place)
{
	bool here = near(placed_of(t->name), c->name), company = str_eq(t->name, S("company"));

	if (str_eq(c->name, S("id"))) {
		out_fmt(o, "%lld", (long long)id);
		return;
	}
	if (c->null && any(5) == 0) {
		out_lit(o, "null");
		return;
	}
	switch (c->type.kind) {
	case TYPE_TEXT: /* one company for each place: none has another's name */
		out_fmt(o, "'t%d'", (int)(company ? place : any(3)));
		break;
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND: out_fmt(o, "x'0%d'", (int)any(3)); break;
	case TYPE_ID:
		out_fmt(o, "%lld", (long long)id_in(here ? place : 1 + any(PLACES), c->type.name));
		break;
	case TYPE_BOOL: out_fmt(o, "%d", (int)any(2)); break;
	case TYPE_INT:
	case TYPE_TIME:
	case TYPE_MONEY:
	case TYPE_PRICE: out_fmt(o, "%d", (int)any(5)); break;
	case TYPE_ENUM: /* the second is what others see: companies that are active, live offers */
		out_fmt(o, "%d", (int)(any(company ? 4 : 2) ? 2 : any(5)));
		break;
	}
}

static void row_put(struct out *o, const struct policy_table *t, int64_t id, int64_t place)
{
	out_fmt(o, "insert or ignore into r_" STR_FMT " (", STR_ARG(t->name));
	for (size_t i = 0; i < t->columns_n; i++)
		out_fmt(o, "%s" STR_FMT, i ? ", " : "", STR_ARG(t->columns[i].name));
	out_lit(o, ") values (");
	for (size_t i = 0; i < t->columns_n; i++) {
		out_str(o, i ? S(", ") : S(""));
		value_put(o, t, &t->columns[i], id, place);
	}
	out_lit(o, ");\n");
}

static str rows_made(struct arena *a, const struct policy *p)
{
	struct out o;

	out_init(&o, a, 1 << 16, 1 << 24, NULL);
	for (size_t i = 0; i < p->tables_n; i++)
		for (int64_t place = 1; place <= PLACES; place++)
			for (int64_t k = 1; k <= EACH; k++) {
				const struct policy_table *t = &p->tables[i];
				bool company = str_eq(t->name, S("company"));

				if (!str_eq(t->name, S("restricted")) && !(company && k > 1))
					row_put(&o, t, company ? place : k << 6 | place, place);
			}
	return out_view(&o);
}

/* ---- databases: of each set of places one that has their rows alone -------------------------- */
static sqlite3 *db[ALL + 1];
static int64_t viewer[3], roles;

static void who(sqlite3_context *x, int n, sqlite3_value **v)
{
	(void)n, (void)v;
	sqlite3_result_int64(x, *(const int64_t *)sqlite3_user_data(x));
}

static void sealed(sqlite3_context *x, int n, sqlite3_value **v)
{
	sqlite3_result_value(x, v[n - 1]);
}

static void run(sqlite3 *d, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(d, sql, NULL, NULL, &why))
		fault(FAULT_BUG, "%s: %.200s", why, sql);
}

/* As the checks of schema/citus.sql: a row lies where those lie that it names. */
static void must_lie(struct arena *a, sqlite3 *d, const struct placed *p)
{
	for (size_t i = 0; i < p->near_n; i++)
		run(d, str_fmt(a,
			       "create trigger lies_" STR_FMT "_%zu before insert on r_" STR_FMT
			       " when (new.id & 63) <> (new." STR_FMT
			       " & 63) begin select raise(abort, 'elsewhere'); end",
			       STR_ARG(p->name), i, STR_ARG(p->name), STR_ARG(p->near[i]))
				.p);
}

static sqlite3 *database(struct arena *a, const struct policy *p, str rows, int places)
{
	static const char *const names[] = {"viewer_person", "viewer_company", "viewer_session"};
	struct guards g = policy_guards_sqlite(a, p, S("n"));
	sqlite3 *d = NULL;

	MUST(!sqlite3_open(":memory:", &d));
	for (size_t i = 0; i < COUNT(names); i++)
		sqlite3_create_function(d, names[i], 0, SQLITE_UTF8, &viewer[i], who, NULL, NULL);
	sqlite3_create_function(d, "viewer_roles", 0, SQLITE_UTF8, &roles, who, NULL, NULL);
	sqlite3_create_function(d, "sealed", 3, SQLITE_UTF8, NULL, sealed, NULL, NULL);
	run(d, "pragma foreign_keys = off; pragma ignore_check_constraints = on");
	for (const struct schema_file *f = schema_files; f->name; f++)
		run(d, f->text.p);
	run(d, rows.p);
	for (size_t i = 0; i < placed_n; i++)
		must_lie(a, d, &placed[i]);
	for (size_t i = 0; i < placed_n; i++)
		run(d, str_fmt(a, "delete from r_" STR_FMT " where %d >> ((id & 63) - 1) & 1 = 0",
			       STR_ARG(placed[i].name), places)
				.p);
	for (size_t i = 0; i < g.n; i++)
		run(d, policy_guard_sql(a, &g.v[i]).p);
	return d;
}

/* ---- one statement, once --------------------------------------------------------------------- */
struct asked {
	const struct stmt *s;
	str values;		   /* "$1,viewer_company": tell the places */
	sqlite3_stmt *st[ALL + 1]; /* made when they are asked */
	bool hit, told;
};
static struct {
	struct asked *v;
	size_t n, cap;
} all;
static int hits, some_hits;

static int64_t number(void)
{
	return any(2) ? any(PLACES + 1) : (1 + any(EACH)) << 6 | (1 + any(PLACES));
}

static int place_bit(int64_t id)
{
	int64_t place = id & 63;

	return place >= 1 && place <= PLACES ? 1 << (place - 1) : 0;
}

/* What a parameter is given, in every database the same. */
struct given {
	int64_t n, list[LIST_MAX], text;
	str json;
};

static struct given given_make(bool self)
{
	struct given g = {.n = number(), .text = any(3)};
	struct out o;

	if (self && !any(4)) /* most of these mean something */
		g.n = 1 + any(PLACES);
	out_init(&o, test_arena, 64, 256, NULL);
	for (int k = 0; k < LIST_MAX; k++) {
		g.list[k] = number();
		out_fmt(&o, "%c%lld", k ? ',' : '[', (long long)g.list[k]);
	}
	out_lit(&o, "]");
	g.json = out_view(&o);
	return g;
}

static bool tells(const struct asked *x, str value)
{
	for (str rest = x->values; rest.n;)
		if (str_eq(str_cut(&rest, ','), value))
			return true;
	return false;
}

/* The same values for all; the places that they name, 0: none of those that there are. */
static int choose(struct asked *x, struct given *v)
{
	int places = tells(x, S("viewer_company")) ? place_bit(viewer[1]) : 0;

	for (int i = 0; x->s->pg_types[i]; i++) {
		bool self = tells(x, str_fmt(test_arena, "$%d", i + 1));

		v[i] = given_make(self);
		if (self && x->s->pg_types[i] != 'I')
			places |= place_bit(v[i].n);
		for (int k = 0; self && k < LIST_MAX && x->s->pg_types[i] == 'I'; k++)
			places |= place_bit(v[i].list[k]);
	}
	return places;
}

static void bind(sqlite3_stmt *st, const char *types, const struct given *v)
{
	for (int i = 0; types[i]; i++)
		switch (types[i]) {
		case 't':
			sqlite3_bind_text(st, i + 1, str_fmt(test_arena, "t%d", (int)v[i].text).p,
				-1, SQLITE_TRANSIENT);
			break;
		case 'T': sqlite3_bind_text(st, i + 1, "[\"t0\",\"t1\"]", -1, SQLITE_STATIC); break;
		case 'I':
			sqlite3_bind_text(
				st, i + 1, v[i].json.p, (int)v[i].json.n, SQLITE_TRANSIENT);
			break;
		case 'y': sqlite3_bind_blob(st, i + 1, &v[i].text, 1, SQLITE_TRANSIENT); break;
		default: sqlite3_bind_int64(st, i + 1, v[i].n); break;
		}
}

static str answer(sqlite3_stmt *st)
{
	struct out o;
	int rc;

	out_init(&o, test_arena, 256, 1 << 20, NULL);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++)
			out_fmt(&o, "%s,",
				sqlite3_column_text(st, i)
					? (const char *)sqlite3_column_text(st, i)
					: "-");
		out_lit(&o, "\n");
	}
	if (rc != SQLITE_DONE && (rc & 0xff) != SQLITE_CONSTRAINT) /* refused is not stored */
		fault(FAULT_BUG, "%s", sqlite3_errmsg(sqlite3_db_handle(st)));
	return out_view(&o);
}

static sqlite3_stmt *statement(struct asked *x, int which)
{
	if (!x->st[which] && sqlite3_prepare_v2(db[which], x->s->sql, -1, &x->st[which], NULL))
		fault(FAULT_BUG, "%s: %s", x->s->name, sqlite3_errmsg(db[which]));
	return x->st[which];
}

/* What it answered, how many rows it changed, and how the table then looks in those places. */
static str outcome(struct asked *x, int which, int places, const struct given *v)
{
	sqlite3 *d = db[which];
	sqlite3_stmt *st = statement(x, which);

	bind(st, x->s->pg_types, v);
	run(d, "savepoint one");
	int64_t before = sqlite3_total_changes(d);
	str said = answer(st);
	int64_t changed = sqlite3_total_changes(d) - before;

	sqlite3_reset(st);
	if (x->s->writes && changed) {
		sqlite3_stmt *look = NULL;
		str sql = str_fmt(test_arena,
			"select * from %s where %d >> ((id & 63) - 1) & 1 order by id",
			x->s->writes, places);

		MUST(!sqlite3_prepare_v2(d, sql.p, -1, &look, NULL));
		said = str_fmt(test_arena, STR_FMT "%lld changed\n" STR_FMT, STR_ARG(said),
			(long long)changed, STR_ARG(answer(look)));
		sqlite3_finalize(look);
	}
	run(d, "rollback to one; release one");
	return said;
}

static void once(struct asked *x, bool of_list)
{
	struct given v[PARAMS_MAX];
	int places = choose(x, v);

	if (!places || x->told)
		return;
	str whole = outcome(x, ALL, places, v), alone = outcome(x, places, places, v);

	if (!str_eq(whole, alone)) {
		x->told = true;
		TEST_FAIL("%s (%s:%d), in places %x by " STR_FMT "\n# with all: %.300s\n# alone: "
			  "%.300s",
			x->s->name, x->s->file, x->s->line, (unsigned)places, STR_ARG(x->values),
			whole.p, alone.p);
	}
	if (whole.n && !str_starts(whole, S("0,\n")) && !x->hit) {
		x->hit = true;
		hits++;
		some_hits += of_list;
	}
}

/* ---- all of them ----------------------------------------------------------------------------- */
static void statement_take(str name, str values)
{
	struct asked *x = ARENA_PUSH(test_arena, &all);

	x->values = values;
	for (size_t i = 0; statements[i]; i++)
		if (str_eq(str_of(statements[i]->name), name))
			x->s = statements[i];
	if (!x->s)
		fault(FAULT_BUG, "no statement " STR_FMT, STR_ARG(name));
}

/* Those of one place first. */
static void judged(const char *kind_begins)
{
	FILE *f = popen("build/tool/queryc --places policy schema $(find src -name '*.sql')", "re");
	char buffer[1000];

	MUST(f);
	while (fgets(buffer, sizeof buffer, f)) {
		str line = str_dup(test_arena, str_of(buffer)), kind = str_cut(&line, '\t'),
		    name = str_cut(&line, '\t');

		if (str_starts(kind, str_of(kind_begins)))
			statement_take(name, str_cut(&line, '\t'));
	}
	MUST(pclose(f) == 0);
}

TEST(their_machines_answer_as_all_of_them)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(test_arena, embedded_policy, embedded_policy_n, &e);

	layout_read(test_arena);
	str rows = rows_made(test_arena, p);

	for (int k = 1; k <= ALL; k++)
		db[k] = database(test_arena, p, rows, k);
	judged("one");
	size_t one = all.n;

	judged("some");
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < COUNT(viewer); i++)
			viewer[i] =
				i == 1 ? 1 + any(PLACES) : id_in(1 + any(PLACES), S("person_id"));
		roles = round % 3 ? (INT64_C(1) << 62) - 1 : 0;
		for (size_t i = 0; i < all.n; i++)
			once(&all.v[i], i >= one);
	}
	printf("# %zu statements are answered by one machine, %zu by those of several values; %d "
	       "and %d found or changed something\n",
		one, all.n - one, hits - some_hits, some_hits);
	CHECK(one > 100 && hits - some_hits > 80);
	CHECK(all.n > one);
	for (size_t i = one; i < all.n; i++)
		if (!all.v[i].hit && all.v[i].s->verb == 's')
			TEST_FAIL("%s found nothing in %d rounds", all.v[i].s->name, ROUNDS);
	for (size_t i = 0; i < all.n; i++)
		for (int k = 1; k <= ALL; k++)
			sqlite3_finalize(all.v[i].st[k]);
	for (int k = 1; k <= ALL; k++)
		sqlite3_close(db[k]);
}

int main(void)
{
	return test_main();
}
