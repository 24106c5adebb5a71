#include "market/desk/relay.h"

#include "egress/egress.h"

#include <pthread.h>

struct view {
	char page[RELAY_TEXT_BYTES_MAX], device[RELAY_TEXT_BYTES_MAX], network[50];
	instant at;
};
static struct {
	pthread_mutex_t mutex;
	bool on;
	struct view v[RELAY_VIEWS_MAX];
	size_t n;
	int tries;
} here = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void relay_policy(const struct policy *p)
{
	pthread_mutex_lock(&here.mutex);
	here.on = egress_relay_to(p) != NULL;
	explicit_bzero(here.v, sizeof here.v);
	here.n = 0;
	here.tries = 0;
	pthread_mutex_unlock(&here.mutex);
}

static void keep(char *to, size_t size, str s)
{
	size_t n = s.n < size ? s.n : size - 1;

	if (n)
		memcpy(to, s.p, n);
	to[n] = 0;
}

void relay_shown(const struct shown *s)
{
	pthread_mutex_lock(&here.mutex);
	if (here.on && here.n < RELAY_VIEWS_MAX) {
		struct view *v = &here.v[here.n++];

		keep(v->page, sizeof v->page, s->path);
		keep(v->device, sizeof v->device, s->device);
		keep(v->network, sizeof v->network, s->network);
		v->at = s->at;
	}
	pthread_mutex_unlock(&here.mutex);
}

/* What waits now, in `a`; they stay until they are sent. */
static size_t waiting(struct arena *a, struct relay_view **v)
{
	pthread_mutex_lock(&here.mutex);
	size_t n = here.n;

	*v = arena_array(a, struct relay_view, n + 1);
	for (size_t i = 0; i < n; i++)
		(*v)[i] = (struct relay_view){str_dup(a, str_of(here.v[i].page)),
			str_dup(a, str_of(here.v[i].device)), str_dup(a, str_of(here.v[i].network)),
			here.v[i].at};
	pthread_mutex_unlock(&here.mutex);
	return n;
}

static void drop(size_t n)
{
	pthread_mutex_lock(&here.mutex);
	n = n < here.n ? n : here.n;
	memmove(here.v, here.v + n, (here.n - n) * sizeof *here.v);
	explicit_bzero(here.v + here.n - n, n * sizeof *here.v);
	here.n -= n;
	here.tries = 0;
	pthread_mutex_unlock(&here.mutex);
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct relay_view *v;
	size_t n = waiting(a, &v);
	const char *trouble = n ? egress_relay(s, v, n) : NULL;

	(void)j;
	if (trouble) {
		LOG(LOG_WARN, "relay_failed", LOG_I("views", (int64_t)n),
			LOG_S("trouble", str_of(trouble)));
		if (++here.tries < RELAY_TRIES_MAX)
			return false;
	}
	drop(n);
	return false;
}

const struct job relay_job = {.name = "relay",
	.role = ROLE_OUTBOX,
	.purposes = BIT(PURPOSE_DISCLOSING),
	.every_s = 60,
	.each_server = true,
	.run = run};
