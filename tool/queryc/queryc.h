/* queryc: the parts of the statement compiler (doc/queryc.md).
 *
 * A statement goes through the parts in this order: token (words), head (name, parameters,
 * shape), scope (which tables, which selects), rules (what may stand where), rewrite (the
 * engine's text), engine (SQLite compiles it), result (types of rows), emit (C). Each reports
 * mistakes with mistake(), which collects them; a statement with a mistake goes no further than
 * it makes sense. */
#ifndef KONTOR_QUERYC_H
#define KONTOR_QUERYC_H

#include "base/base.h"
#include "base/limits.h"
#include "base/out.h"
#include "policy/policy.h"

enum {
	QUERYC_ERRORS_MAX = 200,
	QUERYC_FILE_BYTES_MAX = 1 << 20,
	QUERYC_TOKENS_MAX = 8192, /* of one statement */
	QUERYC_PARAMS_MAX = 64,
	QUERYC_NEST_MAX = 32, /* selects inside selects */
};

/* ---- token.c: words of a file ---------------------------------------------------------------- */
enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* select, o, total_minor: s as written */
	TOKEN_NUMBER, /* 12 */
	TOKEN_TEXT,   /* 'it''s': s with the quotes */
	TOKEN_QUOTED, /* "n: int": s without the quotes */
	TOKEN_PARAM,  /* $3: number is 3 */
	TOKEN_CONST,  /* @order_state.placed */
	TOKEN_SIGN,   /* ( ) , . ; = <> || ... */
	TOKEN_NOTE,   /* one line of comment: s without "--" and blanks */
	TOKEN_BAD,    /* s says what is wrong */
};
struct token {
	enum token_kind kind;
	str s;
	int line;
	int number;
	int sel;      /* innermost select it stands in: index into statement.sels.v */
	int depth;    /* brackets around it */
	bool space;   /* blanks stand before it */
	bool newline; /* a line ends before it */
	bool target;  /* a column that is written: on the left of set, in the list of an insert */
};
struct lexer {
	str text;
	size_t at;
	int line;
};
struct token token_next(struct lexer *l);
bool token_is(const struct token *t, const char *word_or_sign);
bool word_in(str w, const char *const *list); /* NULL-ended, ASCII case ignored */
bool name_good(str s);			      /* [a-z][a-z0-9_]* */
bool c_word(str s);			      /* what C or its headers keep for themselves */

/* ---- what a statement is --------------------------------------------------------------------- */
struct param {
	str name;
	struct type type; /* TYPE_SEALED: group below; TYPE_BLIND: group and field below */
	bool null;
	bool list; /* any number of values: text[], offer_id[] */
	const struct policy_table *table;
	const struct policy_group *group;
	str field;
	int row, key; /* TYPE_SEALED: which parameters, from 0 */
	bool used;
};
struct select {		 /* one select of the text; 0 is the statement itself */
	int parent;	 /* -1: none */
	int compound;	 /* the first select of a union, itself when none */
	size_t from, to; /* tokens of its list: behind `select`, before `from` */
	bool group, aggregate;
	size_t start;
};
struct scope { /* one table named in the text */
	str purpose, name, alias;
	const struct policy_table *table; /* NULL: a full-text table, a common table, a subquery */
	const struct policy_grant *grant;
	int sel;
	bool outer; /* may be missing: right of a left join */
	bool near;  /* found by an index of its own, not by its gates: rules_near */
	bool fts;
	size_t token;
};
struct item {		 /* one column of the result */
	size_t from, to; /* its expression's tokens */
	str name;	 /* C name */
	str given;	 /* SQL name before the endings are dropped */
	struct type type;
	bool null;
	bool said, sure, maybe;		    /* the text says a type; ends it with ! or ? */
	const struct scope *scope;	    /* bare columns */
	const struct policy_column *column; /* bare columns */
	const struct policy_table *table;   /* sealed */
	const struct policy_group *group;
	int currency; /* money, price: item that holds the currency */
	int line;
};
struct names {
	str *v;
	size_t n, cap;
};
struct mark { /* from this byte of the engine's text on stands what is in this line of the source */
	size_t at;
	int line;
};
struct marks {
	struct mark *v;
	size_t n, cap;
};
enum shape { SHAPE_ONE = 1, SHAPE_MANY, SHAPE_EXEC, SHAPE_ONCE }; /* as STMT_ONE in store.h */
struct statement {
	const char *file;
	int line; /* of the head */
	str noun, comment, name, plan, purpose_said;
	struct {
		struct param *v;
		size_t n, cap;
	} params;
	enum shape shape;
	char verb; /* s i u d */
	bool bad;
	struct token *v; /* words of the text, ended by TOKEN_END */
	size_t n, cap;
	struct {
		struct select *v;
		size_t n, cap;
	} sels;
	struct {
		struct scope *v;
		size_t n, cap;
	} scopes;
	struct names ctes; /* common tables */
	struct {
		struct item *v;
		size_t n, cap;
	} items;
	const struct policy_purpose *purpose;
	bool also_public, fts, outer_join;
	bool lag;		    /* may be answered by a replica, some seconds old */
	bool single;		    /* at most one row, by unique indexes */
	const struct scope *target; /* of a write */
	struct names columns;	    /* written */
	size_t set_from, set_to, where_from,
		where_to; /* of update and delete; values of an insert */
	str sql;	  /* for the engine */
	struct marks map;
};
struct source {
	const char *path, *base; /* src/market/order/order.sql, order.sql */
	str noun, text;
	struct statement *v;
	size_t n, cap;
};

/* ---- where rows lie -------------------------------------------------------------------------- */
enum lies {
	LIES_PLACED = 1, /* in the place that the last bits of their ids say */
	LIES_EVERYWHERE, /* on every machine */
	LIES_ONE,	 /* on the machine that the program asks */
};
struct lie {
	const struct policy_table *table;
	enum lies kind;
	struct names near; /* columns beside id that hold ids of the same place */
	int line;
};

/* ---- the compiler's state -------------------------------------------------------------------- */
struct mistake {
	const char *file;
	int line;
	str text;
	size_t nth; /* in the order of finding */
};
struct engine;
struct queryc {
	struct arena *a;
	const struct policy *policy;
	const char *policy_dir, *schema_dir, *out_dir;
	struct {
		struct source *v;
		size_t n, cap;
	} sources;
	struct {
		struct source *v;
		size_t n, cap;
	} schema;
	const char *layout_path; /* schema/citus.sql; NULL: there is none */
	str layout_text;
	struct {
		struct lie *v;
		size_t n, cap;
	} layout;
	struct engine *engine;
	struct {
		struct mistake *v;
		size_t n, cap;
	} errors;
};
void mistake(struct queryc *q, const char *file, int line, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* The same for a statement, which is then bad. */
void wrong(struct queryc *q, struct statement *st, int line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* ---- compile.c: all of it, in order ---------------------------------------------------------- */
/* Policy and schema are given; false when they have mistakes. */
bool compile_open(struct queryc *q);
void compile_sources(
	struct queryc *q); /* source.text is given; its statements are found and judged */

/* ---- head.c: a file into statements ---------------------------------------------------------- */
void source_read(struct queryc *q, struct source *f);
/* "order_state?", "money(currency)": false when it is no type of the policy. */
bool type_read(struct queryc *q, str text, struct type *type, bool *null);

/* ---- scope.c: selects, tables, columns ------------------------------------------------------- */
void scopes_find(struct queryc *q, struct statement *st);
/* The table that token i ("o" of o.id, or a bare column) belongs to, seen from its select. */
struct found {
	const struct scope *scope;
	const struct policy_column *column;
	size_t tokens; /* 1 or 3; 0: not a column of a table of the policy */
};
struct found column_at(struct queryc *q, const struct statement *st, size_t i);
bool granted(const struct policy_grant *g, str column);
bool listed(const str *v, size_t n, str s);

/* ---- rules.c: what may stand where ----------------------------------------------------------- */
void rules_words(struct queryc *q, struct statement *st);   /* before the tables are known */
void rules_columns(struct queryc *q, struct statement *st); /* behind scopes_find */
void rules_single(struct queryc *q, struct statement *st);  /* tables of one row at a time */
/* Which tables are found by an index that the text names, and whether that leaves one row. */
void rules_near(struct queryc *q, struct statement *st);
void rules_lag(struct queryc *q, struct statement *st);
void rules_order(struct queryc *q, struct statement *st); /* behind result_find */
/* The parameter at t is compared with or stored in this column. */
void param_fits(struct queryc *q, struct statement *st, const struct token *t,
	const struct policy_table *table, const struct policy_column *c);
size_t bracket_end(const struct statement *st, size_t open); /* the matching ")" */
/* The parameter that an inserted column gets, or that changed rows are found by; -1: none. */
int column_param(const struct statement *st, str column);

/* ---- rewrite.c: the text that the engine runs ------------------------------------------------ */
void rewrite(struct queryc *q, struct statement *st);
str rewrite_pg(struct queryc *q, struct statement *st); /* PostgreSQL's, behind result_find */
/* An insert for many rows, each parameter an array, and the tables that a new row asks about;
 * empty: each row must be asked alone. */
str rewrite_pg_rows(struct queryc *q, struct statement *st, struct names *asks);
/* Of a statement that names a placed table, for several machines; *viewer: its last parameter is
 * one more, the company that asks. Empty: the text is PostgreSQL's. */
str rewrite_citus(struct queryc *q, struct statement *st, bool *viewer);
const char *type_pg(const struct type *t);	    /* bigint, text, bytea */
bool list_at(const struct statement *st, size_t i); /* tokens from i on: in ($1), of a list */
bool param_stands(const struct statement *st, int number);

/* ---- write.c: writes taken apart ------------------------------------------------------------- */
void write_find(struct queryc *q, struct statement *st); /* target, columns, where of a write */

/* ---- engine.c: SQLite ------------------------------------------------------------------------ */
void engine_open(
	struct queryc *q); /* schema and views; reports what policy and schema disagree about */
void engine_close(struct queryc *q);
/* A connection (sqlite3 *) that knows the functions of the store; faults when there is none. */
struct sqlite3 *engine_connect(const char *path, int flags);
void engine_compile(struct queryc *q, struct statement *st);
/* Does an index of the table begin with this column? */
bool engine_begins(struct queryc *q, str table, str column);
bool engine_is_fts(struct queryc *q, str table);
/* Is the set of columns enough to name at most one row of the table? */
bool engine_unique(struct queryc *q, str table, const str *columns, size_t n);
/* Table and column that result column i comes from, as the engine sees it; false: an expression. */
bool engine_origin(struct queryc *q, int i, str *table, str *column);
int engine_columns(struct queryc *q);
struct names engine_uniques(struct queryc *q, str table); /* of each its columns, "a b" */
struct names engine_references(struct queryc *q, str table);

/* ---- layout.c, places.c: where rows lie, which places a statement asks ----------------------- */
void layout_read(struct queryc *q, str text);
const struct lie *lie_of(const struct queryc *q, const struct policy_table *t);
/* Does an id in this column tell the place of the row? */
bool lie_tells(const struct lie *l, str column);
/* "one", "all" and so on for each statement (doc/queryc.md, "Places"). */
void list_places(struct queryc *q);
/* The value that tells the place of all placed rows of the statement: "$2", "viewer_company";
 * empty: none does. */
str places_value(struct queryc *q, struct statement *st);
/* What the "=" at this token says of the places of two rows, behind token *end; empty: nothing. */
str places_tied(struct queryc *q, struct statement *st, size_t at, size_t *end);

/* ---- result.c: the rows' types --------------------------------------------------------------- */
void items_find(struct queryc *q, struct statement *st);  /* names and tokens */
void result_find(struct queryc *q, struct statement *st); /* types, behind engine_compile */

/* ---- emit.c, types.c: C ---------------------------------------------------------------------- */
void emit_all(struct queryc *q);
void emit_types(struct queryc *q);
/* Written beside and renamed, left alone when unchanged, not written while there are mistakes.
 * Given by the program that links these parts. */
void emit_file(struct queryc *q, const char *name, const struct out *o);
str upper(struct queryc *q, str s);

/* behind the name of a statement in the list of --pg: its text for many rows */
#define LIST_ROWS "/rows"

/* ---- list.c: for other tools ----------------------------------------------------------------- */
void list_statements(struct queryc *q);
void list_pg(struct queryc *q);	   /* the statements as PostgreSQL prepares them */
void list_citus(struct queryc *q); /* those that have another text on several machines */
void plans_check(struct queryc *q, const char *database); /* plans.c */

#endif
