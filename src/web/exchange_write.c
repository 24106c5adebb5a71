/* What an exchange does to the store: apply on the writer, its idempotency key, the answer after
 * the commit. */
#include "inner.h"

void exchange_key(struct exchange *x)
{
	struct out o;
	str key = x->req.api ? exchange_header(x, S("Idempotency-Key"))
			     : values_text(&x->own.values, S("_key"));

	if (!key.n || !x->req.route->apply)
		return;
	x->key = str_dup(x->arena, key);
	out_init(&o, x->arena, 1024, REQ_ARENA_BYTES_MAX, NULL);
	for (size_t i = 0; i < x->own.values.n; i++) {
		const struct value *v = &x->own.values.v[i];

		if (str_eq(v->name, S("_token")) || str_eq(v->name, S("_key")))
			continue;
		out_fmt(&o, "%zu %zu %d ", v->name.n, v->text.n, (int)v->kind);
		out_str(&o, v->name);
		out_str(&o, v->text);
	}
	/* the same key on another thing's path is another request */
	out_str(&o, x->path);
	x->digest = digest_of(out_view(&o));
}

/* ---- the writer -------------------------------------------------------------------------- */

static int64_t principal(const struct viewer *v)
{
	return v->person ? v->person : v->session;
}

/* Prepare may refuse what is already done: the basket of an order is empty, and its client did not
 * hear the answer. */
void exchange_replay_find(struct exchange *x)
{
	if (x->key.n)
		x->replay = db_replay(x->req.db, principal(&x->req.viewer), x->req.route->path,
			x->key, x->digest, &x->before);
}

static bool unit_apply(struct db *db, void *ctx)
{
	struct exchange *x = ctx;
	const struct route *r = x->req.route;
	struct viewer asked = x->req.viewer;
	int64_t who = principal(&asked);

	x->req.db = db;
	out_cut(&x->out, 0);
	if (x->key.n) {
		x->replay = db_replay(db, who, r->path, x->key, x->digest, &x->before);
		if (x->replay == REPLAY_SAME)
			return true;
		if (x->replay == REPLAY_OTHER_BODY)
			return false;
	}
	x->apply_status = r->apply(&x->req);
	MUST(x->apply_status);
	if (x->apply_status >= 400 || x->own.errors.n)
		return x->req.counted;
	if (x->web->options.collected && form_collects(r->form)) {
		uint64_t before = db->purposes;

		db->purposes |= x->web->options.collected_purposes;
		x->web->options.collected(&x->req);
		db->purposes = before;
	}
	/* An answer that hands out a session is not given twice. */
	if (x->key.n && x->own.session == SESSION_SAME)
		db_replay_keep(db, who, r->path, x->key, x->digest,
			(struct replay_answer){x->apply_status, x->own.location, 0});
	return true;
}

/* Nothing of what apply said has happened. */
static void undone(struct exchange *x)
{
	x->own.session = SESSION_SAME;
	x->own.flash_set = false;
	x->own.set_n = x->own.cookies_n = 0;
	x->own.location = x->own.type = (str){NULL, 0};
	x->req.viewer = x->viewer_asked;
}

static void unit_again(void *ctx)
{
	struct exchange *x = ctx;

	undone(x);
	x->own.errors.n = x->errors_before;
	x->own.why = text_none();
	x->own.there = false;
	x->req.counted = false;
}

static void unit_done(struct write_unit *u, enum write_result result)
{
	struct exchange *x = u->ctx;

	x->result = result;
	x->req.db = NULL;
	x->wake(x);
}

static void write_begin(struct exchange *x)
{
	x->errors_before = x->own.errors.n;
	x->unit = (struct write_unit){.viewer = x->req.viewer,
		.purposes = x->req.route->purposes,
		.arena = x->arena,
		.apply = unit_apply,
		.again = unit_again,
		.done = unit_done,
		.ctx = x};
	store_write(x->web->store, &x->unit);
}

void exchange_prepare(struct exchange *x)
{
	struct fault_point fp;
	volatile int status = 0;

	if (FAULT_TRY(fp)) {
		status = exchange_run_prepare(x);
		FAULT_END(fp);
	} else {
		exchange_read_end(x);
		x->unit.fault = fp;
		x->result = WRITE_FAULTED;
		x->wake(x);
		return;
	}
	if (status) {
		x->prepared = status;
		x->wake(x);
		return;
	}
	write_begin(x);
}

void exchange_go(struct exchange *x)
{
	x->viewer_asked = x->req.viewer;
	if (!(x->req.route->prepare && x->req.route->slow)) {
		write_begin(x);
	} else if (!pool_put(x->web->pool, x)) {
		x->result = WRITE_BUSY;
		x->wake(x);
	}
}

/* ---- after it ---------------------------------------------------------------------------- */

/* The API's answer is the thing that lies at the answer's address. */
static void answer_there(struct exchange *x)
{
	struct fault_point fp;
	const struct routed *there = NULL;
	const struct route *own = x->req.route;
	struct params p = {0}, mine = x->own.params;
	unsigned allow;

	if (!x->req.api || !str_starts(x->own.location, S("/api/")) ||
		routes_match(x->web->routes, x->arena, GET, x->own.location, &there, &p, &allow) !=
			MATCH_FOUND ||
		!(there->route->who & x->req.viewer.roles) || there->route->form)
		return;
	x->own.params = p;
	x->req.route = there->route;
	if (FAULT_TRY(fp)) {
		exchange_read(x, there->route->purposes);
		if (there->route->get(&x->req) >= 400)
			out_cut(&x->out, 0);
		exchange_read_end(x);
		FAULT_END(fp);
	} else {
		exchange_read_end(x);
		out_cut(&x->out, 0);
	}
	x->req.route = own;
	x->own.params = mine;
}

/* The first answer is made anew from what it made. */
static void answer_replay(struct exchange *x)
{
	metrics_add(x->web->metrics, COUNT_REPLAYED, 1);
	x->own.location = x->before.location;
	answer_header(&x->req, "Idempotent-Replayed", S("true"));
	answer_there(x);
	answer_finish(x, x->before.status);
}

static void answer_key_reused(struct exchange *x)
{
	x->own.why = TEXT(web_key_reused);
	answer_error(x, 422);
}

bool exchange_answered_before(struct exchange *x)
{
	if (x->replay != REPLAY_SAME && x->replay != REPLAY_OTHER_BODY)
		return false;
	x->own.errors.n = 0;
	x->own.why = text_none();
	if (x->replay == REPLAY_SAME)
		answer_replay(x);
	else
		answer_key_reused(x);
	return true;
}

static void answer_done(struct exchange *x)
{
	if (x->own.there)
		answer_there(x);
	answer_finish(x, x->apply_status);
}

static void answer_busy(struct exchange *x, const char *seconds)
{
	answer_header(&x->req, "Retry-After", str_of(seconds));
	answer_error(x, 503);
}

static void answer_refused(struct exchange *x)
{
	int status = x->apply_status;

	if (x->replay == REPLAY_OTHER_BODY) {
		answer_key_reused(x);
	} else if (x->own.errors.n) {
		exchange_show_again(x, status >= 400 ? status : 422);
	} else {
		answer_error(x, status);
	}
}

static void resume(struct exchange *x)
{
	if (x->prepared) {
		exchange_prepared(x, x->prepared);
		return;
	}
	if (x->result != WRITE_DONE)
		undone(x);
	switch (x->result) {
	case WRITE_DONE:
		if (x->replay == REPLAY_SAME)
			answer_replay(x);
		else if (x->own.errors.n) /* counted */
			answer_refused(x);
		else
			answer_done(x);
		return;
	case WRITE_REFUSED: answer_refused(x); return;
	case WRITE_FAULTED: exchange_fault(x, x->unit.fault.kind, x->unit.fault.what); return;
	case WRITE_LOST: answer_busy(x, "5"); return;
	case WRITE_BUSY: answer_busy(x, "1"); return;
	}
}

void exchange_resume(struct exchange *x)
{
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		resume(x);
		FAULT_END(fp);
	} else {
		exchange_fault(x, fp.kind, fp.what);
	}
}
