/* journey: a client without sockets. Requests go through the real router, proofs, forms, handlers
 * and a real store in a folder of its own under $TMPDIR; only the listener is left out.
 *
 *	TEST(buyer_orders)
 *	{
 *		journey_begin(NULL);                  the market's own routes; or a web_options
 *		as("anna");                           a browser; a new name is a visitor
 *		get("/product/1"); want(200); has("Resistor");
 *		post("/basket", "offer=%s&quantity=10", id); want(303); follow(); has("10");
 *		bearer(token); get("/api/v1/orders"); want(200);
 *		CHECK_TEXT("confirmed", json_str_at("items.0.state"));
 *		journey_end();
 *	}
 *
 * post() sends what a browser would: an origin, the form token of the browser's session, a fresh
 * idempotency key. post_bare() sends only what it is given. Under /api/ bodies are JSON and no
 * token is added. Every CHECK goes on; what failed is printed with the answer's first lines. */
#ifndef KONTOR_TEST_JOURNEY_H
#define KONTOR_TEST_JOURNEY_H

#include "policy/embedded.h"
#include "test/rows.h"
#include "test/test.h"
#include "web/inner.h"

#include <ftw.h>
#include <jansson.h>
#include <semaphore.h>
#include <unistd.h>

#define JOURNEY_FN __attribute__((unused)) static

struct journey_cookie {
	char name[64], value[512];
};
struct journey_browser {
	char name[32], bearer[128];
	struct journey_cookie cookies[8];
	struct journey_browser *next;
};
static struct journey {
	char dir[256];
	struct arena *arena; /* policy, answers */
	struct store *store;
	struct web *web;
	struct journey_browser *browsers, *now;
	const char *method, *language;
	str path, body, extra_name, extra_value; /* of the last answer; one more header to send */
	struct header *headers;
	size_t headers_n;
	int status;
	bool tls;
	const char *peer;
	json_t *json;
} journey;

JOURNEY_FN int journey_remove(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)s, (void)flag, (void)f;
	return remove(path);
}

JOURNEY_FN void as(const char *name)
{
	struct journey_browser *b = journey.browsers;

	while (b && strcmp(b->name, name) != 0)
		b = b->next;
	if (!b) {
		b = arena_new(journey.arena, struct journey_browser);
		snprintf(b->name, sizeof b->name, "%s", name);
		b->next = journey.browsers;
		journey.browsers = b;
	}
	journey.now = b;
}

/* The store alone, for tests that start their server themselves. */
JOURNEY_FN void journey_store(void)
{
	const char *tmp = getenv("TMPDIR");
	struct policy_errors e = {0};
	const struct policy *p;

	memset(&journey, 0, sizeof journey);
	journey.arena = arena_make((size_t)1 << 30);
	journey.peer = "192.0.2.7";
	snprintf(journey.dir, sizeof journey.dir, "%s/journey-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(journey.dir));
	p = policy_read(journey.arena, embedded_policy, embedded_policy_n, &e);
	MUST(p);
	log_level_set(LOG_ERROR);
	journey.store = store_open(&(struct store_options){
		.dir = journey.dir, .policy = p, .database = rows_database(), .create = true});
}

JOURNEY_FN void journey_begin(const struct web_options *o)
{
	journey_store();
	journey.web = web_make(journey.store, o);
	as("visitor");
}

JOURNEY_FN void journey_end(void)
{
	json_decref(journey.json);
	web_free(journey.web);
	store_close(journey.store);
	rows_drop();
	nftw(journey.dir, journey_remove, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(journey.arena);
	memset(&journey, 0, sizeof journey);
}

/* ---- cookies ----------------------------------------------------------------------------- */

JOURNEY_FN str journey_cookies(void)
{
	str line = S("");

	for (size_t i = 0; i < COUNT(journey.now->cookies); i++) {
		const struct journey_cookie *c = &journey.now->cookies[i];

		if (c->name[0])
			line = str_fmt(journey.arena, STR_FMT "%s%s=%s", STR_ARG(line),
				line.n ? "; " : "", c->name, c->value);
	}
	return line;
}

/* A Set-Cookie line into this browser's jar: over the one of that name, else into a free place. */
JOURNEY_FN void journey_cookie(str line)
{
	str rest = line, pair = str_cut(&rest, ';'), value = pair, name = str_cut(&value, '=');
	bool gone = str_find(rest, S("Max-Age=0")) != (size_t)-1;
	struct journey_cookie *place = NULL;

	for (size_t i = 0; i < COUNT(journey.now->cookies); i++) {
		struct journey_cookie *c = &journey.now->cookies[i];

		if (str_eq(str_of(c->name), name) || (!place && !c->name[0]))
			place = c;
	}
	MUST(place);
	snprintf(place->name, sizeof place->name, STR_FMT, STR_ARG(gone ? S("") : name));
	snprintf(place->value, sizeof place->value, STR_FMT, STR_ARG(value));
}

/* ---- requests ---------------------------------------------------------------------------- */

JOURNEY_FN void journey_wake(struct exchange *x)
{
	sem_post(x->wake_ctx);
}

JOURNEY_FN void journey_header(struct exchange *x, const char *name, str value)
{
	if (value.n)
		x->headers[x->headers_n++] =
			(struct header){str_of(name), str_dup(x->arena, value)};
}

JOURNEY_FN struct exchange *journey_exchange(
	const char *method, str target, const char *type, size_t body_n)
{
	struct exchange *x = exchange_begin(journey.web);

	x->method = str_of(method);
	x->target = str_dup(x->arena, target);
	x->peer = str_of(journey.peer);
	x->tls = journey.tls;
	x->headers = arena_array(x->arena, struct header, 16);
	journey_header(x, "Host", S("kontor.test"));
	journey_header(x, "Cookie", journey_cookies());
	journey_header(x, "Accept-Language", str_of(journey.language ? journey.language : "en"));
	journey_header(x, "User-Agent", S("Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"));
	if (journey.now->bearer[0])
		journey_header(
			x, "Authorization", str_fmt(x->arena, "Bearer %s", journey.now->bearer));
	if (type) {
		journey_header(x, "Content-Type", str_of(type));
		journey_header(x, "Content-Length", str_fmt(x->arena, "%zu", body_n));
		journey_header(x, "Origin",
			journey.tls ? S("https://kontor.test") : S("http://kontor.test"));
	}
	if (journey.extra_name.n)
		journey_header(x, journey.extra_name.p, journey.extra_value);
	return x;
}

JOURNEY_FN void journey_take(struct exchange *x)
{
	json_decref(journey.json);
	journey.json = NULL;
	journey.status = x->status;
	journey.body = str_dup(journey.arena, x->head ? S("") : x->body);
	journey.headers = arena_array(journey.arena, struct header, x->answer_n + 1);
	journey.headers_n = x->answer_n;
	for (size_t i = 0; i < x->answer_n; i++) {
		journey.headers[i].name = str_dup(journey.arena, x->answer[i].name);
		journey.headers[i].value = str_dup(journey.arena, x->answer[i].value);
		if (str_eq(x->answer[i].name, S("Set-Cookie")))
			journey_cookie(x->answer[i].value);
	}
}

JOURNEY_FN int journey_send(const char *method, str target, const char *type, str body)
{
	struct exchange *x = journey_exchange(method, target, type, body.n);
	enum exchange_step step;
	sem_t woken;

	sem_init(&woken, 0, 0);
	x->wake = journey_wake;
	x->wake_ctx = &woken;
	journey.path = str_dup(journey.arena, target);
	step = exchange_head(x);
	for (size_t i = 0; step == STEP_BODY && i < body.n; i += 1000) /* in pieces, as they come */
		exchange_body(x, body.p + i, body.n - i < 1000 ? body.n - i : 1000);
	if (step == STEP_BODY)
		step = exchange_run(x);
	if (step == STEP_WAIT) {
		exchange_go(x);
		while (sem_wait(&woken))
			;
		exchange_resume(x);
	}
	journey_take(x);
	exchange_end(x);
	sem_destroy(&woken);
	journey.extra_name = (str){NULL, 0};
	return journey.status;
}

/* One more header for the next request. */
JOURNEY_FN void with(const char *name, const char *value)
{
	journey.extra_name = str_of(name);
	journey.extra_value = str_of(value);
}

/* The API's token of this browser from here on; NULL: none. */
JOURNEY_FN void bearer(const char *token)
{
	snprintf(journey.now->bearer, sizeof journey.now->bearer, "%s", token ? token : "");
}

#define JOURNEY_FMT(to) \
	va_list ap; \
	char to##_text[8192]; \
	va_start(ap, to); \
	int to##_n = vsnprintf(to##_text, sizeof to##_text, to, ap); \
	va_end(ap); \
	MUST(to##_n >= 0 && (size_t)to##_n < sizeof to##_text); \
	str to##_s = {to##_text, (size_t)to##_n}

JOURNEY_FN PRINTF_LIKE(1, 2) int get(const char *path, ...)
{
	JOURNEY_FMT(path);
	return journey_send("GET", path_s, NULL, (str){NULL, 0});
}

/* The form token that a page shown to this browser would hold. */
JOURNEY_FN str token(void)
{
	struct exchange *x = journey_exchange("GET", S("/"), NULL, 0);
	str t = {NULL, 0};

	(void)exchange_head(x); /* whatever stands at that path: the request is begun */
	{
		x->req.viewer.roles = BIT(ROLE_VISITOR);
		exchange_read(x, BIT(PURPOSE_SIGNIN));
		session_load(x);
		exchange_read_end(x);
		t = str_dup(journey.arena, csrf_token(&x->req));
	}
	x->status = 0;
	exchange_end(x);
	return t;
}

JOURNEY_FN int post_type(const char *path, const char *type, str body)
{
	return journey_send("POST", str_of(path), type, body);
}

JOURNEY_FN const char *journey_type(const char *path)
{
	return strncmp(path, "/api/", 5) != 0 ? "application/x-www-form-urlencoded"
					      : "application/json";
}

JOURNEY_FN PRINTF_LIKE(2, 3) int post_bare(const char *path, const char *body, ...)
{
	JOURNEY_FMT(body);
	return post_type(path, journey_type(path), body_s);
}

JOURNEY_FN PRINTF_LIKE(2, 3) int post(const char *path, const char *body, ...)
{
	JOURNEY_FMT(body);
	if (strncmp(path, "/api/", 5) == 0)
		return post_type(path, journey_type(path), body_s);
	uint8_t key[16];

	random_bytes(key, sizeof key);
	body_s = str_fmt(journey.arena, STR_FMT "%s_token=" STR_FMT "&_key=" STR_FMT,
		STR_ARG(body_s), body_s.n ? "&" : "", STR_ARG(token()),
		STR_ARG(base64url_of(journey.arena, key, sizeof key)));
	return post_type(path, journey_type(path), body_s);
}

/* A part of a multipart body: name, file name or NULL, content type or NULL, bytes. */
struct part {
	const char *name, *file, *type;
	str bytes;
};
JOURNEY_FN int post_files(const char *path, const struct part *p, size_t n)
{
	struct out o;

	out_init(&o, journey.arena, 4096, 64 << 20, NULL);
	for (size_t i = 0; i <= n; i++) {
		struct part token_part = {.name = "_token", .bytes = i == n ? token() : S("")};
		const struct part *q = i < n ? &p[i] : &token_part;

		out_fmt(&o, "--journey\r\nContent-Disposition: form-data; name=\"%s\"", q->name);
		if (q->file)
			out_fmt(&o, "; filename=\"%s\"\r\nContent-Type: %s", q->file, q->type);
		out_lit(&o, "\r\n\r\n");
		out_str(&o, q->bytes);
		out_lit(&o, "\r\n");
	}
	out_lit(&o, "--journey--\r\n");
	return post_type(path, "multipart/form-data; boundary=journey", out_view(&o));
}

/* ---- what came back ---------------------------------------------------------------------- */

JOURNEY_FN str header(const char *name)
{
	for (size_t i = 0; i < journey.headers_n; i++)
		if (str_eq_nocase(journey.headers[i].name, str_of(name)))
			return journey.headers[i].value;
	return (str){NULL, 0};
}

JOURNEY_FN void journey_show(void)
{
	str rest = str_sub(journey.body, 0, 1500);

	printf("#   %d for " STR_FMT " as %s\n", journey.status, STR_ARG(journey.path),
		journey.now->name);
	for (int i = 0; i < 12 && rest.n; i++) {
		str line = str_cut(&rest, '\n');

		printf("#   | " STR_FMT "\n", STR_ARG(line));
	}
}

#define want(code) \
	(journey.status == (code) ? (void)0 \
				  : (TEST_FAIL("want(%d), but it is %d", (code), journey.status), \
					    journey_show()))
#define has(text) \
	(str_find(journey.body, str_of(text)) != (size_t)-1 \
			? (void)0 \
			: (TEST_FAIL("the answer does not have \"%s\"", (text)), journey_show()))
#define lacks(text) \
	(str_find(journey.body, str_of(text)) == (size_t)-1 \
			? (void)0 \
			: (TEST_FAIL("the answer has \"%s\"", (text)), journey_show()))

/* Follows a redirect, as browsers do. */
JOURNEY_FN int follow(void)
{
	str to = header("Location");

	if (!to.n) {
		TEST_FAIL("there is no redirect to follow");
		journey_show();
		return 0;
	}
	return journey_send("GET", str_dup(journey.arena, to), NULL, (str){NULL, 0});
}

/* The text between two marks of the answer: between("value=\"", "\""). {NULL, 0}: not there. */
JOURNEY_FN str between(const char *before, const char *after)
{
	size_t at = str_find(journey.body, str_of(before)), end;
	str rest;

	if (at == (size_t)-1)
		return (str){NULL, 0};
	rest = str_sub(journey.body, at + strlen(before), journey.body.n);
	end = str_find(rest, str_of(after));
	return end == (size_t)-1 ? (str){NULL, 0} : str_dup(journey.arena, str_sub(rest, 0, end));
}

/* ---- JSON -------------------------------------------------------------------------------- */

JOURNEY_FN json_t *json_at(const char *path)
{
	str rest = str_of(path);
	json_t *j;

	if (!journey.json)
		journey.json =
			json_loadb(journey.body.p, journey.body.n, JSON_REJECT_DUPLICATES, NULL);
	j = journey.json;
	while (j && rest.n) {
		str step = str_cut(&rest, '.');
		int64_t i;

		j = str_int(step, &i) ? json_array_get(j, (size_t)i)
				      : json_object_get(j, str_dup(journey.arena, step).p);
	}
	return j;
}

JOURNEY_FN str json_str_at(const char *path)
{
	json_t *j = json_at(path);

	return json_is_string(j) ? (str){json_string_value(j), json_string_length(j)}
				 : (str){NULL, 0};
}

JOURNEY_FN int64_t json_int_at(const char *path) /* INT64_MIN: not a whole number there */
{
	json_t *j = json_at(path);

	return json_is_integer(j) ? json_integer_value(j) : INT64_MIN;
}

JOURNEY_FN size_t json_count_at(const char *path)
{
	return json_array_size(json_at(path));
}

/* ---- without the routes of member: a session made directly ------------------------------- */

struct journey_member {
	int64_t person, company;
	uint64_t roles;
	struct exchange *x;
};

JOURNEY_FN bool journey_start_session(struct db *db, void *ctx)
{
	struct journey_member *m = ctx;

	m->x->req.db = db;
	session_start(&m->x->req, m->person, m->company, m->roles);
	return true;
}

/* A test may ask more of an account than its limits allow: they begin anew. */
JOURNEY_FN void forget_limits(void)
{
	rate_free(journey.web->rate);
	journey.web->rate = rate_make(1);
}

/* This browser is signed in as this member from here on, and has asked nothing yet. */
JOURNEY_FN void signed_in(int64_t person, int64_t company, uint64_t roles)
{
	forget_limits();
	struct exchange *x = journey_exchange("GET", S("/"), NULL, 0);
	struct journey_member m = {person, company, roles, x};
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_VISITOR)},
		.purposes = BIT(PURPOSE_SIGNIN),
		.arena = x->arena,
		.apply = journey_start_session,
		.ctx = &m};

	exchange_head(x);
	x->answer_n = 0;
	if (store_write_wait(journey.store, &u) != WRITE_DONE)
		TEST_FAIL("signed_in: %s", u.fault.what);
	x->req.db = NULL;
	answer_finish(x, 204);
	journey_take(x);
	exchange_end(x);
}

#endif
