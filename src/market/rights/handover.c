/* The desk's orders to give data away: asked for by one officer, allowed by another. */
#include "market/rights/handover.h"

#include "gen/handover.html.h"
#include "market/member/member.h"
#include "market/rights/disclosed.h"

#define OFFICER BIT(ROLE_OFFICER)
#define PERSON BIT(ROLE_PERSON)
#define CLOCK BIT(ROLE_SWEEPER)

/* ---- the process ------------------------------------------------------------------------- */

static int still_valid(const void *thing)
{
	const struct handover_one_row *h = thing;

	return h && h->valid_until.us < clock_now().us ? MSG_handover_no_longer : 0;
}

/* What must be there when the data leaves, whatever was there when it was asked for. */
static int may_leave(const void *thing)
{
	const struct handover_one_row *h = thing;

	if (!h)
		return 0;
	if (h->ground == HANDOVER_GROUND_CONSENT && !h->consent_id.v)
		return MSG_handover_no_consent;
	if (h->ground == HANDOVER_GROUND_UNDERTAKING && !h->bound)
		return MSG_handover_no_undertaking;
	return still_valid(thing);
}

#define FOR_GOOD(from) \
	{ \
		from, HANDOVER_HAPPENING_WITHDRAW, HANDOVER_STATE_WITHDRAWN, OFFICER \
	}
#define BY_THEM(from) \
	{from, HANDOVER_HAPPENING_AGREE, from, PERSON}, \
	{ \
		from, HANDOVER_HAPPENING_REFUSE, HANDOVER_STATE_WITHDRAWN, PERSON \
	}
#define OVER(from, event, to, days) \
	{ \
		from, event, to, CLOCK, .after_s = (days)*INT64_C(86400) \
	}
static const struct transition rows[] = {
	{0, HANDOVER_HAPPENING_ASK, HANDOVER_STATE_MAKING, OFFICER, .ask = true},
	{HANDOVER_STATE_MAKING, HANDOVER_HAPPENING_MADE, HANDOVER_STATE_READY, CLOCK},
	{HANDOVER_STATE_READY, HANDOVER_HAPPENING_LOOK, HANDOVER_STATE_READY, OFFICER},
	{HANDOVER_STATE_READY, HANDOVER_HAPPENING_APPROVE, HANDOVER_STATE_APPROVED, OFFICER,
		.guard = still_valid},
	{HANDOVER_STATE_APPROVED, HANDOVER_HAPPENING_LOOK, HANDOVER_STATE_APPROVED, OFFICER},
	{HANDOVER_STATE_APPROVED, HANDOVER_HAPPENING_HAND, HANDOVER_STATE_LEAVING, OFFICER,
		.guard = may_leave},
	{HANDOVER_STATE_LEAVING, HANDOVER_HAPPENING_LEFT, HANDOVER_STATE_HANDED, OFFICER | CLOCK},
	{HANDOVER_STATE_HANDED, HANDOVER_HAPPENING_FETCH, HANDOVER_STATE_HANDED, OFFICER},
	BY_THEM(HANDOVER_STATE_MAKING),
	BY_THEM(HANDOVER_STATE_READY),
	BY_THEM(HANDOVER_STATE_APPROVED),
	FOR_GOOD(HANDOVER_STATE_MAKING),
	FOR_GOOD(HANDOVER_STATE_READY),
	FOR_GOOD(HANDOVER_STATE_APPROVED),
	OVER(HANDOVER_STATE_READY, HANDOVER_HAPPENING_EXPIRE, HANDOVER_STATE_EXPIRED,
		HANDOVER_WAIT_DAYS),
	OVER(HANDOVER_STATE_APPROVED, HANDOVER_HAPPENING_EXPIRE, HANDOVER_STATE_EXPIRED,
		HANDOVER_WAIT_DAYS),
	OVER(HANDOVER_STATE_HANDED, HANDOVER_HAPPENING_CLOSE, HANDOVER_STATE_CLOSED,
		HANDOVER_FETCH_DAYS),
};
const struct process handover_process =
	PROCESS("handover", rows, handover_state_name, handover_happening_name);

/* ---- what is asked ----------------------------------------------------------------------- */

FORM_FILES(handover_form, struct handover_form,
	{.name = "whom",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct handover_form, whom),
		.label = MSG_handover_whom,
		.choices = "handover_whom"},
	{.name = "addressee",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 200,
		AT(struct handover_form, addressee),
		.label = MSG_handover_addressee,
		.hint = MSG_handover_addressee_hint,
		.data = "handover.paper"},
	{.name = "country",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct handover_form, country),
		.label = MSG_handover_country,
		.codes = countries},
	{.name = "ground",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct handover_form, ground),
		.label = MSG_handover_ground,
		.choices = "handover_ground"},
	{.name = "number",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 3,
		.max = 100,
		AT(struct handover_form, number),
		.label = MSG_handover_number,
		.hint = MSG_handover_number_hint,
		.data = "handover.paper"},
	{.name = "document",
		.kind = FIELD_FILE,
		.required = true,
		.max = HANDOVER_DOCUMENT_BYTES_MAX,
		AT(struct handover_form, document),
		.label = MSG_handover_document,
		.hint = MSG_handover_document_hint,
		.data = "handover.document"},
	{.name = "why",
		.kind = FIELD_LONG,
		.required = true,
		.min = 10,
		.max = 2000,
		AT(struct handover_form, why),
		.label = MSG_handover_why,
		.data = "handover.paper"},
	{.name = "valid",
		.kind = FIELD_DATE,
		.required = true,
		AT(struct handover_form, valid),
		.label = MSG_handover_valid,
		.hint = MSG_handover_valid_hint,
		.data = NOT_PERSONAL},
	{.name = "bound",
		.kind = FIELD_BOOL,
		AT(struct handover_form, bound),
		.label = MSG_handover_bound,
		.hint = MSG_handover_bound_hint},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.max = 254,
		AT(struct handover_form, email),
		.label = MSG_handover_email,
		.data = "person.email"},
	{.name = "company",
		.kind = FIELD_TEXT,
		.max = 80,
		AT(struct handover_form, company),
		.label = MSG_handover_company,
		.hint = MSG_handover_company_hint,
		.data = NOT_PERSONAL},
	{.name = "whole",
		.kind = FIELD_BOOL,
		AT(struct handover_form, whole),
		.label = MSG_handover_everybody,
		.hint = MSG_handover_everybody_hint},
	{.name = "tables",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 600,
		AT(struct handover_form, tables),
		.label = MSG_handover_tables,
		.hint = MSG_handover_tables_hint,
		.data = NOT_PERSONAL},
	{.name = "since",
		.kind = FIELD_DATE,
		AT(struct handover_form, since),
		.label = MSG_handover_since,
		.data = NOT_PERSONAL},
	{.name = "until",
		.kind = FIELD_DATE,
		AT(struct handover_form, until),
		.label = MSG_handover_until,
		.data = NOT_PERSONAL},
	{.name = "notice",
		.kind = FIELD_DATE,
		AT(struct handover_form, notice),
		.label = MSG_handover_notice,
		.hint = MSG_handover_notice_hint,
		.data = NOT_PERSONAL},
	{.name = "delay",
		.kind = FIELD_LONG,
		.max = 1000,
		AT(struct handover_form, delay),
		.label = MSG_handover_delay,
		.data = "handover.paper"});
FORM(handover_query, struct handover_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct handover_query, before),
		.label = MSG_disclosed_before});
FORM(handover_after, struct handover_after,
	{.name = "after",
		.kind = FIELD_ID,
		AT(struct handover_after, after),
		.label = MSG_handover_after});

const struct policy_recipient *handover_recipient(const struct policy *p, int whom)
{
	static const enum policy_category kinds[] = {
		[HANDOVER_WHOM_AUTHORITIES] = CATEGORY_AUTHORITIES,
		[HANDOVER_WHOM_ADVISERS] = CATEGORY_ADVISERS,
		[HANDOVER_WHOM_INSURERS] = CATEGORY_INSURERS,
		[HANDOVER_WHOM_ACQUIRER] = CATEGORY_ACQUIRER,
		[HANDOVER_WHOM_BY_CONSENT] = CATEGORY_BY_CONSENT};

	for (size_t i = 0; p && whom > 0 && i < p->recipients_n; i++) {
		const struct policy_recipient *r = &p->recipients[i];

		if (r->category == kinds[whom] && !r->planned && r->fields_n == 1 &&
			str_eq(r->fields[0], S("as_ordered")))
			return r;
	}
	return NULL;
}

/* Which grounds fit whom: consent alone opens the way to anybody else, and an undertaking that to
 * an acquirer. */
static bool ground_fits(int whom, int ground)
{
	if (whom == HANDOVER_WHOM_BY_CONSENT || ground == HANDOVER_GROUND_CONSENT)
		return whom == HANDOVER_WHOM_BY_CONSENT && ground == HANDOVER_GROUND_CONSENT;
	if (whom == HANDOVER_WHOM_ACQUIRER || ground == HANDOVER_GROUND_UNDERTAKING)
		return whom == HANDOVER_WHOM_ACQUIRER && ground == HANDOVER_GROUND_UNDERTAKING;
	return true;
}

static bool wrong(struct req *r, const char *field, struct text why)
{
	form_error(r, field, why);
	return false;
}

static bool whom_check(struct req *r, const struct handover_form *f)
{
	const struct policy *p = db_policy(r->db);
	const struct policy_recipient *v = handover_recipient(p, f->whom);
	bool ok = true;

	if (!v)
		return wrong(r, "whom", TEXT(handover_no_recipient));
	if (!policy_transfer_live(p, v->name, f->country, clock_now(), NULL))
		ok = wrong(r, "country", TEXT(handover_no_instrument));
	if (!ground_fits(f->whom, f->ground))
		ok = wrong(r, "ground", TEXT(handover_ground_wrong));
	if (f->whom == HANDOVER_WHOM_ACQUIRER && !f->bound)
		ok = wrong(r, "bound", TEXT(handover_no_undertaking));
	return ok;
}

static bool scope_check(struct req *r, const struct handover_form *f)
{
	bool ok = true;

	if ((f->email.n > 0) + (f->company.n > 0) + f->whole != 1)
		ok = wrong(r, "email", TEXT(handover_one_of));
	if (f->whole && f->whom != HANDOVER_WHOM_ACQUIRER)
		ok = wrong(r, "whole", TEXT(handover_not_everybody));
	if (f->whom == HANDOVER_WHOM_BY_CONSENT && !f->email.n)
		ok = wrong(r, "email", TEXT(handover_consent_person));
	if (!handover_scope_right(db_policy(r->db), f->tables))
		ok = wrong(r, "tables", TEXT(handover_tables_wrong));
	if (instant_is(f->since) && instant_is(f->until) && f->since.us > f->until.us)
		ok = wrong(r, "until", TEXT(handover_window_wrong));
	return ok;
}

static bool time_check(struct req *r, const struct handover_form *f)
{
	instant now = clock_now();
	bool delayed = instant_is(f->notice), ok = true;

	if (instant_add(f->valid, DAY_US).us < now.us)
		ok = wrong(r, "valid", TEXT(handover_no_longer));
	if (delayed && f->notice.us > instant_add(now, HANDOVER_DELAY_DAYS_MAX * DAY_US).us)
		ok = wrong(r, "notice", TEXT(handover_notice_far, HANDOVER_DELAY_DAYS_MAX));
	if (delayed && (f->whole || f->whom == HANDOVER_WHOM_BY_CONSENT))
		ok = wrong(r, "notice", TEXT(handover_notice_no));
	if (delayed && f->delay.n < 10)
		ok = wrong(r, "delay", TEXT(handover_delay_why));
	return ok;
}

/* "person:0ABC…", sealed: whom it is about. */
static bool subject_find(
	struct req *r, const struct handover_form *f, struct person_id *person, str *subject)
{
	struct handover_person_row p;
	struct handover_company_row c;

	*person = (struct person_id){0};
	*subject = S("");
	if (f->email.n) {
		if (!handover_person(r->db, f->email, &p))
			return wrong(r, "email", TEXT(handover_nobody));
		*person = p.id;
		*subject = str_cat(r->arena, S("person:"), id_text(r->arena, p.id.v));
	} else if (f->company.n) {
		if (!handover_company(r->db, f->company, &c))
			return wrong(r, "company", TEXT(handover_no_company));
		*subject = str_cat(r->arena, S("company:"), id_text(r->arena, c.id.v));
	}
	return true;
}

static str at_of(struct req *r, int64_t id)
{
	return str_cat(r->arena, S("/desk/disclosures/orders/"), id_text(r->arena, id));
}

static bool add(struct req *r, const struct handover_form *f, struct handover_id id,
	struct person_id person, str subject)
{
	struct handover_paper paper = {.number = f->number,
		.addressee = f->addressee,
		.why = f->why,
		.subject = subject,
		.delay = f->delay};
	struct handover_document document = {f->document.name, f->document.bytes};
	bool consent = f->ground == HANDOVER_GROUND_CONSENT;
	instant now = clock_now();

	return handover_add(r->db, id, now, handover_recipient(db_policy(r->db), f->whom)->name,
		       (enum handover_ground)f->ground, f->country, f->whole,
		       consent ? person : (struct person_id){0}, f->tables, f->since,
		       instant_is(f->until) ? instant_add(f->until, DAY_US) : TIME_NONE,
		       instant_add(f->valid, DAY_US), f->bound, &paper, &document,
		       (struct person_id){r->viewer.person},
		       instant_is(f->notice) && f->notice.us > now.us ? f->notice : now) == 1;
}

static int ask_apply(struct req *r)
{
	const struct handover_form *f = r->form;
	struct handover_id id = {id_make()};
	struct person_id person;
	str subject;
	bool ok = whom_check(r, f);

	ok &= scope_check(r, f);
	ok &= time_check(r, f);
	if (!ok || !subject_find(r, f, &person, &subject))
		return 422;
	if (!add(r, f, id, person, subject))
		return problem(r, 409, TEXT(desk_not_now));
	handover_note(r->db, id, r->viewer.person, HANDOVER_HAPPENING_ASK);
	if (f->ground == HANDOVER_GROUND_CONSENT)
		outbox_mail(r->db, "consent_asked", person.v, id.v, (str){0});
	jobs_wake("handover");
	return done(r, 201, at_of(r, id.v), TEXT(handover_asked_for), NULL, NULL);
}

/* ---- what happens to it ------------------------------------------------------------------ */

static bool find(struct req *r, struct handover_one_row *h)
{
	return handover_one(r->db, (struct handover_id){path_id(r, "handover")}, h);
}

/* Did this officer say, a moment ago, that they open it? */
static bool open_to(struct req *r, struct handover_id id, enum handover_happening event)
{
	struct handover_last_rows v =
		handover_last(r->db, id, (struct person_id){r->viewer.person}, event);

	return v.n && v.v[0].at.us > clock_now().us - (int64_t)HANDOVER_OPEN_S * SECOND_US;
}

static int64_t happen(struct req *r, const struct handover_one_row *h, int event)
{
	struct person_id me = {r->viewer.person};
	instant now = clock_now();

	switch ((enum handover_happening)event) {
	case HANDOVER_HAPPENING_LOOK:
	case HANDOVER_HAPPENING_FETCH: return 1; /* its line in the history is all */
	case HANDOVER_HAPPENING_APPROVE: return handover_approve(r->db, h->id, me, now);
	case HANDOVER_HAPPENING_HAND: return handover_hand(r->db, h->id, me, now);
	case HANDOVER_HAPPENING_WITHDRAW:
		return handover_move(r->db, h->id, h->state, HANDOVER_STATE_WITHDRAWN, now);
	case HANDOVER_HAPPENING_ASK:
	case HANDOVER_HAPPENING_READ:
	case HANDOVER_HAPPENING_MADE:
	case HANDOVER_HAPPENING_AGREE:
	case HANDOVER_HAPPENING_REFUSE:
	case HANDOVER_HAPPENING_LEFT:
	case HANDOVER_HAPPENING_CLOSE:
	case HANDOVER_HAPPENING_EXPIRE:
	case HANDOVER_HAPPENING_TOLD: return 0;
	}
	return 0;
}

static int act(struct req *r)
{
	int event = handover_happening_of(path_str(r, "event"));
	struct handover_one_row h;

	if (!event || !find(r, &h))
		return 404;
	if (event == HANDOVER_HAPPENING_READ) { /* the order itself, whatever became of it */
		handover_note(r->db, h.id, r->viewer.person, event);
		return see(r, "%s", at_of(r, h.id.v).p);
	}
	struct process_step step = process_ask(&handover_process, (int)h.state, event,
		(struct actor){.roles = r->viewer.roles & OFFICER}, &h);

	if (step.answer != PROCESS_YES)
		return problem(r, 409,
			step.answer == PROCESS_GUARDED ? (struct text){.msg = step.why}
						       : TEXT(handover_not_now));
	if (event == HANDOVER_HAPPENING_APPROVE && h.asked_by.v == r->viewer.person)
		return problem(r, 403, TEXT(handover_two_persons));
	if (event == HANDOVER_HAPPENING_APPROVE && !open_to(r, h.id, HANDOVER_HAPPENING_LOOK))
		return problem(r, 409, TEXT(handover_look_first));
	if (event == HANDOVER_HAPPENING_HAND &&
		!policy_transfer_live(db_policy(r->db), h.recipient, h.country, clock_now(), NULL))
		return problem(
			r, 409, TEXT(handover_no_instrument)); /* ran out since it was asked */
	if (happen(r, &h, event) != 1)
		return problem(r, 409, TEXT(handover_not_now));
	handover_note(r->db, h.id, r->viewer.person, event);
	if (event == HANDOVER_HAPPENING_HAND)
		(void)handover_log(r->db, h.id);
	jobs_wake("handover");
	return done(r, 200, at_of(r, h.id.v),
		event == HANDOVER_HAPPENING_APPROVE ? TEXT(handover_approved_now)
						    : TEXT(desk_saved),
		NULL, NULL);
}

/* ---- pages ------------------------------------------------------------------------------- */

static int list_get(struct req *r)
{
	const struct handover_query *q = r->route->form == &handover_query ? r->form : NULL;
	struct handover_list_rows v =
		handover_list(r->db, (struct handover_id){q && q->before ? q->before : INT64_MAX});

	handover_list_page(r->out, r, &v, db_policy(r->db));
	return 200;
}

/* Where each file begins: whole parts, as many as fit. */
static void volumes_find(struct req *r, struct handover_view *v)
{
	struct handover_part_id after = {0};
	struct handover_parts_rows p;

	v->volumes = arena_array(r->arena, struct handover_volume, HANDOVER_VOLUMES_MAX);
	while ((p = handover_parts(r->db, v->h.id, after)).n)
		for (size_t i = 0; i < p.n; i++) {
			struct handover_volume *last =
				v->volumes_n ? &v->volumes[v->volumes_n - 1] : NULL;

			if (p.v[i].bytes_n &&
				(!last || last->bytes + p.v[i].bytes_n > HANDOVER_VOLUME_BYTES)) {
				if (v->volumes_n == HANDOVER_VOLUMES_MAX)
					return;
				last = &v->volumes[v->volumes_n++];
				last->after = after.v;
			}
			if (last) {
				last->bytes += p.v[i].bytes_n;
				last->parts += p.v[i].bytes_n > 0;
			}
			after = p.v[i].id;
		}
}

/* Parts behind `after`, until `most` bytes are out; returns where to go on, 0: that was all. */
static int64_t parts_put(
	struct req *r, struct out *o, struct handover_id id, int64_t after, int64_t most)
{
	struct handover_parts_rows p;
	int64_t put = 0;

	while ((p = handover_parts(r->db, id, (struct handover_part_id){after})).n)
		for (size_t i = 0; i < p.n; i++) {
			struct handover_part_one_row one;

			if (put && put + p.v[i].bytes_n > most)
				return after;
			if (p.v[i].bytes_n && handover_part_one(r->db, p.v[i].id, &one))
				out_str(o, one.content.text);
			put += p.v[i].bytes_n;
			after = p.v[i].id.v;
		}
	return 0;
}

static int one_get(struct req *r)
{
	const struct handover_after *q = r->route->form == &handover_after ? r->form : NULL;
	struct handover_view *v = arena_new(r->arena, struct handover_view);
	struct handover_letter_row document;
	struct out o;

	if (!find(r, &v->h))
		return 404;
	v->choices_n = process_choices(&handover_process, (int)v->h.state,
		(struct actor){.roles = r->viewer.roles & OFFICER}, &v->h, v->choices,
		COUNT(v->choices));
	v->events = handover_events(r->db, v->h.id);
	v->subject = v->h.paper.subject;
	v->open = open_to(r, v->h.id, HANDOVER_HAPPENING_LOOK);
	v->fetching = open_to(r, v->h.id, HANDOVER_HAPPENING_FETCH);
	v->reading = open_to(r, v->h.id, HANDOVER_HAPPENING_READ);
	v->document = handover_letter(r->db, v->h.id, &document) && document.document.name.n;
	if (v->h.state == HANDOVER_STATE_HANDED)
		volumes_find(r, v);
	else if (v->open) {
		out_init(&o, r->arena, 4096, HANDOVER_PART_BYTES * 4, NULL);
		v->next = parts_put(
			r, &o, v->h.id, q && q->after ? q->after : 0, HANDOVER_SHOWN_BYTES);
		v->shown = out_view(&o);
	}
	handover_page(r->out, r, v, db_policy(r->db));
	return 200;
}

/* The file: after the log was written, for who has just said that they fetch it. */
static int file_get(struct req *r)
{
	const struct handover_after *q = r->form;
	struct handover_one_row h;

	if (!find(r, &h))
		return 404;
	if (h.state != HANDOVER_STATE_HANDED)
		return problem(r, 409, TEXT(handover_not_handed));
	if (!open_to(r, h.id, HANDOVER_HAPPENING_FETCH))
		return problem(r, 409, TEXT(handover_fetch_first));
	answer_download(r,
		str_fmt(r->arena, "order-" STR_FMT ".jsonl", STR_ARG(id_text(r->arena, h.id.v))),
		"application/jsonl; charset=utf-8");
	(void)parts_put(r, r->out, h.id, q ? q->after : 0, HANDOVER_VOLUME_BYTES);
	return 200;
}

static int document_get(struct req *r)
{
	struct handover_letter_row d;
	struct handover_id id = {path_id(r, "handover")};

	if (!handover_letter(r->db, id, &d) || !d.document.name.n)
		return 404;
	if (!open_to(r, id, HANDOVER_HAPPENING_READ))
		return problem(r, 409, TEXT(handover_read_first));
	answer_download(r, d.document.name, "application/octet-stream");
	out_str(r->out, d.document.bytes);
	return 200;
}

/* ---- words ------------------------------------------------------------------------------- */

struct text handover_state_text(int state)
{
	switch ((enum handover_state)state) {
	case HANDOVER_STATE_MAKING: return TEXT(handover_making);
	case HANDOVER_STATE_READY: return TEXT(handover_ready);
	case HANDOVER_STATE_APPROVED: return TEXT(handover_approved);
	case HANDOVER_STATE_LEAVING: return TEXT(handover_leaving);
	case HANDOVER_STATE_HANDED: return TEXT(handover_handed);
	case HANDOVER_STATE_CLOSED: return TEXT(handover_closed);
	case HANDOVER_STATE_WITHDRAWN: return TEXT(handover_withdrawn);
	case HANDOVER_STATE_EXPIRED: return TEXT(handover_expired);
	}
	return text_none();
}

enum tone handover_state_tone(int state)
{
	switch ((enum handover_state)state) {
	case HANDOVER_STATE_MAKING:
	case HANDOVER_STATE_LEAVING: return TONE_INFO;
	case HANDOVER_STATE_READY:
	case HANDOVER_STATE_APPROVED: return TONE_WARN;
	case HANDOVER_STATE_HANDED: return TONE_GOOD;
	case HANDOVER_STATE_CLOSED:
	case HANDOVER_STATE_WITHDRAWN:
	case HANDOVER_STATE_EXPIRED: return TONE_NEUTRAL;
	}
	return TONE_NEUTRAL;
}

struct text handover_ground_text(int ground)
{
	switch ((enum handover_ground)ground) {
	case HANDOVER_GROUND_LAW: return TEXT(handover_by_law);
	case HANDOVER_GROUND_VITAL_INTEREST: return TEXT(handover_by_vital);
	case HANDOVER_GROUND_CLAIMS: return TEXT(handover_by_claims);
	case HANDOVER_GROUND_UNDERTAKING: return TEXT(handover_by_undertaking);
	case HANDOVER_GROUND_CONSENT: return TEXT(handover_by_consent);
	}
	return text_none();
}

struct text handover_event_text(int event)
{
	switch ((enum handover_happening)event) {
	case HANDOVER_HAPPENING_ASK: return TEXT(handover_event_ask);
	case HANDOVER_HAPPENING_MADE: return TEXT(handover_event_made);
	case HANDOVER_HAPPENING_LOOK: return TEXT(handover_event_look);
	case HANDOVER_HAPPENING_AGREE: return TEXT(handover_event_agree);
	case HANDOVER_HAPPENING_REFUSE: return TEXT(handover_event_refuse);
	case HANDOVER_HAPPENING_APPROVE: return TEXT(handover_event_approve);
	case HANDOVER_HAPPENING_HAND: return TEXT(handover_event_hand);
	case HANDOVER_HAPPENING_LEFT: return TEXT(handover_event_left);
	case HANDOVER_HAPPENING_CLOSE: return TEXT(handover_event_close);
	case HANDOVER_HAPPENING_WITHDRAW: return TEXT(handover_event_withdraw);
	case HANDOVER_HAPPENING_EXPIRE: return TEXT(handover_event_expire);
	case HANDOVER_HAPPENING_TOLD: return TEXT(handover_event_told);
	case HANDOVER_HAPPENING_FETCH: return TEXT(handover_event_fetch);
	case HANDOVER_HAPPENING_READ: return TEXT(handover_event_read);
	}
	return text_none();
}

#define DESK (BIT(PURPOSE_HANDING) | BIT(PURPOSE_PUBLIC))
#define OWN (BIT(PURPOSE_RIGHTS) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC))

const struct route handover_routes[] = {
	{GET, "/desk/disclosures/orders", OFFICER, DESK, PROOF_NONE, .form = &handover_query,
		.get = list_get},
	{POST, "/desk/disclosures/orders", OFFICER, DESK | BIT(PURPOSE_MAILING), PROOF_TOKEN,
		.form = &handover_form, .get = list_get, .apply = ask_apply,
		.body_max = HANDOVER_DOCUMENT_BYTES_MAX + (64 << 10)},
	{GET, "/desk/disclosures/orders/{handover}", OFFICER, DESK, PROOF_NONE,
		.form = &handover_after, .get = one_get},
	{GET, "/desk/disclosures/orders/{handover}/file", OFFICER, DESK, PROOF_NONE,
		.form = &handover_after, .get = file_get},
	{GET, "/desk/disclosures/orders/{handover}/document", OFFICER, DESK, PROOF_NONE,
		.get = document_get},
	{POST, "/desk/disclosures/orders/{handover}/{event}", OFFICER,
		DESK | BIT(PURPOSE_DISCLOSING), PROOF_TOKEN, .apply = act},
	{GET, "/account/disclosures/asked", PERSON, OWN, PROOF_NONE, .get = handover_asked_get},
	{POST, "/account/disclosures/asked/{handover}/{answer}", PERSON, OWN, PROOF_TOKEN,
		.apply = handover_answer},
	{0},
};
