/* Taking turns (doc/postgresql.md, "Several servers"): each transaction of a writer begins with an
 * advisory lock that it holds until its end. Whoever waits for it waits in line. What this server
 * took for granted because it wrote last is asked in the same round. */
#include "pg.h"

#include <stdio.h>

enum { NOTIFY_BYTES_MAX = 7900 }; /* PostgreSQL takes less than 8000 */
_Static_assert(EVENTS_COMMIT_MAX *(EVENT_KIND_CHARS + 3 * 21) + 60 < NOTIFY_BYTES_MAX,
	"the events of a commit fit into one notification");

static const char question[] =
	"select h.id_high, coalesce((select t.keys_dropped from base.r_turn t), 0), (select "
	"count(*) from base.r_server), (select count(*) from base.r_server s where s.id = $1), "
	"(select count(*) from kontor.made m where m.guards = $2) from base.r_house h where h.id = "
	"1";

void pg_turn_lock(struct pg *g)
{
	char sql[80];

	snprintf(sql, sizeof sql, "select pg_catalog.pg_advisory_xact_lock(%d)", OWNER_LOCK);
	pg_later(g, sql);
}

struct answer {
	int64_t high, dropped, servers, mine, guards;
};

static struct answer ask(struct store_conn *c)
{
	struct pg *g = c->pg;
	struct answer a = {0};

	if (!g->turn)
		g->turn = pg_statement(g, question, "it", PG_HOUSE, false);
	prepared_bind_int(g->turn, 1, c->store->server->id);
	prepared_bind_text(g->turn, 2, str_of(c->store->place->guards));
	if (prepared_step(g->turn) != PREPARED_ROW) {
		prepared_reset(g->turn);
		pg_fault(g, "this server's turn to write");
	}
	a = (struct answer){prepared_int(g->turn, 0), prepared_int(g->turn, 1),
		prepared_int(g->turn, 2), prepared_int(g->turn, 3), prepared_int(g->turn, 4)};
	prepared_reset(g->turn);
	return a;
}

void pg_turn(struct store_conn *c)
{
	struct pg_server *me = c->store->server;
	char limit[60];

	pg_turn_lock(c->pg);
	snprintf(limit, sizeof limit, "set local statement_timeout = %d", WRITE_APPLY_MS_MAX);
	pg_later(c->pg, limit); /* of a unit: what runs longer harms that one alone */
	struct answer a = ask(c);

	if (!a.guards)
		fault(FAULT_STORE,
			"the database was made ready for another program or another policy: stop "
			"this server and start it with what the others have");
	if (!a.mine)
		pg_server_again(c);
	me->others = a.servers > 1;
	id_behind(a.high);
	if (a.high != me->high)
		c->keys.records++; /* nothing is known as recorded */
	if (a.dropped != me->dropped)
		atomic_fetch_add(&c->store->key_epoch, 1);
	me->dropped = a.dropped;
}

/* What was changed, for those who listen at the others. */
static void events_say(struct store_conn *c, int64_t me)
{
	const struct writer *w = &c->store->writer;
	char sql[NOTIFY_BYTES_MAX];
	int n;

	if (!w->events_n)
		return;
	n = snprintf(sql, sizeof sql, "notify kontor, '%lld e", (long long)me);
	if (w->events_more)
		n += snprintf(sql + n, sizeof sql - (size_t)n, " *");
	for (size_t i = 0; i < w->events_n && !w->events_more; i++) {
		const struct store_event *e = &w->events[i];

		n += snprintf(sql + n, sizeof sql - (size_t)n, " %s %lld %lld %lld",
			e->kind[0] ? e->kind : "-", (long long)e->id, (long long)e->one,
			(long long)e->other);
	}
	snprintf(sql + n, sizeof sql - (size_t)n, "'");
	pg_later(c->pg, sql);
}

/* What goes along with a commit: up to where ids were given out, and what others have to know. */
void pg_turn_end(struct store_conn *c, int64_t id)
{
	const struct pg_server *me = c->store->server;
	const struct store_tables *w = &c->store->writer.written;
	char sql[200];
	int n;

	snprintf(sql, sizeof sql, "update base.r_house set id_high = %lld where id = 1",
		(long long)id);
	pg_later(c->pg, sql);
	if (!me->others)
		return;
	n = snprintf(sql, sizeof sql, "notify kontor, '%lld %c ", (long long)me->id,
		c->keys_gone ? 'k' : 't');
	for (size_t i = 0; i < COUNT(w->bits); i++)
		n += snprintf(
			sql + n, sizeof sql - (size_t)n, "%016llx", (unsigned long long)w->bits[i]);
	snprintf(sql + n, sizeof sql - (size_t)n, " %lld'", (long long)id);
	pg_later(c->pg, sql);
	events_say(c, me->id);
}

/* Behind a commit that is stored: when the mark is still there at the next turn, nobody else had
 * one. */
void pg_turn_kept(struct store_conn *c, int64_t id)
{
	c->store->server->high = id;
	c->store->writer.turn_id = id;
}
