/* Whose turn it is to write. A program alone on its database has it always (SQLite); on PostgreSQL
 * several servers take turns, and each learns at the beginning of its own what others have done
 * since its last one. What happens in a turn happens alone, over all servers. */
#include "keys.h"

void turn_begin(struct store_conn *c)
{
	c->keys_gone = false;
	house_run(c, HOUSE_BEGIN_WRITE);
	if (c->engine->turn)
		c->engine->turn(c);
}

bool store_turns(const struct store *s)
{
	return s->engine->turn != NULL;
}

void store_grown(struct store *s)
{
	if (s->engine->turn)
		pg_look(s);
}

void turn_keys_dropped(struct store_conn *c)
{
	if (!c->engine->turn)
		return;
	house_run(c, HOUSE_KEYS_DROPPED);
	c->keys_gone = true;
}

/* A key whose batch is on its way on another server is no orphan: in a turn there is no such. */
static void in_turn(struct store_conn *c, void (*run)(struct store_conn *c, int64_t n), int64_t n)
{
	struct fault_point fp;

	if (!c->engine->turn) {
		run(c, n);
		return;
	}
	if (FAULT_TRY(fp)) {
		turn_begin(c);
		run(c, n);
		house_run(c, HOUSE_COMMIT);
		FAULT_END(fp);
		return;
	}
	c->engine->rollback(c);
	fault(fp.kind, "%s", fp.what);
}

static void sweep(struct store_conn *c, int64_t n)
{
	(void)n;
	keys_sweep(c);
	turn_keys_dropped(c);
}

void turn_keys_sweep(struct store_conn *c)
{
	in_turn(c, sweep, 0);
}

static void mark(struct store_conn *c, int64_t each)
{
	bool sweeps = c->keys.orphans || c->keys.engine->shared;

	keys_mark(c, each);
	if (sweeps)
		turn_keys_dropped(c);
}

void turn_keys_mark(struct store_conn *c, int64_t each)
{
	struct fault_point fp;

	if (c->keys.newest - c->keys.marked < each)
		return;
	if (FAULT_TRY(fp)) {
		in_turn(c, mark, each);
		FAULT_END(fp);
	} else {
		LOG(LOG_WARN, "keys were not looked through", LOG_S("why", str_of(fp.what)));
	}
}

void db_reach(struct db *db)
{
	struct prepared *st = house_start(db->conn, HOUSE_SUBJECT_GET);

	prepared_bind_int(st, 1, 0);
	house_run(db->conn, HOUSE_SUBJECT_GET);
}

bool store_lease(struct store *s, const char *job)
{
	return !s->server || pg_server_lease(s->server, job, true);
}

bool store_lease_lost(struct store *s, const char *job)
{
	return s->server && !pg_server_lease(s->server, job, false);
}

bool store_job_elsewhere(struct store *s, const char *job, char name[STORE_SERVER_CHARS])
{
	return s->server && pg_server_elsewhere(s->server, job, name);
}

void store_job_call(struct store *s, const char *job)
{
	if (s->server)
		pg_server_call(s->server, job);
}

void store_job_calls(struct store *s, void (*woken)(const char *job))
{
	if (s->server)
		pg_server_calls(s->server, woken);
}

struct store_servers store_servers(struct store *s)
{
	return s->server ? pg_server_say(s->server)
			 : (struct store_servers){.n = 1, .node = s->node, .hears = true};
}
