/* Answers already given: the same key from the same principal on the same route gets the first
 * answer again; with another body it is a mistake of the client. Kept for IDEMPOTENCY_S. */
#include "inside.h"

#include <sodium.h>

enum { REPLAY_SWEEP_EACH = 32 };

static struct digest mark_of(const struct store *s, int64_t principal, const char *route, str key)
{
	crypto_generichash_state h;
	struct digest d;

	crypto_generichash_init(&h, s->secrets.replay, KEY_BYTES, sizeof d.b);
	crypto_generichash_update(&h, (const void *)&principal, sizeof principal);
	crypto_generichash_update(&h, (const void *)route, strlen(route) + 1);
	crypto_generichash_update(&h, (const void *)key.p, key.n);
	crypto_generichash_final(&h, d.b, sizeof d.b);
	return d;
}

/* The digest of a body is keyed too: short bodies could be guessed from it. */
static struct digest body_of(const struct store *s, struct digest body)
{
	return digest_keyed(s->secrets.replay, (str){(const char *)body.b, sizeof body.b});
}

static struct store_conn *open_conn(const struct db *db)
{
	store_due();
	if (!db->conn || db->conn->handle != db)
		fault(FAULT_BUG, "the handle is not open");
	return db->conn;
}

enum replay db_replay(struct db *db, int64_t principal, const char *route, str key,
	struct digest body, struct replay_answer *before)
{
	struct store_conn *c = open_conn(db);
	struct digest mark = mark_of(c->store, principal, route, key),
		      mine = body_of(c->store, body);
	sqlite3_stmt *st = house_start(c, HOUSE_REPLAY_GET);
	enum replay r = REPLAY_NEW;

	sqlite3_bind_blob(st, 1, mark.b, sizeof mark.b, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, clock_now().us - IDEMPOTENCY_S * SECOND_US);
	if (house_step(c, HOUSE_REPLAY_GET)) {
		const void *p = sqlite3_column_blob(st, 0);
		bool same = p && sqlite3_column_bytes(st, 0) == (int)sizeof mine.b &&
			    !memcmp(p, mine.b, sizeof mine.b);

		r = same ? REPLAY_SAME : REPLAY_OTHER_BODY;
		if (same) {
			before->status = sqlite3_column_int(st, 1);
			before->location =
				str_dup(db->arena, (str){(const char *)sqlite3_column_text(st, 2),
							   (size_t)sqlite3_column_bytes(st, 2)});
			before->id = sqlite3_column_int64(st, 3);
		}
	}
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return r;
}

/* Every REPLAY_SWEEP_EACH answers, and more than came meanwhile, so that none stays behind. Ids are
 * of the real time, also where a demonstration's clock was moved. */
static void sweep(struct store_conn *c)
{
	if (c->replays_kept++ % REPLAY_SWEEP_EACH)
		return;
	sqlite3_stmt *st = house_start(c, HOUSE_REPLAY_SWEEP);
	instant until = {clock_real().us - (int64_t)IDEMPOTENCY_S * SECOND_US};

	sqlite3_bind_int64(st, 1, id_at(until));
	sqlite3_bind_int(st, 2, 4 * REPLAY_SWEEP_EACH);
	house_run(c, HOUSE_REPLAY_SWEEP);
}

void db_replay_keep(struct db *db, int64_t principal, const char *route, str key,
	struct digest body, struct replay_answer answer)
{
	struct store_conn *c = open_conn(db);
	struct digest mark = mark_of(c->store, principal, route, key),
		      mine = body_of(c->store, body);
	int64_t now = clock_now().us;

	if (!db->write)
		fault(FAULT_BUG, "an answer is kept outside of a write");
	sweep(c);
	sqlite3_stmt *st = house_start(c, HOUSE_REPLAY_ADD);

	sqlite3_bind_int64(st, 1, id_make());
	sqlite3_bind_blob(st, 2, mark.b, sizeof mark.b, SQLITE_TRANSIENT);
	sqlite3_bind_blob(st, 3, mine.b, sizeof mine.b, SQLITE_TRANSIENT);
	sqlite3_bind_int(st, 4, answer.status);
	sqlite3_bind_text64(st, 5, answer.location.p ? answer.location.p : "", answer.location.n,
		SQLITE_TRANSIENT, SQLITE_UTF8);
	sqlite3_bind_int64(st, 6, answer.id);
	sqlite3_bind_int64(st, 7, now);
	house_run(c, HOUSE_REPLAY_ADD);
}
