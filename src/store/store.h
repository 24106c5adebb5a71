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

/* A set of tables. */
enum { STORE_TABLES_MAX = 256 };
struct store_tables {
	uint64_t bits[STORE_TABLES_MAX / 64];
};

/* ---- a handle: one unit of work on one connection ------------------------------------------ */
struct db {
	struct arena *arena; /* rows and texts of results live here */
	struct viewer viewer;
	uint64_t purposes;	   /* mask: statements of other purposes fault (FAULT_POLICY) */
	bool write;		   /* on the writer, inside a transaction */
	int64_t shows;		   /* of a replica: what was written up to this turn; else 0 */
	struct store_tables reads; /* what its statements could see, through gates too */
	struct store_conn *conn;
};

struct store;
struct store_options {
	const char *dir;
	const char *keys_path;	 /* or an address of PostgreSQL; NULL: the one that dir/keys names,
				    or dir/keys.db */
	const char *master_path; /* NULL: dir/master.key (mode 0600) */
	const char *database;	 /* address of one of PostgreSQL; NULL: the one that dir/database
				    names, or dir/data.db */
	const struct policy *policy;
	bool create; /* make the installation if the folder is empty */
	bool citus;  /* and on several machines, which the database names (doc/scale.md) */
	unsigned node;
	const struct stmt *const *statements; /* NULL: the program's own (generated) */
	const struct schema_file *schema;     /* NULL: the files that the program embeds */
};
/* Opens (locks, migrates, checks every registered statement) or faults with what is wrong and what
 * to do next. One process owns an installation. */
struct store *store_open(const struct store_options *o);
void store_close(struct store *s); /* waits for queued writes */
/* Makes the folder of one more server that works on the same database and key store, after looking
 * whether they belong together and open; faults with what is wrong. */
struct store_join {
	const char *dir, *database, *keys, *master; /* master: a file, mode 0600 */
};
void store_join(const struct store_join *j);
/* The key store was made just now, in the cluster where the data are: copied together. */
bool store_keys_beside(const struct store *s);
/* Several servers share it: a rotation tells what to do on the others. */
bool store_keys_shared(const struct store *s);
bool store_address(const char *text); /* does it name a database of PostgreSQL, and no file? */
const char *store_dir(const struct store *s);
const struct policy *store_policy(const struct store *s);
/* A secret of this installation: "cookie" is a random key of its own; every other name is derived
 * from one more random key, so a room may name what it needs ("csrf", "unsubscribe"). */
void store_secret(struct store *s, const char *name, uint8_t key[32]);
/* What a room adds to every connection, before store_open (search: its ranking function).
 * `install` is called with the engine's connection (sqlite3 *) and must return 0; `functions` are
 * the names that statements may then call, NULL-ended. They must not raise errors. */
void store_function(int (*install)(void *engine), const char *const *functions);

/* Makes so many reading connections beforehand, every read statement prepared, for threads that
 * come later, and reads the data once, so that the first who ask wait for neither. On a thread of
 * its own, which store_close ends. Once only. */
void store_warm(struct store *s, int connections);

/* A read snapshot on this thread's connection, from begin to end; never longer than
 * READ_TRANSACTION_S_MAX (then statements fault with FAULT_TIME). */
void store_read_begin(
	struct store *s, struct db *db, struct arena *a, struct viewer v, uint64_t purposes);
void store_read_end(struct db *db);
/* The same on a replica, for statements that may lag alone (stmt.lag; others fault), when there is
 * one that shows all that was written up to `wrote`, whatever was erased or restricted as far as
 * this server heard, and is not more than some seconds behind. False: there is none, and nothing
 * was begun. What faults there (RETRY, STORE, TIME) may be read again from the primary. */
bool store_read_replica(struct store *s, struct db *db, struct arena *a, struct viewer v,
	uint64_t purposes, int64_t wrote);
bool store_replica_fit(struct store *s, int64_t wrote); /* is there one, just now? */
/* May what was read be kept under the moment that was asked for before? Not, when a replica showed
 * it and this server knows of a later write to one of its tables. Before the read ends. */
bool db_current(const struct db *db);
/* Ends the read that this thread has open, if it has one: where a fault was caught whose read was
 * begun by a function that is left. */
void store_read_drop(struct store *s);

/* For what is kept beyond a read: ask for the moment before the read begins and keep it with the
 * handle's `reads`; as long as none of these tables was written since, reading again would show the
 * same. An answer to a write goes out after this has changed. */
uint64_t store_moment(const struct store *s);
bool store_unchanged(const struct store *s, const struct store_tables *t, uint64_t moment);

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
	/* On the writer, in a savepoint, WRITE_APPLY_MS_MAX at most (WRITE_PATIENT_MS_MAX if it is
	 * patient). true keeps, false undoes. */
	bool (*apply)(struct db *db, void *ctx);
	/* The database may give a transaction up on account of what somebody else does (decision
	 * 269): then apply is run once more, behind this, which makes ctx what it was before it.
	 * NULL: it is run once only, and ends as WRITE_FAULTED (RETRY) or WRITE_LOST. */
	void (*again)(void *ctx);
	/* Runs on the writer's thread after the commit (or its failure): hand over and return. */
	void (*done)(struct write_unit *u, enum write_result result);
	void *ctx;
	struct fault_point fault;
};
void store_write(struct store *s, struct write_unit *u);
void write_as_it_is(void *ctx); /* `again` of one whose apply only sets what it sets anew */
/* The same, waiting for the result: for commands, jobs and tests. */
enum write_result store_write_wait(struct store *s, struct write_unit *u);
/* Do units wait for this server's turn among several (PostgreSQL)? */
bool store_turns(const struct store *s);
/* Much was stored at once: the engine looks at how large its tables have become, before it plans
 * for small ones. May take a second; not on the writer. */
void store_grown(struct store *s);
/* True while writes are waiting that are not patient. */
bool store_write_pressed(const struct store *s);
/* ---- live events (doc/live.md) ------------------------------------------------------------------
 * What a unit of work changed, for whoever listens: told after its commit and never before, here
 * and on every other server of the database. Kind and ids alone; what happened is read through the
 * guards. */
enum { EVENT_KIND_CHARS = 12 };
struct store_event {
	char kind[EVENT_KIND_CHARS]; /* "order"; empty: of this person or company look again */
	int64_t id;
	int64_t one, other; /* the companies that it concerns */
};
/* In a unit of work. kind: a to z and _, shorter than EVENT_KIND_CHARS. */
void db_event(struct db *db, const char *kind, int64_t id, int64_t one, int64_t other);
/* The same: a person's sessions or state are not what they were. */
void db_event_look(struct db *db, int64_t subject);
/* One listener; NULL: no more, and when this returns none is being told. `heard` runs on threads of
 * the store, must be quick and must not read or write. n 0: anything may have changed (too much at
 * once, or the other servers were not heard for a while). */
void store_events(struct store *s, void (*heard)(void *ctx, const struct store_event *v, size_t n),
	void *ctx);

/* ---- several servers on one database (doc/postgresql.md) ---------------------------------------
 * Does this job run here? Each runs on one of them at a time. The first time it is asked, the
 * answer is no. Cheap. */
bool store_lease(struct store *s, const char *job);
/* It ran here and does not any more: this server was not seen for too long. */
bool store_lease_lost(struct store *s, const char *job);
/* True: another server has it, as was seen some seconds ago; which. */
enum { STORE_SERVER_CHARS = 160 };
bool store_job_elsewhere(struct store *s, const char *job, char name[STORE_SERVER_CHARS]);
/* Calls it on the server where it runs; there `woken` is called, on a thread of the store's. */
void store_job_call(struct store *s, const char *job);
void store_job_calls(struct store *s, void (*woken)(const char *job)); /* NULL: no more */
struct store_servers {
	unsigned n, node; /* how many work on this database; the number in this one's ids */
	int64_t skew_us;  /* the database's clock before this machine's */
	bool hears;	  /* what the others write is heard of: nothing kept here is stale */
};
struct store_servers store_servers(struct store *s);
/* Standbys to read from (doc/postgresql.md, "Replicas"): postgresql://HOST/NAME, blanks between
 * them; NULL: those that DIR/replicas names, if there is such a file. Faults when one is not a
 * standby of this database; one that does not answer is waited for. Before anything is served. */
void store_replicas(struct store *s, const char *addresses);
enum { STORE_REPLICAS_MAX = 8 };
struct store_replicas {
	size_t n;
	uint64_t primary,
		again; /* reads of the primary; those that were begun on a replica first */
	struct {
		const char *name;
		bool used;
		int64_t lag_us; /* -1: not known */
		uint64_t reads;
	} v[STORE_REPLICAS_MAX];
};
struct store_replicas store_replicas_say(struct store *s);
/* A read failed on a replica and is begun again on the primary: counts it. */
void store_replica_failed(struct store *s);
/* In a read: an erasure whose keys could not be dropped a minute ago or longer (the key store was
 * away, the server that began it died) is taken up by the writer. */
void db_erasures_go_on(struct db *db);
/* Faults when the database does not answer. In a read. */
void db_reach(struct db *db);
/* The writer since the start: units / batches is how many shared one flush. */
struct store_writes {
	uint64_t batches, units, lost, waiting;
	uint64_t again;	       /* units that were run once more */
	uint64_t sent, rounds; /* statements sent to another process, and waits for its answers */
};
struct store_writes store_writes(struct store *s);

/* ---- files/: bytes too large for the database ------------------------------------------------
 * Under a name of letters, digits, "-" and "_", at most 80. What is there under a name stays as it
 * is: names are digests of what they hold. */
void db_file_put(struct db *db, str name, str bytes);	    /* whole and flushed, or it faults */
str db_file_get(struct db *db, str name, size_t bytes_max); /* {NULL, 0}: there is none */
const char *db_file_path(struct db *db, str name);	    /* for reading as it streams */
/* A draft that no row ever names: its work is done or begins anew. */
void db_file_discard(struct db *db, str name);
/* A file that no row names is swept. Who puts files adds a question to
 * market/catalogue/stored_file.sql: whether a row of its own still names one.
 * The next files that were put last before `before` (the real clock): at most `most` names looked
 * at, the old ones of them into v; what puts that were cut off have left goes at once. *end: the
 * folder was read to its end, the next call begins anew. One thread calls it. */
size_t store_files_old(
	struct store *s, struct arena *a, instant before, str *v, size_t most, bool *end);
/* On the writer: takes a file away that was put before `before` and not again since. False: it was,
 * or is gone, or a backup is being written, which needs what its snapshot names. */
bool db_file_drop(struct db *db, str name, instant before);

/* ---- a bucket instead of the folder: files/ is then a cache of it ---------------------------
 * What egress/object.c does over the network; all of it faults (FAULT_STORE) when the other side
 * does not answer or refuses. Any thread. */
struct store_bucket {
	void *ctx;
	void (*put)(void *ctx, struct arena *a, str name, str bytes); /* durable when it returns */
	str (*get)(void *ctx, struct arena *a, str name, size_t bytes_max); /* {NULL, 0}: none */
	bool (*there)(void *ctx, struct arena *a, str name);
	/* False: it is not there, or was put at `before` or later. */
	bool (*drop)(void *ctx, struct arena *a, str name, instant before);
	/* As store_files_old, over the bucket, by names behind `after`; *end: that was all. */
	size_t (*old)(void *ctx, struct arena *a, str after, instant before, str *v, size_t most,
		str *last, bool *end);
};
/* Before anything is served; it lives as long as the store. */
void store_files_in(struct store *s, const struct store_bucket *b);
bool store_files_apart(const struct store *s); /* files lie in a bucket */
/* Takes a file away that no row named a moment ago, outside of any transaction: the bucket is asked
 * again when it was put. False: it stays. */
bool store_file_drop(struct store *s, struct arena *a, str name, instant before);
/* A file of the folder that nobody asked for lately: goes to the bucket first when a row names it
 * and it is not there (an installation that began with a folder), then leaves the folder. */
void store_file_away(struct store *s, struct arena *a, str name, bool named);
/* The next old names in the bucket, as store_files_old. One thread calls it. */
size_t store_bucket_old(
	struct store *s, struct arena *a, instant before, str *v, size_t most, bool *end);

/* The policy that this handle's store obeys. */
const struct policy *db_policy(const struct db *db);
/* Did the installation switch this purpose off? Its statements then fault. */
bool db_off(const struct db *db, int purpose);

/* ---- statements: for generated code only (tool/queryc) -------------------------------------- */
struct stmt {
	const char *name; /* order_by_id */
	const char *file; /* src/market/order/order.sql */
	int line;
	int purpose;	      /* bit */
	bool also_public;     /* joins public.* too */
	const char *sql;      /* for SQLite: purpose views quoted, $n as ?n */
	const char *pg;	      /* for PostgreSQL; NULL: it is not for that engine */
	const char *pg_types; /* of its parameters: i bigint, t text, y bytea; I, T: lists */
	const char *pg_rows;  /* for many rows, each parameter an array; NULL: there is none */
	const char *const *pg_asks; /* base tables that a new row asks about, NULL-ended */
	const char *citus;	    /* on several machines; NULL: as .pg */
	bool citus_viewer;	    /* with one more parameter: the company that asks */
	enum { STMT_ONE = 1, STMT_MANY, STMT_EXEC, STMT_ONCE } shape;
	const char *writes; /* base table written, or NULL */
	const char *const
		*columns; /* writable columns of that table for this statement, NULL-ended */
	char verb;	  /* 's' select, 'i' insert, 'u' update, 'd' delete */
	bool fts;	  /* uses a full-text table */
	bool lag;	  /* may be answered by a replica: the answer is some seconds old */
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
/* Lists of at most LIST_ROWS_MAX values. */
void db_bind_texts(struct query *q, int i, const str *v, size_t n);
void db_bind_ints(struct query *q, int i, const int64_t *v, size_t n);
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
/* Of a statement that changes one row, or the unit of work is at fault. An engine may send it and
 * look at the answer later, before the unit is taken for done. */
void db_once(struct query *q);
/* Waits until what was sent is done, so that its time can be taken. */
void db_settle(struct db *db);

/* ---- subjects and keys ---------------------------------------------------------------------- */
enum subject_state { SUBJECT_ACTIVE = 1, SUBJECT_RESTRICTED, SUBJECT_ERASED };
/* On the writer: journals the erasure in this transaction; after its commit the keys are dropped,
 * then the entry is closed, then the answer goes out. Start-up finishes what is pending. */
void db_erase_subject(struct db *db, int64_t subject);
void db_subject_state(struct db *db, int64_t subject, enum subject_state state, bool held);
/* As it stands now; ACTIVE for a subject that nothing is known of. `held` may be NULL. */
enum subject_state db_subject_now(struct db *db, int64_t subject, bool *held);

/* What the policy's `own:` says belongs to a subject (a person, a company), row by row. */
struct walk_value {
	const struct policy_column *column;
	const struct policy_field *field; /* of a sealed group; NULL: the column itself */
	enum { WALK_NULL = 1, WALK_INT, WALK_TEXT, WALK_BLOB, WALK_REDACTED } kind;
	int64_t i;
	str s;
};
struct walk_row {
	const struct policy_table *table;
	const struct policy_own *own; /* the edge by which it belongs to the subject */
	int64_t subject, id;
	const struct walk_value *v; /* sealed groups field by field; both good within fn alone */
	size_t n;
};
enum walk_open { WALK_SHUT = 1, WALK_OPEN }; /* without what is sealed, or with it */
/* Calls fn for each row once; rows of a sole trader's company follow those of the person. fn stops
 * it with false. Needs the purpose `rights` of the subject itself, or `casework`, `retention` or
 * `legal`; else it faults. False: stopped, or there is no such subject. */
bool store_subject_walk(struct db *db, int64_t subject, enum walk_open open,
	bool (*fn)(void *ctx, const struct walk_row *row), void *ctx);

struct erased { /* rows */
	int64_t erased, anonymised, kept, held;
};
struct erasing { /* how far an erasure has come; begins as {0} */
	size_t edge;
	int64_t before;
	int64_t company; /* of a sole trader, whose rows go first; -1: those are through */
};
/* On the writer: the keys go with this transaction, as by db_erase_subject; then the rows, as the
 * policy says; before them those of a company that is theirs alone (a sole trader's), whose own row
 * and key stay as long as its keep. False: it took ERASE_SLICE_MS: go on in another unit with the
 * same `at`. Rows whose other owners are held stay; a held subject keeps all. */
bool store_subject_erase(struct db *db, int64_t subject, struct erasing *at, struct erased *n);

struct sweeping { /* begins as {0} */
	size_t rule;
	bool begun, gone; /* gone: rows of this rule */
	int64_t event, row, subject;
	struct erasing rest;
};
struct swept { /* one batch of one rule of the policy's `keep:` */
	const struct policy_table *table;
	const struct policy_keep *keep;
	int64_t erased, anonymised, held;
	struct erased also; /* rows of subjects whose time was over */
};
/* On the writer: the next batch of rows whose keep is over. False: every rule is through. */
bool store_sweep(struct db *db, struct sweeping *at, struct swept *n);
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
/* What was read since the last time this was asked (or since the start); the counters begin anew.
 */
struct read_counts store_reads_take(struct store *s, struct arena *a);
/* What could not be written of these, from there on, is in what is taken next. The thread that took
 * them calls it. */
void store_reads_back(struct store *s, const struct read_counts *l, size_t from);

/* ---- full text inside the database (PostgreSQL on one machine; decision 285) -----------------
 * Of each offer that may be found, what it is found by. What comes back are ids of offers: who
 * shows them reads them through the views. Queries are of the database's form (tsquery). */
bool store_words(const struct store *s); /* is there room for it? Else the rest faults */
/* Up to which changes they are; format 0: nothing is there. filled: they were all there once. */
struct store_words_at {
	int64_t format, offers, products;
	bool filled;
};
struct store_words_row {
	int64_t offer, quality, price, stock;
	str words; /* with 0x1f between them; none is empty */
};
enum store_words_order { WORDS_BY_QUALITY = 1, WORDS_BY_PRICE, WORDS_BY_STOCK, WORDS_BY_NEWEST };
enum { WORDS_BETWEEN = 0x1f, WORDS_ROWS_MAX = 500 };
/* On the writer. */
struct store_words_at db_words_at(struct db *db);
void db_words_reach(struct db *db, struct store_words_at at); /* of another format: empties it */
void db_words_forget(struct db *db); /* nothing is there, and nobody keeps it */
void db_words_put(struct db *db, const struct store_words_row *v, size_t n);
void db_words_drop(struct db *db, const int64_t *offers, size_t n);
/* Words and part numbers that typing mistakes may have meant: those that are new are kept. */
void db_words_known(struct db *db, const str *v, size_t n);
void db_words_numbers_known(struct db *db, const str *v, size_t n);
/* Of words that an offer had and has no more, those that none has leave the dictionary, some
 * hundred at a time; how many were looked at. */
size_t db_words_sweep(struct db *db);
void store_words_grown(struct store *s); /* as store_grown() */
/* In a read. */
bool db_words_gone(struct db *db);			      /* is there something to sweep? */
enum store_words_stand { WORDS_NONE, WORDS_SOME, WORDS_ALL }; /* SOME: or of another format */
enum store_words_stand db_words_stand(struct db *db, int64_t format);
size_t db_words_find(struct db *db, str query, enum store_words_order by, int64_t *v, size_t most);
int64_t db_words_count(struct db *db, str query, int64_t most);
size_t db_words_near(struct db *db, str word, str *v, size_t most); /* the nearest first */
/* Those of the asked ones that are known, in any order; each as often as it was asked. */
size_t db_words_numbers(struct db *db, const str *asked, size_t n, str *v, size_t most);

/* ---- breaches: whose data lies where -----------------------------------------------------------
 * People (ids, also more than once) whose data rows of a table hold that were made up to an id;
 * with a key: those rows alone that are sealed under it. Not in a handle: they read in pieces. */
struct touched {
	int64_t *v;
	size_t n, cap;
};
void store_touched_table(struct store *s, struct arena *a, const struct policy_table *t,
	int64_t until_id, struct touched *found);
/* The same of companies. */
void store_touched_companies(
	struct store *s, struct arena *a, const struct policy_table *t, struct touched *found);
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
