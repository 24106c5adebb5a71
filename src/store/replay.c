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

static str bytes_of(const struct digest *d)
{
	return (str){(const char *)d->b, sizeof d->b};
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
	struct prepared *st = house_start(c, HOUSE_REPLAY_GET);
	enum replay r = REPLAY_NEW;

	prepared_bind_blob(st, 1, bytes_of(&mark));
	prepared_bind_int(st, 2, clock_now().us - IDEMPOTENCY_S * SECOND_US);
	if (house_step(c, HOUSE_REPLAY_GET)) {
		bool same = str_eq(prepared_blob(st, 0), bytes_of(&mine));

		r = same ? REPLAY_SAME : REPLAY_OTHER_BODY;
		if (same) {
			before->status = prepared_int(st, 1);
			before->location = str_dup(db->arena, prepared_text(st, 2));
			before->id = prepared_int(st, 3);
		}
	}
	prepared_reset(st);
	return r;
}

/* Every REPLAY_SWEEP_EACH answers, and more than came meanwhile, so that none stays behind. Ids are
 * of the real time, also where a demonstration's clock was moved. */
static void sweep(struct store_conn *c)
{
	if (c->replays_kept++ % REPLAY_SWEEP_EACH)
		return;
	struct prepared *st = house_start(c, HOUSE_REPLAY_SWEEP);
	instant until = {clock_real().us - (int64_t)IDEMPOTENCY_S * SECOND_US};

	prepared_bind_int(st, 1, id_at(until));
	prepared_bind_int(st, 2, 4 * REPLAY_SWEEP_EACH);
	house_later(c, HOUSE_REPLAY_SWEEP);
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
	struct prepared *st = house_start(c, HOUSE_REPLAY_ADD);

	prepared_bind_int(st, 1, id_make());
	prepared_bind_blob(st, 2, bytes_of(&mark));
	prepared_bind_blob(st, 3, bytes_of(&mine));
	prepared_bind_int(st, 4, answer.status);
	prepared_bind_text(st, 5, answer.location.p ? answer.location : S(""));
	prepared_bind_int(st, 6, answer.id);
	prepared_bind_int(st, 7, now);
	house_later(c, HOUSE_REPLAY_ADD);
}
