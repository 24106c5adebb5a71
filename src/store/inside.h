/* inside: what the files of store share and nobody else sees. */
#ifndef KONTOR_STORE_INSIDE_H
#define KONTOR_STORE_INSIDE_H

#include "prepared.h"
#include "schema.h"
#include "store.h"

#include <pthread.h>
#include <sqlite3.h> /* keys.db is of SQLite whatever the engine of the data */
#include <stdatomic.h>

enum {
	KEY_BYTES = 32,
	MARK_BYTES = 16,       /* r_house.installation */
	KEY_CACHE_MAX = 16384, /* opened keys of one connection */
	NONCE_CHARS = 32,      /* of guard names, hexadecimal */
	KEYS_MARK_EACH = 4096, /* new keys, until they are looked through or passed over */
	PURPOSES_MAX = 64,
	FTS_TABLES_MAX = 32,
	BUSY_MS = 5000,		  /* waiting for a checkpoint or another connection */
	PROGRESS_OPS = 2000,	  /* engine steps between two looks at the clock */
	SEAL_FORMAT = 2,	  /* of sealed records; 1 had no key version and is still read */
	ID_AHEAD_S = 60,	  /* ids reserved ahead in one write of the high-water mark */
	WARM_BYTES = 1 << 20,	  /* one read of the data at a start */
	WARM_MEMORY_PERCENT = 50, /* of what the system has available, at most */
	EVENTS_COMMIT_MAX = 80,	  /* live events of one commit, told one by one */
	TURN_MS_MAX = 500,	  /* then a batch gives way to other servers */
	WRITE_INTERRUPT_FACTOR =
		5, /* a running write statement is cut only after that many limits */
};

/* ---- the house's own statements: fixed texts that may touch the house's tables -------------- */
enum house {
	HOUSE_BEGIN_READ,
	HOUSE_BEGIN_WRITE,
	HOUSE_COMMIT,
	HOUSE_ROLLBACK,
	HOUSE_SAVE,
	HOUSE_RELEASE,
	HOUSE_BACK,
	HOUSE_ID_HIGH,
	HOUSE_SUBJECT_GET,
	HOUSE_SUBJECT_ADD,
	HOUSE_SUBJECT_STATE,
	HOUSE_JOURNAL_ADD,
	HOUSE_JOURNAL_CLOSE,
	HOUSE_JOURNAL_PENDING,
	HOUSE_REPLAY_GET,
	HOUSE_REPLAY_ADD,
	HOUSE_REPLAY_SWEEP,
	HOUSE_RESTRICTED_ADD,
	HOUSE_RESTRICTED_DROP,
	HOUSE_HELD_ADD,
	HOUSE_HELD_DROP,
	HOUSE_MARK_GET,
	HOUSE_MARK_SET,
	HOUSE_MARKS_DROP,
	HOUSE_KEYS_DROPPED,
	HOUSE_WROTE,
	HOUSE_COUNT
};

struct key_slot {      /* an opened key in a connection's cache */
	int64_t owner; /* 0: empty */
	int64_t version;
	uint8_t key[KEY_BYTES];
	uint64_t used;
	uint64_t
		recorded; /* r_subject has the owner, as this connection knew then (keys.records) */
};
struct keys { /* one connection's view of the key store */
	const struct key_engine *engine;
	sqlite3 *db;			       /* of keys_lite */
	sqlite3_stmt *get, *add, *drop, *mark; /* of keys_lite */
	struct keys_wire *wire;		       /* of keys_pg */
	struct key_slot *slots;
	uint64_t clock, epoch;
	uint64_t records;	/* from 1, one more with each unit that was rolled back */
	bool dirty;		/* new keys wait for their commit */
	int64_t newest, marked; /* version of the last key made; up to where no orphan is */
	bool orphans;		/* since then a unit that had made a key was undone */
};

struct query {
	const struct stmt *stmt;
	struct prepared *st;
	struct db *db;
	struct query *next; /* active ones of the connection */
	int64_t rows;
	bool active, stepped, clash; /* clash: a uniqueness or parent constraint refused the row */
	struct store_tables reads;   /* noted by the authorizer when it was prepared */
	int written;		     /* the table that it writes, -1: none of the policy */
	struct {
		const char *table, *group;
		bool may;
	} openers[8]; /* sealed columns already asked of the policy */
};

struct store_conn {
	struct store *store;
	const struct engine *engine;
	struct store_conn *next;
	sqlite3 *db;   /* of engine_lite */
	struct pg *pg; /* of engine_pg */
	struct keys keys;
	char nonce[NONCE_CHARS + 2]; /* "~" and hexadecimal digits */
	bool writer, armed;
	unsigned number;  /* of a reader */
	unsigned replica; /* reads from the one before this (pg/replica.c); 0: from the primary */
	struct store_conn *replicas[STORE_REPLICAS_MAX]; /* of a reader: made when needed */
	const struct stmt *stmt; /* being prepared or stepped: what the authorizer judges by */
	int preparing;
	struct store_tables *noting; /* what the statement being prepared reads */
	bool house, walking; /* one of the house's own statements; one made from the policy */
	bool walked;	     /* since conn_reset */
	unsigned replays_kept;
	bool walk_clash; /* the last of those was refused because of other rows */
	bool checking;	 /* statements are compiled for the first time */
	bool keys_gone;	 /* in this turn (turn.c) */
	bool chaining;	 /* one that links, checks or cuts chained logs */
	struct prepared **walk_st;
	char refused[200]; /* why the authorizer said no last */
	struct db *handle;
	atomic_int turn; /* enum conn_turn: whose it is just now (purge.c) */
	uint64_t purged; /* the purge that it has followed */
	int64_t deadline_us;
	int64_t slice_us;   /* a unit of a long work ends behind this one */
	int64_t rolled;	    /* the engine ended the whole transaction by itself */
	int64_t unit_began; /* the newest id then: of owners behind it nothing is stored yet */
	struct query *queries, *active;
	struct prepared *house_st[HOUSE_COUNT];
	struct prepared **blind_wipe; /* one for each blind column, in the order of store.blinds */
};

struct blind_column { /* an index column that goes when its subject goes */
	const char *sql;
};

struct reference {
	const char *table, *column;
};

struct secrets {
	uint8_t wrap[KEY_BYTES], blind[KEY_BYTES], cookie[KEY_BYTES], room[KEY_BYTES],
		replay[KEY_BYTES];
};

struct drop { /* a key to drop after the commit */
	int64_t journal, subject;
};
struct drops {
	struct drop *v;
	size_t n, cap;
};

struct writer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct write_unit *head, **tail;
	struct write_unit *patient, **patient_tail;
	size_t waiting, patient_waiting;
	bool patient_turn;
	bool running, stopping;
	/* since the start, for store_writes */
	atomic_ullong batches, units, lost, again, sent, rounds;
	struct arena *arena; /* of one batch */
	struct drops drops, unit_drops;
	struct store_tables written; /* by the batch; units that were undone count too */
	struct store_event events[EVENTS_COMMIT_MAX]; /* of the batch (events.c) */
	size_t events_n, events_undo;		      /* undo: those of earlier units */
	bool events_more;			      /* than there is room for */
	size_t batch_max;
	int64_t id_high; /* as stored */
	int64_t turn_id; /* of engine_pg: the mark of the last turn that is stored */
};

struct store {
	char *dir, *data_path, *keys_path, *master_path;
	struct arena *arena; /* lives as long as the store */
	const struct engine *engine;
	const struct key_engine *key_engine;
	struct pg_keys *keys_at;	  /* of keys_pg */
	bool keys_beside;		  /* made just now, in the cluster of the data */
	struct pg_place *place;		  /* of engine_pg */
	bool citus;			  /* the rows of engine_pg lie on several machines */
	bool to_spread;			  /* they will, when all are there (move.c) */
	bool words;			  /* engine_pg has room for full text */
	struct pg_conn *fitting;	  /* of pg_fit, until pg_setup takes it over */
	struct pg_server *server;	  /* of engine_pg: this one among others */
	struct pg_replicas *replicas;	  /* of engine_pg: NULL: there are none */
	uint8_t installation[MARK_BYTES]; /* of engine_pg: whose the database is */
	atomic_uint readers;		  /* counted as they come */
	struct store_tables *stmt_reads;  /* of each statement, found by pg/mirror.c; NULL: its
					    connection knows */
	bool mirror;			  /* data_path names a schema in memory just now */
	const struct policy *policy;
	const struct stmt *const *statements;
	size_t statements_n;
	unsigned node;
	int lock_fd, data_fd; /* data_fd: see warm.c */
	struct secrets secrets;
	uint8_t master[KEY_BYTES];
	struct {
		struct guard_view *v;
		size_t n, cap;
	} guards; /* of every connection, with GUARD_NONCE for its own */
	const struct policy_purpose *purpose[PURPOSES_MAX]; /* by bit */
	uint64_t restricted_mask,
		legal_mask; /* purposes that open what is restricted; erased and held */
	const char *fts[FTS_TABLES_MAX];
	size_t fts_n;
	struct {
		struct reference *v;
		size_t n, cap;
	} refs; /* columns that refer to another table */
	struct store_walks *walks;
	uint64_t walk_mask, walk_own_mask; /* purposes that may walk; over the viewer's own data */
	struct blind_column *blinds;
	size_t blinds_n;
	pthread_key_t reader_key;
	pthread_mutex_t conns_mutex;
	struct store_conn *conns; /* readers */
	struct store_conn *spare; /* made by store_warm, nobody's yet */
	pthread_t warmer;
	int warm; /* connections to make; 0: there is no such thread */
	atomic_bool closing;
	struct store_conn *write_conn;
	struct writer writer;
	struct reads *reads; /* reads.c */
	atomic_ullong key_epoch;
	atomic_ullong purges;	     /* connections must follow (purge.c) */
	bool purge_due;		     /* the writer's: something was erased */
	int64_t purge_next_us;	     /* and when it tries again at the earliest */
	atomic_bool purge_elsewhere; /* another server did: the writer follows */
	atomic_bool drops_due;	     /* keys of an erasure that could not be dropped */
	pthread_mutex_t changed_mutex;
	atomic_bool hears;    /* of engine_pg: what other servers write is heard of */
	atomic_ullong moment; /* counts commits */
	atomic_ullong changed[STORE_TABLES_MAX];   /* the moment after each table's last one */
	atomic_llong changed_in[STORE_TABLES_MAX]; /* of engine_pg: the mark of that one's turn */
	atomic_llong floor; /* of engine_pg: a replica that does not show this turn is not asked */
	pthread_mutex_t events_mutex;
	void (*events_heard)(void *ctx, const struct store_event *v, size_t n); /* NULL: nobody */
	void *events_ctx;
	atomic_uint writes_waiting;
	struct control *control;
	void *walk;			   /* DIR of files/, where the sweep goes on */
	const struct store_bucket *bucket; /* NULL: files lie in files/ */
	char bucket_after[88];		   /* where the sweep of it goes on */
	atomic_uint backups;		   /* being written */
	size_t replayed;		   /* erasures repeated at this start */
};

/* open.c: an installation's folder alone, locked; keys, rows and threads are left to the caller,
 * store_close ends it. Faults. */
struct store *store_hold(const struct store_options *o);
#define MOVING "moving" /* stands in a folder that kontor move fills, until it is whole */

/* conn.c */
#define GUARD_NONCE "@connection@"
struct store_conn *conn_open(struct store *s, bool writer);
struct store_conn *conn_open_replica(struct store *s, size_t i); /* the i-th */
void conn_close(struct store_conn *c);
/* One of the house's own statements, or one made from the policy; faults. kept: for long. */
struct prepared *conn_prepare(struct store_conn *c, const char *sql, bool kept);
enum prepared_step conn_step(struct store_conn *c, struct prepared *p);
void conn_reset(struct store_conn *c);		     /* ends every running query of the handle */
bool house_step(struct store_conn *c, enum house h); /* true: a row */
struct prepared *house_start(struct store_conn *c, enum house h);
void house_run(struct store_conn *c, enum house h);
void house_later(struct store_conn *c, enum house h); /* what it changes is of no interest */
void store_due(void);				      /* fault injection */

/* text.c: what the words of a statement alone can say; returns why not, or an empty string. */
bool check_names(const struct store *s, const struct stmt *st, str view);
str text_refusal(struct arena *a, const struct store *s, const struct stmt *st);

/* changed.c */
int table_index(const struct store *s, const char *base); /* "r_offer"; -1: not of the policy */
void tables_note(struct store_tables *t, int table);	  /* -1 is fine */
void tables_note_all(struct store_tables *t);
void tables_join(struct store_tables *t, const struct store_tables *more);
/* After their commit; mark: of the turn (pg/turn.c), 0: there are no turns. */
void tables_changed(struct store *s, const struct store_tables *t, int64_t mark);

/* events.c */
void events_begin(struct writer *w);	 /* a batch */
void events_unit(struct writer *w);	 /* a unit of it */
void events_unit_back(struct writer *w); /* is undone */
void events_committed(struct store *s);
void events_tell(struct store *s, const struct store_event *v, size_t n); /* as `heard` */

/* query.c */
void query_prepare(struct store_conn *c, struct query *q, const struct stmt *s);
void statements_check(struct store_conn *c);

/* warm.c */
struct store_conn *warm_take(struct store *s); /* NULL: there is none */
void warm_stop(struct store *s);

/* reads.c */
void reads_make(struct store *s);
void reads_note(struct store_conn *c, const char *view, const char *column);
void reads_count(struct query *q);
void reads_end(struct store *s);

/* keys.c */
void keys_place_open(struct store *s, bool create); /* master, secrets */
void keys_open(struct store_conn *c);
void keys_close(struct keys *k);
/* Both give the key's version: its number in keys.db, never given twice. 0: there is none. */
int64_t keys_get(struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES]);
/* A list is about to be opened: its owners' keys are asked for together. */
void keys_learn(struct store_conn *c, const int64_t *owners, size_t n);
int64_t keys_need(
	struct store_conn *c, int64_t owner, uint8_t key[KEY_BYTES]); /* makes one; writer only */
void keys_commit(struct store_conn *c);
void keys_rollback(struct store_conn *c);
void keys_unit_back(
	struct store_conn *c); /* a unit was rolled back: nothing is known as recorded */
void keys_drop(struct store_conn *c, const struct drop *v, size_t n);
void keys_sweep(struct store_conn *c);
void keys_mark(struct store_conn *c, int64_t each); /* behind a commit; once for so many new keys */
/* The data's mark: faults if the key store is another installation's. */
void keys_belong(struct store *s, const uint8_t mark[MARK_BYTES]);
void keys_rotate(struct store *s); /* on the writer's thread */
bool keys_secrets_read(const char *path, const uint8_t master[KEY_BYTES], struct secrets *k);
bool keys_master_read(const char *path, uint8_t master[KEY_BYTES]); /* false: no such file */

void keys_forget(struct store_conn *c); /* opened keys, when one was dropped since */
/* Another server dropped keys: every connection forgets what it has opened. On any thread. */
void keys_dropped_elsewhere(struct store *s);
bool keys_log_empty(struct store_conn *c); /* false: somebody reads in it */

/* pg/: the same for a database of PostgreSQL: tables, guards, the writer's connection. */
void pg_open(struct store *s, const struct schema_file *files, const char *address, bool create);
/* Before anything is made: faults when the address is not one that an installation could have. */
void pg_fit(struct store *s, const char *address);
void pg_fit_end(struct store *s); /* nobody else waits for it any more */
/* The address that an installation was made with (DIR/database); NULL: it lies on SQLite. */
const char *pg_address_read(struct arena *a, const char *dir);
void pg_address_keep(struct store *s); /* writes it there */
void pg_look(struct store *s);	       /* at its tables, which have grown; faults never */
/* The same of a shared key store (DIR/keys), and its role's password; NULL: keys lie in a file. */
const char *pg_keys_address(struct arena *a, const char *dir, char password[2 * KEY_BYTES + 1]);
bool pg_address(const char *text); /* is it one, and no path? */
/* Whose key store is there. create: faults when a new one cannot be made there. */
void pg_keys_use(struct store *s, const char *address, bool create);
/* For moves, of stores that are held alone. Whether DIR/keys names one, which is used then. */
bool pg_keys_held(struct store *s);
/* Faults when the keys of `from` (NULL: not known yet) cannot be carried to this address; s->place:
 * where its data go. mark: of the installation, when a call that was cut off may have filled it. */
void pg_keys_fit_move(
	struct store *s, struct store *from, const char *address, const uint8_t *mark);
/* Makes it, with all keys of `from` and its log of erasures, in one transaction, and DIR/keys; what
 * a call that was cut off left there goes. Faults. */
void pg_keys_make_of(struct store *s, struct store *from, const char *address, str log);
/* The log of erasures of a shared key store, as a file has it; its digests are checked. */
str pg_erased_text(struct store *s, struct arena *a);

/* purge.c: what was erased leaves the logs and the memory of every connection */
enum conn_turn { TURN_FREE, TURN_READ, TURN_PURGE };
enum { PURGE_AGAIN_MS = 500, PURGE_WAIT_MS = 50 };
void purge_turn(struct store_conn *c);	   /* a read begins */
void purge_turn_end(struct store_conn *c); /* and ends: what is due was waiting for it */
void purge_run(struct store *s); /* on the writer, when purge_due and nobody waits for answers */

/* seal.c */
str seal(struct store_conn *c, struct arena *a, const char *table, const char *group, int64_t row,
	int64_t owner, str record);
str unseal(struct store_conn *c, struct arena *a, const char *table, const char *group, int64_t row,
	int64_t owner, str blob);
void blind_of(struct store *s, const char *table, const char *field, str v, uint8_t out[16]);

/* subject.c */
bool subject_opens(struct query *q, int64_t subject);
/* Entries of the journal that are open; a: for their list. */
void erasures_finish(struct store_conn *c, struct arena *a);
void drops_finish(struct store_conn *c, const struct drop *v, size_t n);
void blinds_find(struct store *s);
/* False: nothing is known of it, so it is active. */
bool subject_get(struct store_conn *c, int64_t subject, enum subject_state *state, bool *held);
bool subject_held(struct store_conn *c, int64_t subject);
bool subject_erased(struct store_conn *c, int64_t subject);
void subject_nobody(struct store_conn *c, int64_t id); /* a placeholder: erased from the start */
void key_erase(struct store_conn *c, int64_t owner);   /* of a row that goes; nothing: no key */
void walk_must_write(const struct db *db);

/* walk_sql.c */
/* layout: schema/citus.sql, where the rows lie on several machines; else empty. */
void walks_make(struct store *s, str layout);
size_t walks_statements(const struct store *s);
/* Tests stop the process here. */
extern void (*store_crash_point)(const char *where);

/* chain.c: what making and checking links share */
enum { CHAIN_BATCH = 500, CHAIN_LATE_S = 600, CHAIN_COLUMNS_MAX = 64, ID_TIME_SHIFT = 22 };
struct chain { /* one chained table, and its statements' texts */
	const struct policy_table *table;
	const struct policy_group *group;			/* of the commitment; NULL: none */
	const struct policy_column *covered[CHAIN_COLUMNS_MAX]; /* by name */
	size_t covered_n;
	const char *fresh, *linked, *strange, *drop, *held;
};
struct chain_head {
	int64_t id, number, at_us;
	bool cut; /* links up to here were cut off by retention */
	struct digest head;
	uint8_t signature[64];
};
struct chain chain_of(struct arena *a, const struct policy_table *t);
struct prepared *chain_start(struct store_conn *c, const char *sql);
bool chain_step(struct store_conn *c, struct prepared *st);
struct digest chain_first(const struct chain *ch);
/* The covered columns stand in the row from column `from`; n is the row's place in the chain. */
struct digest chain_next(struct arena *a, const struct chain *ch, struct digest before,
	struct prepared *st, int from);
str chain_head_text(struct arena *a, const struct chain *ch, const struct chain_head *h);
bool chain_head_read(struct store_conn *c, const char *sql, const struct chain *ch, int64_t number,
	struct chain_head *h);
void chain_keys(struct store *s, uint8_t pk[32], uint8_t sk[64]);
bool chain_head_good(
	struct store *s, struct arena *a, const struct chain *ch, const struct chain_head *h);
#define CHAIN_HEAD_LAST \
	"select id, number, head, at, cut, signature from r_chain_head where chain = ?1" \
	" order by number desc, id desc limit 1"

/* erased.c: the log of erasures, one line for each: outlives every backup */
enum { ERASED_DIGEST_CHARS = 32, ERASED_LINE_BYTES = 160, ERASED_LOG_BYTES_MAX = 256 << 20 };
struct erased_ids {
	int64_t *v;
	size_t n, cap;
};
/* One line, with its end; the digest is its last ERASED_DIGEST_CHARS before that. */
int erased_line(char out[ERASED_LINE_BYTES], const uint8_t key[KEY_BYTES], const char *before,
	int64_t subject, int64_t at_us);
void erased_mails(struct store *s, const struct drop *v, size_t n);
/* Whom a log names; faults when a line of it is not this installation's, or was changed, left out
 * or put in. */
struct erased_ids erased_read(struct arena *a, const uint8_t key[KEY_BYTES], str log);
void erased_replay(struct store *s); /* at start-up, after a restore: before anybody is let in */

/* turn.c: whose turn it is to write, when several servers do */
void turn_begin(struct store_conn *c); /* a transaction that writes; faults when it comes to none */
void turn_keys_dropped(struct store_conn *c); /* in one: the others forget what they opened */
void turn_keys_sweep(struct store_conn *c);
void turn_keys_mark(struct store_conn *c, int64_t each);

/* pg/server.c */
/* Its thread, beside the writer's; both: nothing when there is none. */
void pg_server_listen(struct store *s);
void pg_server_stop(struct store *s);
/* want: from now on it would run it; else one that it does not want counts as here. */
bool pg_server_lease(struct pg_server *me, const char *job, bool want);
void pg_server_call(struct pg_server *me, const char *job);
bool pg_server_elsewhere(struct pg_server *me, const char *job, char name[STORE_SERVER_CHARS]);
void pg_server_calls(struct pg_server *me, void (*woken)(const char *job));
struct store_servers pg_server_say(struct pg_server *me);

/* pg/replica.c */
/* Which one may be read from by whoever wrote last in that turn, and up to where it shows
 * everything; STORE_REPLICAS_MAX: none. */
size_t pg_replica_choose(struct store *s, unsigned reader, int64_t wrote, int64_t *shows);
void pg_replica_read(struct store *s, size_t i); /* counts; STORE_REPLICAS_MAX: the primary */
void pg_replicas_stop(struct store *s);
void pg_read_shows(struct store_conn *c, int64_t shows); /* the read that begins next */

/* writer.c */
void writer_wake(struct store *s); /* to look at what is due */
void writer_start(struct store *s);
void writer_stop(struct store *s);
void writer_end(struct store *s); /* nobody wakes it any more */

/* migrate.c */
/* create: an empty database is filled; otherwise it is no database of ours. */
void migrate(struct store *s, const struct schema_file *files, bool create);
int64_t schema_number(const char *name); /* 0003-member.sql: 3; faults */

/* file.c */
str file_read(struct arena *a, const char *path, size_t max);	    /* faults */
void file_write_synced(const char *path, str bytes, unsigned mode); /* by a new name and rename */
/* Before the engine opens it: its log takes over the mode. */
void file_make_private(const char *path);
void dir_sync(const char *dir);
void file_walk_end(struct store *s);
char *path_join(struct arena *a, const char *dir, const char *name);

#endif
