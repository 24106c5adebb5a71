/* Counters, printed as Prometheus text (exposition format 0.0.4). Routes by their pattern, never
 * by what was asked. */
#include "inner.h"

enum { BUCKETS = 12, CLASSES = 5 };
static const int bucket_us[BUCKETS] = {
	100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 1000000};

struct route_count {
	atomic_uint_fast64_t status[CLASSES], bucket[BUCKETS + 1], sum_us;
};
struct metrics {
	const struct routes *routes;
	struct route_count *by_route; /* the last one: requests that met no route */
	atomic_uint_fast64_t count[COUNT_COUNT];
	atomic_int_fast64_t open;
	int64_t began_us;
};
static const struct {
	const char *name, *help;
} counters[COUNT_COUNT] = {
	[COUNT_FIELDS_DROPPED] = {"kontor_fields_dropped_total", "Fields that no form declares"},
	[COUNT_COOKIES_DROPPED] = {"kontor_cookies_dropped_total",
		"Cookies that the policy does not allow"},
	[COUNT_TAGS_DROPPED] = {"kontor_tags_dropped_total",
		"Tags and embeds that the policy does not allow"},
	[COUNT_REFUSED_FRAMING] = {"kontor_framing_refused_total",
		"Requests refused by the framing guard"},
	[COUNT_RATE_LIMITED] = {"kontor_rate_limited_total", "Requests answered 429"},
	[COUNT_TIMED_OUT] = {"kontor_timed_out_total", "Connections closed for being too slow"},
	[COUNT_BODY_BYTES] = {"kontor_body_bytes_total", "Bytes of request bodies"},
	[COUNT_ANSWER_BYTES] = {"kontor_answer_bytes_total",
		"Bytes of answers before their headers"},
	[COUNT_GZIPPED] = {"kontor_gzipped_total", "Answers sent compressed"},
	[COUNT_REPLAYED] = {"kontor_replayed_total", "Writes answered from their idempotency key"},
	[COUNT_KEPT] = {"kontor_kept_pages_total", "Pages shown as they were printed before"},
};

struct metrics *metrics_make(struct arena *a, const struct routes *r)
{
	struct metrics *m = arena_new(a, struct metrics);

	m->routes = r;
	m->by_route = arena_array(a, struct route_count, routes_count(r) + 1);
	m->began_us = clock_mono_us();
	return m;
}

static void add(atomic_uint_fast64_t *c, uint64_t n)
{
	atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static unsigned long long get(atomic_uint_fast64_t *c)
{
	return (unsigned long long)atomic_load_explicit(c, memory_order_relaxed);
}

void metrics_add(struct metrics *m, enum counter c, uint64_t n)
{
	add(&m->count[c], n);
}

void metrics_open(struct metrics *m, int by)
{
	atomic_fetch_add_explicit(&m->open, by, memory_order_relaxed);
}

void metrics_answer(struct metrics *m, const struct routed *r, int status, int64_t us)
{
	struct route_count *c = &m->by_route[r ? r->index : routes_count(m->routes)];
	int i = 0;

	while (i < BUCKETS && us > bucket_us[i])
		i++;
	add(&c->bucket[i], 1);
	add(&c->status[status >= 100 && status < 600 ? status / 100 - 1 : 4], 1);
	add(&c->sum_us, (uint64_t)us);
}

static void label(struct out *o, const struct metrics *m, size_t i)
{
	if (i == routes_count(m->routes)) {
		out_lit(o, "method=\"\",route=\"none\"");
		return;
	}
	const struct route *r = routes_at(m->routes, i)->route;

	out_fmt(o, "method=\"%s\",route=\"%s\"", method_name(r->method), r->path);
}

static uint64_t asked(struct route_count *c)
{
	uint64_t n = 0;

	for (int i = 0; i <= BUCKETS; i++)
		n += get(&c->bucket[i]);
	return n;
}

static void print_histogram(struct metrics *m, struct out *o, size_t i)
{
	struct route_count *c = &m->by_route[i];
	unsigned long long n = 0;

	for (int b = 0; b <= BUCKETS; b++) {
		n += get(&c->bucket[b]);
		out_lit(o, "kontor_request_seconds_bucket{");
		label(o, m, i);
		if (b < BUCKETS)
			out_fmt(o, ",le=\"%.6g\"} %llu\n", bucket_us[b] / 1e6, n);
		else
			out_fmt(o, ",le=\"+Inf\"} %llu\n", n);
	}
	out_lit(o, "kontor_request_seconds_sum{");
	label(o, m, i);
	out_fmt(o, "} %.6f\nkontor_request_seconds_count{", (double)get(&c->sum_us) / 1e6);
	label(o, m, i);
	out_fmt(o, "} %llu\n", n);
}

static void gauge(struct out *o, const char *name, const char *help, long long v)
{
	out_fmt(o, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name, name, v);
}

static void counter(struct out *o, const char *name, const char *help, uint64_t v)
{
	out_fmt(o, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", name, help, name, name,
		(unsigned long long)v);
}

/* writes / commits is how many shared one flush */
static void print_writes(struct out *o, struct store_writes w)
{
	counter(o, "kontor_writes_total", "Units of work that the writer has run", w.units);
	counter(o, "kontor_write_commits_total", "Commits that they shared", w.batches);
	counter(o, "kontor_writes_lost_total", "Units lost with their whole commit", w.lost);
	counter(o, "kontor_writes_again_total",
		"Units run once more, since somebody else was in the way", w.again);
	gauge(o, "kontor_writes_waiting", "Units in the writer's queue", (long long)w.waiting);
}

/* This one among those that work on the same database. */
static void print_servers(struct out *o, struct store_servers s)
{
	gauge(o, "kontor_servers", "Servers that work on the database", s.n);
	gauge(o, "kontor_node", "The number in the ids that this one makes", s.node);
	gauge(o, "kontor_clock_skew_microseconds", "The database's clock before this machine's",
		s.skew_us);
	gauge(o, "kontor_hears", "1: what other servers write is heard of", s.hears);
}

/* Reads by side, and how far each replica is. */
static void print_replicas(struct out *o, const struct store_replicas *x)
{
	if (!x->n)
		return;
	out_lit(o, "# HELP kontor_reads_total Reads begun on each side\n"
		   "# TYPE kontor_reads_total counter\n");
	out_fmt(o, "kontor_reads_total{side=\"primary\"} %llu\n", (unsigned long long)x->primary);
	for (size_t i = 0; i < x->n; i++)
		out_fmt(o, "kontor_reads_total{side=\"%s\"} %llu\n", x->v[i].name,
			(unsigned long long)x->v[i].reads);
	counter(o, "kontor_reads_again_total",
		"Reads that failed on a replica and were begun again on the primary", x->again);
	out_lit(o, "# HELP kontor_replica_used 1: it is read from\n"
		   "# TYPE kontor_replica_used gauge\n");
	for (size_t i = 0; i < x->n; i++)
		out_fmt(o, "kontor_replica_used{replica=\"%s\"} %d\n", x->v[i].name, x->v[i].used);
	out_lit(o, "# HELP kontor_replica_lag_seconds It shows all that was written so long ago; "
		   "NaN: not known\n# TYPE kontor_replica_lag_seconds gauge\n");
	for (size_t i = 0; i < x->n; i++) {
		out_fmt(o, "kontor_replica_lag_seconds{replica=\"%s\"} ", x->v[i].name);
		if (x->v[i].lag_us < 0)
			out_lit(o, "NaN\n");
		else
			out_fmt(o, "%.3f\n", (double)x->v[i].lag_us / SECOND_US);
	}
}

void metrics_print(
	struct metrics *m, struct store *s, size_t prepare_waiting, size_t streams, struct out *o)
{
	size_t n = routes_count(m->routes);

	out_lit(o, "# HELP kontor_requests_total Requests by route and class of status\n"
		   "# TYPE kontor_requests_total counter\n");
	for (size_t i = 0; i <= n; i++)
		for (int k = 0; k < CLASSES; k++) {
			unsigned long long v = get(&m->by_route[i].status[k]);

			if (!v)
				continue;
			out_lit(o, "kontor_requests_total{");
			label(o, m, i);
			out_fmt(o, ",status=\"%dxx\"} %llu\n", k + 1, v);
		}
	out_lit(o, "# HELP kontor_request_seconds Time from the request's head to its answer\n"
		   "# TYPE kontor_request_seconds histogram\n");
	for (size_t i = 0; i <= n; i++)
		if (asked(&m->by_route[i]))
			print_histogram(m, o, i);
	for (int i = 0; i < COUNT_COUNT; i++)
		out_fmt(o, "# HELP %s %s\n# TYPE %s counter\n%s %llu\n", counters[i].name,
			counters[i].help, counters[i].name, counters[i].name, get(&m->count[i]));
	gauge(o, "kontor_requests_open", "Requests under way", (long long)atomic_load(&m->open));
	gauge(o, "kontor_up_seconds", "Since the server began",
		(long long)((clock_mono_us() - m->began_us) / SECOND_US));
	gauge(o, "kontor_prepare_waiting", "Slow steps that wait for a worker",
		(long long)prepare_waiting);
	gauge(o, "kontor_streams", "Answers that stay open (/events)", (long long)streams);
	print_writes(o, store_writes(s));
	print_servers(o, store_servers(s));
	struct store_replicas replicas = store_replicas_say(s);

	print_replicas(o, &replicas);
}
