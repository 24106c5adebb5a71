/* An exchange from its head to its answer. Who runs what: the listener's thread reads (GET, quick
 * prepare, errors shown again), the pool runs slow prepares, the writer runs apply. Only one of
 * them holds the exchange at a time; it is handed over while the connection sleeps. */
#include "inner.h"

struct exchange *exchange_begin(struct web *w)
{
	struct arena *a = web_arena_take(w);
	struct exchange *x = arena_new(a, struct exchange);

	x->web = w;
	x->arena = a;
	x->began_us = clock_mono_us();
	x->adjacent = true;
	atomic_fetch_add(&w->under_way, 1);
	metrics_open(w->metrics, 1);
	return x;
}

void exchange_end(struct exchange *x)
{
	struct web *w = x->web;
	struct arena *a = x->arena;
	int64_t us = clock_mono_us() - x->began_us;

	if (x->status) {
		shown_tell(x);
		metrics_answer(w->metrics, x->routed, x->status, us);
		metrics_add(w->metrics, COUNT_ANSWER_BYTES, x->body.n);
		metrics_add(w->metrics, COUNT_BODY_BYTES, x->body_n);
		LOG(LOG_INFO, "request",
			LOG_S("route", x->routed ? str_of(x->routed->route->path) : S("none")),
			LOG_S("method",
				str_of(method_name(x->routed ? x->routed->route->method : GET))),
			LOG_I("status", x->status), LOG_I("us", us), LOG_I("bytes", x->body.n),
			LOG_S("id", x->req.out ? request_id(&x->req) : S("")));
	}
	kept_leave(x);
	if (x->stream)
		stream_close(x->stream);
	metrics_open(w->metrics, -1);
	web_arena_give(w, a);
	atomic_fetch_sub(&w->under_way, 1);
}

str exchange_header(const struct exchange *x, str name)
{
	for (size_t i = 0; i < x->headers_n; i++)
		if (str_eq_nocase(x->headers[i].name, name))
			return x->headers[i].value;
	return (str){NULL, 0};
}

/* ---- read snapshots ---------------------------------------------------------------------- */

void exchange_read(struct exchange *x, uint64_t purposes)
{
	MUST(!x->reading);
	store_read_begin(x->web->store, &x->db, x->arena, x->req.viewer, purposes);
	x->reading = true;
	x->req.db = &x->db;
}

/* Only what may lag, for GET. A program that shows a key has written what it asks for next, and
 * carries no session that says how far. */
static bool replica_may(const struct exchange *x, const struct route *r)
{
	return r->method == GET && !x->req.api && !exchange_header(x, S("Authorization")).p &&
	       (r->lag == LAG_ALL ||
		       (r->lag == LAG_VISITORS && !x->req.viewer.person && !x->req.viewer.session));
}

/* False: there is no replica that is fit. */
static bool replica_read(struct exchange *x, uint64_t purposes)
{
	MUST(!x->reading);
	x->reading = store_read_replica(
		x->web->store, &x->db, x->arena, x->req.viewer, purposes, x->own.session_wrote);
	x->req.db = x->reading ? &x->db : NULL;
	return x->reading;
}

void exchange_read_end(struct exchange *x)
{
	if (x->reading) {
		x->reading = false;
		store_read_end(&x->db);
	}
	x->req.db = NULL;
}

/* ---- the head ---------------------------------------------------------------------------- */

static const struct locale *locale_wanted(struct exchange *x)
{
	str chosen = {NULL, 0};

	if (exchange_header(x, S("Cookie")).n)
		chosen = display_chosen(&x->req).lang;
	return locale_of(chosen.n ? chosen : exchange_header(x, S("Accept-Language")));
}

static void req_begin(struct exchange *x)
{
	struct web *w = x->web;

	x->target = x->target.p ? x->target : S("");
	x->path = x->target;
	x->query = x->path;
	x->path = str_cut(&x->query, '?');
	x->id = atomic_fetch_add(&w->requests, 1);
	x->own.x = x;
	x->req = (struct req){.arena = x->arena, .web = &x->own};
	out_init(&x->out, x->arena, 16 << 10, PAGE_BYTES_MAX, locale_wanted(x));
	x->req = (struct req){.arena = x->arena,
		.out = &x->out,
		.locale = x->out.locale,
		.web = &x->own,
		.viewer = {.roles = BIT(ROLE_VISITOR), .request = x->id}};
	x->req.api = str_starts(x->path, S("/api/")) || str_starts(x->path, S("/v1/"));
	x->req.fragment = str_eq(exchange_header(x, S("X-Fragment")), S("1"));
	x->peer_short = address_truncate(x->arena, x->peer);
}

static enum exchange_step refuse(struct exchange *x, int status)
{
	answer_error(x, status);
	return STEP_ANSWER;
}

static enum exchange_step refuse_and_close(struct exchange *x, int status)
{
	x->close = true;
	return refuse(x, status);
}

static bool loopback(str peer)
{
	return str_starts(peer, S("127.")) || str_eq(peer, S("::1")) ||
	       str_starts(peer, S("::ffff:127."));
}

static enum rate rate_of(const struct route *r, bool api)
{
	if (r->rate)
		return r->rate;
	if (r->method != GET)
		return RATE_WRITE;
	return api ? RATE_API : RATE_READ;
}

static int limited(struct exchange *x, str key)
{
	int wait = rate_take(x->web->rate, rate_of(x->routed->route, x->req.api), key, x->began_us);

	if (!wait)
		return 0;
	metrics_add(x->web->metrics, COUNT_RATE_LIMITED, 1);
	answer_header(&x->req, "Retry-After", str_fmt(x->arena, "%d", wait));
	return 429;
}

static int wrong_method(struct exchange *x, unsigned allow)
{
	struct out o;

	out_init(&o, x->arena, 32, 64, NULL);
	for (int k = GET; k <= DELETE; k++)
		if (allow & 1u << k)
			out_fmt(&o, "%s%s%s", o.n ? ", " : "", method_name((enum method)k),
				k == GET ? ", HEAD" : "");
	answer_header(&x->req, "Allow", out_view(&o));
	return 405;
}

/* 0: a route; else the status to refuse with. */
static int find_route(struct exchange *x)
{
	unsigned allow = 0;
	enum method m = GET;

	x->head = str_eq(x->method, S("HEAD"));
	if (str_eq(x->method, S("POST")))
		m = POST;
	else if (str_eq(x->method, S("DELETE")))
		m = DELETE;
	else if (!x->head && !str_eq(x->method, S("GET")))
		m = 0;
	if (m == GET && builtin_serve(x))
		return 1;
	switch (routes_match(x->web->routes, x->arena, m ? m : GET, x->path, &x->routed,
		&x->own.params, &allow)) {
	case MATCH_BAD_PATH: return 400;
	case MATCH_NONE: return 404;
	case MATCH_OTHER_METHOD: return wrong_method(x, allow);
	case MATCH_FOUND: break;
	}
	x->req.route = x->routed->route;
	if (!m) {
		x->routed = NULL;
		x->req.route = NULL;
		return wrong_method(x, 1u << GET);
	}
	return 0;
}

static size_t body_limit(const struct route *r)
{
	if (r->body_max)
		return r->body_max;
	return r->form && r->form->files ? REQ_UPLOAD_BYTES_MAX : REQ_BODY_BYTES_MAX;
}

static enum exchange_step head(struct exchange *x)
{
	int status;

	req_begin(x);
	switch (x->adjacent
			? guard_framing(x->method, x->target, x->headers, x->headers_n, &x->facts)
			: FRAMING_BAD) {
	case FRAMING_GOOD: break;
	case FRAMING_URI_LONG: return refuse_and_close(x, 414);
	case FRAMING_TOO_LARGE: return refuse_and_close(x, 413);
	case FRAMING_BAD:
		metrics_add(x->web->metrics, COUNT_REFUSED_FRAMING, 1);
		return refuse_and_close(x, 400);
	}
	bool body = x->facts.chunked || x->facts.length > 0;

	if (x->plain && x->web->options.https) {
		answer_header(&x->req, "Location",
			str_fmt(x->arena, "%s" STR_FMT, x->web->options.https, STR_ARG(x->target)));
		return refuse_and_close(x, 308);
	}
	status = find_route(x);
	if (status) {
		x->close |= body; /* what follows is not read */
		return status == 1 ? STEP_ANSWER : refuse(x, status);
	}
	const struct route *r = x->req.route;

	if (x->web->options.limit_loopback || !loopback(x->peer))
		if ((status = limited(x, x->peer_short))) {
			x->close |= body;
			return refuse(x, status);
		}
	if (r->method == GET && body)
		return refuse_and_close(x, 400);
	x->body_max = body_limit(r);
	if (x->facts.length > (int64_t)x->body_max)
		return refuse_and_close(x, 413);
	return STEP_BODY;
}

/* No memory is left for any answer, or printing one fails too: constants alone. */
static void last_resort(struct exchange *x, const char *text)
{
	static struct header plain[] = {{{"Content-Type", 12}, {"text/plain; charset=utf-8", 25}},
		{{"Cache-Control", 13}, {"no-store", 8}},
		{{"X-Content-Type-Options", 22}, {"nosniff", 7}}};

	exchange_read_end(x);
	x->status = 500;
	x->close = true;
	x->answer = plain;
	x->answer_n = COUNT(plain);
	x->body = str_of(text);
}

static void fault_page(struct exchange *x, enum fault_kind kind, const char *what)
{
	bool later = kind == FAULT_TIME || kind == FAULT_STORE || kind == FAULT_RETRY;
	int status = later ? 503 : 500;

	LOG(LOG_ERROR, "request failed",
		LOG_S("route", x->routed ? str_of(x->routed->route->path) : S("none")),
		LOG_S("fault", str_of(fault_name(kind))), LOG_S("what", str_of(what)),
		LOG_S("id", request_id(&x->req)));
	x->answer_n = x->own.set_n = x->own.cookies_n = 0;
	x->own.flash_set = false;
	x->own.session = SESSION_SAME;
	x->own.why = text_none();
	x->own.errors.n = 0;
	if (status == 503)
		answer_header(&x->req, "Retry-After", S("5"));
	answer_error(x, status);
}

/* A fault while handling: the log says what, the page says the number. */
void exchange_fault(struct exchange *x, enum fault_kind kind, const char *what)
{
	struct fault_point fp;

	exchange_read_end(x);
	x->close |= kind == FAULT_MEMORY;
	if (!x->req.out || x->result == WRITE_DONE) {
		last_resort(x, x->req.out ? "500 It was done, but its answer could not be printed\n"
					  : "500\n");
		return;
	}
	if (FAULT_TRY(fp)) {
		fault_page(x, kind, what);
		FAULT_END(fp);
	} else {
		last_resort(x, "500\n");
	}
}

enum exchange_step exchange_head(struct exchange *x)
{
	struct fault_point fp;
	volatile enum exchange_step s = STEP_ANSWER;

	if (FAULT_TRY(fp)) {
		s = head(x);
		FAULT_END(fp);
	} else {
		exchange_fault(x, fp.kind, fp.what);
	}
	return s;
}

/* ---- the body ---------------------------------------------------------------------------- */

static void body_add(struct exchange *x, const char *p, size_t n)
{
	if (!x->body_n) {
		str params, type = media_type(exchange_header(x, S("Content-Type")), &params);

		if (x->req.route->form && str_eq_nocase(type, S("multipart/form-data"))) {
			x->multipart = multipart_make(
				x->arena, exchange_header(x, S("Content-Type")), &x->own.values);
			x->multipart_bad = !x->multipart;
		}
	}
	x->body_n += n;
	if (x->multipart || x->multipart_bad) {
		if (!x->multipart_bad && !multipart_feed(x->multipart, p, n))
			x->multipart_bad = true;
		return;
	}
	if (x->body_n > x->body_cap) {
		size_t cap =
			x->facts.length >= 0 ? (size_t)x->facts.length : x->body_cap * 2 + n + 4096;
		uint8_t *grown = arena_alloc(x->arena, 1, cap + 1);

		if (x->body_buffer)
			memcpy(grown, x->body_buffer, x->body_n - n);
		x->body_buffer = grown;
		x->body_cap = cap;
	}
	memcpy(x->body_buffer + x->body_n - n, p, n);
}

void exchange_body(struct exchange *x, const char *p, size_t n)
{
	struct fault_point fp;

	if (x->body_over || x->body_n + n > x->body_max) {
		x->body_over = true;
		return;
	}
	if (FAULT_TRY(fp)) {
		body_add(x, p, n);
		FAULT_END(fp);
	} else {
		x->body_over = true;
	}
}

/* ---- who, proof, form -------------------------------------------------------------------- */

static bool bearer_load(struct exchange *x)
{
	str header = exchange_header(x, S("Authorization")), token;
	struct viewer v = x->req.viewer;

	if (header.n <= 7 || !str_eq_nocase(str_sub(header, 0, 7), S("Bearer ")) || header.n > 512)
		return false;
	token = str_trim(str_sub(header, 7, header.n));
	v.session = 0;
	if (!x->web->options.bearer || !x->web->options.bearer(&x->db, token, &v))
		return false;
	x->req.viewer = v;
	return true;
}

static int who_refused(struct exchange *x)
{
	const struct route *r = x->req.route;
	struct web *w = x->web;

	if (r->who & x->req.viewer.roles)
		return 0;
	if (x->req.viewer.person)
		return 403;
	if (r->proof == PROOF_BEARER || x->req.api)
		return x->req.viewer.session && x->req.api ? 403 : 401;
	if (!w->options.signin_path || x->req.fragment || r->live)
		return 403;
	struct out o;

	out_init(&o, x->arena, 256, 4 * REQ_URI_BYTES_MAX, NULL);
	out_str(&o, str_of(w->options.signin_path));
	if (r->method == GET) {
		out_lit(&o, "?next=");
		esc_part_str(&o, x->target);
	}
	x->own.location = out_view(&o);
	return 303;
}

/* 0: go on. Sets the viewer; a session or bearer token that is not good is no session. */
static int load_viewer(struct exchange *x)
{
	const struct route *r = x->req.route;
	bool bearer = false;
	int status;

	if (r->proof == PROOF_BEARER) {
		exchange_read(x, BIT(PURPOSE_SIGNIN));
		bearer = bearer_load(x);
		exchange_read_end(x);
		if (!bearer && exchange_header(x, S("Authorization")).p)
			return 401;
	} else if (r->proof == PROOF_MESSAGE) {
		if ((status = message_open(x)))
			return status;
	} else if (exchange_header(x, S("Cookie")).n) {
		exchange_read(x, BIT(PURPOSE_SIGNIN));
		session_load(x);
		exchange_read_end(x);
		if (!r->live)
			session_touch_later(x);
	}
	if (x->req.viewer.person &&
		(status = limited(x, str_fmt(x->arena, "p%lld", (long long)x->req.viewer.person))))
		return status;
	return who_refused(x);
}

/* False: the form is shown again with what was typed, 403. */
static bool proof_good(struct exchange *x)
{
	switch (x->req.route->proof) {
	case PROOF_NONE:
	case PROOF_MESSAGE: /* opened before anything else */
	case PROOF_BEARER: return true;
	case PROOF_SIGNED: return signed_good(x);
	case PROOF_TOKEN:
		return x->req.route->method == GET ||
		       (origin_good(x) && token_good(x, values_text(&x->own.values, S("_token"))));
	}
	return false;
}

static int body_refused(struct exchange *x, str why)
{
	x->own.why = why.n ? TEXT(web_bad_body, why) : text_none();
	return 400;
}

/* 0, or the status to refuse with. */
static int parse_body(struct exchange *x)
{
	str params, why = {NULL, 0},
		    type = media_type(exchange_header(x, S("Content-Type")), &params);
	str body = {x->body_buffer ? (const char *)x->body_buffer : "", x->body_n};
	enum parsed p = PARSED;

	if (!x->body_n) {
		x->own.values.json = x->req.api;
		return 0;
	}
	if (x->message.p)
		p = values_message(x->arena, x->message, &x->own.values, &why);
	else if (x->multipart || x->multipart_bad)
		p = !x->multipart_bad && multipart_end(x->multipart) ? PARSED : PARSED_BAD;
	else if (x->req.api && str_eq_nocase(type, S("application/json")))
		p = values_json(x->arena, body, &x->own.values, &why);
	else if (!x->req.api && str_eq_nocase(type, S("application/x-www-form-urlencoded")))
		p = values_urlencoded(x->arena, body, &x->own.values);
	else
		return 415;
	switch (p) {
	case PARSED: return 0;
	case PARSED_TOO_MANY: return 413;
	case PARSED_BAD: break;
	}
	return body_refused(x, why);
}

static void parse_form(struct exchange *x, struct values *values, bool query)
{
	struct form_check c = {.arena = x->arena,
		.policy = x->web->policy,
		.values = values,
		.errors = &x->own.errors,
		.query = query};
	static const struct form none = {.name = "none"};

	x->req.form = form_parse(&c, x->req.route->form ? x->req.route->form : &none);
	if (!x->req.route->form)
		x->req.form = NULL;
	if (c.dropped)
		metrics_add(x->web->metrics, COUNT_FIELDS_DROPPED, c.dropped);
}

/* ---- handlers ---------------------------------------------------------------------------- */

static void frame(struct exchange *x, void (*fill)(struct req *r))
{
	struct web *w = x->web;

	if (!fill || x->req.api || x->req.fragment)
		return;
	uint64_t before = x->db.purposes;

	x->db.purposes |= w->options.frame_purposes;
	fill(&x->req);
	x->db.purposes = before;
}

/* What was printed and said so far is not so. */
static void start_over(struct exchange *x, size_t errors)
{
	struct req_private *own = &x->own;

	out_cut(x->req.out, 0);
	own->set_n = own->cookies_n = own->issued.n = own->tags_n = 0;
	own->type = own->location = own->etag = own->download = (str){NULL, 0};
	own->flash_taken = own->flash_set = false;
	own->errors.n = errors;
	own->why = text_none();
	x->req.own = NULL;
}

/* In the read that was begun; the viewer's own part of the frame is there. */
static int page_get(struct exchange *x, const struct route *r, bool keep, uint64_t moment)
{
	frame(x, x->web->options.frame);
	int status = r->get(&x->req);

	if (keep && status == 200 && db_current(&x->db))
		kept_put(x, moment);
	exchange_read_end(x);
	return status;
}

/* 0: there is no replica that is fit, or it failed: the primary is to be read. */
static int replica_get(struct exchange *x, const struct route *r, bool keep, uint64_t moment)
{
	const size_t errors = x->own.errors.n;
	volatile int status = 0;
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		if (replica_read(x, r->purposes))
			status = page_get(x, r, keep, moment);
		FAULT_END(fp);
		return status;
	}
	exchange_read_end(x);
	if (fp.kind != FAULT_RETRY && fp.kind != FAULT_STORE && fp.kind != FAULT_TIME)
		fault(fp.kind, "%s", fp.what);
	LOG(LOG_DEBUG, "read again from the primary", LOG_S("why", str_of(fp.what)));
	store_replica_failed(x->web->store);
	start_over(x, errors);
	return 0;
}

static void run_get(struct exchange *x, const struct route *r, int shown_again)
{
	const struct web *w = x->web;
	bool keep = !shown_again && kept_may(x), own = false;
	uint64_t moment = store_moment(w->store);
	int status = 0;

	if (!shown_again && replica_may(x, r) &&
		store_replica_fit(w->store, x->own.session_wrote)) {
		own = x->req.viewer.session || x->req.viewer.person;
		if (own) { /* their basket, what waits for them: as it stands now */
			exchange_read(x, r->purposes);
			frame(x, w->options.frame_own);
			exchange_read_end(x);
		}
		status = replica_get(x, r, keep, moment);
	}
	if (!status) {
		exchange_read(x, r->purposes);
		if (!own)
			frame(x, w->options.frame_own);
		status = page_get(x, r, keep, moment);
	}
	if (shown_again && status < 400)
		status = shown_again;
	else if (status >= 400)
		x->own.errors.n = 0; /* of a form about what is not there */
	if (status >= 400 && !x->out.n)
		answer_error(x, status);
	else
		answer_finish(x, status);
}

/* Something typed is wrong: the page again with what was typed, or a problem that lists it. */
void exchange_show_again(struct exchange *x, int status)
{
	const struct route *r = x->req.route;

	out_cut(x->req.out, 0);
	x->own.set_n = x->own.cookies_n = 0;
	x->own.type = x->own.location = (str){NULL, 0};
	if (!x->req.api && r->get && r->method == POST)
		run_get(x, r, status);
	else
		answer_error(x, status);
}

enum exchange_step exchange_prepared(struct exchange *x, int status)
{
	if (exchange_answered_before(x))
		return STEP_ANSWER;
	if (status < 400)
		answer_finish(x, status);
	else if (x->own.errors.n)
		exchange_show_again(x, status);
	else
		answer_error(x, status);
	return STEP_ANSWER;
}

int exchange_run_prepare(struct exchange *x)
{
	int status;

	exchange_read(x, x->req.route->purposes);
	status = x->req.route->prepare(&x->req);
	if (!status && x->own.errors.n)
		status = 422;
	if (status)
		exchange_replay_find(x);
	exchange_read_end(x);
	MUST(status || x->req.route->apply);
	return status;
}

static enum exchange_step run_post(struct exchange *x)
{
	const struct route *r = x->req.route;
	int status = x->body_over ? 413 : parse_body(x);

	if (status) {
		x->close |= x->body_over;
		return refuse(x, status);
	}
	parse_form(x, &x->own.values, false);
	if (!proof_good(x)) {
		x->own.errors.n = 0;
		x->own.why = r->proof == PROOF_TOKEN ? TEXT(web_stale) : text_none();
		if (r->proof != PROOF_TOKEN || !origin_good(x))
			return refuse(x, 403);
		form_error(&x->req, "", TEXT(web_stale));
		exchange_show_again(x, 403);
		return STEP_ANSWER;
	}
	exchange_key(x);
	if (x->key.n > 255)
		return refuse(x, 400);
	if (r->proof == PROOF_MESSAGE && (status = message_good(x)))
		return refuse(x, status);
	if (x->own.errors.n) {
		exchange_show_again(x, 422);
		return STEP_ANSWER;
	}
	if (r->prepare && r->slow)
		return STEP_WAIT;
	if (r->prepare && (status = exchange_run_prepare(x)))
		return exchange_prepared(x, status);
	return STEP_WAIT;
}

/* A purpose that this installation switched off: the page says which, and what it was for. */
static enum exchange_step switched_off(struct exchange *x, uint64_t off)
{
	const struct policy *p = x->web->policy;

	for (size_t i = 0; i < p->purposes_n; i++) {
		const struct policy_purpose *u = &p->purposes[i];

		if (off >> u->bit & 1)
			x->own.why =
				TEXT(web_off, policy_text(p, str_of(x->req.locale->tag),
						      str_fmt(x->arena, "purpose." STR_FMT ".why",
							      STR_ARG(u->name)),
						      u->why, NULL));
	}
	x->close |= x->body_over;
	return refuse(x, 503);
}

static enum exchange_step run(struct exchange *x)
{
	const struct route *r = x->req.route;
	int status;

	if (values_urlencoded(x->arena, x->query, &x->own.query) != PARSED)
		return refuse(x, 400);
	status = load_viewer(x);
	if (status) {
		x->close |= x->body_over;
		if (status == 303) {
			answer_finish(x, 303);
			return STEP_ANSWER;
		}
		return refuse(x, status);
	}
	if (r->purposes & ~r->spares & x->web->policy->off)
		return switched_off(x, r->purposes & ~r->spares & x->web->policy->off);
	if (r->method != GET)
		return run_post(x);
	if (!proof_good(x))
		return refuse(x, 403);
	if (kept_may(x) && kept_show(x)) {
		answer_finish(x, 200);
		return STEP_ANSWER;
	}
	parse_form(x, &x->own.query, true);
	if (x->req.api && x->own.errors.n)
		return refuse(x, 422);
	run_get(x, r, 0);
	return STEP_ANSWER;
}

enum exchange_step exchange_run(struct exchange *x)
{
	struct fault_point fp;
	volatile enum exchange_step s = STEP_ANSWER;

	if (FAULT_TRY(fp)) {
		s = run(x);
		FAULT_END(fp);
	} else {
		exchange_fault(x, fp.kind, fp.what);
	}
	return s;
}
