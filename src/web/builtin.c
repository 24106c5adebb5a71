/* What the server answers by itself: /healthz, /metrics, the API's description, assets. */
#include "inner.h"
#include "asset.h"

#include <stdlib.h>

static struct asset_place {
	str url;
	const struct asset *asset;
} * places; /* sorted by url */
static size_t places_n;
static str *urls; /* in the table's order: sorted by name */
static pthread_once_t places_once = PTHREAD_ONCE_INIT;

static int by_url(const void *x, const void *y)
{
	return str_cmp(((const struct asset_place *)x)->url, ((const struct asset_place *)y)->url);
}

static void places_make(void)
{
	static struct arena *a; /* lives as long as the program */

	a = arena_make(4 << 20);
	while (assets[places_n].name)
		places_n++;
	places = arena_array(a, struct asset_place, places_n + 1);
	urls = arena_array(a, str, places_n + 1);
	for (size_t i = 0; i < places_n; i++) {
		urls[i] = str_fmt(a, "/a/%s", assets[i].hashed_name);
		places[i] = (struct asset_place){urls[i], &assets[i]};
	}
	qsort(places, places_n, sizeof *places, by_url);
}

static int by_name(const void *key, const void *asset)
{
	return str_cmp(*(const str *)key, str_of(((const struct asset *)asset)->name));
}

str asset_url(str name)
{
	const struct asset *a;

	pthread_once(&places_once, places_make);
	a = bsearch(&name, assets, places_n, sizeof *assets, by_name);
	if (!a)
		fault(FAULT_BUG, "there is no asset " STR_FMT, STR_ARG(name));
	return urls[a - assets];
}

static const struct asset *asset_at(str path)
{
	const struct asset_place *p;
	struct asset_place key = {path, NULL};

	pthread_once(&places_once, places_make);
	p = bsearch(&key, places, places_n, sizeof *places, by_url);
	return p ? p->asset : NULL;
}

static void asset_answer(struct exchange *x, const struct asset *a)
{
	x->status = 200;
	x->body = a->bytes;
	answer_add(x, S("Content-Type"), str_of(a->type));
	answer_add(x, S("ETag"), str_of(a->etag));
	answer_add(x, S("Cache-Control"), S("public, max-age=31536000, immutable"));
	answer_add(x, S("Vary"), S("Accept-Encoding"));
	answer_security(x, false);
	if (etag_matches(exchange_header(x, S("If-None-Match")), str_of(a->etag))) {
		x->status = 304;
		x->body = (str){"", 0};
	} else if (a->gzip.p && accepts_gzip(exchange_header(x, S("Accept-Encoding")))) {
		x->body = a->gzip;
		answer_add(x, S("Content-Encoding"), S("gzip"));
	}
}

static bool health(struct exchange *x)
{
	struct fault_point fp;
	volatile bool good = true;

	if (FAULT_TRY(fp)) {
		exchange_read(x, BIT(PURPOSE_PUBLIC));
		db_reach(&x->db);
		exchange_read_end(x);
		FAULT_END(fp);
	} else {
		exchange_read_end(x);
		good = false;
	}
	return good && (!x->web->options.ready || x->web->options.ready()) &&
	       !atomic_load(&x->web->stopping) && !atomic_load(&x->web->draining);
}

static void text_answer(struct exchange *x, int status, str type)
{
	x->own.type = type;
	answer_header(&x->req, "Cache-Control", S("no-store"));
	answer_finish(x, status);
}

/* Counters are for the operator: from this machine, or from the proxy's own address only if the
 * proxy passes no client along. */
static bool from_here(const struct exchange *x)
{
	return str_eq(x->peer, S("127.0.0.1")) || str_eq(x->peer, S("::1")) ||
	       str_eq(x->peer, S("::ffff:127.0.0.1"));
}

bool builtin_serve(struct exchange *x)
{
	const struct asset *a;

	if (str_starts(x->path, S("/a/"))) {
		a = asset_at(x->path);
		if (!a)
			return false;
		asset_answer(x, a);
		return true;
	}
	if (str_eq(x->path, S("/healthz"))) {
		bool good = health(x);

		out_str(x->req.out, good ? S("ok\n") : S("not ready\n"));
		text_answer(x, good ? 200 : 503, S("text/plain; charset=utf-8"));
		return true;
	}
	if (str_eq(x->path, S("/.well-known/gpc.json"))) { /* W3C GPC: since when it is obeyed */
		struct json j = json_to(x->req.out);

		json_open(&j);
		json_key(&j, "gpc");
		json_bool(&j, true);
		json_key(&j, "lastUpdate");
		json_str(&j, S("2026-11-26"));
		json_close(&j);
		x->own.type = S("application/json");
		answer_finish(x, 200);
		return true;
	}
	if (str_eq(x->path, S("/metrics")) && from_here(x)) {
		metrics_print(x->web->metrics, x->web->store, pool_waiting(x->web->pool),
			live_streams(x->web->live), x->req.out);
		text_answer(x, 200, S("text/plain; version=0.0.4; charset=utf-8"));
		return true;
	}
	if (str_eq(x->path, S("/api/v1/openapi.json"))) {
		out_str(x->req.out, x->web->openapi);
		x->own.type = S("application/json");
		answer_etag(&x->req, x->web->openapi);
		answer_finish(x, 200);
		return true;
	}
	return false;
}
