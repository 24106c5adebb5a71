/* keys: a key store in a database of PostgreSQL, which several servers share. doc/postgresql.md. */
#ifndef KONTOR_STORE_PG_KEYS_H
#define KONTOR_STORE_PG_KEYS_H

#include "../../base/out.h"
#include "../keys.h"
#include "pg.h"

enum {
	WRAPS_MAX = 4,
	KEYS_FORMAT_PG = 1,
	KEYS_REWRAP_EACH = 1000,
	KEYS_BLOCK = 1024 /* versions that a server takes at once */
};

struct key_wrap { /* what the keys of subjects are wrapped by */
	int64_t epoch;
	uint8_t key[KEY_BYTES];
};
struct pg_keys { /* what all connections of an installation share of its key store */
	struct pg_place at;
	pthread_mutex_t mutex;		  /* of the rest */
	struct key_wrap wraps[WRAPS_MAX]; /* the newest first; several while a rotation goes on */
	size_t wraps_n;
};

/* ---- keys_place.c: where it is, its secrets, rotation ---- */
void pg_keys_place(struct store *s, const char *uri); /* without the password; faults */
void pg_keys_keep(struct store *s);		      /* DIR/keys */
void pg_keys_there(struct store *s);
bool pg_keys_secrets(struct store *s, const uint8_t master[KEY_BYTES], struct secrets *k);
void pg_keys_settled(struct store *s);
bool pg_keys_belongs(struct store *s, const uint8_t mark[MARK_BYTES]);
void pg_keys_rewrap(struct store *s, const uint8_t master[KEY_BYTES]);
void pg_keys_rotated(struct store *s);
/* The newest, or that of this epoch (0: the newest). Asks again over g for one that is not known;
 * faults when this server's master key does not open it. */
struct key_wrap pg_keys_wrap(struct store *s, struct pg *g, int64_t epoch);
void pg_keys_wraps_again(struct store *s, struct pg *g); /* another server rotated */

/* ---- keys_setup.c: making one ---- */
void pg_keys_make(struct store *s);

/* ---- keys_whole.c: all of one, for archives and moves ---- */
void pg_keys_whole(struct store *s, const struct keys_sink *to);
/* Into the tables that were just made over c, in its transaction: the keys of `from`, and its log
 * of erasures, whose digests are checked. to->secrets are those of `from`. Faults. */
void pg_keys_fill(PGconn *c, struct store *to, struct store *from, str log);

/* ---- keys_erased.c: the log of erasures ---- */
void pg_erased_add(struct store_conn *c, const struct drop *v, size_t n);
void pg_erased_late(struct store_conn *c, struct arena *a, struct erased_ids *out);

/* ---- keys.c ---- */
struct pg *pg_keys_wire(struct store_conn *c);
void pg_keys_begin(struct pg *g); /* a transaction of several rounds; faults */
void pg_keys_commit(struct pg *g);
void pg_keys_back(struct pg *g); /* never faults; nothing when it is over */
/* One statement without values, or with one text ($1), to its end; rows are told one by one. */
void pg_keys_ask(struct pg *g, const char *sql, str value,
	void (*row)(struct prepared *p, void *ctx), void *ctx);
/* {1,2,3} */
void pg_keys_list(struct out *o, const int64_t *v, size_t n);

#endif
