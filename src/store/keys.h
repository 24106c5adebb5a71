/* keys: where the keys of subjects lie, wrapped, and the installation's secrets. Two engines: a
 * file of SQLite (keys_lite.c), and a database of PostgreSQL that several servers share
 * (pg/keys.c). What is the same for both (opening and caching keys, the master key, sweeping) is in
 * keys.c. */
#ifndef KONTOR_STORE_KEYS_H
#define KONTOR_STORE_KEYS_H

#include "inside.h"

#include <sodium.h>

enum {
	WRAP_HEAD = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	WRAP_TAIL = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	WRAPPED_BYTES = WRAP_HEAD + KEY_BYTES + WRAP_TAIL,
	SECRETS = 5,
	KEYS_LEARN_MAX = 128, /* asked for at once */
	KEYS_FRESH_MAX = 1 << 16,
};

struct key_found {
	int64_t version; /* 0: there is none */
	uint8_t key[KEY_BYTES];
};
struct key_owners { /* keys that nobody looked at since the last sweep */
	int64_t *v;
	size_t n, cap;
	int64_t until; /* what to mark when they were */
};

/* A key store read as a whole: what archives and moves carry. In `begin` what is not of subjects;
 * `next`: no version as high was ever given. Then each key, in the order of owners. Both may
 * fault. */
struct keys_whole {
	struct secrets secrets;
	uint8_t mark[MARK_BYTES];
	bool marked;
	int64_t next;
};
struct keys_sink {
	void (*begin)(void *ctx, const struct keys_whole *k);
	void (*key)(void *ctx, int64_t owner, int64_t version, const uint8_t key[KEY_BYTES]);
	void *ctx;
};

struct key_engine {
	/* ---- the whole store: connections of their own, made and ended within ---- */
	void (*make)(struct store *s);	/* an empty one, with s->secrets under s->master; faults */
	void (*there)(struct store *s); /* faults when it is missing or of another format */
	/* False: this master does not open them. */
	bool (*secrets)(struct store *s, const uint8_t master[KEY_BYTES], struct secrets *k);
	void (*settled)(struct store *s); /* they are opened: what a rotation left half done */
	/* Its mark becomes this one if it has none; false: it has another. */
	bool (*belongs)(struct store *s, const uint8_t mark[MARK_BYTES]);
	/* Wraps the secrets with another master: on the writer's thread, unless `shared`. */
	void (*rewrap)(struct store *s, const uint8_t master[KEY_BYTES]);
	void (*rotated)(struct store *s); /* the new master lies in its place */
	/* All of it in one snapshot; s->secrets are opened. Faults; the store may be held alone. */
	void (*whole)(struct store *s, const struct keys_sink *to);
	/* ---- one connection ---- */
	void (*open)(struct store_conn *c);
	void (*close)(struct keys *k);
	/* Opened. At most KEYS_LEARN_MAX. */
	void (*get)(struct store_conn *c, const int64_t *owners, size_t n, struct key_found *out);
	/* In the batch; gives the version. Nobody else sees it before the commit. */
	int64_t (*add)(struct store_conn *c, int64_t owner, const uint8_t key[KEY_BYTES]);
	void (*commit)(struct store_conn *c);
	void (*rollback)(struct store_conn *c); /* never faults */
	/* For good: before it returns. */
	void (*drop)(struct store_conn *c, const struct drop *v, size_t n);
	bool (*log_empty)(struct store_conn *c); /* false: somebody reads in it */
	void (*let_go)(struct store_conn *c);	 /* of what it has read; behind an erasure */
	/* ---- looking through what was made since the last mark; at most KEYS_FRESH_MAX ---- */
	void (*fresh)(struct store_conn *c, struct arena *a, struct key_owners *out);
	/* Of these, whom the data do not know, into `orphans`. */
	void (*unknown)(struct store_conn *c, struct arena *a, const struct key_owners *all,
		struct drops *orphans);
	void (*mark)(struct store_conn *c, int64_t until);
	/* ---- the log of erasures ---- */
	void (*erased_add)(struct store_conn *c, const struct drop *v, size_t n);
	/* At a start: whom it names that the data, an older copy, do not know as erased. */
	void (*erased_late)(struct store_conn *c, struct arena *a, struct erased_ids *out);
	/* By several servers: others make and drop keys too, each in its turn to write. */
	bool shared;
};
extern const struct key_engine keys_lite, keys_pg;

/* erased.c: the log as a file */
void erased_file_add(struct store_conn *c, const struct drop *v, size_t n);
void erased_file_late(struct store_conn *c, struct arena *a, struct erased_ids *out);

/* keys_lite.c: all keys of `from` into a new keys.db, under its master key; faults */
void keys_file_write(struct store *from, const char *path);
/* keys.c: a digest over all keys of a store: two that hold the same keys give the same */
struct digest keys_whole_digest(struct store *s);

/* A key under another; `name` is authenticated with it. Unwrapping: false, it is not under that. */
void key_wrap(uint8_t out[WRAPPED_BYTES], const uint8_t key[KEY_BYTES],
	const uint8_t with[KEY_BYTES], str name);
bool key_unwrap(uint8_t key[KEY_BYTES], str wrapped, const uint8_t with[KEY_BYTES], str name);
/* Under which names. */
str key_owner_name(char buf[40], int64_t owner);
const char *key_secret_name(size_t i);
/* One of them under a master: wraps it; unwraps it, false: this master does not. */
void key_secret_wrap(size_t i, const struct secrets *k, const uint8_t master[KEY_BYTES],
	uint8_t out[WRAPPED_BYTES]);
bool key_secret_unwrap(size_t i, struct secrets *k, const uint8_t master[KEY_BYTES], str wrapped);

#endif
