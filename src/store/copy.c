/* What is alike for all sides of a copy: tables, digests, what was there before. */
#include "copy.h"
#include "lite.h"

#include <sodium.h>

enum { ROUND_ROWS = 5000, ROUND_BYTES = 8 << 20, PROGRESS_ROWS = 500 };

/* ---- tables ---------------------------------------------------------------------------------- */
static enum copy_kind kind_of(const char *type, const char *table)
{
	if (str_eq_nocase(str_of(type), S("integer")))
		return COPY_INT;
	if (str_eq_nocase(str_of(type), S("text")))
		return COPY_TEXT;
	if (!str_eq_nocase(str_of(type), S("blob")))
		fault(FAULT_BUG, "%s has a column of type %s, which is not copied", table, type);
	return COPY_BLOB;
}

static struct copy_table table_of(struct arena *a, sqlite3 *db, const char *name)
{
	struct copy_table t = {.name = str_fmt(a, "%s", name).p,
		.columns = "",
		.schema = !strcmp(name, "r_schema_file"),
		.house = !strcmp(name, "r_house")};
	enum copy_kind *kinds = arena_array(a, enum copy_kind, 256);
	bool by_id = false;
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(
		db, "select name, type, pk from pragma_table_info(?1) order by cid", -1, &st, NULL);

	if (rc)
		lite_fault(db, rc, name);
	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	while (t.columns_n < 256 && sqlite3_step(st) == SQLITE_ROW) {
		const char *c = (const char *)sqlite3_column_text(st, 0);

		t.columns = str_fmt(a, "%s%s\"%s\"", t.columns, t.columns_n ? ", " : "", c).p;
		kinds[t.columns_n++] = kind_of((const char *)sqlite3_column_text(st, 1), name);
		by_id |= sqlite3_column_int(st, 2) == 1 && !strcmp(c, "id");
	}
	sqlite3_finalize(st);
	if (!by_id)
		fault(FAULT_BUG, "%s is not kept by an id, and is not copied", name);
	t.kinds = kinds;
	return t;
}

/* Which servers work on a database, and on what, is not carried to another one. */
static void tables_read(struct arena *a, sqlite3 *db, struct copy_tables *all)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db,
		"select name from sqlite_master where type = 'table' and name like 'r\\_%' escape "
		"'\\' and name not in ('r_server', 'r_job_lease') order by name = 'r_house', name",
		-1, &st, NULL);

	if (rc)
		lite_fault(db, rc, "the schema");
	while (sqlite3_step(st) == SQLITE_ROW)
		*ARENA_PUSH(a, all) = table_of(a, db, (const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
}

struct copy_tables copy_tables_of(struct arena *a, const struct schema_file *files)
{
	sqlite3 *db = lite_open(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	struct copy_tables all = {0};
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		for (const struct schema_file *f = files; f->name; f++)
			lite_run(db, str_dup(a, f->text).p);
		tables_read(a, db, &all);
		FAULT_END(fp);
	} else {
		lite_close(db);
		fault(fp.kind, "%s", fp.what);
	}
	lite_close(db);
	return all;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static uint32_t big32(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

str copy_value(str *row)
{
	MUST(row->n >= 4);
	uint32_t n = big32(row->p);
	str rest = str_sub(*row, 4, row->n - 4);

	if (n == UINT32_MAX) {
		*row = rest;
		return (str){NULL, 0};
	}
	MUST(n <= rest.n);
	*row = str_sub(rest, n, rest.n - n);
	return str_sub(rest, 0, n);
}

int64_t copy_int(str value)
{
	MUST(value.n == 8);
	return (int64_t)((uint64_t)big32(value.p) << 32 | big32(value.p + 4));
}

static struct digest ended(const crypto_generichash_state *h)
{
	crypto_generichash_state copy = *h;
	struct digest d;

	crypto_generichash_final(&copy, d.b, sizeof d.b);
	return d;
}

static void rows_said(
	const struct copy_progress *p, const struct copy_table *t, uint64_t n, bool end)
{
	if (p && p->rows && (end || n % PROGRESS_ROWS == 0))
		p->rows(p->ctx, t->name, n, end);
}

struct copy_sum copy_sum_of(struct copy_side *s, const struct copy_table *t)
{
	crypto_generichash_state h;
	struct copy_sum sum = {0};
	str row;

	crypto_generichash_init(&h, NULL, 0, sizeof sum.digest.b);
	s->engine->read(s, t);
	while (s->engine->next(s, &row)) {
		crypto_generichash_update(&h, (const uint8_t *)row.p, row.n);
		sum.rows++;
	}
	sum.digest = ended(&h);
	return sum;
}

/* False: what `to` has is not how the table begins. */
static bool rest_copy(struct copy_side *from, struct copy_side *to, const struct copy_table *t,
	const struct copy_sum *has, const struct copy_progress *p)
{
	crypto_generichash_state h;
	uint64_t n = 0;
	size_t rows = 0, bytes = 0;
	bool begins = true;
	str row;

	crypto_generichash_init(&h, NULL, 0, sizeof has->digest.b);
	from->engine->read(from, t);
	for (; from->engine->next(from, &row); rows_said(p, t, ++n, false)) {
		if (n == has->rows && n)
			begins = !memcmp(ended(&h).b, has->digest.b, sizeof has->digest.b);
		if (!begins)
			continue; /* to the end: the other side sends it anyway */
		if (n < has->rows) {
			crypto_generichash_update(&h, (const uint8_t *)row.p, row.n);
			continue;
		}
		to->engine->put(to, t, row);
		bytes += row.n;
		if (++rows < ROUND_ROWS && bytes < ROUND_BYTES)
			continue;
		to->engine->round(to);
		rows = bytes = 0;
	}
	if (n == has->rows && n)
		begins = !memcmp(ended(&h).b, has->digest.b, sizeof has->digest.b);
	to->engine->round(to);
	return begins && n >= has->rows;
}

void copy_table_rows(struct copy_side *from, struct copy_side *to, const struct copy_table *t,
	const struct copy_progress *p)
{
	struct copy_sum has = copy_sum_of(to, t), none = {0};

	if (!rest_copy(from, to, t, &has, p)) {
		to->engine->clear(to, t);
		rest_copy(from, to, t, &none, p);
	}
	rows_said(p, t, copy_sum_of(to, t).rows, true);
}

bool copy_same(struct copy_side *a, struct copy_side *b, const struct copy_table *t,
	const struct copy_progress *p, uint64_t *rows)
{
	struct copy_sum x = copy_sum_of(a, t), y = copy_sum_of(b, t);
	char line[300];
	bool same = x.rows == y.rows && !memcmp(x.digest.b, y.digest.b, sizeof x.digest.b);

	*rows += x.rows;
	if (same)
		return true;
	snprintf(line, sizeof line, "%s differs: %llu rows in %s, %llu in %s%s", t->name,
		(unsigned long long)x.rows, a->what, (unsigned long long)y.rows, b->what,
		x.rows == y.rows ? ", with other values" : "");
	if (p && p->said)
		p->said(p->ctx, line);
	return false;
}

/* ---- what the tables say of themselves ------------------------------------------------------- */
static const struct copy_table *named(const struct copy_tables *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].name, name))
			return &all->v[i];
	fault(FAULT_BUG, "there is no table %s", name);
}

bool copy_mark(struct copy_side *s, const struct copy_tables *all, uint8_t mark[MARK_BYTES])
{
	bool there = false;
	str row;

	s->engine->read(s, named(all, "r_house"));
	while (s->engine->next(s, &row)) {
		row = str_sub(row, 2, row.n - 2);
		for (int i = 0; i < 3; i++) /* id, id_high, node */
			(void)copy_value(&row);
		str v = copy_value(&row);

		there = v.n == MARK_BYTES;
		if (there)
			memcpy(mark, v.p, MARK_BYTES);
	}
	return there;
}

void copy_schema_check(
	struct copy_side *s, const struct copy_tables *all, const struct schema_file *files)
{
	const struct schema_file *f = files;
	bool same = true;
	str row;

	s->engine->read(s, named(all, "r_schema_file"));
	while (s->engine->next(s, &row)) {
		row = str_sub(row, 2, row.n - 2);
		(void)copy_value(&row);
		str name = copy_value(&row), digest = copy_value(&row);
		struct digest d = f->name ? digest_of(f->text) : (struct digest){0};

		same = same && f->name && str_eq(name, str_of(f->name)) &&
		       str_eq(digest, (str){(const char *)d.b, sizeof d.b});
		f += f->name != NULL;
	}
	if (!same || f->name)
		fault(FAULT_STORE,
			"%s was made by another version of the program: start this one there "
			"once (kontor serve), which brings its tables up to date, or use that one",
			s->what);
}

void copy_close(struct copy_side *s)
{
	if (s && s->at)
		s->engine->close(s);
	if (s)
		s->at = NULL;
}
