/* prepared: a statement that an engine has prepared on a connection, and the row that it stands on.
 * Two engines answer: SQLite (lite.c) and PostgreSQL (pg/). Above this line nobody knows which; the
 * calls go through a table of functions, which a point read does not notice (doc/bench.md). */
#ifndef KONTOR_STORE_PREPARED_H
#define KONTOR_STORE_PREPARED_H

#include "../base/base.h"

struct store;
struct store_conn;
struct query;
struct stmt;

enum prepared_step {
	PREPARED_ROW = 1,
	PREPARED_DONE,
	PREPARED_CLASH,	 /* refused because of another row: one like it, no parent */
	PREPARED_FAILED, /* prepared_fault says why */
};
enum prepared_type { PREPARED_NULL = 1, PREPARED_INT, PREPARED_TEXT, PREPARED_BLOB };

struct prepared {
	const struct engine *engine;
};

struct engine {
	/* ---- connections ---- */
	void (*open)(struct store_conn *c); /* faults; close is called all the same */
	void (*close)(struct store_conn *c);
	bool (*ended)(struct store_conn *c); /* no transaction is open */
	void (*rollback)(struct store_conn *c);
	/* A constraint that the schema defers would end everybody's commit. */
	bool (*orphaned)(struct store_conn *c);
	void (*let_go)(struct store_conn *c);	 /* of pages in memory */
	bool (*log_empty)(struct store_conn *c); /* false: somebody reads in it */
	/* Behind `begin` of a transaction that writes: waits until no other server has one, and
	 * learns what they did; faults. NULL: nobody else writes, ever. */
	void (*turn)(struct store_conn *c);
	/* ---- statements ---- */
	/* One that the program registered; faults, and says in what it is not allowed. */
	void (*query)(struct store_conn *c, struct query *q, const struct stmt *s);
	/* One of the house's own, or made from the policy (?1 …); faults. */
	struct prepared *(*prepare)(struct store_conn *c, const char *sql, bool kept);
	void (*end)(struct prepared *p);
	void (*bind_null)(struct prepared *p, int i);
	void (*bind_int)(struct prepared *p, int i, int64_t v);
	void (*bind_text)(struct prepared *p, int i, str v); /* p == NULL binds NULL */
	void (*bind_blob)(struct prepared *p, int i, str v);
	/* A list as the value of one parameter, to be bound as text. */
	str (*texts)(struct arena *a, const str *v, size_t n);
	str (*ints)(struct arena *a, const int64_t *v, size_t n);
	enum prepared_step (*step)(struct prepared *p);
	/* One whose answer nobody needs now: sends it, and looks at the answer later. one: it must
	 * change one row. False: it was not sent. NULL: the engine answers at once. */
	bool (*later)(struct prepared *p, bool one);
	/* Looks at the answers that are not looked at yet; faults when one is no good. NULL: there
	 * are none. */
	void (*settle)(struct store_conn *c);
	void (*reset)(struct prepared *p); /* forgets row and values */
	void (*fault)(struct prepared *p, const char *what) __attribute__((__noreturn__));
	int64_t (*changes)(struct prepared *p); /* rows, of the last step */
	int (*params)(struct prepared *p);
	const char *(*sql)(struct prepared *p);
	enum prepared_type (*type)(struct prepared *p, int col);
	int64_t (*int_)(struct prepared *p, int col);
	str (*text)(struct prepared *p, int col); /* {NULL, 0}: NULL. Good until the next step */
	str (*blob)(struct prepared *p, int col);
	/* What opens a sealed value, in front of it: row and key; returns the bytes. */
	str (*sealed)(struct prepared *p, int col, int64_t *row, int64_t *key);
	/* What was learned of a subject with the last sealed value; NULL, or false: ask. */
	bool (*learned)(struct store_conn *c, int64_t subject, int *state, bool *held);
};
extern const struct engine engine_lite, engine_pg;

static inline void prepared_bind_null(struct prepared *p, int i)
{
	p->engine->bind_null(p, i);
}
static inline void prepared_bind_int(struct prepared *p, int i, int64_t v)
{
	p->engine->bind_int(p, i, v);
}
/* Values stay where they are until the statement is reset. */
static inline void prepared_bind_text(struct prepared *p, int i, str v)
{
	p->engine->bind_text(p, i, v);
}
static inline void prepared_bind_blob(struct prepared *p, int i, str v)
{
	p->engine->bind_blob(p, i, v);
}
static inline enum prepared_step prepared_step(struct prepared *p)
{
	return p->engine->step(p);
}
static inline void prepared_reset(struct prepared *p)
{
	p->engine->reset(p);
}
static inline void prepared_end(struct prepared *p) /* NULL is fine */
{
	if (p)
		p->engine->end(p);
}
static inline noreturn void prepared_fault(struct prepared *p, const char *what)
{
	p->engine->fault(p, what);
}
static inline int64_t prepared_changes(struct prepared *p)
{
	return p->engine->changes(p);
}
static inline int prepared_params(struct prepared *p)
{
	return p->engine->params(p);
}
static inline const char *prepared_sql(struct prepared *p)
{
	return p->engine->sql(p);
}
static inline enum prepared_type prepared_type(struct prepared *p, int col)
{
	return p->engine->type(p, col);
}
static inline bool prepared_null(struct prepared *p, int col)
{
	return p->engine->type(p, col) == PREPARED_NULL;
}
static inline int64_t prepared_int(struct prepared *p, int col)
{
	return p->engine->int_(p, col);
}
static inline str prepared_text(struct prepared *p, int col)
{
	return p->engine->text(p, col);
}
static inline str prepared_blob(struct prepared *p, int col)
{
	return p->engine->blob(p, col);
}

#endif
