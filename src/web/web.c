/* The server: what lives as long as it does, with or without a listener. */
#include "inner.h"

#include <time.h>

/* ---- arenas: kept from one request to the next ------------------------------------------- */

struct arena *web_arena_take(struct web *w)
{
	struct arena *a = NULL;

	pthread_mutex_lock(&w->arenas_lock);
	if (w->arenas_n)
		a = w->arenas[--w->arenas_n];
	pthread_mutex_unlock(&w->arenas_lock);
	return a ? a : arena_make(REQ_ARENA_BYTES_MAX);
}

void web_arena_give(struct web *w, struct arena *a)
{
	arena_reset(a);
	pthread_mutex_lock(&w->arenas_lock);
	if (w->arenas_n < ARENAS_KEPT_MAX) {
		w->arenas[w->arenas_n++] = a;
		a = NULL;
	}
	pthread_mutex_unlock(&w->arenas_lock);
	arena_free(a);
}

static void web_fill(struct web *w, struct store *s, const struct web_options *o)
{
	uint64_t first;

	w->store = s;
	w->policy = store_policy(s);
	w->options = *o;
	w->routes = routes_make(w->arena, o->tables, w->policy);
	w->metrics = metrics_make(w->arena, w->routes);
	w->openapi = openapi_print(w->arena, w);
	w->rate = rate_make(w->options.servers);
	store_secret(s, "cookie", w->key_session);
	store_secret(s, "form token", w->key_token);
	store_secret(s, "link", w->key_link);
	store_secret(s, "flash", w->key_flash);
	random_bytes(&first, sizeof first);
	atomic_store(&w->requests, first >> 2);
	w->kept = kept_make();
	w->live = live_make(w);
	w->pool = pool_make(PREPARE_THREADS, exchange_prepare);
}

struct web *web_make(struct store *s, const struct web_options *o)
{
	struct arena *a = arena_make(64 << 20);
	struct web *w = arena_new(a, struct web);
	struct fault_point fp;

	w->arena = a;
	pthread_mutex_init(&w->arenas_lock, NULL);
	if (FAULT_TRY(fp)) {
		web_fill(w, s, o);
		FAULT_END(fp);
	} else {
		web_free(w);
		fault(fp.kind, "%s", fp.what);
	}
	return w;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	pool_free(w->pool);
	live_free(w->live);
	while (atomic_load(&w->touches)) /* their last note is on the writer's way */
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	rate_free(w->rate);
	kept_free(w->kept);
	for (int i = 0; i < w->arenas_n; i++)
		arena_free(w->arenas[i]);
	pthread_mutex_destroy(&w->arenas_lock);
	arena_free(w->arena);
}

struct web *web_start(struct store *s, const struct web_options *o)
{
	struct web *w = web_make(s, o);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		w->listener = listener_start(w);
		FAULT_END(fp);
	} else {
		web_free(w);
		fault(fp.kind, "%s", fp.what);
	}
	return w;
}

void web_drain(struct web *w)
{
	atomic_store(&w->draining, true);
	live_end(w->live);
}

void web_stop(struct web *w)
{
	if (!w)
		return;
	atomic_store(&w->stopping, true);
	listener_stop(w->listener);
	web_free(w);
}
