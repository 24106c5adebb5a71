/* Counting refusals in memory, and writing the sums. */
#include "market/rights/refused.h"

#include "gen/refused.sql.h"

#include <pthread.h>

struct waiting {
	str route; /* of the table of routes: it stays */
	int64_t person, agent, tries;
};
static struct {
	pthread_mutex_t mutex;
	struct waiting v[REFUSED_WAITING_MAX];
	size_t n;
} here = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static struct waiting *place_of(str route, int64_t person, int64_t agent)
{
	for (size_t i = 0; i < here.n; i++)
		if (here.v[i].route.p == route.p && here.v[i].person == person &&
			here.v[i].agent == agent)
			return &here.v[i];
	/* the last places are nobody's: sums go on when somebody fills the others */
	if (here.n == REFUSED_WAITING_MAX || (here.n >= REFUSED_WAITING_MAX / 2 && person + agent))
		return NULL;
	here.v[here.n] = (struct waiting){.route = route, .person = person, .agent = agent};
	return &here.v[here.n++];
}

void refused_told(const struct refused *x)
{
	pthread_mutex_lock(&here.mutex);
	struct waiting *w = place_of(x->route, x->person, x->agent);

	w = w ? w : place_of(x->route, 0, 0);
	if (w)
		w->tries++;
	pthread_mutex_unlock(&here.mutex);
}

/* ---- written ----------------------------------------------------------------------------- */

enum { SLICE = 200 };
struct writing {
	const struct waiting *v;
	size_t n, at;
	instant hour;
};

static bool apply(struct db *db, void *ctx)
{
	struct writing *w = ctx;

	for (size_t n = 0; w->at < w->n && n < SLICE; n++, w->at++) {
		const struct waiting *x = &w->v[w->at];
		struct person_id person = {x->person};
		struct agent_id agent = {x->agent};

		if (refused_more(db, w->hour, x->route, person, agent, x->tries) != 1)
			MUST(refused_new(db, (struct refused_id){id_make()}, w->hour, x->route,
				     person, agent, x->tries) == 1);
	}
	return true;
}

/* What had no turn waits with what comes. */
static void back(const struct waiting *v, size_t n)
{
	pthread_mutex_lock(&here.mutex);
	for (size_t i = 0; i < n; i++) {
		struct waiting *w = place_of(v[i].route, v[i].person, v[i].agent);

		w = w ? w : place_of(v[i].route, 0, 0);
		if (w)
			w->tries += v[i].tries;
	}
	pthread_mutex_unlock(&here.mutex);
}

void refused_write(struct store *s, const struct job *j, struct arena *a)
{
	instant now = clock_now();
	struct writing w = {.hour = {now.us - now.us % (3600 * SECOND_US)}};
	struct waiting *v;

	pthread_mutex_lock(&here.mutex);
	v = arena_array(a, struct waiting, here.n + 1);
	memcpy(v, here.v, here.n * sizeof *v);
	w.n = here.n;
	here.n = 0;
	pthread_mutex_unlock(&here.mutex);
	w.v = v;
	while (w.at < w.n) {
		size_t from = w.at;

		if (!job_write(s, j, a, true, apply, &w)) {
			back(v + from, w.n - from);
			break;
		}
	}
}
