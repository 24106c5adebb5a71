/* A batch of writes is stored when the server has said so. When the connection is lost in between,
 * nobody has said anything: the commit may have come or not, or be on its way still.
 *
 * So each batch stores a key of its own, drawn for it, beside the keys of its units (r_replay,
 * whose marks are unique). Whoever wants to know stores the same key: if it is there, the batch is;
 * if the batch is still on its way, the server lets us wait for it; and if we store it first, the
 * batch can never come any more, for its key is taken. */
#include "pg.h"

#include <stdio.h>
#include <unistd.h>

enum { MARK_CHARS = 2 * MARK_BYTES, AGAIN_MS = 200 };

static void insert_of(char out[400], int64_t id, const char mark[MARK_CHARS + 1])
{
	snprintf(out, 400,
		"insert into r_replay (id, mark, body, status, location, answer_id, at) values "
		"(%lld, '\\x%s', '\\x', 0, '', 0, %lld) on conflict (mark) do nothing",
		(long long)id, mark, (long long)clock_now().us);
}

/* 1: stored now; 0: it was there; -1: not known. */
static int ask(struct pg *g, const char *sql)
{
	struct fault_point fp;
	volatile int n = -1;

	if (FAULT_TRY(fp)) {
		int failed;

		pg_again(g);
		pg_later(g, sql);
		PGresult *r = pg_round(g, 0, &failed);

		if (r)
			n = *pq.PQcmdTuples(r) == '1';
		pq.PQclear(r);
		FAULT_END(fp);
	}
	return n;
}

/* Did the batch with this key come? While the database is away: not, as far as is known. */
static bool came(struct pg *g, const char *sql)
{
	int64_t until = clock_mono_us() + PG_AGAIN_S * SECOND_US;
	int is = ask(g, sql);

	while (is < 0 && clock_mono_us() < until) {
		usleep(AGAIN_MS * 1000);
		is = ask(g, sql);
	}
	if (is < 0)
		LOG(LOG_ERROR, "it is not known whether a batch was stored",
			LOG_S("why", str_of(g->why)));
	else
		LOG(LOG_WARN, "a commit's answer was lost", LOG_I("stored", !is));
	return is == 0;
}

bool pg_commit(struct pg *g)
{
	struct store_conn *c = g->conn;
	uint8_t mark[MARK_BYTES];
	char hex[MARK_CHARS + 1], sql[400];
	int failed;

	if (!g->open)
		pg_fault(g, "commit");
	pg_gathered(g);
	random_bytes(mark, sizeof mark);
	for (size_t i = 0; i < sizeof mark; i++)
		snprintf(hex + 2 * i, 3, "%02x", mark[i]);
	int64_t id = id_make();

	insert_of(sql, id, hex);
	pg_as(g, PG_HOUSE);
	pg_later(g, sql);
	pg_turn_end(c, id);
	pg_later(g, "commit");
	if (store_crash_point)
		store_crash_point("the commit is sent");
	PGresult *r = pg_round(g, g->waiting - 1, &failed);
	bool stored = r != NULL;

	if (!stored && !pg_lost(g)) { /* what failed in front of it has swallowed it */
		pg_later(g, "rollback");
		pg_send_end(g);
	}

	pq.PQclear(r);
	g->open = false;
	g->role = g->login;
	if (!stored && pg_lost(g))
		stored = came(g, sql);
	if (stored)
		pg_turn_kept(c, id);
	return stored;
}
