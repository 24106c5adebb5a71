/* The engine asks here before it touches anything: default deny, never off, in step() too.
 *
 * What a registered statement may do follows from its declaration and the policy: it reads views of
 * its purpose; base tables are read inside a guard only, whose name carries this connection's nonce
 * (so a forged name cannot pass); what it writes is one table and the listed columns. The house's
 * own fixed statements may touch the house's tables only. */
#include "lite.h"

#include <stdio.h>
#include <strings.h>

enum { ROOMS_MAX = 16 };
static struct {
	int (*install)(void *engine);
	const char *const *functions;
} rooms[ROOMS_MAX];
static size_t rooms_n;

void store_function(int (*install)(void *engine), const char *const *functions)
{
	MUST(rooms_n < ROOMS_MAX);
	for (size_t i = 0; i < rooms_n; i++)
		if (rooms[i].install == install)
			return;
	rooms[rooms_n].install = install;
	rooms[rooms_n++].functions = functions;
}

void conn_install(struct store_conn *c)
{
	for (size_t i = 0; i < rooms_n; i++)
		if (rooms[i].install(c->db))
			fault(FAULT_STORE, "a room's functions could not be installed");
}

static bool in_list(const char *const *list, const char *s)
{
	for (; list && *list; list++)
		if (!strcasecmp(*list, s))
			return true;
	return false;
}

/* None of these raises an error that depends on a row's values: an error in a condition would tell
 * about rows that the guard hides. */
static const char *const functions[] = {"count", "sum", "min", "max", "avg", "lower", "upper",
	"length", "substr", "substring", "coalesce", "ifnull", "nullif", "iif", "instr", "replace",
	"trim", "ltrim", "rtrim", "like", "round", "sign", "typeof", "unicode", "likely",
	"unlikely", "row_number", "rank", "dense_rank", "lag", "lead", "first_value", "last_value",
	"group_concat", "bm25", "highlight", "snippet", "match", "viewer_person", "viewer_company",
	"viewer_session", "viewer_roles", NULL};

static bool function_allowed(const char *name)
{
	if (in_list(functions, name))
		return true;
	for (size_t i = 0; i < rooms_n; i++)
		if (in_list(rooms[i].functions, name))
			return true;
	return false;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = s ? strlen(s) : 0, m = strlen(end);

	return n > m && !memcmp(s + n - m, end, m);
}

static bool base_table(const char *name)
{
	return name && !strncasecmp(name, "r_", 2);
}

static bool fts_table(const struct store *s, const char *name)
{
	for (size_t i = 0; name && i < s->fts_n; i++)
		if (!strcasecmp(s->fts[i], name))
			return true;
	return false;
}

/* A declared full-text table or one of the tables that it keeps its index in. */
static bool fts_or_part(const struct store *s, const char *name)
{
	for (size_t i = 0; name && i < s->fts_n; i++) {
		size_t n = strlen(s->fts[i]);

		if (!strncasecmp(s->fts[i], name, n) && (name[n] == 0 || name[n] == '_'))
			return true;
	}
	return false;
}

/* The full-text engine's own statements: it compiles them inside step(), also when a transaction
 * ends, without a context; the text of a statement never gets here. */
static bool fts_inner(const struct store_conn *c, const char *ctx)
{
	return !c->preparing && !ctx && (c->house || (c->stmt && c->stmt->fts));
}

static bool house_table(const char *name)
{
	static const char *const tables[] = {"r_schema_file", "r_house", "r_subject", "r_journal",
		"r_replay", "r_restricted", "r_held", "r_sweep_mark", "r_chain_link",
		"r_chain_head", NULL};

	return in_list(tables, name);
}

/* While links are made, checked or cut, the house also reads and cuts the chained logs. */
static bool chained_table(const struct store_conn *c, const char *name)
{
	const struct policy_table *t = c->chaining && base_table(name)
					       ? policy_table(c->store->policy, str_of(name + 2))
					       : NULL;

	return t && t->chain.n;
}

static int no(struct store_conn *c, const char *why, const char *a, const char *b)
{
	snprintf(c->refused, sizeof c->refused, "%s%s%s%s%s", why, a ? ": " : "", a ? a : "",
		b && *b ? "." : "", b ? b : "");
	return SQLITE_DENY;
}

static bool str_listed(const str *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(v[i], str_of(name)))
			return true;
	return false;
}

static const struct policy_grant *write_grant(const struct store_conn *c)
{
	const struct stmt *s = c->stmt;
	const struct policy_table *t;

	if (!s->writes || !base_table(s->writes))
		return NULL;
	t = policy_table(c->store->policy, str_of(s->writes + 2));
	return t ? policy_grant(t, c->store->purpose[s->purpose]->name) : NULL;
}

static bool foreign_key(const struct store *s, const char *table, const char *column)
{
	for (size_t i = 0; i < s->refs.n; i++)
		if (!strcasecmp(s->refs.v[i].table, table) &&
			!strcasecmp(s->refs.v[i].column, column))
			return true;
	return false;
}

/* Outside of a guard a write may look at the row it changes: its id, and columns that its purpose
 * reads anyway. The engine also asks when it checks foreign keys, for the parent's id and the
 * children's references; the text cannot have named those tables (text.c). */
static int read_of_write(struct store_conn *c, const char *table, const char *column)
{
	const struct policy_grant *g = write_grant(c);

	if (!strcasecmp(column, "id") || !strcasecmp(column, "rowid"))
		return SQLITE_OK;
	if (strcasecmp(table, c->stmt->writes) != 0 && foreign_key(c->store, table, column))
		return SQLITE_OK;
	if (strcasecmp(table, c->stmt->writes) != 0 || !g)
		return no(c, "a base table is read outside of a guard", table, column);
	if (str_listed(g->columns, g->columns_n, column))
		return SQLITE_OK;
	return no(c, "the purpose may not read this column of what it writes", table, column);
}

static int read_base(struct store_conn *c, const char *table, const char *column, const char *ctx)
{
	if (c->house)
		return house_table(table) || c->walking || chained_table(c, table)
			       ? SQLITE_OK
			       : no(c, "not a table of the house", table, column);
	if (!c->stmt)
		return no(c, "no statement is running", table, column);
	if (c->noting)
		tables_note(c->noting, table_index(c->store, table));
	if (ends_with(ctx, c->nonce))
		return SQLITE_OK;
	if (fts_inner(c, ctx))
		return SQLITE_OK; /* on what it indexes */
	if (!ctx && !*column)
		return SQLITE_OK; /* inside a view, no column used: see text.c */
	if (!ctx && c->stmt->writes)
		return read_of_write(c, table, column);
	return no(c, "a base table is read outside of a guard", table, column);
}

static int may_read(struct store_conn *c, const char *table, const char *column, const char *db,
	const char *ctx)
{
	const char *dot = table ? strchr(table, '.') : NULL;

	if (table && c->stmt && !ctx && !strcmp(table, "json_each") && column &&
		!strcmp(column, "value"))
		return SQLITE_OK; /* a list that the statement is given: text.c */
	if (!table || !strncasecmp(table, "sqlite_", 7) || !strncasecmp(table, "pragma_", 7) ||
		!strncasecmp(table, "json_", 5) || !strcasecmp(table, "dbstat"))
		return no(c, "the engine's own tables are out of reach", table, column);
	if (!column)
		column = "";
	if (base_table(table))
		return read_base(c, table, column, ctx);
	if (fts_or_part(c->store, table)) {
		bool ok = c->stmt && c->stmt->fts && fts_table(c->store, table);

		return ok || fts_inner(c, ctx) || ends_with(ctx, c->nonce)
			       ? SQLITE_OK
			       : no(c, "a full-text table is not declared", table, column);
	}
	if (c->house)
		return no(c, "not a table of the house", table, column);
	if (dot && c->stmt) { /* a purpose view: its text was judged; a gate may name others */
		const struct policy_purpose *p = c->store->purpose[c->stmt->purpose];
		str purpose = {table, (size_t)(dot - table)};

		if (c->checking && *column && !ctx)
			reads_note(c, table, column);
		if (ends_with(ctx, c->nonce) || ends_with(table, c->nonce) ||
			str_eq_nocase(purpose, p->name) || str_eq_nocase(purpose, S("public")) ||
			check_names(c->store, c->stmt, str_of(table)))
			return SQLITE_OK;
		return no(c, "a view of another purpose", table, column);
	}
	if (db && !strcasecmp(db, "main"))
		return no(c, "not a table of the program", table, column);
	return c->stmt ? SQLITE_OK
		       : no(c, "no statement is running", table, column); /* a name of its own */
}

static int may_write(
	struct store_conn *c, int act, const char *table, const char *column, const char *ctx)
{
	const struct stmt *s = c->stmt;
	char verb = act == SQLITE_INSERT ? 'i' : act == SQLITE_UPDATE ? 'u' : 'd';

	if (c->writer && fts_inner(c, ctx) && fts_or_part(c->store, table))
		return SQLITE_OK;
	if (c->house)
		return house_table(table) || (c->walking && base_table(table)) ||
				       (chained_table(c, table) && act == SQLITE_DELETE)
			       ? SQLITE_OK
			       : no(c, "not a table of the house", table, column);
	if (!s)
		return no(c, "no statement is running", table, column);
	if (!c->writer || !s->writes || s->verb != verb || strcasecmp(s->writes, table) != 0 || ctx)
		return no(c, "this statement may not write here", table, column);
	if (s->fts && fts_table(c->store, table))
		return verb != 'u' || in_list(s->columns, column)
			       ? SQLITE_OK
			       : no(c, "column not declared", table, column);
	const struct policy_grant *g = write_grant(c);

	if (!g)
		return no(c, "the policy gives the purpose no such right", table, column);
	if (verb == 'd')
		return g->may_delete ? SQLITE_OK
				     : no(c, "the policy gives no right to delete", table, NULL);
	if (verb == 'u' && !in_list(s->columns, column))
		return no(c, "the statement does not declare this column", table, column);
	if (verb == 'u' && !str_listed(g->update, g->update_n, column))
		return no(c, "the policy gives no right to update this column", table, column);
	for (const char *const *p = s->columns; verb == 'i' && p && *p; p++)
		if (!str_listed(g->insert, g->insert_n, *p))
			return no(c, "the policy gives no right to insert this column", table, *p);
	return SQLITE_OK;
}

int authorize(void *conn, int act, const char *a, const char *b, const char *db, const char *ctx)
{
	struct store_conn *c = conn;

	if (!c->armed)
		return SQLITE_OK; /* while the connection is being made, before anybody has it */
	switch (act) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return c->stmt || c->house ? SQLITE_OK
					   : no(c, "no statement is running", NULL, NULL);
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return c->house ? SQLITE_OK
				: no(c, "transactions are the store's business", a, NULL);
	case SQLITE_FUNCTION:
		if (!strcasecmp(b, "sealed"))
			return ends_with(ctx, c->nonce)
				       ? SQLITE_OK
				       : no(c, "sealed() belongs to guards", NULL, NULL);
		if (c->house || function_allowed(b))
			return SQLITE_OK;
		return no(c, "function not allowed", b, NULL);
	case SQLITE_READ: return may_read(c, a, b, db, ctx);
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE: return may_write(c, act, a, b, ctx);
	case SQLITE_PRAGMA: /* the full-text engine looks whether its index changed */
		if (fts_inner(c, ctx) && !b && !strcasecmp(a, "data_version"))
			return SQLITE_OK;
		return no(c, "pragma", a, NULL);
	default: return no(c, "not a statement of the program", a, NULL);
	}
}
