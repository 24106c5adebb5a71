/* A new version of the policy reaches people: the round that tells them, the line on their pages,
 * the page that says what changed for them and asks. */
#include "market/rights/told.h"

#include "egress/egress.h"
#include "gen/told.html.h"
#include "market/member/member.h"
#include "web/page.h"

#include <stdlib.h>

enum {
	TOLD_AT_ONCE = 200, /* told_people */
	TOLD_ARENA_BYTES_MAX = 256 << 20,
};

/* ---- the round ---------------------------------------------------------------------------- */

/* People whose data a table holds, ascending, each once. */
struct crowd {
	str table;
	bool everyone; /* it is not there any more, so nobody can be looked up */
	struct touched v;
};
struct telling {
	struct told_due_row due;
	struct privacy_of_version_rows changes;
	struct crowd *crowds;
	size_t crowds_n;
	struct told_people_rows people;
	bool more;
};
/* The round at hand: whose data lies where is looked up once for all its pieces. One job, one
 * thread. */
static struct {
	int64_t number;
	struct arena *arena;
	struct crowd *crowds;
	size_t n;
} round_now;

static int by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static bool in_crowd(const struct crowd *c, int64_t person)
{
	return c->everyone ||
	       (c->v.n && bsearch(&person, c->v.v, c->v.n, sizeof person, by_id) != NULL);
}

static void each_once(struct touched *v)
{
	size_t n = 0;

	if (v->n)
		qsort(v->v, v->n, sizeof *v->v, by_id);
	for (size_t i = 0; i < v->n; i++)
		if (!n || v->v[n - 1] != v->v[i])
			v->v[n++] = v->v[i];
	v->n = n;
}

/* What is said of a company concerns whoever acts for it, and nobody else. */
static void members_gather(struct store *s, const struct policy_table *t, struct touched *people)
{
	struct touched companies = {0};

	store_touched_companies(s, round_now.arena, t, &companies);
	each_once(&companies);
	for (size_t i = 0; i < companies.n;) {
		size_t end = i + TOLD_AT_ONCE < companies.n ? i + TOLD_AT_ONCE : companies.n;
		struct db db;

		store_read_begin(s, &db, round_now.arena,
			(struct viewer){.roles = BIT(ROLE_TIMERS)}, BIT(PURPOSE_UPKEEP));
		for (; i < end; i++) {
			struct told_members_rows m =
				told_members(&db, (struct company_id){companies.v[i]});

			for (size_t k = 0; k < m.n; k++)
				*ARENA_PUSH(round_now.arena, people) = m.v[k].person_id.v;
		}
		store_read_end(&db);
	}
}

static void crowd_gather(struct store *s, struct crowd *c, str table)
{
	const struct policy_table *t = policy_table(store_policy(s), table);

	c->table = str_dup(round_now.arena, table);
	c->everyone = !t;
	if (c->everyone)
		return;
	store_touched_table(s, round_now.arena, t, INT64_MAX, &c->v);
	members_gather(s, t, &c->v);
	each_once(&c->v);
}

static void crowds_drop(void)
{
	if (round_now.arena)
		arena_free(round_now.arena);
	memset(&round_now, 0, sizeof round_now);
}

static void crowds_gather(struct store *s, const struct telling *t)
{
	if (round_now.arena && round_now.number == t->due.number)
		return;
	crowds_drop();
	round_now.number = t->due.number;
	round_now.arena = arena_make(TOLD_ARENA_BYTES_MAX);
	round_now.crowds = arena_array(round_now.arena, struct crowd, t->changes.n + 1);
	for (size_t i = 0; i < t->changes.n; i++) {
		const struct privacy_of_version_row *c = &t->changes.v[i];
		bool known = c->class < VERSION_CLASS_NOTICE || c->touched != TOUCHED_SUBJECTS;

		for (size_t k = 0; k < round_now.n && !known; k++)
			known = str_eq(round_now.crowds[k].table, c->about);
		if (!known)
			crowd_gather(s, &round_now.crowds[round_now.n++], c->about);
	}
}

/* How one version touches one person. */
struct touch {
	enum version_class class; /* 0: not at all */
	bool mail;
	str about; /* tables, with commas */
};

static void touch_add(struct touch *t, enum version_class class, bool mail)
{
	t->class = class > t->class ? class : t->class;
	t->mail |= mail;
}

static bool waits_for(const struct told_waits_rows *w, int64_t purpose)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->v[i].purpose == purpose)
			return true;
	return false;
}

static struct touch touch_of(struct db *db, const struct telling *t, int64_t person)
{
	struct told_waits_rows waits = told_waits(db, (struct person_id){person}, t->due.number);
	struct touch x = {.about = S("")};

	for (size_t i = 0; i < t->changes.n; i++) {
		const struct privacy_of_version_row *c = &t->changes.v[i];

		if (c->class < VERSION_CLASS_NOTICE)
			continue;
		/* A new question alone is asked when the person comes by: no mail for it. */
		if (c->touched == TOUCHED_EVERYONE)
			touch_add(&x, c->class, c->class == VERSION_CLASS_NOTICE);
		if (c->touched == TOUCHED_CONSENTERS && waits_for(&waits, c->purpose))
			touch_add(&x, c->class, true);
	}
	for (size_t i = 0; i < round_now.n; i++)
		if (in_crowd(&round_now.crowds[i], person)) {
			touch_add(&x, t->due.class, true);
			x.about = str_fmt(db->arena, STR_FMT "%s" STR_FMT, STR_ARG(x.about),
				x.about.n ? "," : "", STR_ARG(round_now.crowds[i].table));
		}
	return x;
}

static bool tell_some(struct db *db, void *ctx)
{
	struct telling *t = ctx;
	instant now = clock_now();
	struct person_id after = t->due.after_person;

	if (!t->due.round_id.v &&
		told_round_add(db, (struct policy_round_id){id_make()}, t->due.number, after) != 1)
		return false;
	for (size_t i = 0; i < t->people.n; i++) {
		const struct told_people_row *p = &t->people.v[i];
		struct touch x = {0};

		after = p->id;
		if (p->state == PERSON_STATE_ACTIVE && p->created_at.us < t->due.effective_at.us)
			x = touch_of(db, t, p->id.v);
		if (x.class &&
			told_add(db, (struct policy_notice_id){id_make()}, p->id, t->due.number,
				x.class, x.about, now) == 1 &&
			x.mail)
			outbox_mail(db, "policy_changed", p->id.v, p->id.v, (str){0});
	}
	t->more = t->people.n == TOLD_AT_ONCE;
	return told_round_on(db, t->due.number, after, t->more ? TIME_NONE : now) == 1;
}

static bool due_read(struct store *s, const struct job *j, struct arena *a, struct telling *t)
{
	struct told_due_rows due;
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	due = told_due(&db);
	if (due.n) {
		t->due = due.v[0];
		if (!t->due.round_id.v)
			t->due.after_person = (struct person_id){1};
		t->changes = privacy_of_version(&db, t->due.number);
		t->people = told_people(&db, t->due.after_person);
	}
	store_read_end(&db);
	return due.n;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct telling t = {0};
	struct write_unit u = {.viewer = {.roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = tell_some,
		.ctx = &t};

	if (!due_read(s, j, a, &t))
		return false;
	crowds_gather(s, &t);
	if (store_write_wait(s, &u) != WRITE_DONE)
		return false;
	if (!t.more)
		crowds_drop();
	return true; /* of this version, or of the next */
}

const struct job told_job = {
	.name = "policy_news",
	.role = ROLE_TIMERS,
	.purposes = BIT(PURPOSE_UPKEEP) | BIT(PURPOSE_MAILING) | BIT(PURPOSE_PUBLIC),
	.every_s = 20,
	.run = run,
	.apart = true,
};

/* ---- the line on every page, and the question when signing in ----------------------------- */

static int64_t seen_of(struct db *db)
{
	struct told_seen_rows seen = told_seen(db);

	return seen.n ? seen.v[0].number : 0;
}

void told_frame(struct req *r, struct shell *s)
{
	struct told_newest_rows newest = told_newest(r->db);

	if (!newest.n || newest.v[0].number <= seen_of(r->db) ||
		(r->route && !strcmp(r->route->path, "/account/policy")))
		return;
	s->news = (struct link){.label = newest.v[0].class == VERSION_CLASS_CONSENT
						 ? TEXT(told_line_asked)
						 : TEXT(told_line),
		.url = S("/account/policy")};
}

bool told_asks(struct db *db, int64_t person)
{
	struct person_id id = {person};
	struct told_seen_by_rows seen = told_seen_by(db, id);
	int64_t number = seen.n ? seen.v[0].number : 0;

	return told_waiting(db, id, number).n || told_asked(db, id, number).n;
}

/* ---- the page ----------------------------------------------------------------------------- */

FORM(told_form, struct told_form,
	{.name = "version",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = INT32_MAX,
		AT(struct told_form, version),
		.label = MSG_privacy_versions_version});

struct told_query {
	str next;
};
FORM(told_query_form, struct told_query,
	{.name = "next",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 2000,
		AT(struct told_query, next),
		.label = MSG_told_later});

static int told_get(struct req *r)
{
	const struct told_query *q = r->route->method == GET ? r->form : NULL;
	const struct policy *p = db_policy(r->db);
	struct told_view v = {
		.news = policy_version_news(r->db, (struct person_id){r->viewer.person}),
		.next = next_path(q ? q->next : S(""), "/")};

	v.asks = arena_array(r->arena, struct choice_row, p->purposes_n + 1);
	for (size_t i = 0; i < p->purposes_n; i++)
		if (v.news.waits >> p->purposes[i].bit & 1)
			v.asks_n += choice_row_read(r, &p->purposes[i], &v.asks[v.asks_n]);
	told_page(r->out, r, &v);
	return 200;
}

static int told_apply(struct req *r)
{
	const struct told_form *f = r->form;

	if (!policy_version_seen(r->db, (struct person_id){r->viewer.person}, f->version))
		return 409;
	return done(r, 200, S("/account"), TEXT(told_thanks), NULL, NULL);
}

#define PERSON BIT(ROLE_PERSON)
#define TOLD (BIT(PURPOSE_ACCOUNT) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC))
const struct route told_routes[] = {
	{GET, "/account/policy", PERSON, TOLD, PROOF_NONE, .form = &told_query_form,
		.get = told_get},
	{POST, "/account/policy", PERSON, TOLD, PROOF_TOKEN, .form = &told_form, .get = told_get,
		.apply = told_apply},
	{0},
};
