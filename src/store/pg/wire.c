/* Connections and what goes over them. */
#include "pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void notice(void *ctx, const char *message)
{
	(void)ctx, (void)message; /* "already exists, skipping": what failed comes as an error */
}

PGconn *pg_connect(const struct pg_place *at, enum pg_role as)
{
	static const char *const names[PG_ROLES] = {"", "house", "app", "keys"};
	char user[PG_ROLE_CHARS + 8], connect_s[8];
	/* The address may name several machines: the one that takes writes is meant. */
	const char *keys[] = {"target_session_attrs", "dbname", "connect_timeout",
		"tcp_user_timeout", "application_name", "client_encoding", as ? "user" : NULL,
		"password", NULL};
	const char *values[] = {
		"read-write", at->uri, connect_s, "15000", "kontor", "UTF8", user, NULL, NULL};

	if (at->standby) /* whether it is one is asked of it */
		values[0] = "any";

	if (as)
		values[7] = at->password[as];
	snprintf(user, sizeof user, "%s_%s", at->roles, names[as]);
	snprintf(connect_s, sizeof connect_s, "%d",
		at->standby ? PG_STANDBY_CONNECT_S : PG_CONNECT_S);
	PGconn *c = pq.PQconnectdbParams(keys, values, 1);

	if (!c)
		fault(FAULT_MEMORY, "no memory for a connection");
	pq.PQsetNoticeProcessor(c, notice, NULL);
	return c;
}

struct pg *pg_new(struct store *s, enum pg_role login, bool reads)
{
	struct pg *g = calloc(1, sizeof *g);

	if (!g)
		fault(FAULT_MEMORY, "no memory for a connection");
	*g = (struct pg){.store = s, .login = login, .role = login, .reads = reads};
	g->place = login == PG_KEYS ? pg_keys_at(s) : s->place;
	return g;
}

static void round_new(struct pg *g)
{
	g->round++;
	g->waiting = g->owed_n = g->unseen = 0;
}

static void hang_up(struct pg *g)
{
	if (g->c)
		pq.PQfinish(g->c);
	g->c = NULL;
	round_new(g);
	pg_gather_forget(g);
	g->behind = 0;
	g->open = false;
	g->role = g->login;
}

void pg_free(struct pg *g)
{
	if (!g)
		return;
	pg_free(g->side);
	pg_states_free(g);
	pg_gather_free(g);
	pg_words_free(g);
	prepared_end(g->turn);
	hang_up(g);
	free(g);
}

void pg_drop(struct pg *g)
{
	hang_up(g);
}

bool pg_lost(const struct pg *g)
{
	return !g->c;
}

static void lost(struct pg *g, const char *why)
{
	snprintf(g->state, sizeof g->state, "08006");
	snprintf(g->why, sizeof g->why, "the database is not reached: %.*s",
		(int)strcspn(why, "\n"), why);
	if (g->place->fresh_us)
		atomic_store(g->place->fresh_us, 0); /* until it is seen again */
	hang_up(g);
}

/* What has come meanwhile is taken in: the answer to the end of the last read, or the server's
 * farewell and, behind it, the end of the connection. */
static bool lives(struct pg *g)
{
	return g->c && pq.PQconsumeInput(g->c) && pq.PQconsumeInput(g->c) &&
	       pq.PQstatus(g->c) == PQ_OK;
}

void pg_again(struct pg *g)
{
	if (lives(g))
		return;
	hang_up(g);
	g->c = pg_connect(g->place, g->login);
	if (pq.PQstatus(g->c) != PQ_OK || !pq.PQenterPipelineMode(g->c)) {
		lost(g, pq.PQerrorMessage(g->c));
		pg_fault(g, g->login == PG_KEYS ? "the key store" : "PostgreSQL");
	}
	g->session++;
	g->names = 0;
}

bool pg_is(const struct pg *g, const char *state)
{
	return !strncmp(g->state, state, strlen(state));
}

noreturn void pg_fault(struct pg *g, const char *what)
{
	static const struct {
		const char *state;
		enum fault_kind kind;
		const char *next;
	} kinds[] = {
		{"42501", FAULT_POLICY, ""},
		{"57014", FAULT_TIME, ""},
		{"25P0", FAULT_TIME, ""}, /* idle for too long: the server ended it */
		{"40", FAULT_RETRY, ""},
		{"55P03", FAULT_RETRY, ""},
		{"08", FAULT_STORE, ""},
		{"57P", FAULT_STORE, " (the database is stopping or starting)"},
		{"28", FAULT_STORE, " (do pg_hba.conf and the roles' passwords fit? kontor init)"},
		{"53", FAULT_STORE,
			" (see what the database's machine lacks; nothing of this was "
			"stored)"},
		{"58", FAULT_STORE, " (see the database's log; nothing of this was stored)"},
		{"XX", FAULT_STORE, " (the database is damaged: see its log)"},
		{"3D", FAULT_STORE, " (createdb makes it)"},
	};

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (pg_is(g, kinds[i].state))
			fault(kinds[i].kind, "%s: %s%s", what, g->why, kinds[i].next);
	fault(FAULT_BUG, "%s: %s", what, g->why);
}

/* ---- a round --------------------------------------------------------------------------------- */
void pg_count(struct pg *g, atomic_ullong *n)
{
	if (g->conn && g->conn->writer)
		atomic_fetch_add(n, 1);
}

static bool sent(struct pg *g, int ok)
{
	if (!ok)
		lost(g, pq.PQerrorMessage(g->c));
	g->waiting += ok;
	return ok;
}

void pg_later(struct pg *g, const char *sql)
{
	if (!g->c ||
		!sent(g, pq.PQsendQueryParams(g->c, sql, 0, NULL, NULL, NULL, NULL, PQ_BINARY)))
		pg_fault(g, sql);
}

void pg_as(struct pg *g, enum pg_role role)
{
	char sql[PG_ROLE_CHARS + 40];

	if (role == PG_ANY || role == g->role || g->store->citus)
		return; /* of several machines: schema/pg/citus-house.sql */
	MUST(g->login == PG_HOUSE && g->open);
	snprintf(sql, sizeof sql, "set local role \"%s_app\"", g->store->place->roles);
	pg_later(g, role == PG_APP ? sql : "set local role none");
	g->role = role;
}

static void tell(struct pg *g, const char *name, int64_t v, int64_t told)
{
	char sql[80];

	if (v == told && !g->told_all)
		return;
	snprintf(sql, sizeof sql, "set local kontor.%s = '%lld'", name, (long long)v);
	pg_later(g, sql);
}

/* A transaction begins with nobody; a handler may become somebody within it (a session begins). */
void pg_tell(struct pg *g, const struct viewer *v)
{
	tell(g, "viewer_person", v->person, g->told.person);
	tell(g, "viewer_company", v->company, g->told.company);
	tell(g, "viewer_session", v->session, g->told.session);
	tell(g, "viewer_roles", (int64_t)v->roles, (int64_t)g->told.roles);
	tell(g, "request", (int64_t)v->request, (int64_t)g->told.request);
	g->told = *v;
	g->told_all = false;
}

void pg_act(struct pg *g, str purpose)
{
	char sql[80];

	if (str_eq(g->acts, purpose))
		return;
	snprintf(sql, sizeof sql, "set local kontor.purpose = '" STR_FMT "'", STR_ARG(purpose));
	pg_later(g, sql);
	g->acts = purpose;
}

void pg_tell_anew(struct pg *g)
{
	if (!g->store->citus)
		return;
	g->told_all = true;
	g->acts = (str){0};
}

/* False: the connection is lost. */
static bool arrived(struct pg *g)
{
	int64_t wait_s = g->place->standby ? PG_STANDBY_WAIT_S : PG_WAIT_S;
	int64_t until = clock_mono_us() + wait_s * SECOND_US;

	while (pq.PQisBusy(g->c)) {
		struct pollfd p = {.fd = pq.PQsocket(g->c), .events = POLLIN};
		int64_t left_ms = (until - clock_mono_us()) / 1000;

		if (left_ms <= 0) {
			lost(g, "it does not answer");
			return false;
		}
		poll(&p, 1, (int)left_ms);
		if (!pq.PQconsumeInput(g->c)) {
			lost(g, pq.PQerrorMessage(g->c));
			return false;
		}
	}
	return true;
}

static PGresult *answer(struct pg *g)
{
	return arrived(g) ? pq.PQgetResult(g->c) : NULL;
}

/* The answers of commands of which only the first failure is of interest; false: lost. */
static bool ends_read(struct pg *g, int rounds)
{
	for (int nothing = 0; rounds && nothing < 2;) { /* two in a row: nothing comes any more */
		PGresult *r = answer(g);

		if (!g->c)
			return false;
		nothing = r ? 0 : nothing + 1;
		rounds -= r && pq.PQresultStatus(r) == PQ_PIPELINE_SYNC;
		pq.PQclear(r);
	}
	if (rounds)
		lost(g, "an answer is missing");
	return !rounds;
}

static bool good(const PGresult *r)
{
	int is = pq.PQresultStatus(r);

	return is == PQ_COMMAND_OK || is == PQ_TUPLES_OK;
}

static void failure(struct pg *g, PGresult *r)
{
	const char *state = pq.PQresultErrorField(r, PQ_SQLSTATE);

	const char *why = pq.PQresultErrorField(r, PQ_MESSAGE); /* its detail would tell values */

	snprintf(g->state, sizeof g->state, "%s", state ? state : "08006");
	snprintf(g->why, sizeof g->why, "%s", why ? why : "no answer");
}

void pg_owe(struct pg *g, struct prepared *prepares, int rows)
{
	MUST(g->owed_n < PG_OWED_MAX);
	g->owed[g->owed_n++] = (struct pg_owed){prepares, g->waiting - 1, rows};
	g->unseen += !prepares;
}

/* What the answer of a command means beside that it went well; false: it did not, after all. */
static bool owed_good(struct pg *g, const struct pg_owed *o, const PGresult *r)
{
	if (o->prepares)
		pg_prepared(o->prepares);
	int64_t changed = o->rows ? strtoll(pq.PQcmdTuples((PGresult *)(uintptr_t)r), NULL, 10) : 0;

	if (changed == o->rows)
		return true;
	if (g->shows) {
		snprintf(g->state, sizeof g->state, "40R01");
		snprintf(g->why, sizeof g->why,
			"it does not show what it showed, or is no standby any more");
		return false;
	}
	snprintf(g->state, sizeof g->state, "P0002");
	snprintf(g->why, sizeof g->why, "a statement that changes %d rows changed %lld", o->rows,
		(long long)changed);
	return false;
}

bool pg_refused(const struct pg *g)
{
	return pg_is(g, "42501") && !strncmp(g->why, "new row violates ", 17);
}

/* A row that was to be stored and may not be: as if its statement had asked, and stored none. */
static void refused(struct pg *g)
{
	if (pg_is(g, "44000") || pg_refused(g))
		snprintf(g->state, sizeof g->state, "P0002");
}

PGresult *pg_round(struct pg *g, int wanted, int *failed)
{
	PGresult *kept = NULL;
	int n = g->waiting, behind = g->behind, owed_n = g->owed_n;
	const struct pg_owed *owed = g->owed;

	*failed = -1;
	g->state[0] = 0;
	pg_count(g, &g->store->writer.rounds);
	if (!pq.PQpipelineSync(g->c)) {
		lost(g, pq.PQerrorMessage(g->c));
		return NULL;
	}
	round_new(g);
	g->behind = 0;
	if (behind && !ends_read(g, behind))
		return NULL;
	for (int i = 0; i < n; i++) {
		PGresult *r = answer(g);

		if (!g->c || !r) {
			if (g->c)
				lost(g, "an answer is missing");
			pq.PQclear(kept);
			return NULL;
		}
		if (!good(r) && *failed < 0) {
			*failed = i;
			failure(g, r);
		}
		for (; owed < g->owed + owed_n && owed->at == i; owed++)
			if (owed->rows && *failed == i)
				refused(g);
			else if (good(r) && !owed_good(g, owed, r) && *failed < 0)
				*failed = i;
		if (i == wanted && good(r))
			kept = r;
		else
			pq.PQclear(r);
		pq.PQclear(answer(g)); /* NULL: the end of this one */
	}
	if (!g->c || !ends_read(g, 1) || *failed >= 0) {
		pq.PQclear(kept);
		return NULL;
	}
	return kept;
}

void pg_send_end(struct pg *g)
{
	if (!g->c)
		return;
	if (!pq.PQpipelineSync(g->c)) {
		lost(g, pq.PQerrorMessage(g->c));
		return;
	}
	round_new(g);
	g->behind++;
}

void pg_settle(struct pg *g)
{
	int failed;

	pg_gathered(g);
	if (!g->unseen)
		return;
	pg_round(g, -1, &failed);
	if (failed >= 0 || !g->c)
		pg_fault(g, "a write");
}
