/* Whether what is sealed may be opened depends on its owner's state, and a list has many owners:
 * one round for up to OWNERS of them instead of one each. */
#include "pg.h"

#include <stdlib.h>

enum { OWNERS = 32, STATES_BITS = 11, STATES = 1 << STATES_BITS };

struct pg_states {
	struct prepared *ask;
	uint64_t read; /* counts reads: what was learned in another is forgotten */
	size_t n;
	struct known {
		int64_t subject;
		uint64_t read;
		int state;
		bool held;
	} v[STATES];
};

static const char sql[] =
	"select id, state, held from kontor.subject where id in ($1, $2, $3, $4, $5, $6, $7, $8, "
	"$9, "
	"$10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, "
	"$28, $29, $30, $31, $32)";

void pg_states_forget(struct pg *g)
{
	if (!g->states)
		return;
	g->states->read++;
	g->states->n = 0;
}

void pg_states_free(struct pg *g)
{
	if (g->states)
		prepared_end(g->states->ask);
	free(g->states);
	g->states = NULL;
}

/* Its place, or the free one where it goes. The table is never full. */
static struct known *find(struct pg_states *s, int64_t subject)
{
	size_t i = (uint64_t)subject * UINT64_C(0x9e3779b97f4a7c15) >> (64 - STATES_BITS);

	while (s->v[i].read == s->read && s->v[i].subject != subject)
		i = (i + 1) % STATES;
	return &s->v[i];
}

bool pg_state(struct pg *g, int64_t subject, int *state, bool *held)
{
	struct known *k = g->states ? find(g->states, subject) : NULL;

	if (!k || k->read != g->states->read)
		return false;
	*state = k->state;
	*held = k->held;
	return true;
}

/* Of whom nothing is known: active, as subject.c has it. */
static void put(struct pg_states *s, int64_t subject)
{
	struct known *k = find(s, subject);

	s->n += k->read != s->read;
	*k = (struct known){subject, s->read, SUBJECT_ACTIVE, false};
}

static void ask(struct pg_states *s, const int64_t *v, size_t n)
{
	for (size_t i = 0; i < OWNERS; i++)
		if (i < n)
			prepared_bind_int(s->ask, (int)i + 1, v[i]);
		else
			prepared_bind_null(s->ask, (int)i + 1);
	enum prepared_step is;

	for (size_t i = 0; i < n; i++)
		put(s, v[i]);
	while ((is = prepared_step(s->ask)) == PREPARED_ROW) {
		struct known *k = find(s, prepared_int(s->ask, 0));

		k->state = (int)prepared_int(s->ask, 1);
		k->held = prepared_int(s->ask, 2);
	}
	if (is != PREPARED_DONE) {
		s->read++; /* what was put is not known */
		prepared_fault(s->ask, sql);
	}
	prepared_reset(s->ask);
}

void pg_states_learn(struct pg *g, const int64_t *owners, size_t n)
{
	int64_t next[OWNERS];
	size_t k = 0;

	if (!g->states) {
		g->states = calloc(1, sizeof *g->states);
		if (!g->states)
			fault(FAULT_MEMORY, "no memory for states");
		g->states->read = 1;
		g->states->ask = pg_statement(g, sql, NULL, PG_ANY, false);
	}
	for (size_t i = 0; i < n; i++) {
		struct known *at = find(g->states, owners[i]);
		bool twice = false;

		for (size_t j = 0; j < k; j++)
			twice |= next[j] == owners[i];
		if (at->read == g->states->read || twice || g->states->n + OWNERS > STATES / 2)
			continue;
		next[k++] = owners[i];
		if (k == OWNERS) {
			ask(g->states, next, k);
			k = 0;
		}
	}
	if (k)
		ask(g->states, next, k);
}
