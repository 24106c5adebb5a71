/* This server among those that work on the same database: the number in its ids, a row that says
 * when it was seen last, the jobs that run here and not elsewhere, and what it hears of others'
 * writes. One thread with a connection of its own; all times are the database's. */
#include "pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SEEN_EACH_S = 5,  /* how often a server says that it is there */
	GONE_S = 30,	  /* not seen for so long: it is gone, and its jobs go on elsewhere */
	TRUST_S = 20,	  /* without an answer for so long, a server holds its jobs for lost */
	AGAIN_MS = 500,	  /* until a lost connection is tried again */
	NODES = 64,	  /* that an id has room for */
	SKEW_SAID_S = 1,  /* clocks that differ by more are said in the log */
	SKEW_MAX_S = 5,	  /* and by more stop a start */
	SQL_BYTES = 1000, /* of one of these statements */
	NAME_BYTES = PG_SERVER_CHARS,
};

/* ---- asking -------------------------------------------------------------------------------- */
static PGresult *round_trip(struct pg *g)
{
	int failed;
	PGresult *r = pg_round(g, g->waiting - 1, &failed);

	if (!r)
		pg_fault(g, "PostgreSQL");
	return r;
}

static int64_t int_at(PGresult *r, int row, int col)
{
	int64_t v = 0;
	const char *p = pq.PQgetvalue(r, row, col);

	for (int i = 0; i < pq.PQgetlength(r, row, col); i++)
		v = (int64_t)((uint64_t)v << 8 | (uint8_t)p[i]);
	return v;
}

/* ---- who is there -------------------------------------------------------------------------- */
/* Of the lock of this folder (open.c), as long as this machine runs: who holds it knows that
 * whoever had it before is gone. */
static void lock_name(struct store *s, char out[NAME_BYTES])
{
	char boot[40] = "";
	struct stat st = {0};
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (f) {
		boot[fread(boot, 1, 36, f)] = 0;
		fclose(f);
	}
	fstat(s->lock_fd, &st);
	snprintf(out, NAME_BYTES, "%s %llx %llx", boot, (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
}

static void server_name(struct store *s, char out[NAME_BYTES])
{
	char host[64] = "";

	gethostname(host, sizeof host - 1);
	snprintf(out, NAME_BYTES, "%s:%s", host, s->dir);
	for (char *p = out; *p; p++)
		if (*p == '\'' || *p == '\\' || (unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '_';
}

/* The database's clock against this machine's, in the middle of the round trip. */
static int64_t skew_of(int64_t began_us, int64_t database_us)
{
	int64_t now = clock_real().us;

	return database_us - (began_us + (now - began_us) / 2);
}

static unsigned node_choose(const struct store *s, PGresult *taken)
{
	bool used[NODES] = {0};
	unsigned node = 0;

	for (int i = 0; i < pq.PQntuples(taken); i++)
		used[int_at(taken, i, 0) & (NODES - 1)] = true;
	pq.PQclear(taken);
	if (s->node && used[s->node])
		fault(FAULT_STORE, "another server has the number %u in its ids", s->node);
	node = s->node;
	while (node < NODES && used[node])
		node++;
	if (node == NODES)
		fault(FAULT_STORE, "%d servers work on this database: there is no room for more",
			NODES);
	return node;
}

/* In a turn. */
static void enter(struct store *s, struct pg *g)
{
	struct pg_server *me = s->server;
	char sql[SQL_BYTES], lock[NAME_BYTES], name[NAME_BYTES];

	lock_name(s, lock);
	server_name(s, name);
	snprintf(sql, sizeof sql,
		"delete from base.r_server where lock = '%s' or seen < kontor.clock_us() - %lld",
		lock, (long long)GONE_S * SECOND_US);
	pg_later(g, sql);
	pg_later(g, "delete from base.r_job_lease where server_id not in (select id from "
		    "base.r_server)");
	pg_later(g, "select node from base.r_server");
	me->node = node_choose(s, round_trip(g));
	random_bytes((uint8_t *)&me->id, sizeof me->id);
	me->id = (me->id & INT64_MAX) | 1;
	snprintf(sql, sizeof sql,
		"insert into base.r_server (id, node, name, lock, since, seen) values (%lld, %u, "
		"'%s', '%s', kontor.clock_us(), kontor.clock_us())",
		(long long)me->id, me->node, name, lock);
	pg_later(g, sql);
	pg_later(g, "commit");
	pq.PQclear(round_trip(g));
	g->open = false;
	id_node(me->node);
	atomic_store(&me->seen_us, clock_mono_us());
	LOG(LOG_DEBUG, "server", LOG_I("node", me->node));
}

static void jobs_lose(struct pg_server *me)
{
	pthread_mutex_lock(&me->mutex);
	for (size_t i = 0; i < me->jobs_n; i++)
		me->jobs[i].here = false;
	pthread_mutex_unlock(&me->mutex);
}

noreturn void pg_server_again(struct store_conn *c)
{
	jobs_lose(c->store->server);
	enter(c->store, c->pg);
	fault(FAULT_RETRY, "the others counted this server as gone, since it was not seen: it is "
			   "a new one from here on");
}

/* ---- seen, and what runs here --------------------------------------------------------------- */
static bool listed(str list, const char *name)
{
	while (list.n)
		if (str_eq(str_cut(&list, ','), str_of(name)))
			return true;
	return false;
}

static str text_at(PGresult *r, int col)
{
	return (str){pq.PQgetvalue(r, 0, col), (size_t)pq.PQgetlength(r, 0, col)};
}

/* With the mutex. Lines of a job and the server that has it. */
static void places_read(struct pg_server *me, str lines)
{
	for (size_t i = 0; i < me->jobs_n; i++)
		me->jobs[i].where[0] = 0;
	while (lines.n) {
		str name = str_cut(&lines, '\n'), job = str_cut(&name, ' ');

		for (size_t i = 0; i < me->jobs_n; i++)
			if (str_eq(job, str_of(me->jobs[i].name)))
				snprintf(me->jobs[i].where, sizeof me->jobs[i].where, STR_FMT,
					STR_ARG(name));
	}
}

/* True: a job that this server would run is nobody's. */
static bool seen_read(struct pg_server *me, PGresult *r, int64_t began_us)
{
	str mine = text_at(r, 2), theirs = text_at(r, 3);
	int64_t skew = skew_of(began_us, int_at(r, 0, 0));
	bool is_free = false;

	if (llabs(skew) > SKEW_SAID_S * SECOND_US &&
		llabs(atomic_load(&me->skew_us)) <= SKEW_SAID_S * SECOND_US)
		LOG(LOG_ERROR, "this machine's clock differs from the database's",
			LOG_I("us", skew));
	atomic_store(&me->skew_us, skew);
	atomic_store(&me->servers, (unsigned)int_at(r, 0, 1));
	atomic_store(&me->seen_us, clock_mono_us());
	pthread_mutex_lock(&me->mutex);
	places_read(me, text_at(r, 4));
	for (size_t i = 0; i < me->jobs_n; i++) {
		me->jobs[i].here = listed(mine, me->jobs[i].name);
		is_free |= !me->jobs[i].here && !listed(theirs, me->jobs[i].name);
	}
	pthread_mutex_unlock(&me->mutex);
	return is_free;
}

static bool seen_say(struct pg_server *me)
{
	struct pg *g = me->g;
	char sql[SQL_BYTES];
	int64_t began = clock_real().us;

	snprintf(sql, sizeof sql,
		"update base.r_server set seen = kontor.clock_us() where id = %lld",
		(long long)me->id);
	pg_later(g, sql);
	snprintf(sql, sizeof sql,
		"select kontor.clock_us(), (select count(*) from base.r_server), (select "
		"coalesce(string_agg(job, ','), '') from base.r_job_lease where server_id = %lld), "
		"(select coalesce(string_agg(l.job, ','), '') from base.r_job_lease l join "
		"base.r_server s on s.id = l.server_id where s.id <> %lld and s.seen > "
		"kontor.clock_us() - %lld), (select coalesce(string_agg(l.job || ' ' || s.name, "
		"e'\\n'), '') from base.r_job_lease l join base.r_server s on s.id = "
		"l.server_id)",
		(long long)me->id, (long long)me->id, (long long)GONE_S * SECOND_US);
	pg_later(g, sql);
	PGresult *r = round_trip(g);
	bool is_free = seen_read(me, r, began);

	pq.PQclear(r);
	return is_free;
}

/* In a turn, so that whoever had a job and is gone writes no more: its next turn finds its row
 * missing (pg_server_again). */
static void jobs_take(struct pg_server *me)
{
	struct pg *g = me->g;
	char sql[SQL_BYTES];

	pg_later(g, "begin");
	pg_turn_lock(g);
	snprintf(sql, sizeof sql,
		"delete from base.r_server where seen < kontor.clock_us() - %lld and id <> %lld",
		(long long)GONE_S * SECOND_US, (long long)me->id);
	pg_later(g, sql);
	pthread_mutex_lock(&me->mutex);
	for (size_t i = 0; i < me->jobs_n; i++) {
		if (me->jobs[i].here)
			continue;
		snprintf(sql, sizeof sql,
			"insert into base.r_job_lease as l (id, job, server_id, since) select "
			"%lld, '%s', s.id, kontor.clock_us() from base.r_server s where s.id = "
			"%lld on conflict (job) do update set server_id = excluded.server_id, "
			"since = excluded.since where l.server_id not in (select id from "
			"base.r_server)",
			(long long)id_make(), me->jobs[i].name, (long long)me->id);
		pg_later(g, sql);
	}
	pthread_mutex_unlock(&me->mutex);
	pg_later(g, "commit");
	pq.PQclear(round_trip(g));
}

/* With the mutex; jobs_n: it is not known. */
static size_t job_find(const struct pg_server *me, const char *job)
{
	size_t i = 0;

	while (i < me->jobs_n && strcmp(me->jobs[i].name, job) != 0)
		i++;
	return i;
}

bool pg_server_lease(struct pg_server *me, const char *job, bool want)
{
	bool here = false;

	MUST(strlen(job) < sizeof me->jobs[0].name && !strpbrk(job, "',\\"));
	pthread_mutex_lock(&me->mutex);
	size_t i = job_find(me, job);

	if (i == me->jobs_n && !want) {
		pthread_mutex_unlock(&me->mutex);
		return true;
	}
	if (i == me->jobs_n) {
		MUST(me->jobs_n < COUNT(me->jobs));
		snprintf(me->jobs[me->jobs_n++].name, sizeof me->jobs[0].name, "%s", job);
		pthread_mutex_unlock(&me->mutex);
		eventfd_write(me->wake, 1);
		return false;
	}
	here = me->jobs[i].here;
	pthread_mutex_unlock(&me->mutex);
	return here && clock_mono_us() - atomic_load(&me->seen_us) < TRUST_S * SECOND_US;
}

/* ---- calls: a job has work, and runs elsewhere ---------------------------------------------- */
void pg_server_call(struct pg_server *me, const char *job)
{
	pthread_mutex_lock(&me->mutex);
	size_t i = job_find(me, job);

	if (i < me->jobs_n)
		me->jobs[i].call = true;
	pthread_mutex_unlock(&me->mutex);
	eventfd_write(me->wake, 1);
}

bool pg_server_elsewhere(struct pg_server *me, const char *job, char name[PG_SERVER_CHARS])
{
	bool is = false;

	pthread_mutex_lock(&me->mutex);
	size_t i = job_find(me, job);

	if (i < me->jobs_n && !me->jobs[i].here && me->jobs[i].where[0]) {
		memcpy(name, me->jobs[i].where, PG_SERVER_CHARS);
		is = true;
	}
	pthread_mutex_unlock(&me->mutex);
	return is;
}

void pg_server_calls(struct pg_server *me, void (*woken)(const char *job))
{
	pthread_mutex_lock(&me->mutex);
	me->woken = woken;
	pthread_mutex_unlock(&me->mutex);
}

static void calls_send(struct pg_server *me)
{
	char sql[SQL_BYTES];
	bool any = false;

	pthread_mutex_lock(&me->mutex);
	for (size_t i = 0; i < me->jobs_n; i++) {
		if (!me->jobs[i].call)
			continue;
		me->jobs[i].call = false;
		snprintf(sql, sizeof sql, "notify kontor, '%lld w %s'", (long long)me->id,
			me->jobs[i].name);
		pg_later(me->g, sql);
		any = true;
	}
	pthread_mutex_unlock(&me->mutex);
	if (any)
		pq.PQclear(round_trip(me->g));
}

static void called(struct pg_server *me, const char *job)
{
	pthread_mutex_lock(&me->mutex);
	void (*woken)(const char *) = me->woken;

	pthread_mutex_unlock(&me->mutex); /* whoever is woken asks for leases, with locks held */
	if (woken)
		woken(job);
}

/* ---- hearing ------------------------------------------------------------------------------- */
/* Up to now: what was said while nobody listened is not known. */
static void all_changed(struct pg_server *me)
{
	struct store_tables all;

	pg_later(me->g, "select id_high from base.r_house where id = 1");
	PGresult *r = round_trip(me->g);
	int64_t high = pq.PQntuples(r) ? int_at(r, 0, 0) : 0;

	pq.PQclear(r);
	tables_note_all(&all);
	tables_changed(me->store, &all, high);
	events_tell(me->store, NULL, 0);
}

static void keys_gone(struct store *s)
{
	keys_dropped_elsewhere(s);
	atomic_store(&s->purge_elsewhere, true);
	writer_wake(s);
}

/* Behind "ID e": events of one commit; a star: more than were listed. */
static void events_heard(struct store *s, const char *text)
{
	struct store_event v[EVENTS_COMMIT_MAX];
	size_t n = 0;
	int used = 0;

	if (!strchr(text, '*'))
		for (; n < COUNT(v); n++, text += used) {
			long long id, one, other;

			v[n] = (struct store_event){0};
			if (sscanf(text, " %11[-a-z_] %lld %lld %lld%n", v[n].kind, &id, &one,
				    &other, &used) != 4)
				break;
			if (v[n].kind[0] == '-')
				v[n].kind[0] = 0;
			v[n].id = id;
			v[n].one = one;
			v[n].other = other;
		}
	events_tell(s, v, n);
}

/* "ID t BITS MARK": written in the turn with this mark; "ID k BITS MARK": and keys are gone;
 * "ID j": jobs are free; "ID w JOB": it has work; "ID e …": live events. True: look. */
static bool heard(struct pg_server *me, const char *text)
{
	struct store_tables t = {0};
	char kind = 0;
	unsigned long long w[COUNT(t.bits)] = {0};
	long long id = 0, mark = INT64_MAX;
	int n = sscanf(text, "%lld %c %16llx%16llx%16llx%16llx %lld", &id, &kind, &w[0], &w[1],
		&w[2], &w[3], &mark);

	_Static_assert(COUNT(t.bits) == 4, "as many words as are read");
	if (n < 2 || id == me->id)
		return false;
	if (kind == 'j')
		return true;
	if (kind == 'w') {
		called(me, strstr(text, " w ") + 3);
		return false;
	}
	if (kind == 'e') {
		events_heard(me->store, strstr(text, " e") + 2);
		return false;
	}
	for (size_t i = 0; i < COUNT(t.bits); i++)
		t.bits[i] = w[i];
	tables_changed(me->store, &t, mark);
	if (kind == 'k')
		keys_gone(me->store);
	return false;
}

static bool hear(struct pg_server *me)
{
	bool look = false;
	PGnotify *n;

	if (!pq.PQconsumeInput(me->g->c) || pq.PQstatus(me->g->c) != PQ_OK)
		fault(FAULT_STORE, "the connection that listens is lost");
	while ((n = pq.PQnotifies(me->g->c))) {
		look |= heard(me, n->extra);
		pq.PQfreemem(n);
	}
	return look;
}

/* Until the next time, something heard or a call; true: due at once. */
static bool wait(struct pg_server *me, int64_t until_us)
{
	int64_t left_ms = (until_us - clock_mono_us()) / 1000 + 1;
	struct pollfd p[2] = {{.fd = me->wake, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	eventfd_t ignored;

	if (!pg_lost(me->g))
		p[1].fd = pq.PQsocket(me->g->c);
	poll(p, 2, left_ms > 0 ? (int)left_ms : 0);
	bool called = p[0].revents && !eventfd_read(me->wake, &ignored);

	return (!pg_lost(me->g) && hear(me)) || called;
}

/* As long as the connection holds. */
static void attend(struct pg_server *me)
{
	struct store *s = me->store;

	pg_again(me->g);
	pg_later(me->g, "listen kontor");
	pq.PQclear(round_trip(me->g));
	all_changed(me);
	atomic_store(&s->hears, true);
	while (!atomic_load(&me->stop)) {
		calls_send(me);
		if (seen_say(me)) {
			jobs_take(me);
			seen_say(me);
		}
		int64_t until = clock_mono_us() + SEEN_EACH_S * SECOND_US;

		while (!atomic_load(&me->stop) && clock_mono_us() < until)
			if (wait(me, until))
				break;
	}
}

static void leave(struct pg_server *me)
{
	char sql[SQL_BYTES];

	pg_again(me->g);
	pg_later(me->g, "begin");
	snprintf(sql, sizeof sql, "delete from base.r_server where id = %lld", (long long)me->id);
	pg_later(me->g, sql);
	snprintf(sql, sizeof sql, "delete from base.r_job_lease where server_id = %lld",
		(long long)me->id);
	pg_later(me->g, sql);
	snprintf(sql, sizeof sql, "notify kontor, '%lld j'", (long long)me->id);
	pg_later(me->g, sql);
	pg_later(me->g, "commit");
	pq.PQclear(round_trip(me->g));
}

static bool tried(struct pg_server *me, void (*run)(struct pg_server *me))
{
	struct fault_point fp;
	bool stop = atomic_load(&me->stop);

	if (FAULT_TRY(fp)) {
		run(me);
		FAULT_END(fp);
		return true;
	}
	if (atomic_exchange(&me->store->hears, false) && !stop)
		LOG(LOG_WARN, "other servers are not heard", LOG_S("why", str_of(fp.what)));
	pg_drop(me->g);
	return false;
}

static void *main_of(void *server)
{
	struct pg_server *me = server;

	while (!atomic_load(&me->stop))
		if (!tried(me, attend) && !atomic_load(&me->stop)) {
			struct pollfd p = {.fd = me->wake, .events = POLLIN};

			poll(&p, 1, AGAIN_MS);
		}
	tried(me, leave);
	return NULL;
}

/* ---- beginning and end ---------------------------------------------------------------------- */
static void clock_fits(struct pg *g)
{
	int64_t began = clock_real().us;

	pg_later(g, "select kontor.clock_us()");
	PGresult *r = round_trip(g);
	int64_t skew = skew_of(began, int_at(r, 0, 0));

	pq.PQclear(r);
	if (llabs(skew) > SKEW_MAX_S * SECOND_US)
		fault(FAULT_STORE,
			"this machine's clock differs from the database's by %lld ms: set both "
			"(ids, times and what several servers agree on depend on it)",
			(long long)skew / 1000);
}

void pg_server_start(struct store *s)
{
	struct pg *g = s->write_conn->pg;
	struct pg_server *me = calloc(1, sizeof *me);

	if (!me)
		fault(FAULT_MEMORY, "no memory for a server");
	s->server = me;
	me->store = s;
	me->high = -1;
	me->dropped = -1;
	me->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&me->mutex, NULL);
	if (me->wake < 0)
		fault(FAULT_OUTSIDE, "no descriptor for a server");
	pg_again(g);
	clock_fits(g);
	pg_later(g, "begin");
	g->open = true;
	pg_turn_lock(g);
	enter(s, g);
}

void pg_server_listen(struct store *s)
{
	struct pg_server *me = s->server;

	if (!me)
		return;
	me->g = pg_new(s, PG_HOUSE, false);
	if (pthread_create(&me->thread, NULL, main_of, me))
		fault(FAULT_OUTSIDE, "no thread for a server");
	me->running = true;
}

void pg_server_stop(struct store *s)
{
	struct pg_server *me = s->server;

	if (!me)
		return;
	if (me->running) {
		atomic_store(&me->stop, true);
		eventfd_write(me->wake, 1);
		pthread_join(me->thread, NULL);
	}
	pg_free(me->g);
	if (me->wake >= 0)
		close(me->wake);
	pthread_mutex_destroy(&me->mutex);
	s->server = NULL;
	free(me);
}

struct store_servers pg_server_say(struct pg_server *me)
{
	return (struct store_servers){.n = atomic_load(&me->servers),
		.node = me->node,
		.skew_us = atomic_load(&me->skew_us),
		.hears = atomic_load(&me->store->hears)};
}
