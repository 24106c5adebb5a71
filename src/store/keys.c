/* Keys of subjects and the installation's secrets, wherever they lie (keys.h): each wrapped, opened
 * keys in a cache of each connection; the master key; keys that nobody knows. */
#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void key_wrap(uint8_t out[WRAPPED_BYTES], const uint8_t key[KEY_BYTES],
	const uint8_t with[KEY_BYTES], str name)
{
	random_bytes(out, WRAP_HEAD);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + WRAP_HEAD, NULL, key, KEY_BYTES,
		(const void *)name.p, name.n, NULL, out, with);
}

bool key_unwrap(uint8_t key[KEY_BYTES], str wrapped, const uint8_t with[KEY_BYTES], str name)
{
	const uint8_t *p = (const void *)wrapped.p;

	return p && wrapped.n == WRAPPED_BYTES &&
	       !crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, p + WRAP_HEAD,
		       KEY_BYTES + WRAP_TAIL, (const void *)name.p, name.n, p, with);
}

str key_owner_name(char buf[40], int64_t owner)
{
	int n = snprintf(buf, 40, "key %lld", (long long)owner);

	return (str){buf, (size_t)n};
}

/* ---- secrets ---- */
static const struct {
	const char *name;
	size_t at;
} secret_names[] = {
	{"wrap", offsetof(struct secrets, wrap)},
	{"blind", offsetof(struct secrets, blind)},
	{"cookie", offsetof(struct secrets, cookie)},
	{"room", offsetof(struct secrets, room)},
	{"replay", offsetof(struct secrets, replay)},
};

_Static_assert(COUNT(secret_names) == SECRETS, "secrets and their names");

const char *key_secret_name(size_t i)
{
	return secret_names[i].name;
}

void key_secret_wrap(size_t i, const struct secrets *k, const uint8_t master[KEY_BYTES],
	uint8_t out[WRAPPED_BYTES])
{
	key_wrap(
		out, (const uint8_t *)k + secret_names[i].at, master, str_of(secret_names[i].name));
}

bool key_secret_unwrap(size_t i, struct secrets *k, const uint8_t master[KEY_BYTES], str wrapped)
{
	return key_unwrap(
		(uint8_t *)k + secret_names[i].at, wrapped, master, str_of(secret_names[i].name));
}

bool keys_master_read(const char *path, uint8_t master[KEY_BYTES])
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (st.st_mode & 077)
		fault(FAULT_STORE,
			"%s can be read by others: make it mode 0600 (chmod 600), then start again",
			path);
	FILE *f = fopen(path, "re");
	char text[2 * KEY_BYTES + 1] = {0};
	bool ok = f && fread(text, 1, 2 * KEY_BYTES, f) == 2 * KEY_BYTES &&
		  hex_parse((str){text, 2 * KEY_BYTES}, master, KEY_BYTES);

	if (f)
		fclose(f);
	explicit_bzero(text, sizeof text);
	if (!ok)
		fault(FAULT_STORE, "%s is not a master key (64 hexadecimal digits)", path);
	return true;
}

static void master_write(const char *path, const uint8_t master[KEY_BYTES])
{
	char text[2 * KEY_BYTES + 1];

	sodium_bin2hex(text, sizeof text, master, KEY_BYTES);
	text[2 * KEY_BYTES] = '\n'; /* in place of the NUL */
	file_write_synced(path, (str){text, 2 * KEY_BYTES + 1}, 0600);
	explicit_bzero(text, sizeof text);
}

static void keys_make(struct store *s)
{
	if (!keys_master_read(s->master_path, s->master)) {
		random_bytes(s->master, KEY_BYTES);
		master_write(s->master_path, s->master);
	}
	random_bytes(&s->secrets, sizeof s->secrets);
	s->key_engine->make(s);
}

/* ---- as a whole ---- */
static void digest_begin(void *ctx, const struct keys_whole *k)
{
	crypto_generichash_update(ctx, k->secrets.blind, KEY_BYTES);
	crypto_generichash_update(ctx, k->secrets.replay, KEY_BYTES);
}

static void digest_key(void *ctx, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES])
{
	crypto_generichash_update(ctx, (const void *)&owner, sizeof owner);
	crypto_generichash_update(ctx, (const void *)&version, sizeof version);
	crypto_generichash_update(ctx, key, KEY_BYTES);
}

struct digest keys_whole_digest(struct store *s)
{
	crypto_generichash_state h;
	const struct keys_sink to = {digest_begin, digest_key, &h};
	struct digest d;

	crypto_generichash_init(&h, NULL, 0, sizeof d.b);
	s->key_engine->whole(s, &to);
	crypto_generichash_final(&h, d.b, sizeof d.b);
	explicit_bzero(&h, sizeof h);
	return d;
}

/* A rotation that was cut off leaves MASTER.next: the one that opens the secrets is right. */
static void master_settle(struct store *s)
{
	const struct key_engine *e = s->key_engine;
	char *next = (char *)str_fmt(s->arena, "%s.next", s->master_path).p;

	if (keys_master_read(s->master_path, s->master) && e->secrets(s, s->master, &s->secrets)) {
		unlink(next);
		return;
	}
	if (keys_master_read(next, s->master) && e->secrets(s, s->master, &s->secrets)) {
		if (rename(next, s->master_path))
			fault(FAULT_STORE, "%s: %s", next, strerror(errno));
		return;
	}
	fault(FAULT_STORE, "%s does not open %s: put the master key of this installation there",
		s->master_path, s->keys_path);
}

void keys_place_open(struct store *s, bool create)
{
	MUST(sodium_init() >= 0);
	if (create) {
		keys_make(s);
		return;
	}
	s->key_engine->there(s);
	master_settle(s);
	s->key_engine->settled(s);
}

/* A key store of another installation would open, and its keys be taken for lost: the two carry
 * the same mark. One that has none yet gets it. */
void keys_belong(struct store *s, const uint8_t mark[MARK_BYTES])
{
	if (!s->key_engine->belongs(s, mark))
		fault(FAULT_STORE,
			"%s is the key store of another installation: put back the one that "
			"belongs to %s, with its master key",
			s->keys_path, s->data_path);
}

/* A rotation whose end was not heard of: its master key may be the one that opens by now, and must
 * not be written over. True: it is, and takes its place. */
static bool rotation_left(struct store *s, const char *next, uint8_t master[KEY_BYTES])
{
	struct secrets k;

	if (!keys_master_read(next, master) || !s->key_engine->secrets(s, master, &k))
		return false;
	explicit_bzero(&k, sizeof k);
	if (rename(next, s->master_path))
		fault(FAULT_STORE, "%s: %s", next, strerror(errno));
	memcpy(s->master, master, KEY_BYTES);
	s->key_engine->rotated(s);
	return true;
}

void keys_rotate(struct store *s)
{
	char *next = (char *)str_fmt(s->arena, "%s.next", s->master_path).p;
	uint8_t master[KEY_BYTES];

	if (rotation_left(s, next, master))
		return;
	random_bytes(master, sizeof master);
	master_write(next, master);
	s->key_engine->rewrap(s, master);
	if (rename(next, s->master_path))
		fault(FAULT_STORE, "%s: %s", next, strerror(errno));
	memcpy(s->master, master, KEY_BYTES);
	explicit_bzero(master, sizeof master);
	s->key_engine->rotated(s);
}

void store_secret(struct store *s, const char *name, uint8_t key[32])
{
	if (!strcmp(name, "cookie")) {
		memcpy(key, s->secrets.cookie, KEY_BYTES);
		return;
	}
	struct digest d = digest_keyed(s->secrets.room, str_of(name));

	memcpy(key, d.b, KEY_BYTES);
}

/* ---- one connection's view ---- */
void keys_open(struct store_conn *c)
{
	struct keys *k = &c->keys;

	k->engine = c->store->key_engine;
	k->records = 1;
	k->slots = calloc(KEY_CACHE_MAX, sizeof *k->slots);
	if (!k->slots)
		fault(FAULT_MEMORY, "no memory for keys");
	k->engine->open(c);
}

static void cache_clear(struct keys *k)
{
	if (k->clock) /* else nothing was ever put in: its pages need not be touched */
		explicit_bzero(k->slots, KEY_CACHE_MAX * sizeof *k->slots);
}

void keys_close(struct keys *k)
{
	if (k->slots)
		cache_clear(k);
	free(k->slots);
	if (k->engine)
		k->engine->close(k);
}

enum { WAYS = 4 }; /* slots in which an owner may lie */

static struct key_slot *cache_set(struct keys *k, int64_t owner)
{
	uint64_t h = (uint64_t)owner * UINT64_C(0x9e3779b97f4a7c15);

	return k->slots + (h >> 40) % (KEY_CACHE_MAX / WAYS) * WAYS;
}

void keys_dropped_elsewhere(struct store *s)
{
	atomic_fetch_add(&s->key_epoch, 1);
}

void keys_forget(struct store_conn *c)
{
	struct keys *k = &c->keys;
	uint64_t epoch = atomic_load(&c->store->key_epoch);

	if (k->epoch == epoch)
		return;
	cache_clear(k); /* somewhere a key was dropped */
	k->epoch = epoch;
}

static struct key_slot *cache_find(struct store_conn *c, int64_t owner)
{
	struct keys *k = &c->keys;

	keys_forget(c);
	struct key_slot *set = cache_set(k, owner);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].owner == owner) {
			set[i].used = ++k->clock;
			return &set[i];
		}
	return NULL;
}

static struct key_slot *cache_put(
	struct store_conn *c, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES])
{
	struct key_slot *set = cache_set(&c->keys, owner), *s = set;

	for (size_t i = 1; i < WAYS; i++)
		if (set[i].used < s->used)
			s = &set[i];
	s->owner = owner;
	s->version = version;
	memcpy(s->key, key, KEY_BYTES);
	s->used = ++c->keys.clock;
	s->recorded = 0;
	return s;
}

static struct key_slot *key_load(struct store_conn *c, int64_t owner)
{
	struct key_slot *s = cache_find(c, owner);
	struct key_found found = {0};

	if (s)
		return s;
	store_due();
	c->keys.engine->get(c, &owner, 1, &found);
	if (!found.version)
		return NULL;
	s = cache_put(c, owner, found.version, found.key);
	explicit_bzero(&found, sizeof found);
	return s;
}

void keys_learn(struct store_conn *c, const int64_t *owners, size_t n)
{
	int64_t ask[KEYS_LEARN_MAX];
	struct key_found found[KEYS_LEARN_MAX];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (!cache_find(c, owners[i]))
			ask[k++] = owners[i];
		if (!k || (k < COUNT(ask) && i + 1 < n))
			continue;
		c->keys.engine->get(c, ask, k, found);
		for (size_t j = 0; j < k; j++)
			if (found[j].version && !cache_find(c, ask[j]))
				cache_put(c, ask[j], found[j].version, found[j].key);
		k = 0;
	}
	explicit_bzero(found, sizeof found);
}

int64_t keys_get(struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES])
{
	struct key_slot *s = key_load(c, owner);

	if (s)
		memcpy(key, s->key, KEY_BYTES);
	return s ? s->version : 0;
}

static struct key_slot *key_make(struct store_conn *c, int64_t owner)
{
	uint8_t key[KEY_BYTES];

	random_bytes(key, sizeof key);
	int64_t version = c->keys.engine->add(c, owner, key);
	struct key_slot *s = cache_put(c, owner, version, key);

	explicit_bzero(key, sizeof key);
	return s;
}

/* The owner is recorded in the data, in the unit's transaction: what lies in keys.db without a
 * record is an orphan of a unit that was rolled back. */
int64_t keys_need(struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES])
{
	struct key_slot *s;

	MUST(c->writer && owner > 0);
	s = cache_find(c, owner);
	if (!s || s->recorded != c->keys.records) {
		bool known = false, held;
		enum subject_state state;

		if (owner <= c->unit_began)
			known = subject_get(c, owner, &state, &held);
		if (known && state == SUBJECT_ERASED)
			fault(FAULT_POLICY, "the subject is erased: nothing new is kept of it");
		if (!known) {
			struct prepared *st = house_start(c, HOUSE_SUBJECT_ADD);

			prepared_bind_int(st, 1, owner);
			prepared_bind_int(st, 2, clock_now().us);
			house_later(c, HOUSE_SUBJECT_ADD);
		} else if (!s) {
			s = key_load(c, owner);
		}
	}
	if (!s) /* of whom the data know nothing, a key that lies there is an orphan */
		s = key_make(c, owner);
	s->recorded = c->keys.records;
	memcpy(key, s->key, KEY_BYTES);
	return s->version;
}

void keys_unit_back(struct store_conn *c)
{
	c->keys.records++;
	c->keys.orphans |= c->keys.newest > c->keys.marked;
}

void keys_commit(struct store_conn *c)
{
	if (!c->keys.dirty)
		return;
	c->keys.engine->commit(c);
	c->keys.dirty = false;
}

void keys_rollback(struct store_conn *c)
{
	keys_unit_back(c);
	if (!c->keys.dirty)
		return;
	cache_clear(&c->keys);
	c->keys.engine->rollback(c);
	c->keys.dirty = false;
}

bool keys_log_empty(struct store_conn *c)
{
	return c->keys.engine->log_empty(c);
}

void keys_drop(struct store_conn *c, const struct drop *v, size_t n)
{
	c->keys.engine->drop(c, v, n);
	atomic_fetch_add(&c->store->key_epoch, 1);
}

static size_t sweep(struct store_conn *c, struct arena *a)
{
	const struct key_engine *e = c->keys.engine;
	struct key_owners all = {0};
	struct drops orphans = {0};

	e->fresh(c, a, &all);
	e->unknown(c, a, &all, &orphans);
	if (orphans.n)
		keys_drop(c, orphans.v, orphans.n);
	e->mark(c, all.until);
	c->keys.orphans = false;
	return all.n;
}

/* Keys that no record in the data knows: their unit never committed. Only those are looked at that
 * were made since the last time. */
void keys_sweep(struct store_conn *c)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		while (sweep(c, a) == KEYS_FRESH_MAX)
			arena_reset(a);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

/* Without it a start would look at every key that was made since the start before. */
void keys_mark(struct store_conn *c, int64_t each)
{
	struct keys *k = &c->keys;
	struct fault_point fp;

	if (k->newest - k->marked < each)
		return;
	if (FAULT_TRY(fp)) {
		if (k->orphans || k->engine->shared) /* others' may be among them */
			keys_sweep(c);
		else
			k->engine->mark(c, k->newest);
		FAULT_END(fp);
	} else {
		k->marked = k->newest; /* not at once again; the next start looks at them */
		k->orphans = true;
		LOG(LOG_WARN, "keys were not looked through", LOG_S("why", str_of(fp.what)));
	}
}
