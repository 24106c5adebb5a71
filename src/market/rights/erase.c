/* Asking for erasure: what would happen, what stands in the way, yes, no, and the day itself. */
#include "market/rights/erase.h"

#include "gen/erase.html.h"
#include "gen/erase.sql.h"
#include "gen/signin.sql.h"
#include "market/catalogue/catalogue.h"
#include "market/member/member.h"
#include "market/order/order.h"
#include "market/rights/rights.h"

#include "egress/egress.h"

/* ---- the process ------------------------------------------------------------------------- */
static const struct transition rows[] = {
	{0, ERASURE_HAPPENING_ASK, ERASURE_STATE_WAITING, BIT(ROLE_PERSON)},
	{ERASURE_STATE_WAITING, ERASURE_HAPPENING_CANCEL, ERASURE_STATE_CANCELLED,
		BIT(ROLE_PERSON)},
	{ERASURE_STATE_WAITING, ERASURE_HAPPENING_BEGIN, ERASURE_STATE_RUNNING,
		BIT(ROLE_SWEEPER) | BIT(ROLE_PERSON), .after_s = ERASE_GRACE_DAYS * 86400},
	{ERASURE_STATE_RUNNING, ERASURE_HAPPENING_FINISH, ERASURE_STATE_DONE,
		BIT(ROLE_SWEEPER) | BIT(ROLE_PERSON)},
};
const struct process erasure_process =
	PROCESS("erasure", rows, erasure_state_name, erasure_happening_name);

static bool may(int state, int event, uint64_t roles)
{
	return process_ask(&erasure_process, state, event, (struct actor){.roles = roles}, NULL)
		       .answer == PROCESS_YES;
}

FORM(erase_form, struct erase_form,
	{.name = "now",
		.kind = FIELD_PASSWORD,
		.required = true,
		.max = PASSWORD_CHARS_MAX,
		AT(struct erase_form, now),
		.label = MSG_member_password_now,
		.data = "credential.secret",
		.autocomplete = "current-password"},
	{.name = "at_once",
		.kind = FIELD_BOOL,
		AT(struct erase_form, at_once),
		.label = MSG_erase_at_once,
		.hint = MSG_erase_at_once_hint});

/* ---- the preview ------------------------------------------------------------------------- */
enum { ERASE_ORDERS_SHOWN = 20 }; /* of those that stand in the way */

struct preview {
	struct erase_view *v;
	struct arena *a;
	int orders;
};

static struct erase_line *line_of(struct erase_view *v, const struct walk_row *row)
{
	for (size_t i = 0; i < v->lines_n; i++)
		if (v->lines[i].table == row->table && v->lines[i].own == row->own)
			return &v->lines[i];
	if (v->lines_n == ERASE_LINES_MAX)
		return NULL;
	struct erase_line *l = &v->lines[v->lines_n++];

	*l = (struct erase_line){
		.table = row->table, .own = row->own, .fate = row->own->on_delete, .until = {0}};
	if (l->fate == ON_DELETE_KEEP && row->table->keeps_n) {
		l->kept_for = row->table->keeps[0].duration;
		l->because = row->table->keeps[0].because;
	}
	if (row->own->because.n)
		l->because = row->own->because;
	return l;
}

/* The end of this row's keep, as far as its own columns tell. */
static instant row_until(const struct walk_row *row)
{
	const struct policy_keep *k = &row->table->keeps[0];

	for (size_t i = 0; row->table->keeps_n && i < row->n; i++)
		if (str_eq(row->v[i].column->name, k->from) && row->v[i].kind == WALK_INT)
			return instant_add(
				(instant){row->v[i].i}, policy_duration_s(k->duration) * SECOND_US);
	return TIME_NONE;
}

static void block(struct erase_view *v, struct text why, str url)
{
	if (v->blocks_n < ERASE_BLOCKS_MAX)
		v->blocks[v->blocks_n++] = (struct erase_block){why, url};
}

static const struct walk_value *value_of(const struct walk_row *row, str column)
{
	for (size_t i = 0; i < row->n; i++)
		if (str_eq(row->v[i].column->name, column))
			return &row->v[i];
	fault(FAULT_BUG, STR_FMT " has no column " STR_FMT, STR_ARG(row->table->name),
		STR_ARG(column));
}

/* An order under way that the viewer placed: somebody has to answer for it. The walk comes by it
 * wherever it lies. */
static void block_order(struct preview *p, const struct walk_row *row)
{
	str number = value_of(row, S("number"))->s;

	if (process_final(&order_process, (int)value_of(row, S("state"))->i) ||
		p->orders++ >= ERASE_ORDERS_SHOWN)
		return;
	block(p->v, TEXT(erase_block_order, str_dup(p->a, number)),
		str_cat(p->a, S("/order/"), id_text(p->a, value_of(row, S("id"))->i)));
}

static bool preview_row(void *ctx, const struct walk_row *row)
{
	struct preview *p = ctx;
	struct erase_line *l = line_of(p->v, row);
	instant until = row_until(row);

	if (str_eq(row->table->name, S("orders")) && str_eq(row->own->by, S("placed_by")))
		block_order(p, row);
	if (!l || row->own->access)
		return true;
	l->n++;
	if (!instant_is(until) || !instant_is(l->until))
		l->until = TIME_NONE;
	else if (until.us > l->until.us)
		l->until = until;
	return true;
}

/* A company needs an administrator. */
static void block_company(struct req *r, struct erase_view *v)
{
	struct erase_admins_rows m = erase_admins(r->db);
	struct erase_company_row c;
	bool admin = false, other = false;

	for (size_t i = 0; i < m.n; i++) {
		bool runs = (uint64_t)m.v[i].roles & BIT(ROLE_ADMIN);

		admin |= runs && m.v[i].person_id.v == r->viewer.person;
		other |= runs && m.v[i].person_id.v != r->viewer.person;
	}
	/* a sole trader's business is theirs alone, whoever else helps to run its account */
	if (admin && erase_company(r->db, &c) && (!other || c.sole_trader) &&
		c.state != COMPANY_STATE_CLOSED)
		block(v, TEXT(erase_block_admin, c.name), S("/account/company/close"));
}

void erase_preview(struct req *r, struct erase_view *v)
{
	struct erase_hold_rows h = erase_hold(r->db);
	struct preview p = {.v = v, .a = r->arena};

	*v = (struct erase_view){0};
	(void)store_subject_walk(r->db, r->viewer.person, WALK_SHUT, preview_row, &p);
	if (h.n)
		v->held = TEXT(erase_held, h.v[0].reason.text.p ? h.v[0].reason.text : S(""));
	block_company(r, v);
}

/* ---- pages ------------------------------------------------------------------------------- */
static int erase_get(struct req *r)
{
	struct erase_view *v = arena_new(r->arena, struct erase_view);
	struct erase_mine_rows e = erase_mine(r->db);

	if (r->api)
		return answer_rows(r, &erase_mine_desc, e.v, e.n, (str){0});
	erase_preview(r, v);
	erase_page(r->out, r, v, e.v, e.n);
	return 200;
}

static int erase_prepare(struct req *r)
{
	const struct erase_form *f = r->form;
	struct signin_credential_row c;
	struct erase_view *v = arena_new(r->arena, struct erase_view);

	if (!signin_credential(r->db, (struct person_id){r->viewer.person}, &c) ||
		!password_right(c.secret.hash, f->now)) {
		form_error(r, "now", TEXT(member_password_wrong));
		return 422;
	}
	erase_preview(r, v);
	return v->blocks_n ? problem(r, 409, v->blocks[0].why) : 0;
}

static struct erase_mine_row *open_one(struct req *r)
{
	struct erase_mine_rows e = erase_mine(r->db);
	struct erase_mine_row *v = e.v; /* lives in the request's arena */

	for (size_t i = 0; i < e.n; i++)
		if (v[i].state == ERASURE_STATE_WAITING || v[i].state == ERASURE_STATE_RUNNING)
			return v + i;
	return NULL;
}

/* ---- what goes first ----------------------------------------------------------------------- */
/* Whoever was given their data is told (GDPR Art. 19), no use goes on, and the account is closed,
 * with a sole trader's company. */
static void ending(struct db *db, struct person_id person, instant now)
{
	(void)egress_tell_recipients(db, person.v, HOOK_EVENT_ERASED);
	choice_mask_refresh(db, person.v, true);
	(void)!erase_close(db, person, now);
	(void)!erase_company_close(db, person, now);
}

/* Files that their rows name: they go when no other row does. */
struct erase_files {
	struct arena *a;
	str v[ERASE_FILES_MAX];
	size_t n;
};

static bool file_found(void *ctx, const struct walk_row *row)
{
	struct erase_files *f = ctx;

	for (size_t i = 0; i < row->n && !row->own->access; i++) {
		const struct walk_value *v = &row->v[i];
		bool names =
			str_eq(v->column->name, S("file")) || str_eq(v->column->name, S("report"));

		if (names && v->kind == WALK_TEXT && f->n < ERASE_FILES_MAX)
			f->v[f->n++] = str_fmt(f->a, STR_FMT, STR_ARG(v->s));
	}
	return f->n < ERASE_FILES_MAX; /* what is more is the daily sweep's */
}

static void files_find(struct db *db, int64_t person, struct erase_files *f)
{
	f->a = db->arena;
	(void)store_subject_walk(db, person, WALK_SHUT, file_found, f);
}

/* Keys and rows go with this transaction; what is over its limit is the job's. */
static int erase_now(struct req *r, struct erasure_id id, instant now)
{
	struct erase_files files = {0};

	struct erasing at = {0};
	struct erased n = {0};
	bool held;

	if (!may(ERASURE_STATE_WAITING, ERASURE_HAPPENING_BEGIN, r->viewer.roles) ||
		erase_state(r->db, id, ERASURE_STATE_WAITING, ERASURE_STATE_RUNNING) != 1)
		return 409;
	ending(r->db, (struct person_id){r->viewer.person}, now);
	files_find(r->db, r->viewer.person, &files);
	(void)db_subject_now(r->db, r->viewer.person, &held);
	if (store_subject_erase(r->db, r->viewer.person, &at, &n) &&
		!held && /* what is held goes when it is released: the job goes on with it */
		erase_done_self(r->db, id, now, n.erased, n.anonymised, n.kept, n.held) != 1)
		return 409;
	stored_files_gone(files.v, files.n);
	jobs_wake("erasure");
	if (r->api)
		return done(r, 200, S("/erased"), TEXT(erase_done), NULL, NULL);
	return see(r, "/erased");
}

bool erase_person(struct db *db, int64_t person)
{
	struct erasure_id id = {id_make()};
	struct person_id who = {person};
	struct erase_files files = {0};
	struct erasing at = {0};
	struct erased n = {0};
	instant now = clock_now();
	bool held;

	if (erase_add_for(db, id, who, now) != 1)
		return false; /* it is on its way already */
	ending(db, who, now);
	files_find(db, person, &files);
	(void)db_subject_now(db, person, &held);
	if (store_subject_erase(db, person, &at, &n) && !held &&
		erase_done(db, id, now, n.erased, n.anonymised, n.kept, n.held) != 1)
		return false;
	stored_files_gone(files.v, files.n);
	jobs_wake("erasure");
	return true;
}

static int erase_apply(struct req *r)
{
	const struct erase_form *f = r->form;
	struct erasure_id id = {id_make()};
	instant now = clock_now();

	if (open_one(r) || !may(0, ERASURE_HAPPENING_ASK, r->viewer.roles))
		return problem(r, 409, TEXT(erase_asked_already));
	if (erase_add(r->db, id, (struct person_id){r->viewer.person}, now,
		    instant_add(now, ERASE_GRACE_DAYS * DAY_US)) != 1)
		return 409;
	if (f->at_once)
		return erase_now(r, id, now);
	outbox_mail(r->db, "erasure_asked", r->viewer.person, id.v, (str){0});
	return done(r, 200, S("/account/erase"), TEXT(erase_asked, ERASE_GRACE_DAYS), NULL, NULL);
}

static int erase_cancel(struct req *r)
{
	struct erase_mine_row *e = open_one(r);

	if (!e || !may((int)e->state, ERASURE_HAPPENING_CANCEL, r->viewer.roles) ||
		erase_state(r->db, e->id, ERASURE_STATE_WAITING, ERASURE_STATE_CANCELLED) != 1)
		return problem(r, 409, TEXT(erase_not_now));
	return done(r, 200, S("/account/erase"), TEXT(erase_cancelled), NULL, NULL);
}

static int erased_get(struct req *r)
{
	erased_page(r->out, r);
	return 200;
}

/* ---- by the clock ------------------------------------------------------------------------ */
struct duty {
	struct erasure_id id;
	struct person_id person;
	struct erasing at;
	struct erased n;
	bool over, blocked, held;
};

static bool begin(struct db *db, void *ctx)
{
	struct duty *d = ctx;

	if (erase_orders_of(db, d->person).n) { /* begun after the day was set */
		d->blocked = true;
		return erase_later(
			       db, d->id, instant_add(clock_now(), ERASE_LATER_DAYS * DAY_US)) == 1;
	}
	ending(db, d->person, clock_now());
	return may(ERASURE_STATE_WAITING, ERASURE_HAPPENING_BEGIN, db->viewer.roles) &&
	       erase_begin(db, d->id) == 1;
}

static bool carry_out(struct db *db, void *ctx)
{
	struct duty *d = ctx;

	struct erase_files files = {0};

	d->n = (struct erased){0};
	(void)db_subject_now(db, d->person.v, &d->held);
	files_find(db, d->person.v, &files);
	d->over = store_subject_erase(db, d->person.v, &d->at, &d->n);
	stored_files_gone(files.v, files.n);
	return !d->over || d->held ||
	       erase_done(db, d->id, clock_now(), d->n.erased, d->n.anonymised, d->n.kept,
		       d->n.held) == 1;
}

static bool unit(struct store *s, const struct job *j, struct arena *a,
	bool (*apply)(struct db *db, void *ctx), struct duty *d)
{
	struct write_unit u = {.viewer = {.roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = apply,
		.ctx = d};

	return store_write_wait(s, &u) == WRITE_DONE;
}

static void finish(struct store *s, const struct job *j, struct arena *a, struct duty *d)
{
	while (!d->over && unit(s, j, a, carry_out, d))
		;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	struct erase_due_rows due = erase_due(&db, clock_now());
	struct erase_begun_rows begun = erase_begun(&db);

	db_erasures_go_on(&db);
	store_read_end(&db);
	for (size_t i = 0; i < begun.n; i++)
		finish(s, j, a,
			&(struct duty){.id = begun.v[i].id, .person = begun.v[i].subject_id});
	for (size_t i = 0; i < due.n; i++) {
		struct duty d = {.id = due.v[i].id, .person = due.v[i].subject_id};

		if (unit(s, j, a, begin, &d) && !d.blocked)
			finish(s, j, a, &d);
	}
	return due.n == 5;
}

const struct job erase_job = {.name = "erasure",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_RETENTION) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_DISCLOSING),
	.every_s = 60,
	.run = run};

struct text erase_fate_text(enum policy_on_delete fate)
{
	switch (fate) {
	case ON_DELETE_ERASE: return TEXT(erase_fate_erase);
	case ON_DELETE_LAST: return TEXT(erase_fate_last);
	case ON_DELETE_ANONYMISE: return TEXT(erase_fate_anonymise);
	case ON_DELETE_KEEP: return TEXT(erase_fate_keep);
	}
	return text_none();
}

struct text duration_text(str iso)
{
	int64_t days = policy_duration_s(iso) / 86400;

	if (days >= 365)
		return TEXT(erase_years, (days + 1) * 100 / 36525);
	return TEXT(erase_days, days);
}

#define OWN (BIT(PURPOSE_RIGHTS) | BIT(PURPOSE_ACCOUNT))
#define ASK \
	(OWN | BIT(PURPOSE_SIGNIN) | BIT(PURPOSE_MAILING) | BIT(PURPOSE_RETENTION) | \
		BIT(PURPOSE_CHOICES) | BIT(PURPOSE_DISCLOSING))

const struct route erase_routes[] = {
	{GET, "/account/erase", BIT(ROLE_PERSON), OWN, PROOF_NONE, .get = erase_get},
	{POST, "/account/erase", BIT(ROLE_PERSON), ASK, PROOF_TOKEN, .form = &erase_form,
		.get = erase_get, .prepare = erase_prepare, .slow = true, .apply = erase_apply,
		.rate = RATE_SIGNIN},
	{POST, "/account/erase/cancel", BIT(ROLE_PERSON), OWN, PROOF_TOKEN, .apply = erase_cancel},
	{GET, "/erased", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = erased_get},
	{GET, "/api/v1/me/erasures", BIT(ROLE_VIEWER), OWN, PROOF_BEARER, .get = erase_get,
		.answers = &erase_mine_desc, .list = true,
		.about = "What you asked to have erased, and what came of it"},
	{POST, "/api/v1/me/erasures", BIT(ROLE_VIEWER), ASK, PROOF_BEARER, .form = &erase_form,
		.prepare = erase_prepare, .slow = true, .apply = erase_apply, .rate = RATE_SIGNIN,
		.about = "Ask for everything of yours to be erased"},
	{POST, "/api/v1/me/erasures/cancel", BIT(ROLE_VIEWER), OWN, PROOF_BEARER,
		.apply = erase_cancel, .about = "Take back that everything is to be erased"},
	{0},
};
