/* Erasing a subject: keys at once, then row by row what the policy says (`own:`), in the order in
 * which rows can be found and deleted. */
#include "walk.h"

#include "../base/record.h"

#include <stdlib.h>

/* ---- rows -------------------------------------------------------------------------------- */
/* Is one of those whom the statement names of the row held (or else alive, and another one)? */
static bool any_of(struct store_conn *c, struct walk_sql q, int64_t row, int64_t besides)
{
	bool any = false;

	if (!q.sql)
		return false;
	struct prepared *st = walk_start(c, q);

	prepared_bind_int(st, 1, row);
	while (!any && walk_step(c, st)) {
		int64_t subject = prepared_int(st, 0);

		any = besides ? subject != besides && !subject_erased(c, subject)
			      : subject_held(c, subject);
	}
	prepared_reset(st);
	return any;
}

bool row_held(struct store_conn *c, size_t table, int64_t id)
{
	return any_of(c, c->store->walks->tables[table].shown, id, 0);
}

/* A row for somebody who never was, under a number that says nothing about when it was made. */
static int64_t placeholder_make(struct store_conn *c, const struct policy_table *t)
{
	struct walk_sql q = c->store->walks->tables[walk_table_of(c->store, t)].placeholder;
	struct prepared *st = walk_start(c, q);

	for (int i = 0; i < PLACEHOLDER_TRIES; i++) {
		uint64_t random;

		random_bytes(&random, sizeof random);
		int64_t id = (int64_t)(random % (uint64_t)id_last()) + 1;

		prepared_bind_int(st, 1, id);
		while (walk_step(c, st))
			;
		if (!walk_clash(c)) {
			subject_nobody(c, id);
			return id;
		}
	}
	fault(FAULT_BUG, "no free number for a placeholder");
}

static void empty_run(struct store_conn *c, struct walk_sql q, int64_t id,
	const struct policy_table *const *persons, size_t n)
{
	int64_t stands[WALK_COLUMNS_MAX];

	MUST(n <= COUNT(stands));
	for (size_t i = 0; i < n; i++)
		stands[i] = placeholder_make(c, persons[i]);
	struct prepared *st = walk_start(c, q);

	prepared_bind_int(st, 1, id);
	for (size_t i = 0; i < n; i++)
		prepared_bind_int(st, (int)i + 2, stands[i]);
	while (walk_step(c, st))
		;
	if (walk_clash(c))
		fault(FAULT_STORE, "an emptied row meets another one like it: %s", q.sql);
}

void row_empty(struct store_conn *c, size_t table, int64_t id)
{
	const struct walk_table *t = &c->store->walks->tables[table];

	if (t->empty.sql)
		empty_run(c, t->empty, id, t->persons, t->persons_n);
	if (t->own_key)
		key_erase(c, id);
}

/* Rows that point to `id` and go with it, a page at a time: the newest first, and again as long as
 * some go, since they may point to each other (an answer to a remark). */
static bool rows_below(struct store_conn *c, const struct walk_part *p, int64_t id)
{
	int64_t ids[WALK_PAGE];
	size_t n, gone;

	do {
		struct prepared *st = walk_start(c, p->find);

		prepared_bind_int(st, 1, id);
		for (n = 0; n < COUNT(ids) && walk_step(c, st); n++)
			ids[n] = prepared_int(st, 0);
		prepared_reset(st);
		gone = 0;
		for (size_t i = n; i-- > 0;)
			gone += row_remove(c, p->table, ids[i]);
		if (n && !gone)
			return false;
	} while (n == COUNT(ids) || gone < n);
	return true;
}

static bool there(struct store_conn *c, struct walk_sql q, int64_t id)
{
	struct prepared *st = walk_start(c, q);

	prepared_bind_int(st, 1, id);
	bool is = walk_step(c, st);

	prepared_reset(st);
	return is;
}

/* Is this the key of somebody or something that is there, or of another row that names it? */
static bool key_needed(struct store_conn *c, int64_t owner)
{
	const struct store_walks *w = c->store->walks;

	for (size_t i = 0; i < w->tables_n; i++) {
		const struct walk_table *t = &w->tables[i];

		if ((t->own_key || (t->known.sql && policy_is_subject(t->table))) &&
			there(c, t->known, owner))
			return true;
		for (size_t k = 0; k < t->keys_n; k++)
			if (there(c, t->keys[k].used, owner))
				return true;
	}
	return false;
}

static size_t keys_of(struct store_conn *c, const struct walk_table *t, int64_t id, int64_t *v)
{
	size_t n = 0;

	for (size_t i = 0; i < t->keys_n && i < KEYS_ROW_MAX; i++) {
		struct prepared *st = walk_start(c, t->keys[i].owner);

		prepared_bind_int(st, 1, id);
		if (walk_step(c, st))
			v[n++] = prepared_int(st, 0);
		prepared_reset(st);
	}
	return n;
}

bool row_remove(struct store_conn *c, size_t table, int64_t id)
{
	const struct walk_table *t = &c->store->walks->tables[table];
	int64_t keys[KEYS_ROW_MAX];
	size_t keys_n = keys_of(c, t, id, keys);

	for (size_t i = 0; i < t->parts_n; i++)
		if (!rows_below(c, &t->parts[i], id))
			return false;
	for (size_t i = 0; i < t->links_n; i++)
		if (!rows_below(c, &t->links[i], id))
			return false;
	struct prepared *st = walk_start(c, t->remove);

	prepared_bind_int(st, 1, id);
	while (walk_step(c, st))
		;
	if (walk_clash(c))
		return false;
	if (t->own_key)
		key_erase(c, id);
	for (size_t i = 0; i < keys_n; i++)
		if (!key_needed(c, keys[i]))
			key_erase(c, keys[i]);
	return true;
}

/* ---- a subject --------------------------------------------------------------------------- */
/* The table whose row the subject is; NULL: the key of something else, or not there. */
static const struct policy_table *subject_table(struct store_conn *c, int64_t subject)
{
	const struct store_walks *w = c->store->walks;

	for (size_t i = 0; i < w->tables_n; i++) {
		if (!w->tables[i].known.sql || !policy_is_subject(w->tables[i].table))
			continue;
		struct prepared *st = walk_start(c, w->tables[i].known);

		prepared_bind_int(st, 1, subject);
		bool known = walk_step(c, st);

		prepared_reset(st);
		if (known)
			return w->tables[i].table;
	}
	return NULL;
}

static void edge_empty(struct store_conn *c, const struct walk_edge *e, int64_t row)
{
	if (e->empty.sql)
		empty_run(c, e->empty, row, e->persons, e->persons_n);
}

static void row_erase(struct store_conn *c, const struct walk_edge *e, int64_t row, int64_t subject,
	struct erased *n)
{
	const struct policy_own *o = e->walk->own;
	size_t table = walk_table_of(c->store, e->walk->table);
	enum policy_on_delete how = o->on_delete;

	if (row_held(c, table, row)) {
		n->held++;
		return;
	}
	if (how == ON_DELETE_LAST)
		how = !any_of(c, c->store->walks->tables[table].owners, row, subject)
			      ? ON_DELETE_ERASE
		      : o->anonymise_n ? ON_DELETE_ANONYMISE
				       : ON_DELETE_KEEP;
	switch (how) {
	case ON_DELETE_LAST:
	case ON_DELETE_ERASE:
		if (row_remove(c, table, row)) {
			n->erased++;
		} else { /* others need the row: nothing personal stays in it */
			row_empty(c, table, row);
			n->anonymised++;
		}
		break;
	case ON_DELETE_ANONYMISE:
		edge_empty(c, e, row);
		n->anonymised++;
		break;
	case ON_DELETE_KEEP:
		edge_empty(c, e, row);
		n->kept++;
		break;
	}
}

/* Of one subject, the newest first, below `before`: what answers something else points back. */
static size_t edge_page(struct store_conn *c, const struct walk_edge *e, int64_t subject,
	int64_t before, int64_t ids[WALK_PAGE])
{
	struct prepared *st = walk_start(c, e->newest);
	size_t n = 0;

	prepared_bind_int(st, 1, subject);
	prepared_bind_int(st, 2, before);
	prepared_bind_int(st, 3, WALK_PAGE);
	while (n < WALK_PAGE && walk_step(c, st))
		ids[n++] = prepared_int(st, 0);
	prepared_reset(st);
	return n;
}

/* Rows of one subject, edge by edge; true: all of them. `besides`: rows that are subjects
 * themselves stay (a sole trader's company has a time of its own). */
static bool edges_erase(struct store_conn *c, int64_t subject, const struct policy_table *kind,
	bool besides, struct erasing *at, struct erased *n)
{
	const struct store_walks *w = c->store->walks;
	int64_t ids[WALK_PAGE];

	while (at->edge < w->edges_n) {
		const struct walk_edge *e = &w->edges[at->edge];
		bool goes = kind && e->walk->subject == kind &&
			    !(besides && policy_is_subject(e->walk->table));
		size_t page = goes ? edge_page(c, e, subject, at->before, ids) : 0, done = 0;

		while (done < page && !(done && walk_slice_over(c))) {
			row_erase(c, e, ids[done], subject, n);
			at->before = ids[done++];
		}
		if (done == page && page < WALK_PAGE) {
			at->edge++;
			at->before = INT64_MAX;
		}
		if (goes && walk_slice_over(c))
			return false;
	}
	return true;
}

/* The next company that is this person's own, by its id; 0: there is none below `before`. */
static int64_t company_next(
	struct store_conn *c, int64_t subject, const struct policy_table *kind, int64_t before)
{
	const struct store_walks *w = c->store->walks;
	int64_t ids[WALK_PAGE], next = 0;

	for (size_t i = 0; kind && i < w->edges_n; i++) {
		const struct policy_walk *e = w->edges[i].walk;

		if (e->subject != kind || e->own->access || e->table == kind ||
			!policy_is_subject(e->table))
			continue;
		size_t n = edge_page(c, &w->edges[i], subject, before, ids);

		if (n && ids[0] > next)
			next = ids[0];
	}
	return next;
}

static bool companies_erase(struct store_conn *c, int64_t subject, const struct policy_table *kind,
	struct erasing *at, struct erased *n)
{
	while (at->company >= 0) {
		if (!at->company || at->edge == c->store->walks->edges_n) {
			int64_t next = company_next(
				c, subject, kind, at->company ? at->company : INT64_MAX);

			*at = (struct erasing){.before = INT64_MAX, .company = next ? next : -1};
			continue;
		}
		if (!subject_held(c, at->company) &&
			!edges_erase(c, at->company, subject_table(c, at->company), true, at, n))
			return false;
		at->edge = c->store->walks->edges_n;
	}
	return true;
}

bool subject_erase(struct db *db, int64_t subject, struct erasing *at, struct erased *n)
{
	struct store_conn *c = db->conn;

	if (!at->company) /* the first part */
		db_erase_subject(db, subject);
	if (subject_held(c, subject))
		return true; /* what is held stays as it is until it is released */
	const struct policy_table *kind = subject_table(c, subject);

	bool whole = companies_erase(c, subject, kind, at, n) &&
		     edges_erase(c, subject, kind, false, at, n);

	c->store->purge_due |= whole;
	return whole;
}

/* ---- a walk ------------------------------------------------------------------------------ */
struct walking {
	struct db *db;
	int64_t subject;
	bool (*fn)(void *ctx, const struct walk_row *row);
	void *ctx;
	enum walk_open open;
	struct ids {
		int64_t *v;
		size_t n, cap;
	} seen, theirs;	 /* rows of the table at hand; companies that are the person's own */
	size_t sorted;	 /* of `seen`: by edges before this one */
	bool theirs_now; /* one of those companies is being walked over */
	const struct policy_table *table;
	struct arena *page;
};

static bool redacted(const struct policy_own *o, str column)
{
	for (size_t i = 0; i < o->redact_n; i++)
		if (str_eq(o->redact[i], column))
			return true;
	return false;
}

static int64_t column_int(const struct policy_table *t, struct prepared *st, str name)
{
	for (size_t i = 0; i < t->columns_n; i++)
		if (str_eq(t->columns[i].name, name))
			return prepared_int(st, (int)i + 1);
	return 0;
}

/* The fields of a sealed group, each a value of its own. */
static size_t group_values(struct walking *w, const struct policy_table *t,
	const struct policy_column *k, struct prepared *st, int col, struct walk_value *v)
{
	const struct policy_group *g = policy_group(t, k->name);
	int64_t row = prepared_int(st, 0), owner = column_int(t, st, g->key);
	str blob = prepared_blob(st, col), record;
	size_t n = 0;

	if (!blob.n || !owner)
		return 0;
	record = unseal(w->db->conn, w->page, str_dup(w->page, t->name).p,
		str_dup(w->page, g->name).p, row, owner, str_dup(w->page, blob));
	for (size_t i = 0; record.p && i < g->n; i++) {
		str field;

		if (record_field(record, g->fields[i].number, &field))
			v[n++] = (struct walk_value){
				.column = k, .field = &g->fields[i], .kind = WALK_TEXT, .s = field};
	}
	return n;
}

static size_t row_values(
	struct walking *w, const struct policy_walk *e, struct prepared *st, struct walk_value *v)
{
	const struct policy_table *t = e->table;
	struct arena *a = w->page;
	size_t n = 0;

	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		int col = (int)i + 1;
		enum prepared_type type = prepared_type(st, col);
		struct walk_value x = {.column = k, .kind = WALK_NULL};

		if (redacted(e->own, k->name))
			x.kind = WALK_REDACTED;
		else if (k->type.kind == TYPE_SEALED) {
			if (w->open == WALK_OPEN)
				n += group_values(w, t, k, st, col, v + n);
			continue;
		} else if (type == PREPARED_INT) {
			x.kind = WALK_INT;
			x.i = prepared_int(st, col);
		} else if (type != PREPARED_NULL) {
			x.kind = type == PREPARED_TEXT ? WALK_TEXT : WALK_BLOB;
			x.s = str_dup(a, prepared_blob(st, col));
		}
		v[n++] = x;
	}
	return n;
}

static bool seen(struct walking *w, const struct policy_table *t, int64_t id)
{
	if (w->table != t)
		w->seen.n = w->sorted = 0;
	w->table = t;
	for (size_t lo = 0, hi = w->sorted; lo < hi;) {
		size_t mid = (lo + hi) / 2;

		if (w->seen.v[mid] == id)
			return true;
		if (w->seen.v[mid] < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static int id_cmp(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return a < b ? -1 : a > b;
}

/* A row that several edges lead to is told once, by the first: owners stand before others. */
static bool row_told(struct walking *w, const struct policy_walk *e, struct prepared *st)
{
	struct walk_row r = {
		.table = e->table, .own = e->own, .subject = w->subject, .id = prepared_int(st, 0)};

	if (seen(w, r.table, r.id) || (w->theirs_now && policy_is_subject(r.table)))
		return true; /* a company of their own was told with what is theirs */
	*ARENA_PUSH(w->db->arena, &w->seen) = r.id;
	if (policy_is_subject(r.table) && !r.own->access && r.id != w->subject)
		*ARENA_PUSH(w->db->arena, &w->theirs) = r.id;
	struct walk_value *v = arena_array(w->page, struct walk_value, WALK_VALUES_MAX);

	r.n = row_values(w, e, st, v);
	r.v = v;
	bool go_on = w->fn(w->ctx, &r);

	arena_reset(w->page);
	return go_on;
}

static bool edge_walk(struct walking *w, const struct walk_edge *e)
{
	const struct policy_table *t = e->walk->table;
	int64_t after = INT64_MIN;
	size_t page, fields = t->columns_n;

	for (size_t i = 0; i < t->groups_n; i++)
		fields += t->groups[i].n;
	MUST(fields <= WALK_VALUES_MAX);
	do {
		struct prepared *st = walk_start(w->db->conn, e->find);

		prepared_bind_int(st, 1, w->subject);
		prepared_bind_int(st, 2, after);
		prepared_bind_int(st, 3, WALK_PAGE);
		for (page = 0; walk_step(w->db->conn, st); page++) {
			after = prepared_int(st, 0);
			if (!row_told(w, e->walk, st)) {
				prepared_reset(st);
				return false;
			}
		}
	} while (page == WALK_PAGE);
	if (w->seen.n) /* the next edge of this table begins anew */
		qsort(w->seen.v, w->seen.n, sizeof *w->seen.v, id_cmp);
	w->sorted = w->seen.n;
	return true;
}

/* Who may walk: the subject itself under `rights`, whoever acts under a purpose of the law. */
static void may_walk(struct db *db, int64_t subject)
{
	const struct store *s = db->conn->store;
	uint64_t mask = db->purposes;

	store_due();
	for (int bit = 0; bit < PURPOSES_MAX; bit++) {
		const struct policy_purpose *u = s->purpose[bit];

		if (!u || !(mask >> bit & 1) || !(u->roles & db->viewer.roles))
			continue;
		if (s->walk_mask >> bit & 1)
			return;
		if (s->walk_own_mask >> bit & 1 &&
			(db->viewer.person == subject || db->viewer.company == subject))
			return;
	}
	fault(FAULT_POLICY, "a walk over a subject's data needs the purpose of their rights");
}

static bool subject_walk(struct walking *w)
{
	const struct store_walks *all = w->db->conn->store->walks;
	const struct policy_table *kind = subject_table(w->db->conn, w->subject);

	w->table = NULL;
	for (size_t i = 0; kind && i < all->edges_n; i++)
		if (all->edges[i].walk->subject == kind && !edge_walk(w, &all->edges[i]))
			return false;
	return kind;
}

bool store_subject_walk(struct db *db, int64_t subject, enum walk_open open,
	bool (*fn)(void *ctx, const struct walk_row *row), void *ctx)
{
	struct walking x = {.db = db, .subject = subject, .fn = fn, .ctx = ctx, .open = open};
	struct fault_point fp;
	volatile bool whole = false;

	may_walk(db, subject);
	x.page = arena_make((size_t)64 << 20);
	if (FAULT_TRY(fp)) {
		whole = subject_walk(&x);
		for (size_t i = 0; whole && i < x.theirs.n && i < WALK_COMPANIES_MAX; i++) {
			x.subject = x.theirs.v[i];
			x.theirs_now = true;
			whole = subject_walk(&x);
		}
		FAULT_END(fp);
	} else {
		arena_free(x.page);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(x.page);
	return whole;
}

bool store_subject_erase(struct db *db, int64_t subject, struct erasing *at, struct erased *n)
{
	const struct policy_purpose *u = policy_purpose(db->conn->store->policy, S("retention"));

	if (!u || !(db->purposes >> u->bit & 1) || !(db->viewer.roles & u->roles))
		fault(FAULT_POLICY, "an erasure needs the purpose retention");
	return subject_erase(db, subject, at, n);
}
