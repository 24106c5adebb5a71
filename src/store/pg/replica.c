/* Standbys that reads may be asked of (doc/postgresql.md, "Replicas"). One thread follows them: how
 * far the primary has come, by the mark of ids that each turn stores (r_house.id_high), and how far
 * each standby shows it. A read that goes there says in its first round up to where the snapshot
 * must reach, so what a standby is believed to show is never taken for granted. */
#include "pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	REPLICAS_MAX = STORE_REPLICAS_MAX,
	BEAT_MS = 500, /* between two looks at how far everybody is */
	LAG_S_MAX = 5, /* what was committed longer ago is there, or a standby is not asked */
	MARKS = 32,    /* of the primary, one a beat: longer than the lag that is borne */
	ADDRESSES_BYTES_MAX = 16384,
};

struct pg_replica {
	const struct pg_place *place;
	struct pg *g;	    /* of the thread that follows */
	atomic_llong shows; /* everything up to this mark */
	/* On the clock that never moves: what was committed before is there; 0: not asked. */
	atomic_llong fresh_us;
	atomic_ullong reads;
	bool trusted, said; /* said: that it is not used */
	char why[PG_WHY_BYTES];
};

struct pg_replicas {
	struct store *store;
	pthread_t thread;
	bool running;
	atomic_bool stop;
	int wake;
	struct pg *primary;
	struct {
		int64_t at_us, high;
	} mark[MARKS];
	size_t marks;
	atomic_ullong reads, again; /* of the primary; that were begun on a standby and failed */
	size_t n;
	struct pg_replica v[REPLICAS_MAX];
};

/* ---- asking ---------------------------------------------------------------------------------- */
struct stand {
	int64_t high;
	uint8_t mark[MARK_BYTES];
	bool ours; /* made ready for this program and policy */
};

static int64_t int_of(PGresult *r, int col)
{
	int64_t v = 0;
	const char *p = pq.PQgetvalue(r, 0, col);

	for (int i = 0; i < pq.PQgetlength(r, 0, col); i++)
		v = (int64_t)((uint64_t)v << 8 | (uint8_t)p[i]);
	return v;
}

static PGresult *asked(struct pg *g, const char *sql)
{
	int failed;

	pg_again(g);
	pg_later(g, sql);
	PGresult *r = pg_round(g, g->waiting - 1, &failed);

	if (!r)
		pg_fault(g, "a replica");
	return r;
}

static int64_t high_of(struct pg *g)
{
	PGresult *r = asked(g, "select id_high from base.r_house where id = 1");
	int64_t high = pq.PQntuples(r) ? int_of(r, 0) : 0;

	pq.PQclear(r);
	return high;
}

/* Whose it is; guards are 64 hexadecimal digits of our own making. */
static struct stand stand_of(struct store *s, struct pg *g)
{
	char sql[300];
	struct stand is = {0};

	snprintf(sql, sizeof sql,
		"select h.id_high, h.installation, (select count(*) from kontor.made m where "
		"m.guards = '%s') from base.r_house h where h.id = 1",
		s->place->guards);
	PGresult *r = asked(g, sql);

	if (pq.PQntuples(r) == 1 && pq.PQgetlength(r, 0, 1) == MARK_BYTES) {
		is.high = int_of(r, 0);
		memcpy(is.mark, pq.PQgetvalue(r, 0, 1), MARK_BYTES);
		is.ours = int_of(r, 2) == 1;
	}
	pq.PQclear(r);
	return is;
}

static bool is_standby(struct pg *g)
{
	const char *said = pq.PQparameterStatus(g->c, "in_hot_standby");

	return said && !strcmp(said, "on");
}

/* ---- following ------------------------------------------------------------------------------- */
static void mark_add(struct pg_replicas *all, int64_t at_us, int64_t high)
{
	size_t i = all->marks++ % MARKS;

	all->mark[i].at_us = at_us;
	all->mark[i].high = high;
}

/* When the primary was where this one is now; 0: longer ago than is remembered. */
static int64_t fresh_of(const struct pg_replicas *all, int64_t high)
{
	for (size_t i = all->marks; i > 0 && i + MARKS > all->marks; i--)
		if (all->mark[(i - 1) % MARKS].high <= high)
			return all->mark[(i - 1) % MARKS].at_us;
	return 0;
}

static void look(struct pg_replicas *all, struct pg_replica *p)
{
	struct store *s = all->store;
	struct stand is = stand_of(s, p->g);

	if (!is_standby(p->g))
		fault(FAULT_STORE, "it is no standby any more: it takes writes");
	if (memcmp(is.mark, s->installation, MARK_BYTES) != 0)
		fault(FAULT_STORE, "it is a standby of another installation");
	if (!is.ours)
		fault(FAULT_STORE, "it was made ready for another program or another policy, or "
				   "has not come so far yet");
	int64_t fresh = fresh_of(all, is.high);

	if (clock_mono_us() - fresh > LAG_S_MAX * SECOND_US)
		fault(FAULT_STORE, "it is more than %d s behind", LAG_S_MAX);
	atomic_store(&p->shows, is.high);
	atomic_store(&p->fresh_us, fresh);
	if (p->said || !p->trusted)
		LOG(LOG_INFO, "a replica is read from",
			LOG_S("replica", str_of(p->place->standby)));
	p->said = false;
	p->trusted = true;
}

static void away(struct pg_replica *p, const char *why)
{
	atomic_store(&p->fresh_us, 0);
	if (!p->said)
		LOG(LOG_WARN, "a replica is not read from",
			LOG_S("replica", str_of(p->place->standby)), LOG_S("why", str_of(why)));
	p->said = true;
}

/* While it does not answer, what is known of it grows old, and with it what every standby shows. */
static void primary_look(struct pg_replicas *all)
{
	struct fault_point fp;
	int64_t began = clock_mono_us();

	if (FAULT_TRY(fp)) {
		mark_add(all, began, high_of(all->primary));
		FAULT_END(fp);
	}
}

static void replica_look(struct pg_replicas *all, struct pg_replica *p)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		look(all, p);
		FAULT_END(fp);
	} else {
		away(p, fp.what);
	}
}

static void beat(struct pg_replicas *all)
{
	primary_look(all);
	for (size_t i = 0; i < all->n && !atomic_load(&all->stop); i++)
		replica_look(all, &all->v[i]);
}

static void *main_of(void *replicas)
{
	struct pg_replicas *all = replicas;

	while (!atomic_load(&all->stop)) {
		struct pollfd p = {.fd = all->wake, .events = POLLIN};

		beat(all);
		poll(&p, 1, BEAT_MS);
	}
	return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */
static bool fit(const struct pg_replicas *all, const struct pg_replica *p, int64_t wrote)
{
	const struct store *s = all->store;
	int64_t shows = atomic_load(&p->shows), fresh = atomic_load(&p->fresh_us);

	return fresh && clock_mono_us() - fresh <= LAG_S_MAX * SECOND_US && shows >= wrote &&
	       shows >= atomic_load(&s->floor) && atomic_load(&s->hears);
}

size_t pg_replica_choose(struct store *s, unsigned reader, int64_t wrote, int64_t *shows)
{
	struct pg_replicas *all = s->replicas;

	for (size_t i = 0; all && i < all->n; i++) {
		size_t at = (reader + i) % all->n;

		*shows = atomic_load(&all->v[at].shows);
		if (fit(all, &all->v[at], wrote))
			return at;
	}
	return STORE_REPLICAS_MAX;
}

const struct pg_place *pg_replica_place(const struct store *s, size_t i)
{
	return s->replicas->v[i].place;
}

void pg_replica_read(struct store *s, size_t i)
{
	struct pg_replicas *all = s->replicas;

	if (all)
		atomic_fetch_add_explicit(
			i < all->n ? &all->v[i].reads : &all->reads, 1, memory_order_relaxed);
}

void store_replica_failed(struct store *s)
{
	atomic_fetch_add_explicit(&s->replicas->again, 1, memory_order_relaxed);
}

struct store_replicas store_replicas_say(struct store *s)
{
	struct pg_replicas *all = s->replicas;
	struct store_replicas x = {.n = all ? all->n : 0};

	if (!all)
		return x;
	x.primary = atomic_load(&all->reads);
	x.again = atomic_load(&all->again);
	for (size_t i = 0; i < all->n; i++) {
		int64_t fresh = atomic_load(&all->v[i].fresh_us);

		x.v[i].name = all->v[i].place->standby;
		x.v[i].reads = atomic_load(&all->v[i].reads);
		x.v[i].used = fit(all, &all->v[i], 0);
		x.v[i].lag_us = fresh ? clock_mono_us() - fresh : -1;
	}
	return x;
}

/* ---- beginning and end ----------------------------------------------------------------------- */
/* postgresql://user@HOST:5432/kontor, postgresql:///kontor?host=HOST */
static const char *host_of(struct arena *a, str uri)
{
	str rest = str_sub(uri, str_find(uri, S("//")) + 2, uri.n), query = rest;
	str host = str_cut(&rest, '/');
	size_t at = str_find(host, S("@"));

	if (at != (size_t)-1)
		host = str_sub(host, at + 1, host.n);
	at = str_find(query, S("host="));
	if (!host.n && at != (size_t)-1) {
		query = str_sub(query, at + 5, query.n);
		host = str_cut(&query, '&');
	}
	return str_dup(a, host).p;
}

static struct pg_place *place_of(struct store *s, const char *uri, atomic_llong *fresh)
{
	struct pg_place *named = pg_place_name(s, uri), *p = arena_new(s->arena, struct pg_place);

	*p = *s->place;
	p->uri = named->uri;
	p->standby = host_of(s->arena, str_of(uri));
	p->fresh_us = fresh;
	if (strcmp(named->roles, s->place->roles) != 0)
		fault(FAULT_OUTSIDE,
			"the replica %s names the database %s, and the data lie in %s: a standby "
			"has it under the same name",
			p->standby, named->roles, s->place->roles);
	if (strchr(p->standby, ','))
		fault(FAULT_OUTSIDE,
			"the replica %s is several machines: name each by a --replica of its own",
			p->standby);
	return p;
}

static bool lets_in(const char *why)
{
	return !strstr(why, "authentication failed") && !strstr(why, "pg_hba.conf") &&
	       !strstr(why, "does not exist");
}

static void first_look(struct store *s, struct pg_replica *p)
{
	struct fault_point fp;
	struct stand is;

	if (FAULT_TRY(fp)) {
		is = stand_of(s, p->g);
		FAULT_END(fp);
	} else if (lets_in(fp.what)) {
		away(p, fp.what);
		return;
	} else {
		fault(FAULT_STORE,
			"the replica %s does not let this installation in: name a standby of its "
			"database (%s)",
			p->place->standby, fp.what);
	}
	if (memcmp(is.mark, s->installation, MARK_BYTES) != 0)
		fault(FAULT_STORE,
			"the replica %s holds another installation: name a standby of this one's "
			"database",
			p->place->standby);
	if (!is_standby(p->g))
		fault(FAULT_STORE,
			"the replica %s takes writes, so it is no standby: name one, or leave it "
			"out (what was promoted is named by the database's address)",
			p->place->standby);
}

static void add(struct pg_replicas *all, const char *uri)
{
	struct pg_replica *p = &all->v[all->n];
	struct store *s = all->store;

	if (!str_starts(str_of(uri), S("postgresql://")) &&
		!str_starts(str_of(uri), S("postgres://")))
		fault(FAULT_OUTSIDE,
			"a replica is named as postgresql://HOST/NAME, and this is \"%s\"", uri);
	if (all->n == REPLICAS_MAX)
		fault(FAULT_OUTSIDE, "more than %d replicas", REPLICAS_MAX);
	p->place = place_of(s, uri, &p->fresh_us);
	p->g = pg_new(s, PG_HOUSE, false);
	p->g->place = p->place;
	all->n++;
	first_look(s, p);
}

static void add_all(struct pg_replicas *all, str list)
{
	while (list.n) {
		size_t n = 0;

		list = str_trim(list);
		while (n < list.n && (unsigned char)list.p[n] > ' ')
			n++;
		if (n)
			add(all, str_fmt(all->store->arena, STR_FMT, STR_ARG(str_sub(list, 0, n)))
					 .p);
		list = str_sub(list, n, list.n);
	}
}

void store_replicas(struct store *s, const char *addresses)
{
	char *path = path_join(s->arena, s->dir, "replicas");
	str list = str_of(addresses ? addresses : "");

	if (!addresses && !access(path, F_OK))
		list = str_dup(s->arena, file_read(s->arena, path, ADDRESSES_BYTES_MAX));
	if (!str_trim(list).n)
		return;
	if (!s->server)
		fault(FAULT_OUTSIDE, "an installation on SQLite has no replicas: leave them out, "
				     "or move it to PostgreSQL (kontor move)");
	struct pg_replicas *all = calloc(1, sizeof *all);

	if (!all)
		fault(FAULT_MEMORY, "no memory for replicas");
	all->store = s;
	all->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->replicas = all;
	if (all->wake < 0)
		fault(FAULT_OUTSIDE, "no descriptor for replicas");
	all->primary = pg_new(s, PG_HOUSE, false);
	add_all(all, list);
	if (pthread_create(&all->thread, NULL, main_of, all))
		fault(FAULT_OUTSIDE, "no thread for replicas");
	all->running = true;
}

void pg_replicas_stop(struct store *s)
{
	struct pg_replicas *all = s->replicas;

	if (!all)
		return;
	if (all->running) {
		atomic_store(&all->stop, true);
		eventfd_write(all->wake, 1);
		pthread_join(all->thread, NULL);
	}
	for (size_t i = 0; i < all->n; i++)
		pg_free(all->v[i].g);
	pg_free(all->primary);
	if (all->wake >= 0)
		close(all->wake);
	s->replicas = NULL;
	free(all);
}

void pg_read_shows(struct store_conn *c, int64_t shows)
{
	c->pg->shows = shows;
}

bool store_replica_fit(struct store *s, int64_t wrote)
{
	int64_t shows;

	return pg_replica_choose(s, 0, wrote, &shows) != STORE_REPLICAS_MAX;
}
