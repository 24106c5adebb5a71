/* The log of erasures in a shared key store: lines as in DIR/erased.log, each with a keyed digest
 * over itself and the one before; whoever starts finds it. The role may add lines, change none. */
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { ERASED_LOCK = 0x6b6f6e77, LATE_EACH = 1000, PAGE = 10000, LATE_S = 3600 };

struct line {
	int64_t n, subject, journal, at_us;
	char digest[ERASED_DIGEST_CHARS + 1];
};

static void digest_copy(char out[ERASED_DIGEST_CHARS + 1], str digest)
{
	if (digest.n != ERASED_DIGEST_CHARS)
		fault(FAULT_STORE, "the log of erasures in the key store was changed");
	memcpy(out, digest.p, digest.n);
	out[digest.n] = 0;
}

/* ---- adding ---------------------------------------------------------------------------------- */
struct adding {
	struct arena *a;
	struct erased_ids there;
	struct line last;
};

static void there_row(struct prepared *p, void *ctx)
{
	struct adding *x = ctx;

	*ARENA_PUSH(x->a, &x->there) = prepared_int(p, 0);
}

static void last_row(struct prepared *p, void *ctx)
{
	struct adding *x = ctx;

	x->last.n = prepared_int(p, 0);
	digest_copy(x->last.digest, prepared_text(p, 1));
}

static bool is_there(const struct erased_ids *ids, int64_t subject)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->v[i] == subject)
			return true;
	return false;
}

/* Who stands in it already, stands in it once: an erasure that was cut off is done again. */
static void add_lines(
	struct store_conn *c, struct pg *g, struct adding *x, const struct drop *v, size_t n)
{
	char text[ERASED_LINE_BYTES], sql[400];

	for (size_t i = 0; i < n; i++) {
		int64_t at_us = clock_now().us;

		if (is_there(&x->there, v[i].subject))
			continue;
		int k = erased_line(
			text, c->store->secrets.replay, x->last.digest, v[i].subject, at_us);

		digest_copy(x->last.digest,
			(str){text + k - 1 - ERASED_DIGEST_CHARS, ERASED_DIGEST_CHARS});
		snprintf(sql, sizeof sql,
			"insert into keys.erased (n, subject, journal, at_us, digest) values "
			"(%lld, %lld, %lld, %lld, '%s')",
			(long long)++x->last.n, (long long)v[i].subject, (long long)v[i].journal,
			(long long)at_us, x->last.digest);
		pg_later(g, sql);
		*ARENA_PUSH(x->a, &x->there) = v[i].subject;
	}
}

static void add_in(struct store_conn *c, struct adding *x, const struct drop *v, size_t n)
{
	struct pg *g = pg_keys_wire(c);
	int64_t *subjects = arena_array(x->a, int64_t, n + 1);
	char lock[80];
	struct out o;

	for (size_t i = 0; i < n; i++)
		subjects[i] = v[i].subject;
	out_init(&o, x->a, n * 21 + 16, n * 21 + 16, NULL);
	pg_keys_list(&o, subjects, n);
	snprintf(lock, sizeof lock, "select pg_catalog.pg_advisory_xact_lock(%d)", ERASED_LOCK);
	pg_keys_begin(g);
	pg_later(g, lock);
	pg_keys_ask(g, "select subject from keys.erased where subject = any ($1::text::bigint[])",
		out_view(&o), there_row, x);
	pg_keys_ask(g, "select n, digest from keys.erased order by n desc limit 1", (str){0},
		last_row, x);
	add_lines(c, g, x, v, n);
	pg_keys_commit(g);
}

static void piece_add(struct store_conn *c, const struct drop *v, size_t n)
{
	struct adding x = {.a = arena_make((size_t)64 << 20)};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		add_in(c, &x, v, n);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(x.a);
	if (!fp.kind)
		return;
	pg_keys_back(pg_keys_wire(c));
	fault(fp.kind, "%s", fp.what);
}

void pg_erased_add(struct store_conn *c, const struct drop *v, size_t n)
{
	for (size_t i = 0; i < n; i += LATE_EACH)
		piece_add(c, v + i, n - i < LATE_EACH ? n - i : LATE_EACH);
}

/* ---- an older copy of the data --------------------------------------------------------------- */
struct looking {
	struct store_conn *c;
	struct arena *a;
	int64_t from; /* entries of the journal that are younger may be missing */
	struct line before, last;
	struct erased_ids some; /* of a page, to be asked about */
	size_t lines;
};

static void line_row(struct prepared *p, void *ctx)
{
	struct looking *l = ctx;
	struct line is = {
		prepared_int(p, 0), prepared_int(p, 1), prepared_int(p, 2), prepared_int(p, 3), ""};
	char want[ERASED_LINE_BYTES];

	digest_copy(is.digest, prepared_text(p, 4));
	int k = erased_line(
		want, l->c->store->secrets.replay, l->last.digest, is.subject, is.at_us);

	/* the first of a page that does not begin the log is what the next goes on from */
	bool follows = l->lines || is.n == 1;

	if (follows && (is.n != l->last.n + 1 || memcmp(want + k - 1 - ERASED_DIGEST_CHARS,
							 is.digest, ERASED_DIGEST_CHARS) != 0))
		fault(FAULT_STORE, "the log of erasures in the key store was changed (line %lld)",
			(long long)is.n);
	l->last = is;
	l->lines++;
	if (is.journal > l->from)
		*ARENA_PUSH(l->a, &l->some) = is.subject;
}

static void number_row(struct prepared *p, void *ctx)
{
	*(int64_t *)ctx = prepared_int(p, 0);
}

static int64_t number(struct store_conn *c, const char *sql)
{
	struct prepared *p = conn_prepare(c, sql, false);
	bool row = conn_step(c, p) == PREPARED_ROW;
	int64_t n = row ? prepared_int(p, 0) : 0;

	if (!row)
		prepared_fault(p, sql);
	prepared_end(p);
	return n;
}

static int ids_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void ask_some(struct looking *l, const int64_t *v, size_t n, struct erased_ids *out)
{
	struct prepared *p = conn_prepare(l->c,
		"select id from r_subject where state = 3 and id = any (?1::text::bigint[])",
		false);
	int64_t *known = arena_array(l->a, int64_t, n + 1);
	enum prepared_step is;
	size_t k = 0;
	struct out o;

	_Static_assert(SUBJECT_ERASED == 3, "the state in the text");
	out_init(&o, l->a, n * 21 + 16, n * 21 + 16, NULL);
	pg_keys_list(&o, v, n);
	prepared_bind_text(p, 1, out_view(&o));
	while ((is = conn_step(l->c, p)) == PREPARED_ROW && k < n)
		known[k++] = prepared_int(p, 0);
	if (is != PREPARED_DONE)
		prepared_fault(p, "the log of erasures");
	prepared_end(p);
	qsort(known, k, sizeof *known, ids_compare);
	for (size_t i = 0; i < n; i++)
		if (!bsearch(&v[i], known, k, sizeof *known, ids_compare))
			*ARENA_PUSH(l->a, out) = v[i];
}

/* The data know up to which entry of their journal they are: what the log names of later ones is
 * missing in them. Servers do not finish erasures in the order in which they began, nor do their
 * clocks agree, so an hour more is looked at; the data say who of those is erased. */
void pg_erased_late(struct store_conn *c, struct arena *a, struct erased_ids *out)
{
	struct looking l = {.c = c, .a = a};
	struct pg *g = pg_keys_wire(c);
	int64_t newest = number(c, "select coalesce(max(id), 0) from r_journal");
	char n[24];
	int64_t first = 0;
	size_t before;

	_Static_assert(PAGE == 10000, "the limit in the text");
	l.from = newest - (((int64_t)LATE_S * 1000) << ID_TIME_SHIFT);
	l.from = l.from < 0 ? 0 : l.from;
	int k = snprintf(n, sizeof n, "%lld", (long long)l.from);

	pg_keys_ask(g,
		"select coalesce(min(n), 0) from keys.erased where journal > $1::text::bigint",
		(str){n, (size_t)k}, number_row, &first);
	if (!first)
		return;
	/* from the line before, whose digest the first one's goes on from */
	l.last.n = first - 2;
	do {
		before = l.lines;
		l.some.n = 0;
		k = snprintf(n, sizeof n, "%lld", (long long)l.last.n);
		if (!l.lines)
			l.last.n = 0;
		pg_keys_ask(g,
			"select n, subject, journal, at_us, digest from keys.erased where n > "
			"$1::text::bigint order by n limit 10000",
			(str){n, (size_t)k}, line_row, &l);
		for (size_t i = 0; i < l.some.n; i += LATE_EACH)
			ask_some(&l, l.some.v + i,
				l.some.n - i < LATE_EACH ? l.some.n - i : LATE_EACH, out);
	} while (l.lines - before == PAGE);
}
