/* A shared key store: where it is (DIR/keys), the installation's secrets in it, and the rotation of
 * the master key, which draws another key for those of subjects too: what the cluster still has of
 * dropped ones is wrapped by the one before, and that by the master key before (decision 245). */
#include "keys.h"

#include <stdio.h>
#include <unistd.h>

enum { KEYS_BYTES_MAX = 8192, ROTATE_LOCK = 0x6b6f6e76, ROWS_BYTES = 1 << 20 };
#define LOCK_SQL "select pg_catalog.pg_advisory_xact_lock($1::text::bigint)"

const struct pg_place *pg_keys_at(const struct store *s)
{
	return &s->keys_at->at;
}

/* ---- DIR/keys: the address, and the password of the role that works there ---- */
const char *pg_keys_address(struct arena *a, const char *dir, char password[2 * KEY_BYTES + 1])
{
	char *path = path_join(a, dir, "keys");
	uint8_t key[KEY_BYTES];

	if (access(path, F_OK))
		return NULL;
	str rest = file_read(a, path, KEYS_BYTES_MAX), uri = str_trim(str_cut(&rest, '\n')),
	    hex = str_trim(str_cut(&rest, '\n'));

	if (!hex_parse(hex, key, sizeof key))
		fault(FAULT_STORE, "%s: its second line is no password: see kontor join --help",
			path);
	explicit_bzero(key, sizeof key);
	memcpy(password, hex.p, 2 * KEY_BYTES);
	password[2 * KEY_BYTES] = 0;
	return str_dup(a, uri).p;
}

void pg_keys_keep(struct store *s)
{
	const struct pg_place *at = &s->keys_at->at;
	str text = str_fmt(s->arena, "%s\n%s\n", at->uri, at->password[PG_KEYS]);

	file_write_synced(path_join(s->arena, s->dir, "keys"), text, 0600);
}

void pg_keys_place(struct store *s, const char *uri)
{
	struct pg_keys *k = arena_new(s->arena, struct pg_keys);

	k->at = *pg_place_name(s, uri);
	pthread_mutex_init(&k->mutex, NULL);
	s->keys_at = k;
}

/* ---- a connection for one piece of work ---- */
static void over_a_wire(struct store *s, void (*run)(struct pg *g, void *ctx), void *ctx)
{
	struct pg *g = pg_new(s, PG_KEYS, true);
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		run(g, ctx);
		FAULT_END(fp);
		fp.kind = 0;
	}
	pg_keys_back(g);
	pg_free(g);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

static void number_row(struct prepared *p, void *ctx)
{
	*(int64_t *)ctx = prepared_int(p, 0);
}

static void there(struct pg *g, void *ctx)
{
	int64_t format = 0;

	(void)ctx;
	pg_keys_ask(g, "select format from keys.format", (str){0}, number_row, &format);
	if (format != KEYS_FORMAT_PG)
		fault(FAULT_STORE,
			"the key store has format %lld, this program reads %d: use the program "
			"that made it",
			(long long)format, KEYS_FORMAT_PG);
}

void pg_keys_there(struct store *s)
{
	libpq_load();
	over_a_wire(s, there, NULL);
}

/* ---- secrets ---- */
struct reading {
	struct store *s;
	const uint8_t *master;
	struct secrets k;
	struct key_wrap wraps[WRAPS_MAX];
	size_t wraps_n, good, bad;
	bool before; /* what another master wraps by now may be opened by this one */
};

static void secret_row(struct prepared *p, void *ctx)
{
	struct reading *r = ctx;
	str name = prepared_text(p, 0), wrapped = prepared_blob(p, 2), before = prepared_blob(p, 3);
	struct secrets k;
	size_t i = 0;

	while (i < SECRETS && !str_eq(name, str_of(key_secret_name(i))))
		i++;
	if (i == SECRETS)
		return;
	str under = r->before && !key_secret_unwrap(i, &k, r->master, wrapped) ? before : wrapped;
	bool wrap = str_eq(name, S("wrap"));

	if (!key_secret_unwrap(i, &k, r->master, under) || (wrap && r->wraps_n == WRAPS_MAX)) {
		r->bad++;
		return;
	}
	if (wrap) {
		r->wraps[r->wraps_n].epoch = prepared_int(p, 1);
		memcpy(r->wraps[r->wraps_n++].key, k.wrap, KEY_BYTES);
	}
	if (!wrap || r->wraps_n == 1)
		r->good += key_secret_unwrap(i, &r->k, r->master, under);
	explicit_bzero(&k, sizeof k);
}

static void secrets_read(struct pg *g, void *ctx)
{
	pg_keys_ask(g,
		"select name, epoch, wrapped, before from keys.secret order by name, epoch desc",
		(str){0}, secret_row, ctx);
}

static void wraps_set(struct store *s, const struct reading *r)
{
	struct pg_keys *k = s->keys_at;

	pthread_mutex_lock(&k->mutex);
	memcpy(k->wraps, r->wraps, sizeof k->wraps);
	k->wraps_n = r->wraps_n;
	pthread_mutex_unlock(&k->mutex);
}

bool pg_keys_secrets(struct store *s, const uint8_t master[KEY_BYTES], struct secrets *k)
{
	struct reading r = {.s = s, .master = master};

	over_a_wire(s, secrets_read, &r);
	bool good = !r.bad && r.good == SECRETS;

	if (good) {
		*k = r.k;
		wraps_set(s, &r);
	}
	explicit_bzero(&r, sizeof r);
	return good;
}

void pg_keys_wraps_again(struct store *s, struct pg *g)
{
	struct reading r = {.s = s, .master = s->master, .before = true};

	secrets_read(g, &r);
	bool good = !r.bad && r.wraps_n;

	if (good)
		wraps_set(s, &r);
	explicit_bzero(&r, sizeof r);
	if (!good)
		fault(FAULT_STORE,
			"the key store was rotated by another server: put the new master key in %s "
			"and start again",
			s->master_path);
}

static bool wrap_known(struct store *s, int64_t epoch, struct key_wrap *out)
{
	struct pg_keys *k = s->keys_at;
	bool known = false;

	pthread_mutex_lock(&k->mutex);
	for (size_t i = 0; i < k->wraps_n && !known; i++) {
		known = !epoch || k->wraps[i].epoch == epoch;
		if (known)
			*out = k->wraps[i];
	}
	pthread_mutex_unlock(&k->mutex);
	return known;
}

struct key_wrap pg_keys_wrap(struct store *s, struct pg *g, int64_t epoch)
{
	struct key_wrap w;

	if (wrap_known(s, epoch, &w))
		return w;
	pg_keys_wraps_again(s, g);
	if (!wrap_known(s, epoch, &w))
		fault(FAULT_STORE, "the key store: a key is wrapped by none that is known");
	return w;
}

/* ---- whose it is ---- */
struct marking {
	const uint8_t *mark;
	bool same;
};

static void mark_row(struct prepared *p, void *ctx)
{
	struct marking *m = ctx;
	str v = prepared_blob(p, 0);

	m->same = v.n == MARK_BYTES && !memcmp(v.p, m->mark, MARK_BYTES);
}

static void belongs(struct pg *g, void *ctx)
{
	struct marking *m = ctx;
	char text[2 * MARK_BYTES + 3] = "\\x";

	sodium_bin2hex(text + 2, sizeof text - 2, m->mark, MARK_BYTES);
	pg_keys_ask(g,
		"insert into keys.secret (name, epoch, wrapped) values ('installation', 0, "
		"$1::text::bytea) on conflict (name, epoch) do nothing",
		str_of(text), NULL, NULL);
	pg_keys_ask(g, "select wrapped from keys.secret where name = 'installation'", (str){0},
		mark_row, m);
}

bool pg_keys_belongs(struct store *s, const uint8_t mark[MARK_BYTES])
{
	struct marking m = {.mark = mark};

	over_a_wire(s, belongs, &m);
	return m.same;
}

/* ---- rotation: the secrets ---- */
struct rotation {
	struct store *s;
	const uint8_t *master; /* the new one */
	struct arena *a;
	struct {
		str *v;
		size_t n, cap;
	} sql;
	struct key_wrap wrap; /* the new one */
	bool stale;
};

static str hex_text(struct rotation *r, const uint8_t wrapped[WRAPPED_BYTES])
{
	return hex_of(r->a, wrapped, WRAPPED_BYTES);
}

static void rotate_row(struct prepared *p, void *ctx)
{
	struct rotation *r = ctx;
	str name = str_dup(r->a, prepared_text(p, 0));
	int64_t epoch = prepared_int(p, 1);
	uint8_t key[KEY_BYTES], wrapped[WRAPPED_BYTES];

	if (!key_unwrap(key, prepared_blob(p, 2), r->s->master, name)) {
		r->stale = true;
		return;
	}
	key_wrap(wrapped, key, r->master, name);
	*ARENA_PUSH(r->a, &r->sql) = str_fmt(r->a,
		"update keys.secret set before = wrapped, wrapped = '\\x" STR_FMT
		"' where name = '" STR_FMT "' and epoch = %lld",
		STR_ARG(hex_text(r, wrapped)), STR_ARG(name), (long long)epoch);
	if (str_eq(name, S("wrap")) && epoch >= r->wrap.epoch)
		r->wrap.epoch = epoch + 1;
	explicit_bzero(key, sizeof key);
}

static void rotate(struct pg *g, void *ctx)
{
	struct rotation *r = ctx;
	uint8_t now[WRAPPED_BYTES], before[WRAPPED_BYTES];
	char lock[24];
	int n = snprintf(lock, sizeof lock, "%d", ROTATE_LOCK);

	pg_keys_begin(g);
	pg_keys_ask(g, LOCK_SQL, (str){lock, (size_t)n}, NULL, NULL);
	pg_keys_ask(g,
		"select name, epoch, wrapped from keys.secret where name <> 'installation' order "
		"by "
		"name, epoch",
		(str){0}, rotate_row, r);
	if (r->stale)
		fault(FAULT_STORE,
			"the master key was rotated by another server: put the new one in %s and "
			"start again",
			r->s->master_path);
	random_bytes(r->wrap.key, KEY_BYTES);
	key_wrap(now, r->wrap.key, r->master, S("wrap"));
	key_wrap(before, r->wrap.key, r->s->master, S("wrap"));
	for (size_t i = 0; i < r->sql.n; i++)
		pg_later(g, r->sql.v[i].p);
	pg_later(g, str_fmt(r->a,
			    "insert into keys.secret (name, epoch, wrapped, before) values "
			    "('wrap', %lld, '\\x" STR_FMT "', '\\x" STR_FMT "')",
			    (long long)r->wrap.epoch, STR_ARG(hex_text(r, now)),
			    STR_ARG(hex_text(r, before)))
			    .p);
	if (store_crash_point)
		store_crash_point("the secrets are wrapped anew");
	pg_keys_commit(g);
}

void pg_keys_rewrap(struct store *s, const uint8_t master[KEY_BYTES])
{
	struct rotation r = {.s = s, .master = master, .a = arena_make((size_t)1 << 20)};
	struct pg_keys *k = s->keys_at;
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		over_a_wire(s, rotate, &r);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(r.a);
	if (!fp.kind) {
		pthread_mutex_lock(&k->mutex);
		memmove(&k->wraps[1], &k->wraps[0], sizeof k->wraps - sizeof k->wraps[0]);
		k->wraps[0] = r.wrap;
		k->wraps_n += k->wraps_n < WRAPS_MAX;
		pthread_mutex_unlock(&k->mutex);
	}
	explicit_bzero(&r, sizeof r);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* ---- rotation: the keys of subjects ---- */
struct rewrapping {
	struct store *s;
	struct pg *g;
	struct key_wrap to;
	struct out owners, epochs, wrapped;
	size_t n;
};

static void rewrap_row(struct prepared *p, void *ctx)
{
	struct rewrapping *r = ctx;
	int64_t owner = prepared_int(p, 0), epoch = prepared_int(p, 1);
	struct key_wrap with = pg_keys_wrap(r->s, r->g, epoch);
	uint8_t key[KEY_BYTES], wrapped[WRAPPED_BYTES];
	char hex[2 * WRAPPED_BYTES + 1], name[40], sep = r->n ? ',' : '{';

	if (!key_unwrap(key, prepared_blob(p, 2), with.key, key_owner_name(name, owner)))
		fault(FAULT_STORE, "the key store: the key of an owner is damaged");
	key_wrap(wrapped, key, r->to.key, key_owner_name(name, owner));
	explicit_bzero(key, sizeof key);
	explicit_bzero(&with, sizeof with);
	sodium_bin2hex(hex, sizeof hex, wrapped, sizeof wrapped);
	out_fmt(&r->owners, "%c%lld", sep, (long long)owner);
	out_fmt(&r->epochs, "%c%lld", sep, (long long)epoch);
	out_fmt(&r->wrapped, "%c\"\\\\x%s\"", sep, hex);
	r->n++;
}

/* Where a row was dropped meanwhile there is nothing to update. */
static void rewrap_send(struct rewrapping *r)
{
	struct prepared *p = pg_statement(r->g,
		"update keys.subject_key k set wrapped = t.w, epoch = $4 from "
		"unnest($1::text::bigint[], $2::text::bigint[], $3::text::bytea[]) as t (o, e, w) "
		"where k.owner = t.o and k.epoch = t.e",
		"ttti", PG_ANY, false);

	out_char(&r->owners, '}');
	out_char(&r->epochs, '}');
	out_char(&r->wrapped, '}');
	prepared_bind_text(p, 1, out_view(&r->owners));
	prepared_bind_text(p, 2, out_view(&r->epochs));
	prepared_bind_text(p, 3, out_view(&r->wrapped));
	prepared_bind_int(p, 4, r->to.epoch);
	bool good = prepared_step(p) == PREPARED_DONE;

	prepared_end(p);
	if (!good)
		pg_fault(r->g, "the key store");
}

/* One piece; false: there is none left. One server at a time. */
static bool rewrap_some(struct rewrapping *r, struct arena *a)
{
	char n[24];
	int k = snprintf(n, sizeof n, "%d", ROTATE_LOCK);

	_Static_assert(KEYS_REWRAP_EACH == 1000, "the limit in the text");
	r->n = 0;
	out_init(&r->owners, a, 1 << 15, ROWS_BYTES, NULL);
	out_init(&r->epochs, a, 1 << 15, ROWS_BYTES, NULL);
	out_init(&r->wrapped, a, 1 << 18, ROWS_BYTES, NULL);
	pg_keys_begin(r->g);
	pg_keys_ask(r->g, LOCK_SQL, (str){n, (size_t)k}, NULL, NULL);
	k = snprintf(n, sizeof n, "%lld", (long long)r->to.epoch);
	pg_keys_ask(r->g,
		"select owner, epoch, wrapped from keys.subject_key where epoch < $1::text::bigint "
		"order by epoch, owner limit 1000",
		(str){n, (size_t)k}, rewrap_row, r);
	if (r->n)
		rewrap_send(r);
	pg_keys_commit(r->g);
	return r->n > 0;
}

/* Nobody adds a key while the last look is taken; who comes behind it sees the newest epoch. */
static bool epochs_end(struct rewrapping *r)
{
	char n[24];
	int k = snprintf(n, sizeof n, "%lld", (long long)r->to.epoch);
	int64_t left = 0;

	pg_keys_begin(r->g);
	pg_later(r->g, "lock table keys.subject_key in share row exclusive mode");
	pg_keys_ask(r->g, "select 1 from keys.subject_key where epoch < $1::text::bigint limit 1",
		(str){n, (size_t)k}, number_row, &left);
	if (!left)
		pg_keys_ask(r->g,
			"delete from keys.secret where name = 'wrap' and epoch < $1::text::bigint",
			(str){n, (size_t)k}, NULL, NULL);
	pg_keys_commit(r->g);
	return !left;
}

static void rewrap_in(struct rewrapping *r, struct arena *a)
{
	do {
		if (store_crash_point)
			store_crash_point("keys are wrapped anew");
		while (rewrap_some(r, a))
			arena_reset(a);
	} while (!epochs_end(r));
	pg_keys_wraps_again(r->s, r->g);
}

static void rewrap_all(struct pg *g, void *ctx)
{
	struct rewrapping r = {.s = ctx, .g = g};
	struct arena *a = arena_make((size_t)64 << 20);
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		r.to = pg_keys_wrap(r.s, g, 0);
		rewrap_in(&r, a);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	explicit_bzero(&r.to, sizeof r.to);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

void pg_keys_rotated(struct store *s)
{
	over_a_wire(s, rewrap_all, s);
}

void pg_keys_settled(struct store *s)
{
	if (s->keys_at->wraps_n < 2)
		return;
	LOG(LOG_INFO, "a rotation of keys goes on");
	pg_keys_rotated(s);
}
