/* Running registered statements: checked once, prepared when first used, kept on the connection. */
#include "inside.h"

static bool registered(const struct store *s, const struct stmt *st)
{
	return st->id < s->statements_n && s->statements[st->id] == st;
}

static noreturn void refuse(const struct stmt *s, const char *why)
{
	fault(FAULT_POLICY, "%s:%d: %s: %s", s->file, s->line, s->name, why);
}

void query_prepare(struct store_conn *c, struct query *q, const struct stmt *s)
{
	const struct stmt *before = c->stmt;
	struct fault_point fp;

	c->stmt = s;
	c->noting = &q->reads;
	c->preparing++;
	if (FAULT_TRY(fp)) {
		c->engine->query(c, q, s);
		FAULT_END(fp);
	}
	c->preparing--;
	c->noting = NULL;
	c->stmt = before;
	if (!q->st)
		fault(fp.kind, "%s", fp.what);
	q->stmt = s;
	q->written = table_index(c->store, s->writes);
}

void statements_check(struct store_conn *c)
{
	struct store *s = c->store;
	struct arena *a = arena_make((size_t)4 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		reads_make(s);
		for (size_t i = 0; i < s->statements_n; i++) {
			const struct stmt *st = s->statements[i];
			struct query q = {0};

			if (st->id != i)
				fault(FAULT_BUG, "%s:%d: %s: registered as %zu, says %llu",
					st->file, st->line, st->name, i,
					(unsigned long long)st->id);
			str why = text_refusal(a, s, st);

			if (why.p)
				refuse(st, why.p);
			c->checking = true;
			query_prepare(c, &q, st);
			c->checking = false;
			if (s->stmt_reads)
				s->stmt_reads[i] = q.reads;
			prepared_end(q.st);
		}
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}

/* Asked before each statement, so the clock that ticks every few milliseconds is right: it costs a
 * tenth of the fine one. */
static void out_of_time(struct store_conn *c, const struct stmt *s)
{
	if (c->deadline_us && clock_coarse_us() > c->deadline_us)
		fault(FAULT_TIME, "%s: the time of this unit of work is over", s->name);
}

struct query *db_start(struct db *db, const struct stmt *s)
{
	struct store_conn *c = db->conn;
	const struct policy_purpose *p;

	store_due();
	if (!c || c->handle != db)
		fault(FAULT_BUG, "%s: the handle is not open", s->name);
	if (!registered(c->store, s))
		refuse(s, "not a registered statement");
	p = c->store->purpose[s->purpose];
	if (!(db->purposes >> s->purpose & 1))
		refuse(s, "its purpose is not among those declared for this unit of work");
	if (!(db->viewer.roles & p->roles))
		refuse(s, "the viewer has no role that may act under its purpose");
	if (c->replica && !s->lag)
		refuse(s, "it may not lag (\"-> one, lag\"), and this is a replica");
	if (s->verb != 's' && !(db->write && c->writer))
		refuse(s, "it writes, and this is not a write");
	out_of_time(c, s);
	struct query *q = &c->queries[s->id];

	if (q->active)
		fault(FAULT_BUG, "%s: started while it is running", s->name);
	if (!q->st)
		query_prepare(c, q, s);
	tables_join(&db->reads, &q->reads);
	if (s->verb != 's')
		tables_note(&c->store->writer.written, q->written);
	q->db = db;
	q->rows = 0;
	q->stepped = q->clash = false;
	q->active = true;
	q->next = c->active;
	c->active = q;
	return q;
}

void db_bind_null(struct query *q, int i)
{
	store_due();
	prepared_bind_null(q->st, i);
}

void db_bind_int(struct query *q, int i, int64_t v)
{
	store_due();
	prepared_bind_int(q->st, i, v);
}

void db_bind_text(struct query *q, int i, str v)
{
	store_due();
	prepared_bind_text(q->st, i, v);
}

void db_bind_blob(struct query *q, int i, str v)
{
	store_due();
	prepared_bind_blob(q->st, i, v);
}

void db_bind_texts(struct query *q, int i, const str *v, size_t n)
{
	MUST(n <= LIST_ROWS_MAX);
	db_bind_text(q, i, q->st->engine->texts(q->db->arena, v, n));
}

void db_bind_ints(struct query *q, int i, const int64_t *v, size_t n)
{
	MUST(n <= LIST_ROWS_MAX);
	db_bind_text(q, i, q->st->engine->ints(q->db->arena, v, n));
}

void db_bind_blind(struct query *q, int i, const char *table, const char *field, str v)
{
	uint8_t out[16];

	if (!v.p) {
		db_bind_null(q, i);
		return;
	}
	blind_of(q->db->conn->store, table, field, v, out);
	db_bind_blob(q, i, str_dup(q->db->arena, (str){(const char *)out, sizeof out}));
}

void db_bind_sealed(struct query *q, int i, const char *table, const char *group, int64_t row,
	int64_t key_owner, str record)
{
	if (!q->db->write)
		refuse(q->stmt, "sealing is for writes");
	db_bind_blob(q, i,
		record.p ? seal(q->db->conn, q->db->arena, table, group, row, key_owner, record)
			 : record);
}

static void query_end(struct query *q)
{
	struct store_conn *c = q->db->conn;

	prepared_reset(q->st);
	for (struct query **p = &c->active; *p; p = &(*p)->next)
		if (*p == q) {
			*p = q->next;
			break;
		}
	q->active = false;
	q->db = NULL;
}

/* A row that another one excludes, or whose parent is not there, is refused like one that the gate
 * refuses: nothing changed, and the answer does not tell which it was. */
bool db_step(struct query *q)
{
	struct store_conn *c = q->db->conn;
	const struct stmt *before = c->stmt;

	store_due();
	c->stmt = q->stmt;
	enum prepared_step is = prepared_step(q->st);

	c->stmt = before;
	if (c->writer && c->engine->ended(c))
		c->rolled = true;
	q->stepped = true;
	if (is == PREPARED_ROW) {
		q->rows++;
		if (q->stmt->shape == STMT_ONE && q->rows > 1)
			fault(FAULT_BUG, "%s: more than one row", q->stmt->name);
		if (q->rows > LIST_ROWS_MAX)
			fault(FAULT_BUG, "%s: more than %d rows", q->stmt->name, LIST_ROWS_MAX);
		return true;
	}
	q->clash = is == PREPARED_CLASH && q->stmt->verb != 's';
	if (is != PREPARED_DONE && !q->clash)
		prepared_fault(q->st, q->stmt->name);
	return false;
}

bool db_is_null(struct query *q, int col)
{
	return prepared_null(q->st, col);
}

int64_t db_int(struct query *q, int col)
{
	return prepared_int(q->st, col);
}

str db_text(struct query *q, int col)
{
	str v = prepared_text(q->st, col);

	return v.p ? str_dup(q->db->arena, v) : v;
}

str db_blob(struct query *q, int col)
{
	str v = prepared_blob(q->st, col);

	return v.p ? str_dup(q->db->arena, v) : v;
}

static bool group_granted(const struct query *q, const char *table, const char *group)
{
	const struct store *s = q->db->conn->store;
	const struct policy_table *t = policy_table(s->policy, str_of(table));
	str purposes[] = {s->purpose[q->stmt->purpose]->name, S("public")};

	if (!t || !policy_group(t, str_of(group)))
		return false;
	for (size_t i = 0; i < (q->stmt->also_public ? 2 : 1); i++) {
		const struct policy_grant *g = policy_grant(t, purposes[i]);

		for (size_t k = 0; g && k < g->columns_n; k++)
			if (str_eq(g->columns[k], str_of(group)))
				return true;
	}
	return false;
}

/* Asked once for each sealed column of a statement: generated code passes the same literals. */
static void opener_check(struct query *q, const char *table, const char *group)
{
	size_t i;

	for (i = 0; i < COUNT(q->openers) && q->openers[i].table; i++)
		if (q->openers[i].table == table && q->openers[i].group == group)
			return;
	if (!group_granted(q, table, group))
		refuse(q->stmt, "its purpose may not open this sealed group");
	if (i < COUNT(q->openers)) {
		q->openers[i].table = table;
		q->openers[i].group = group;
	}
}

str db_sealed(struct query *q, int col, const char *table, const char *group)
{
	int64_t row, key;

	store_due();
	opener_check(q, table, group);
	if (db_is_null(q, col))
		return (str){0};
	str bytes = q->st->engine->sealed(q->st, col, &row, &key);

	if (!subject_opens(q, key))
		return (str){0};
	return unseal(q->db->conn, q->db->arena, table, group, row, key, bytes);
}

void db_once(struct query *q)
{
	const struct engine *e = q->st->engine;

	store_due();
	MUST(q->stmt->shape == STMT_ONCE && !q->stepped);
	if (!e->later || !e->later(q->st, true)) {
		while (db_step(q))
			;
		int64_t changed = q->clash ? 0 : prepared_changes(q->st);

		if (changed != 1)
			fault(FAULT_BUG, "%s changed %lld rows, not one", q->stmt->name,
				(long long)changed);
	}
	query_end(q);
}

void db_settle(struct db *db)
{
	if (db->conn->engine->settle)
		db->conn->engine->settle(db->conn);
}

int64_t db_finish(struct query *q)
{
	int64_t changed = 0;

	store_due();
	if (q->stmt->shape == STMT_EXEC) {
		if (!q->stepped)
			while (db_step(q))
				;
		changed = q->clash ? 0 : prepared_changes(q->st);
	} else {
		reads_count(q);
	}
	query_end(q);
	return changed;
}
