/* The retention sweep: what the policy's `keep:` says is due, found by the event's index, in
 * batches, once and again without harm. A hold comes first. */
#include "walk.h"

/* Where a rule whose rows stay goes on; at the beginning without a mark. */
static void mark_get(struct store_conn *c, const struct policy_sweep *s, struct sweeping *at)
{
	struct prepared *st = house_start(c, HOUSE_MARK_GET);

	at->event = at->row = INT64_MIN;
	prepared_bind_text(st, 1, s->name);
	if (house_step(c, HOUSE_MARK_GET)) {
		at->event = prepared_int(st, 0);
		at->row = prepared_int(st, 1);
	}
	prepared_reset(st);
}

static void mark_set(struct store_conn *c, const struct policy_sweep *s, const struct sweeping *at)
{
	struct prepared *st = house_start(c, HOUSE_MARK_SET);

	prepared_bind_int(st, 1, id_make());
	prepared_bind_text(st, 2, s->name);
	prepared_bind_int(st, 3, at->event);
	prepared_bind_int(st, 4, at->row);
	prepared_bind_int(st, 5, clock_now().us);
	house_run(c, HOUSE_MARK_SET);
}

/* A person or company whose time is over: everything of theirs, as when they ask for it. */
static bool subject_due(struct db *db, int64_t id, struct sweeping *at, struct swept *n)
{
	bool before = subject_erased(db->conn, id);

	if (at->subject != id)
		at->rest = (struct erasing){0};
	at->subject = id;
	if (!subject_erase(db, id, &at->rest, &n->also))
		return false;
	at->subject = 0;
	n->anonymised += !before;
	return true;
}

static bool row_due(struct db *db, const struct policy_sweep *s, int64_t id, struct sweeping *at,
	struct swept *n)
{
	struct store_conn *c = db->conn;
	size_t table = walk_table_of(c->store, s->table);

	if (row_held(c, table, id)) {
		n->held++;
	} else if (policy_is_subject(s->table)) {
		return subject_due(db, id, at, n);
	} else if (s->keep->then == KEEP_ERASE && row_remove(c, table, id)) {
		n->erased++;
	} else {
		row_empty(c, table, id);
		n->anonymised++;
	}
	return true;
}

static size_t due_page(struct store_conn *c, const struct walk_sweep *w, const struct sweeping *at,
	int64_t ids[WALK_PAGE], int64_t events[WALK_PAGE])
{
	struct prepared *st = walk_start(c, w->due);
	size_t n = 0;

	prepared_bind_int(st, 1, at->event);
	prepared_bind_int(st, 2, at->row);
	prepared_bind_int(st, 3, clock_now().us - w->sweep->duration_s * SECOND_US);
	prepared_bind_int(st, 4, WALK_PAGE);
	for (; n < WALK_PAGE && walk_step(c, st); n++) {
		ids[n] = prepared_int(st, 0);
		events[n] = prepared_int(st, 1);
	}
	prepared_reset(st);
	return n;
}

bool store_sweep(struct db *db, struct sweeping *at, struct swept *n)
{
	struct store_conn *c = db->conn;
	const struct store_walks *w = c->store->walks;
	int64_t ids[WALK_PAGE], events[WALK_PAGE];

	const struct policy_purpose *u = policy_purpose(c->store->policy, S("retention"));

	walk_must_write(db);
	if (!u || !(db->purposes >> u->bit & 1) || !(db->viewer.roles & u->roles))
		fault(FAULT_POLICY, "retention is carried out under its own purpose");
	*n = (struct swept){0};
	if (at->rule >= w->sweeps_n)
		return false;
	const struct policy_sweep *s = w->sweeps[at->rule].sweep;

	n->table = s->table;
	n->keep = s->keep;
	if (!at->begun && s->stays)
		mark_get(c, s, at);
	else if (!at->begun)
		at->event = at->row = INT64_MIN;
	at->begun = true;
	size_t page = due_page(c, &w->sweeps[at->rule], at, ids, events), done = 0;

	while (done < page && !(done && walk_slice_over(c))) {
		if (!row_due(db, s, ids[done], at, n))
			return true; /* the rest of this one comes with the next batch */
		at->event = events[done];
		at->row = ids[done++];
	}
	if (done && s->stays)
		mark_set(c, s, at);
	at->gone |= n->erased || n->anonymised;
	if (done == page && page < WALK_PAGE) {
		c->store->purge_due |= at->gone;
		at->gone = false;
		at->rule++;
		at->begun = false;
	}
	return true;
}
