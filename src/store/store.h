/* store: the only room that touches a database.
 *
 * An installation is a folder: data.db (WAL), keys.db, files/, kontor.lock, kontor.sock, log/.
 * Reads run on the calling thread's own connection and see a snapshot; writes run alone, in
 * order, on the writer, many units in one commit, and are answered only when they are durable.
 * Statements are static, registered by generated code (tool/queryc); there is no way to run a
 * string. What a purpose may not see, the engine refuses: see doc/store.md. */
#ifndef KONTOR_STORE_H
#define KONTOR_STORE_H

#include "../base/base.h"
#include "../base/limits.h"
#include "../policy/policy.h"

/* ---- who asks ---------------------------------------------------------------------------- */
struct viewer {
	int64_t person, company, session; /* 0: none: SQL sees NULL and no row */
	uint64_t roles;			  /* bits of policy_role; visitors have the visitor bit */
	uint64_t request;		  /* request id, for journal and log */
};

/* ---- a handle: one unit of work on one connection ------------------------------------------ */
struct db {
	struct arena *arena; /* rows and texts of results live here */
	struct viewer viewer;
	uint64_t purposes; /* mask: statements of other purposes fault (FAULT_POLICY) */
	bool write;	   /* on the writer, inside a transaction */
	struct store_conn *conn;
};

struct store;
struct store_options {
	const char *dir;
	const char *keys_path;	 /* NULL: dir/keys.db */
	const char *master_path; /* NULL: dir/master.key (mode 0600) */
	const struct policy *policy;
	bool create; /* make the installation if the folder is empty */
	unsigned node;
	const struct stmt *const *statements; /* NULL: the program's own (generated) */
	const struct schema_file *schema;     /* NULL: the files that the program embeds */
};
/* Opens (locks, migrates, checks every registered statement) or faults with what is wrong and what
 * to do next. One process owns an installation. */
struct store *store_open(const struct store_options *o);
void store_close(struct store *s); /* waits for queued writes */
const char *store_dir(const struct store *s);
const struct policy *store_policy(const struct store *s);
/* A secret of this installation: "cookie" is a random key of its own; every other name is derived
 * from one more random key, so a room may name what it needs ("csrf", "unsubscribe"). */
void store_secret(struct store *s, const char *name, uint8_t key[32]);
/* What a room adds to every connection, before store_open (search: its ranking function).
 * `install` is called with the engine's connection (sqlite3 *) and must return 0; `functions` are
 * the names that statements may then call, NULL-ended. They must not raise errors. */
void store_function(int (*install)(void *engine), const char *const *functions);

/* A read snapshot on this thread's connection, from begin to end; never longer than
 * READ_TRANSACTION_S_MAX (then statements fault with FAULT_TIME). */
void store_read_begin(
	struct store *s, struct db *db, struct arena *a, struct viewer v, uint64_t purposes);
void store_read_end(struct db *db);

/* ---- writes -------------------------------------------------------------------------------- */
enum write_result {
	WRITE_DONE = 1, /* committed and flushed */
	WRITE_REFUSED,	/* apply returned false: rolled back, on purpose */
	WRITE_FAULTED,	/* apply faulted: rolled back; what is in `fault` */
	WRITE_LOST,	/* the whole transaction failed (disk full, I/O): nothing is stored */
	WRITE_BUSY,	/* the queue is full or the store is closing: never started */
};
struct write_unit {
	struct write_unit *next;
	/* A slice of something long (an import): gives way to others, and has a transaction of
	 * its own without a savepoint, so that it costs less. At most WRITE_SLICE_MS, please. */
	bool patient;
	struct viewer viewer;
	uint64_t purposes;
	struct arena *arena;
	/* On the writer, in a savepoint, WRITE_APPLY_MS_MAX at most. true keeps, false undoes. */
	bool (*apply)(struct db *db, void *ctx);
	/* Runs on the writer's thread after the commit (or its failure): hand over and return. */
	void (*done)(struct write_unit *u, enum write_result result);
	void *ctx;
	struct fault_point fault;
};
void store_write(struct store *s, struct write_unit *u);
/* The same, waiting for the result: for commands, jobs and tests. */
enum write_result store_write_wait(struct store *s, struct write_unit *u);
/* True while writes are waiting that are not patient. */
bool store_write_pressed(const struct store *s);
/* The writer since the start: units / batches is how many shared one flush. */
struct store_writes {
	uint64_t batches, units, lost, waiting;
};
struct store_writes store_writes(struct store *s);

/* ---- files/: bytes too large for the database ------------------------------------------------
 * Under a name of letters, digits, "-" and "_", at most 80. What is there under a name stays as it
 * is: names are digests of what they hold. */
void db_file_put(struct db *db, str name, str bytes);	    /* whole and flushed, or it faults */
str db_file_get(struct db *db, str name, size_t bytes_max); /* {NULL, 0}: there is none */

/* The policy that this handle's store obeys. */
const struct policy *db_policy(const struct db *db);

/* ---- statements: for generated code only (tool/queryc) -------------------------------------- */
struct stmt {
	const char *name; /* order_by_id */
	const char *file; /* src/market/order/order.sql */
	int line;
	int purpose;	  /* bit */
	bool also_public; /* joins public.* too */
	const char *sql;  /* for SQLite: purpose views quoted, $n as ?n */
	enum { STMT_ONE = 1, STMT_MANY, STMT_EXEC } shape;
	const char *writes; /* base table written, or NULL */
	const char *const
		*columns; /* writable columns of that table for this statement, NULL-ended */
	char verb;	  /* 's' select, 'i' insert, 'u' update, 'd' delete */
	bool fts;	  /* uses a full-text table */
	uint64_t id;	  /* place in the registry: set by the generator */
};
extern const struct stmt
	*const statements[]; /* generated: every statement of the program, NULL-ended */

struct query; /* a running statement on a handle's connection */
struct query *db_start(
	struct db *db, const struct stmt *s); /* faults if purpose or shape is not allowed */
void db_bind_null(struct query *q, int i);    /* i from 1 */
void db_bind_int(struct query *q, int i, int64_t v);
void db_bind_text(struct query *q, int i, str v); /* p == NULL binds NULL */
void db_bind_blob(struct query *q, int i, str v);
void db_bind_blind(struct query *q, int i, const char *table, const char *field,
	str v); /* keyed index of the normalised value */
/* Seals record (fields packed by generated code) for this row under key_owner's key. */
void db_bind_sealed(struct query *q, int i, const char *table, const char *group, int64_t row,
	int64_t key_owner, str record);
bool db_step(struct query *q);		   /* true: a row */
bool db_is_null(struct query *q, int col); /* col from 0 */
int64_t db_int(struct query *q, int col);
str db_text(struct query *q, int col); /* copied into the handle's arena */
str db_blob(struct query *q, int col);
/* Opens a sealed column: record, or {NULL, 0} when NULL, erased, or restricted for this purpose. */
str db_sealed(struct query *q, int col, const char *table, const char *group);
int64_t db_finish(struct query *q); /* rows changed; resets the statement */

/* ---- subjects and keys ---------------------------------------------------------------------- */
enum subject_state { SUBJECT_ACTIVE = 1, SUBJECT_RESTRICTED, SUBJECT_ERASED };
/* On the writer: journals the erasure in this transaction; after its commit the keys are dropped,
 * then the entry is closed, then the answer goes out. Start-up finishes what is pending. */
void db_erase_subject(struct db *db, int64_t subject);
void db_subject_state(struct db *db, int64_t subject, enum subject_state state, bool held);
/* As it stands now; ACTIVE for a subject that nothing is known of. `held` may be NULL. */
enum subject_state db_subject_now(struct db *db, int64_t subject, bool *held);

/* ---- chains: logs whose rows are linked (policy: `chain:`, doc/store.md) ------------------------
 * A row keeps what it says about a person and a random salt in a sealed group under the person's
 * key, and in clear a commitment to that record. Writers only add rows; a job links them. When the
 * key goes, what the row said goes, and the chain still verifies. */
str chain_salt(struct arena *a); /* for the record's field `salt` */
/* To the packed record (TABLE_GROUP_pack of gen/types.h), for the column that `chain` names. */
str chain_commitment(struct arena *a, str record);
/* Links what was committed since, in order, and signs the new heads; true: there is more to do. */
bool store_chain_link(struct store *s, struct arena *a);
/* Cuts rows off whose keep (`from: at`) is over, at a head signed for that; true: there is more. */
bool store_chain_cut(struct store *s, struct arena *a);
/* Walks every chain from its start. Says a line for each chain and each break; false: broken. */
bool store_chain_check(
	struct store *s, struct arena *a, void (*say)(void *ctx, const char *line), void *ctx);
/* One line for each chain: its newest head, signed: "disclosure 120 HEAD TIME SIGNATURE". Kept
 * elsewhere (a backup's manifest), such a line shows later that the chain was not shortened. */
str store_chain_heads(struct store *s, struct arena *a);
/* Does the installation's chain still hold what such a line says? */
bool store_chain_holds(struct store *s, struct arena *a, str line);

/* ---- who reads what -------------------------------------------------------------------------- */
struct read_count { /* one personal column, read under a purpose by a role */
	str purpose, role, table, column;
	int64_t calls, rows;
};
struct read_counts {
	struct read_count *v;
	size_t n, cap;
};
/* What was read since the last time this was asked (or since the start); the counters begin anew. */
struct read_counts store_reads_take(struct store *s, struct arena *a);

/* ---- breaches: whose data lies where -----------------------------------------------------------
 * People (ids, also more than once) whose data rows of a table hold that were made up to an id; with
 * a key: those rows alone that are sealed under it. Not in a handle: they read in pieces. */
struct touched {
	int64_t *v;
	size_t n, cap;
};
void store_touched_table(struct store *s, struct arena *a, const struct policy_table *t,
	int64_t until_id, struct touched *found);
void store_touched_key(struct store *s, struct arena *a, const struct policy_table *t, int64_t key,
	int64_t until_id, struct touched *found);

/* ---- idempotency ---------------------------------------------------------------------------- */
enum replay { REPLAY_NEW = 1, REPLAY_SAME, REPLAY_OTHER_BODY };
struct replay_answer {
	int status;
	str location; /* path to see, or empty */
	int64_t id;   /* what was made */
};
enum replay db_replay(struct db *db, int64_t principal, const char *route, str key,
	struct digest body, struct replay_answer *before);
void db_replay_keep(struct db *db, int64_t principal, const char *route, str key,
	struct digest body, struct replay_answer answer);

#endif
