/* A shared key store read as a whole, and filled with all of another's: archives and moves. What is
 * carried are the keys themselves, each wrapped anew where it comes to lie (decision 280). */
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 10000, FILL_EACH = 500, FILL_BYTES = FILL_EACH * (2 * WRAPPED_BYTES + 80) };

/* ---- reading --------------------------------------------------------------------------------- */
struct telling {
	struct store *s;
	struct pg *g;
	const struct keys_sink *to;
	int64_t last; /* owner */
	size_t n;
};

static void number_row(struct prepared *p, void *ctx)
{
	*(int64_t *)ctx = prepared_int(p, 0);
}

static void key_row(struct prepared *p, void *ctx)
{
	struct telling *t = ctx;
	int64_t owner = prepared_int(p, 0);
	struct key_wrap with = pg_keys_wrap(t->s, t->g, prepared_int(p, 2));
	uint8_t key[KEY_BYTES];
	char name[40];
	bool good = key_unwrap(key, prepared_blob(p, 3), with.key, key_owner_name(name, owner));

	explicit_bzero(&with, sizeof with);
	if (!good)
		fault(FAULT_STORE, "the key store: the key of an owner is damaged");
	t->to->key(t->to->ctx, owner, prepared_int(p, 1), key);
	explicit_bzero(key, sizeof key);
	t->last = owner;
	t->n++;
}

static void mark_row(struct prepared *p, void *ctx)
{
	struct keys_whole *k = ctx;
	str v = prepared_blob(p, 0);

	k->marked = v.n == MARK_BYTES;
	if (k->marked)
		memcpy(k->mark, v.p, MARK_BYTES);
}

/* A block of versions is taken, and used by nobody: all that were given are below it. */
static void tell(struct telling *t, struct keys_whole *k)
{
	char n[24];
	size_t before;

	_Static_assert(PAGE == 10000, "the limit in the text");
	pg_keys_ask(t->g, "select nextval('keys.block')", (str){0}, number_row, &k->next);
	k->next = k->next * KEYS_BLOCK + 1;
	pg_keys_begin(t->g);
	pg_later(t->g, "set transaction isolation level repeatable read, read only");
	pg_keys_ask(t->g, "select wrapped from keys.secret where name = 'installation'", (str){0},
		mark_row, k);
	t->to->begin(t->to->ctx, k);
	t->last = -1;
	do {
		int w = snprintf(n, sizeof n, "%lld", (long long)t->last);

		before = t->n;
		pg_keys_ask(t->g,
			"select owner, version, epoch, wrapped from keys.subject_key where owner > "
			"$1::text::bigint order by owner limit 10000",
			(str){n, (size_t)w}, key_row, t);
	} while (t->n - before == PAGE);
	pg_keys_commit(t->g);
}

void pg_keys_whole(struct store *s, const struct keys_sink *to)
{
	struct keys_whole k = {0};
	struct telling t = {.s = s, .to = to};
	struct fault_point fp;

	/* under the master key of before nothing is written: its copies are to be destroyed */
	if (!pg_keys_secrets(s, s->master, &k.secrets))
		fault(FAULT_STORE,
			"%s does not open the key store: another server rotated its master key; "
			"put the new one there",
			s->master_path);
	t.g = pg_new(s, PG_KEYS, true);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		tell(&t, &k);
		FAULT_END(fp);
		fp.kind = 0;
	}
	pg_keys_back(t.g);
	pg_free(t.g);
	explicit_bzero(&k, sizeof k);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* ---- filling, as the administrator, in the transaction that makes its tables ----------------- */
struct filling {
	PGconn *c;
	struct store *to;
	struct out sql;
	size_t n;
};

static void run(struct filling *f, const char *sql)
{
	PGresult *r = pq.PQexec(f->c, sql);
	int is = r ? pq.PQresultStatus(r) : 0;

	if (is != PQ_TUPLES_OK && is != PQ_COMMAND_OK) {
		char why[300];

		snprintf(why, sizeof why, "%s", pq.PQerrorMessage(f->c));
		pq.PQclear(r);
		fault(FAULT_STORE, "the key store: %.*s", (int)strcspn(why, "\n"), why);
	}
	pq.PQclear(r);
}

static void send(struct filling *f)
{
	if (f->n) {
		out_char(&f->sql, 0);
		run(f, f->sql.p);
	}
	out_cut(&f->sql, 0);
	f->n = 0;
}

static void fill_begin(void *ctx, const struct keys_whole *k)
{
	struct filling *f = ctx;
	int64_t block = k->next / KEYS_BLOCK + 1;
	char hex[2 * MARK_BYTES + 1];

	if (!k->marked)
		fault(FAULT_STORE, "a key store that says not whose it is: start its server once");
	sodium_bin2hex(hex, sizeof hex, k->mark, MARK_BYTES);
	out_fmt(&f->sql,
		"insert into keys.secret (name, epoch, wrapped) values ('installation', 0, "
		"'\\x%s'); select pg_catalog.setval('keys.block', %lld)",
		hex, (long long)block);
	f->n = 1;
	send(f);
}

/* Its first epoch wraps by what wrapped at the source. */
static void fill_key(void *ctx, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES])
{
	struct filling *f = ctx;
	uint8_t wrapped[WRAPPED_BYTES];
	char hex[2 * WRAPPED_BYTES + 1], name[40];

	key_wrap(wrapped, key, f->to->secrets.wrap, key_owner_name(name, owner));
	sodium_bin2hex(hex, sizeof hex, wrapped, sizeof wrapped);
	out_fmt(&f->sql, "%s(%lld,%lld,1,'\\x%s')",
		f->n ? ","
		     : "insert into keys.subject_key (owner, version, epoch, wrapped) values ",
		(long long)owner, (long long)version, hex);
	if (++f->n == FILL_EACH)
		send(f);
}

struct erasure {
	int64_t subject;
	size_t at; /* its line */
};

static int by_subject(const void *a, const void *b)
{
	const struct erasure *x = a, *y = b;

	return x->subject != y->subject ? (x->subject > y->subject) - (x->subject < y->subject)
					: (x->at > y->at) - (x->at < y->at);
}

/* Which lines are the first of their subject. */
static bool *firsts_of(struct arena *a, const struct erased_ids *all)
{
	struct erasure *v = arena_array(a, struct erasure, all->n + 1);
	bool *first = arena_array(a, bool, all->n + 1);

	for (size_t i = 0; i < all->n; i++)
		v[i] = (struct erasure){all->v[i], i};
	qsort(v, all->n, sizeof *v, by_subject);
	for (size_t i = 0; i < all->n; i++)
		first[v[i].at] = !i || v[i - 1].subject != v[i].subject;
	return first;
}

/* Who stands in a log twice, since an erasure was cut off and done again, stands here once. */
static void fill_log(struct filling *f, struct arena *a, str log)
{
	struct erased_ids all = erased_read(a, f->to->secrets.replay, log);
	const bool *first = firsts_of(a, &all);
	char before[ERASED_DIGEST_CHARS + 1] = "", text[ERASED_LINE_BYTES];
	int64_t n = 0;

	for (size_t i = 0; i < all.n; i++) {
		str line = str_cut(&log, '\n'), rest = line;
		int64_t at_us = 0;

		(void)str_cut(&rest, ' ');
		MUST(str_int(str_cut(&rest, ' '), &at_us));
		if (!first[i])
			continue;
		int k = erased_line(text, f->to->secrets.replay, before, all.v[i], at_us);

		memcpy(before, text + k - 1 - ERASED_DIGEST_CHARS, ERASED_DIGEST_CHARS);
		/* journal 0: the data that go with it know these all */
		out_fmt(&f->sql, "%s(%lld,%lld,0,%lld,'%s')",
			f->n ? ","
			     : "insert into keys.erased (n, subject, journal, at_us, digest) "
			       "values ",
			(long long)++n, (long long)all.v[i], (long long)at_us, before);
		if (++f->n == FILL_EACH)
			send(f);
	}
	send(f);
}

void pg_keys_fill(PGconn *c, struct store *to, struct store *from, str log)
{
	struct arena *a = arena_make((size_t)1 << 30);
	struct filling f = {.c = c, .to = to};
	const struct keys_sink sink = {fill_begin, fill_key, &f};
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		out_init(&f.sql, a, FILL_BYTES, 2 * FILL_BYTES, NULL);
		from->key_engine->whole(from, &sink);
		send(&f);
		fill_log(&f, a, log);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* ---- the log as a file has it ---------------------------------------------------------------- */
struct writing {
	struct store *s;
	struct out text;
	int64_t n;
	char before[ERASED_DIGEST_CHARS + 1];
};

static void log_row(struct prepared *p, void *ctx)
{
	struct writing *w = ctx;
	str digest = prepared_text(p, 3);
	char line[ERASED_LINE_BYTES];
	int k = erased_line(
		line, w->s->secrets.replay, w->before, prepared_int(p, 1), prepared_int(p, 2));

	if (prepared_int(p, 0) != ++w->n || digest.n != ERASED_DIGEST_CHARS ||
		memcmp(line + k - 1 - ERASED_DIGEST_CHARS, digest.p, digest.n) != 0)
		fault(FAULT_STORE, "the log of erasures in the key store was changed (line %lld)",
			(long long)w->n);
	memcpy(w->before, digest.p, digest.n);
	out_str(&w->text, (str){line, (size_t)k});
}

static void log_pages(struct pg *g, struct writing *w)
{
	int64_t before;
	char n[24];

	do {
		int k = snprintf(n, sizeof n, "%lld", (long long)w->n);

		before = w->n;
		pg_keys_ask(g,
			"select n, subject, at_us, digest from keys.erased where n > "
			"$1::text::bigint order by n limit 10000",
			(str){n, (size_t)k}, log_row, w);
	} while (w->n - before == PAGE);
}

str pg_erased_text(struct store *s, struct arena *a)
{
	struct writing w = {.s = s};
	struct pg *g = pg_new(s, PG_KEYS, true);
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		out_init(&w.text, a, 1 << 16, ERASED_LOG_BYTES_MAX, NULL);
		log_pages(g, &w);
		FAULT_END(fp);
		fp.kind = 0;
	}
	pg_free(g);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return out_view(&w.text);
}
