/* keys_pg at work: one connection for each of the store's, made when it is first needed. New keys
 * wait in memory and go out together, in one round, before the batch of the data commits. */
#include "keys.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	TRIES = 3,
	LIST_BYTES = KEYS_LEARN_MAX * 21 + 3,
	UNKNOWN_EACH = 1000,
};

struct pending {
	int64_t owner, version;
	uint8_t key[KEY_BYTES];
};
struct keys_wire {
	struct pg *g;
	struct prepared *get, *add, *block;
	struct pending *v; /* new keys of the batch */
	size_t n, cap;
	int64_t next, end; /* versions */
};

static const char get_sql[] = "select owner, version, epoch, wrapped from keys.subject_key where "
			      "owner = any ($1::text::bigint[])";
static const char block_sql[] = "select nextval('keys.block')";
/* Nothing when another server rotated meanwhile. What lies there under an owner whom the data do
 * not know is left of a batch that was undone. */
static const char add_sql[] =
	"insert into keys.subject_key (owner, version, epoch, wrapped) select t.o, t.v, $4, t.w "
	"from unnest($1::text::bigint[], $2::text::bigint[], $3::text::bytea[]) as t (o, v, w) "
	"where $4 = (select max(s.epoch) from keys.secret s where s.name = 'wrap') "
	"on conflict (owner) do update set n = default, version = excluded.version, epoch = "
	"excluded.epoch, wrapped = excluded.wrapped";

/* ---- what several files use ---- */
struct pg *pg_keys_wire(struct store_conn *c)
{
	return c->keys.wire->g;
}

void pg_keys_begin(struct pg *g)
{
	pg_again(g);
	pg_later(g, "begin");
	g->open = true;
}

void pg_keys_commit(struct pg *g)
{
	int failed;

	if (!g->c)
		pg_fault(g, "the key store");
	pg_later(g, "commit");
	PGresult *r = pg_round(g, g->waiting - 1, &failed);

	g->open = false;
	if (!r)
		pg_fault(g, "the key store");
	pq.PQclear(r);
}

void pg_keys_back(struct pg *g)
{
	struct fault_point fp;

	if (!g->open)
		return;
	if (FAULT_TRY(fp)) {
		pg_later(g, "rollback");
		pg_send_end(g);
		FAULT_END(fp);
	}
	g->open = false;
}

static void steps(struct prepared *p, void (*row)(struct prepared *p, void *ctx), void *ctx)
{
	enum prepared_step is;

	while ((is = prepared_step(p)) == PREPARED_ROW)
		if (row)
			row(p, ctx);
	if (is != PREPARED_DONE)
		prepared_fault(p, "the key store");
}

void pg_keys_ask(struct pg *g, const char *sql, str value,
	void (*row)(struct prepared *p, void *ctx), void *ctx)
{
	struct prepared *p = pg_statement(g, sql, "t", PG_ANY, false);
	struct fault_point fp;

	if (value.p)
		prepared_bind_text(p, 1, value);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		steps(p, row, ctx);
		FAULT_END(fp);
		fp.kind = 0;
	}
	prepared_end(p);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

void pg_keys_list(struct out *o, const int64_t *v, size_t n)
{
	out_char(o, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			out_char(o, ',');
		out_int_plain(o, v[i]);
	}
	out_char(o, '}');
}

/* ---- a connection ---- */
static void open_conn(struct store_conn *c)
{
	struct keys_wire *w = calloc(1, sizeof *w);

	if (!w)
		fault(FAULT_MEMORY, "no memory for keys");
	c->keys.wire = w;
	w->g = pg_new(c->store, PG_KEYS, true);
	w->get = pg_statement(w->g, get_sql, "t", PG_ANY, false);
	w->block = pg_statement(w->g, block_sql, NULL, PG_ANY, false);
	w->add = pg_statement(w->g, add_sql, "ttti", PG_ANY, false);
}

static void wipe(struct keys_wire *w)
{
	if (w->n)
		explicit_bzero(w->v, w->n * sizeof *w->v);
	w->n = 0;
}

static void close_conn(struct keys *k)
{
	struct keys_wire *w = k->wire;

	if (!w)
		return;
	wipe(w);
	free(w->v);
	if (w->get)
		prepared_end(w->get);
	if (w->block)
		prepared_end(w->block);
	if (w->add)
		prepared_end(w->add);
	pg_free(w->g);
	free(w);
	k->wire = NULL;
}

/* ---- reading ---- */
static bool waits(const struct keys_wire *w, int64_t owner, struct key_found *out)
{
	for (size_t i = w->n; i-- > 0;)
		if (w->v[i].owner == owner) {
			out->version = w->v[i].version;
			memcpy(out->key, w->v[i].key, KEY_BYTES);
			return true;
		}
	return false;
}

static void found(struct store_conn *c, const int64_t *owners, size_t n, struct key_found *out)
{
	struct keys_wire *w = c->keys.wire;
	int64_t owner = prepared_int(w->get, 0);
	struct key_wrap with = pg_keys_wrap(c->store, w->g, prepared_int(w->get, 2));
	char name[40];
	size_t i = 0;

	while (i < n && owners[i] != owner)
		i++;
	bool good = i < n && key_unwrap(out[i].key, prepared_blob(w->get, 3), with.key,
				     key_owner_name(name, owner));

	explicit_bzero(&with, sizeof with);
	if (!good)
		fault(FAULT_STORE, "the key store: the key of an owner is damaged");
	out[i].version = prepared_int(w->get, 1);
}

static void get(struct store_conn *c, const int64_t *owners, size_t n, struct key_found *out)
{
	struct keys_wire *w = c->keys.wire;
	char list[LIST_BYTES];
	size_t at = 0;
	enum prepared_step is;

	MUST(n <= KEYS_LEARN_MAX);
	for (size_t i = 0; i < n; i++) {
		out[i].version = 0;
		if (waits(w, owners[i], &out[i]))
			continue;
		at += (size_t)snprintf(list + at, sizeof list - at, "%c%lld", at ? ',' : '{',
			(long long)owners[i]);
	}
	if (!at)
		return;
	list[at++] = '}';
	prepared_reset(w->get);
	prepared_bind_text(w->get, 1, (str){list, at});
	while ((is = prepared_step(w->get)) == PREPARED_ROW)
		found(c, owners, n, out);
	if (is != PREPARED_DONE)
		prepared_fault(w->get, "the key store");
	prepared_reset(w->get);
}

/* ---- new keys ---- */
static int64_t version(struct keys_wire *w)
{
	if (w->next == w->end) {
		prepared_reset(w->block);
		if (prepared_step(w->block) != PREPARED_ROW)
			prepared_fault(w->block, "the key store");
		w->end = prepared_int(w->block, 0) * KEYS_BLOCK + 1;
		w->next = w->end - KEYS_BLOCK;
		prepared_reset(w->block);
	}
	return w->next++;
}

static int64_t add(struct store_conn *c, int64_t owner, const uint8_t key[KEY_BYTES])
{
	struct keys_wire *w = c->keys.wire;
	int64_t v = version(w);

	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		struct pending *more = calloc(cap, sizeof *more);

		if (!more)
			fault(FAULT_MEMORY, "no memory for keys");
		if (w->n)
			memcpy(more, w->v, w->n * sizeof *more);
		if (w->v)
			explicit_bzero(w->v, w->n * sizeof *w->v);
		free(w->v);
		w->v = more;
		w->cap = cap;
	}
	w->v[w->n] = (struct pending){.owner = owner, .version = v};
	memcpy(w->v[w->n++].key, key, KEY_BYTES);
	c->keys.dirty = true;
	c->keys.newest++;
	return v;
}

/* A list of bytes: {"\\x01","\\x02"} */
static void wrapped_list(struct out *o, const struct keys_wire *w, const struct key_wrap *with)
{
	char hex[2 * WRAPPED_BYTES + 1], name[40];
	uint8_t wrapped[WRAPPED_BYTES];

	out_char(o, '{');
	for (size_t i = 0; i < w->n; i++) {
		key_wrap(wrapped, w->v[i].key, with->key, key_owner_name(name, w->v[i].owner));
		sodium_bin2hex(hex, sizeof hex, wrapped, sizeof wrapped);
		out_fmt(o, "%s\"\\\\x%s\"", i ? "," : "", hex);
	}
	out_char(o, '}');
	explicit_bzero(hex, sizeof hex);
}

static void number_list(struct out *o, const struct keys_wire *w, bool versions)
{
	out_char(o, '{');
	for (size_t i = 0; i < w->n; i++)
		out_fmt(o, "%s%lld", i ? "," : "",
			(long long)(versions ? w->v[i].version : w->v[i].owner));
	out_char(o, '}');
}

/* False: under this epoch nothing is added any more. */
static bool send_all(struct store_conn *c, struct arena *a, const struct key_wrap *with)
{
	struct keys_wire *w = c->keys.wire;
	size_t most = (w->n + 1) * (2 * WRAPPED_BYTES + 16);
	struct out owners, versions, keys;

	out_init(&owners, a, w->n * 21 + 16, most, NULL);
	out_init(&versions, a, w->n * 21 + 16, most, NULL);
	out_init(&keys, a, most, most, NULL);
	number_list(&owners, w, false);
	number_list(&versions, w, true);
	wrapped_list(&keys, w, with);
	prepared_reset(w->add);
	prepared_bind_text(w->add, 1, out_view(&owners));
	prepared_bind_text(w->add, 2, out_view(&versions));
	prepared_bind_text(w->add, 3, out_view(&keys));
	prepared_bind_int(w->add, 4, with->epoch);
	if (prepared_step(w->add) != PREPARED_DONE)
		prepared_fault(w->add, "the key store");
	size_t stored = (size_t)prepared_changes(w->add);

	prepared_reset(w->add);
	if (stored && stored != w->n)
		fault(FAULT_BUG, "the key store took %zu keys of %zu", stored, w->n);
	return stored;
}

static void commit_in(struct store_conn *c, struct arena *a)
{
	struct keys_wire *w = c->keys.wire;
	struct key_wrap with = pg_keys_wrap(c->store, w->g, 0);
	bool stored = send_all(c, a, &with);

	for (int i = 1; !stored && i < TRIES; i++) {
		pg_keys_wraps_again(c->store, w->g);
		with = pg_keys_wrap(c->store, w->g, 0);
		stored = send_all(c, a, &with);
	}
	explicit_bzero(&with, sizeof with);
	if (!stored)
		fault(FAULT_STORE, "the key store takes no keys: it is being rotated");
	wipe(w);
}

static void commit(struct store_conn *c)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		commit_in(c, a);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static void rollback(struct store_conn *c)
{
	wipe(c->keys.wire);
}

/* ---- dropping ---- */
static void drop(struct store_conn *c, const struct drop *v, size_t n)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct fault_point fp;
	struct out o;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		int64_t *owners = arena_array(a, int64_t, n + 1);

		for (size_t i = 0; i < n; i++)
			owners[i] = v[i].subject;
		out_init(&o, a, n * 21 + 16, n * 21 + 16, NULL);
		pg_keys_list(&o, owners, n);
		pg_keys_ask(c->keys.wire->g,
			"delete from keys.subject_key where owner = any ($1::text::bigint[])",
			out_view(&o), NULL, NULL);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* The library's buffers hold what came last; they are wiped with the connection (base/wipe.c), and
 * the next one is made when it is needed. */
static void let_go(struct store_conn *c)
{
	struct pg *g = c->keys.wire->g;

	if (!g->open)
		pg_drop(g);
}

/* What the cluster keeps of rows that are gone is wrapped (decision 245). */
static bool log_empty(struct store_conn *c)
{
	(void)c;
	return true;
}

/* ---- looking through what was made ---- */
struct looking {
	struct arena *a;
	struct key_owners *out;
};

static void fresh_row(struct prepared *p, void *ctx)
{
	struct looking *l = ctx;

	*ARENA_PUSH(l->a, l->out) = prepared_int(p, 0);
	l->out->until = prepared_int(p, 1);
}

/* In the order in which they came: who comes later has a higher number, since each server makes
 * keys in its turn alone. */
static void fresh(struct store_conn *c, struct arena *a, struct key_owners *out)
{
	_Static_assert(KEYS_FRESH_MAX == 65536, "the limit in the text");
	pg_keys_ask(c->keys.wire->g,
		"select k.owner, k.n from keys.subject_key k where k.n > (select s.n from "
		"keys.swept s) order by k.n limit 65536",
		(str){0}, fresh_row, &(struct looking){a, out});
}

/* The owners are in the order in which they were asked; both are gone through once. */
static int ids_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void unknown_some(struct store_conn *c, struct arena *a, struct prepared *st,
	const int64_t *v, size_t n, struct drops *orphans)
{
	int64_t *known = arena_array(a, int64_t, n + 1);
	size_t known_n = 0;
	enum prepared_step is;
	struct out o;

	out_init(&o, a, n * 21 + 16, n * 21 + 16, NULL);
	pg_keys_list(&o, v, n);
	prepared_bind_text(st, 1, out_view(&o));
	while ((is = conn_step(c, st)) == PREPARED_ROW && known_n < n)
		known[known_n++] = prepared_int(st, 0);
	if (is != PREPARED_DONE)
		prepared_fault(st, "keys that nobody knows");
	prepared_reset(st);
	qsort(known, known_n, sizeof *known, ids_compare);
	for (size_t i = 0; i < n; i++)
		if (!bsearch(&v[i], known, known_n, sizeof *known, ids_compare))
			*ARENA_PUSH(a, orphans) = (struct drop){0, v[i]};
}

static void unknown(
	struct store_conn *c, struct arena *a, const struct key_owners *all, struct drops *orphans)
{
	struct prepared *st;
	struct fault_point fp;

	if (!all->n)
		return;
	st = conn_prepare(c, "select id from r_subject where id = any (?1::text::bigint[])", false);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		for (size_t i = 0; i < all->n; i += UNKNOWN_EACH)
			unknown_some(c, a, st, all->v + i,
				all->n - i < UNKNOWN_EACH ? all->n - i : UNKNOWN_EACH, orphans);
		FAULT_END(fp);
		fp.kind = 0;
	}
	prepared_end(st);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static void mark(struct store_conn *c, int64_t until)
{
	char n[24];
	int k = snprintf(n, sizeof n, "%lld", (long long)until);

	if (until)
		pg_keys_ask(c->keys.wire->g,
			"update keys.swept set n = $1::text::bigint where n < $1::text::bigint",
			(str){n, (size_t)k}, NULL, NULL);
	c->keys.marked = c->keys.newest;
}

const struct key_engine keys_pg = {
	.make = pg_keys_make,
	.there = pg_keys_there,
	.secrets = pg_keys_secrets,
	.settled = pg_keys_settled,
	.belongs = pg_keys_belongs,
	.rewrap = pg_keys_rewrap,
	.rotated = pg_keys_rotated,
	.whole = pg_keys_whole,
	.open = open_conn,
	.close = close_conn,
	.get = get,
	.add = add,
	.commit = commit,
	.rollback = rollback,
	.drop = drop,
	.log_empty = log_empty,
	.let_go = let_go,
	.fresh = fresh,
	.unknown = unknown,
	.mark = mark,
	.erased_add = pg_erased_add,
	.erased_late = pg_erased_late,
	.shared = true,
};
