/* Which tables a statement sees and which a commit wrote, so that what was printed can be kept
 * until one of them changes. What a statement sees is noted where nothing escapes: by the
 * authorizer, which the engine asks about every base table, those that only a gate looks at
 * included. */
#include "inside.h"

int table_index(const struct store *s, const char *base)
{
	const struct policy_table *t =
		base && !strncmp(base, "r_", 2) ? policy_table(s->policy, str_of(base + 2)) : NULL;

	return t ? (int)(t - s->policy->tables) : -1;
}

void tables_note(struct store_tables *t, int table)
{
	if (table >= 0)
		t->bits[table / 64] |= UINT64_C(1) << table % 64;
}

void tables_note_all(struct store_tables *t)
{
	memset(t->bits, 0xff, sizeof t->bits);
}

void tables_join(struct store_tables *t, const struct store_tables *more)
{
	for (size_t i = 0; i < COUNT(t->bits); i++)
		t->bits[i] |= more->bits[i];
}

static bool holds(const struct store_tables *t, size_t table)
{
	return t->bits[table / 64] >> table % 64 & 1;
}

static bool holds_all(const struct store_tables *t)
{
	bool all = true;

	for (size_t i = 0; i < COUNT(t->bits); i++)
		all &= t->bits[i] == UINT64_MAX;
	return all;
}

static void rise(atomic_llong *to, int64_t v)
{
	if (atomic_load(to) < v)
		atomic_store(to, v);
}

/* On the writer, and where others' writes are heard of. The tables first: who asks for the moment
 * in between finds what it reads out of date, never up to date by mistake. */
void tables_changed(struct store *s, const struct store_tables *t, int64_t mark)
{
	pthread_mutex_lock(&s->changed_mutex);
	uint64_t next = atomic_load(&s->moment) + 1;

	for (size_t i = 0; i < STORE_TABLES_MAX; i++)
		if (holds(t, i)) {
			atomic_store(&s->changed[i], next);
			rise(&s->changed_in[i], mark);
		}
	if (holds_all(t)) /* somebody was erased or restricted: what shows them still is not read */
		rise(&s->floor, mark);
	atomic_store(&s->moment, next);
	pthread_mutex_unlock(&s->changed_mutex);
}

uint64_t store_moment(const struct store *s)
{
	return atomic_load(&s->moment);
}

bool db_current(const struct db *db)
{
	const struct store *s = db->conn->store;

	for (size_t i = 0; db->shows && i < STORE_TABLES_MAX; i++)
		if (holds(&db->reads, i) && atomic_load(&s->changed_in[i]) > db->shows)
			return false;
	return true;
}

bool store_unchanged(const struct store *s, const struct store_tables *t, uint64_t moment)
{
	if (s->server && !atomic_load(&s->hears))
		return false; /* nobody would say */
	for (size_t i = 0; i < STORE_TABLES_MAX; i++)
		if (holds(t, i) && atomic_load(&s->changed[i]) > moment)
			return false;
	return true;
}
