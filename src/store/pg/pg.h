/* pg: PostgreSQL behind the data of an installation. doc/postgresql.md.
 *
 * A connection speaks in pipeline mode: what needs no answer (begin, who looks, savepoints) waits
 * and goes out with the next statement, in the same round trip. */
#ifndef KONTOR_STORE_PG_H
#define KONTOR_STORE_PG_H

#include "../inside.h"
#include "libpq.h"

enum {
	PG_PARAMS_MAX = 64,
	PG_ROLE_CHARS = 40, /* an installation's word */
	PG_CONNECT_S = 5,
	PG_WAIT_S = 20,	 /* for an answer, before the connection counts as lost; statements are cut
			   by the server before */
	PG_AGAIN_S = 10, /* trying to reach a database that went away, before what waits is given
			    up */
	PG_WHY_BYTES = 400,
	PG_SERVER_CHARS = STORE_SERVER_CHARS,
	PG_STANDBY_CONNECT_S = 2, /* whoever asks a standby can ask the primary instead */
	PG_STANDBY_WAIT_S = 3,
};

enum { PG_OWED_MAX = 192 }; /* commands of a round whose answers say more than yes or no */

/* With whose rights a statement runs; PG_KEYS: in the key store's database. */
enum pg_role { PG_ANY, PG_HOUSE, PG_APP, PG_KEYS, PG_ROLES };

/* What all connections of an installation share. */
struct pg_place {
	const char *uri;	   /* as it was given: its user sets the database up */
	char roles[PG_ROLE_CHARS]; /* the word that the names of roles begin with: the database's */
	const char *guards;	   /* the digest of what the database was made ready for */
	/* By role. Of house and app made from a secret in the key store; of keys in DIR/keys. */
	char password[PG_ROLES][2 * KEY_BYTES + 1];
	const char *standby;	/* its machine, when it is a replica (replica.c); else NULL */
	atomic_llong *fresh_us; /* of a replica: 0 when a connection to it is lost */
};

struct pg {
	PGconn *c; /* NULL: there is none just now */
	struct store *store;
	const struct pg_place *place;
	struct store_conn *conn;  /* whose handle says who looks; NULL: a side */
	struct viewer told;	  /* who looks, as the transaction knows */
	bool told_all;		  /* what it knows of that is not known: all is told again */
	str acts;		  /* on several machines: the purpose, as the transaction knows */
	enum pg_role login, role; /* role: of what comes next in the transaction */
	bool reads;		  /* only */
	int64_t shows;		  /* of a replica: a read that does not show this is none */
	bool open;		  /* a transaction, as far as was said */
	int waiting;		  /* commands sent since the last answer was read */
	int behind;		  /* of those, ones behind whose end nobody waited yet */
	unsigned round;		  /* counts rounds */
	struct pg_owed {
		struct prepared *prepares; /* known to the server from there on */
		int at;			   /* place in the round */
		int rows;		   /* that it must change; 0: any number */
	} owed[PG_OWED_MAX];		   /* in the order of the round */
	int owed_n, unseen;		   /* unseen: writes sent for whose answer nobody waited */
	unsigned session; /* counts connections: what was prepared on another is gone */
	unsigned names;
	char state[6]; /* SQLSTATE of the last failure; 08006: the connection is lost */
	char why[PG_WHY_BYTES];
	struct pg *side; /* of a reader: the house's own connection, for walks and chains */
	struct pg_states *states; /* of a reader: what it knows of subjects in this read */
	struct pg_gather *gather; /* of the writer: rows that are to be inserted */
	struct prepared *turn;	  /* of the writer: what it asks at the beginning of one */
	struct prepared **words;  /* what it asks of full text (words.c) */
};

/* This server among those that work on the same database. */
struct pg_server {
	struct store *store;
	int64_t id;
	unsigned node;
	int64_t high;	 /* of ids, as its last turn stored it; another: somebody had one since */
	int64_t dropped; /* as often as keys were, as far as it knows */
	bool others;	 /* in the turn at hand there is somebody who must hear of it */
	/* its own thread */
	pthread_t thread;
	pthread_mutex_t mutex; /* of jobs */
	struct pg *g;
	int wake;
	bool running;
	atomic_bool stop;
	atomic_llong seen_us; /* when the database answered last, on the clock that never moves */
	atomic_llong skew_us;
	atomic_uint servers;
	struct {
		char name[32];
		bool here, call;	     /* call: on the server where it runs */
		char where[PG_SERVER_CHARS]; /* that server's name; empty: nobody's */
	} jobs[48];
	size_t jobs_n;
	void (*woken)(const char *job);
};

/* ---- place.c ---- */
struct pg_place *pg_place_name(struct store *s, const char *uri); /* without passwords; faults */
struct pg_place *pg_place_make(struct store *s, const char *uri); /* keys are open; faults */

/* ---- keys_place.c: a key store that several servers share ---- */
const struct pg_place *pg_keys_at(const struct store *s);

/* ---- wire.c: connections and what goes over them ---- */
enum { OWNER_LOCK = 0x6b6f6e75 }; /* whoever writes holds it for a turn */
PGconn *pg_connect(const struct pg_place *at, enum pg_role as);	    /* PG_ANY: the URI's own user */
struct pg *pg_new(struct store *s, enum pg_role login, bool reads); /* faults */
void pg_free(struct pg *g);
void pg_drop(struct pg *g);  /* the connection; pg_again makes another */
void pg_again(struct pg *g); /* connects when there is no connection; faults */
bool pg_lost(const struct pg *g);
void pg_later(struct pg *g, const char *sql); /* waits for what comes */
/* Sends what waits, and the end of a round; the answer of the command `wanted` (from 0), the others
 * must succeed. NULL: something failed, g->state and g->why say what; *failed says which. */
PGresult *pg_round(struct pg *g, int wanted, int *failed);
void pg_count(struct pg *g, atomic_ullong *n); /* one of the writer's */
/* The command sent last prepares a statement, or must change so many rows (0: any number). */
void pg_owe(struct pg *g, struct prepared *prepares, int rows);
void pg_settle(struct pg *g);	/* looks at what nobody waited for; faults */
void pg_send_end(struct pg *g); /* sends what waits and does not wait for the answer */
void pg_as(struct pg *g, enum pg_role role);
/* Who looks, where that differs from what was told last. */
void pg_tell(struct pg *g, const struct viewer *who);
/* On several machines: which purpose acts; "house": the program itself. */
void pg_act(struct pg *g, str purpose);
void pg_tell_anew(
	struct pg *g); /* a savepoint's end: machines that come later know nothing of it */
noreturn void pg_fault(struct pg *g, const char *what);
bool pg_is(const struct pg *g, const char *state); /* of the last failure; a prefix will do */
bool pg_refused(const struct pg *g);		   /* it was a row policy's refusal of a new row */

/* ---- statement.c ---- */
bool pg_is_word(const char *sql); /* begin, savepoint … */
struct prepared *pg_statement(struct pg *g, const char *sql, const char *types, enum pg_role role,
	bool guarded); /* guarded: a failure leaves the transaction as it was */
void pg_statement_of(struct prepared *p, const struct stmt *stmt); /* of the program */
void pg_statement_end(struct prepared *p);
void pg_bind_null(struct prepared *p, int i);
void pg_bind_int(struct prepared *p, int i, int64_t v);
void pg_bind_bytes(struct prepared *p, int i, str v);
enum prepared_step pg_step(struct prepared *p);
bool pg_step_later(struct prepared *p, bool one); /* of a writer: false: not sent */
void pg_prepared(struct prepared *p);		  /* the server has prepared it */
void pg_reset(struct prepared *p);
void pg_step_fault(struct prepared *p, const char *what) __attribute__((__noreturn__));
int64_t pg_changes(struct prepared *p);
int pg_params(struct prepared *p);
const char *pg_sql(struct prepared *p);
enum prepared_type pg_type(struct prepared *p, int col);
int64_t pg_int(struct prepared *p, int col);
str pg_bytes(struct prepared *p, int col);
str pg_sealed(struct prepared *p, int col, int64_t *row, int64_t *key);

/* Prepares every statement of the program, so that what PostgreSQL refuses stops the start. */
void pg_prepare_all(struct store_conn *c);

/* ---- gather.c: rows that go out together ---- */
struct statement;
void pg_gather_row(struct statement *s, const struct viewer *who); /* its values are copied */
void pg_gathered(struct pg *g);					   /* sends them; faults */
void pg_gather_forget(struct pg *g);				   /* their unit is undone */
void pg_gather_free(struct pg *g);
/* A list as the value of one parameter. */
str pg_texts(struct arena *a, const str *v, size_t n);
str pg_ints(struct arena *a, const int64_t *v, size_t n);

/* ---- state.c: of whom sealed values are ----
 * Within one read nothing changes: the owners of all rows of an answer are asked about at once. */
void pg_states_forget(struct pg *g); /* a read begins */
bool pg_state(struct pg *g, int64_t subject, int *state, bool *held);
/* Before the first value of a column is opened: `n` owners, any of them twice. */
void pg_states_learn(struct pg *g, const int64_t *owners, size_t n);
void pg_states_free(struct pg *g);

/* ---- text.c: SQLite's words in PostgreSQL's ---- */
str pg_text(struct arena *a, const char *sql);

/* ---- commit.c: what a lost connection leaves unknown ---- */
bool pg_commit(struct pg *g); /* true: it is stored. False: it is not, g->why says why */

/* ---- turn.c: this server's among several ---- */
void pg_turn_lock(struct pg *g); /* until the transaction's end */
void pg_turn(struct store_conn *c);
void pg_turn_end(struct store_conn *c, int64_t id); /* id: the last one of the turn */
void pg_turn_kept(struct store_conn *c, int64_t id);

/* ---- server.c: who else is there ---- */
void pg_server_start(struct store *s);
/* In a turn, when the others gave this server up: it enters anew, and what waits is given back. */
noreturn void pg_server_again(struct store_conn *c);

/* ---- replica.c: standbys that reads may be asked of ---- */
const struct pg_place *pg_replica_place(const struct store *s, size_t i);

void pg_look_with(struct store *s, const char *sql); /* on a connection of its own; faults never */

/* ---- words.c ---- */
void pg_words_free(struct pg *g);

/* ---- setup.c ---- */
/* Does the text name a table that lies on several machines? */
str pg_layout(void); /* schema/citus.sql */
bool pg_is_placed(const char *sql);
/* Makes the tables, roles and guards, or brings them up to date; takes over what the data know
 * (mark, node, ids). Faults with what to do. */
void pg_setup(struct store *s, const struct schema_file *files, bool create);
/* For a move with this token: the tables and all behind them, without the house's row, in the open
 * transaction of the connection that it gives, the administrator's. */
PGconn *pg_setup_tables(struct store *s, const struct schema_file *files, const char *token);

/* ---- mirror.c ---- */
/* Statements are judged by SQLite too, on the same schema and guards without rows: the words, the
 * authorizer, and what each reads. Faults. */
void pg_mirror(struct store *s, const struct schema_file *files);

#endif
