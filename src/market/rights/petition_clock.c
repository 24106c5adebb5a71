/* What the clock does to requests: a warning to the data protection officer before one is due, an
 * alarm when it is over, links that nobody confirmed, restrictions whose end was announced. */
#include "market/rights/petition.h"

#include "egress/egress.h"
#include "market/desk/desk.h"

enum { AT_ONCE = 50 };

struct round {
	struct store *s;
	bool more;
};

static struct petition_thing thing(
	struct store *s, struct petition_id id, struct subject_key_id owner, enum petition_state at)
{
	return (struct petition_thing){.id = id,
		.owner = owner,
		.state = at,
		.locale = &locales[0],
		.due_at = TIME_NONE,
		.store = s};
}

static void tell(struct db *db, const char *kind, const struct petition_thing *t)
{
	const struct policy *p = db_policy(db);
	struct desk_settings s = {0};
	struct policy_operator o = desk_operator(db, &p->operator, & s);
	str to = o.dpo_email.n ? o.dpo_email : o.email;

	if (to.n)
		outbox_mail_to(db, kind, to, id_make(), t->id.v,
			str_fmt(db->arena, "/desk/rights/" STR_FMT,
				STR_ARG(id_text(db->arena, t->id.v))));
}

static bool store(struct db *db, struct petition_thing *t, int event, enum petition_state to)
{
	instant now = clock_now();

	(void)to;
	if (event == PETITION_HAPPENING_WARN)
		return petition_warned(db, t->id, now) == 1;
	if (event == PETITION_HAPPENING_OVERDUE)
		return petition_overdue(db, t->id, now) == 1;
	if (event == PETITION_HAPPENING_LIFT)
		return petition_lifted(db, t->id) == 1;
	if (event == PETITION_HAPPENING_SEPARATE)
		return petition_separate(db, t->id) == 1;
	return petition_lapse(db, t->id, now) == 1;
}

static bool step(struct db *db, struct petition_thing *t, int event, const char *mail)
{
	if (petition_move(db, t, event, store).answer != PROCESS_YES)
		return false;
	if (mail)
		tell(db, mail, t);
	return true;
}

static void watch(struct db *db, struct round *x, enum petition_state at)
{
	instant now = clock_now();
	struct petition_over_rows over = petition_over(db, at, now);
	struct petition_soon_rows soon =
		petition_soon(db, at, instant_add(now, PETITION_WARN_DAYS * DAY_US));

	for (size_t i = 0; i < soon.n; i++) {
		struct petition_thing t = thing(x->s, soon.v[i].id, soon.v[i].owner_id, at);

		t.due_at = soon.v[i].due_at;
		step(db, &t, PETITION_HAPPENING_WARN, petition_late(t.due_at) ? NULL : "case_due");
	}
	for (size_t i = 0; i < over.n; i++) {
		struct petition_thing t = thing(x->s, over.v[i].id, over.v[i].owner_id, at);

		t.due_at = over.v[i].due_at;
		step(db, &t, PETITION_HAPPENING_OVERDUE, "case_overdue");
	}
	x->more |= soon.n == AT_ONCE || over.n == AT_ONCE;
}

static void lapse(struct db *db, struct round *x)
{
	instant now = clock_now();
	struct petition_lapsing_rows v =
		petition_lapsing(db, instant_add(now, (31 - PETITION_CONFIRM_DAYS) * DAY_US));

	for (size_t i = 0; i < v.n; i++) {
		if (v.v[i].made_at.us > now.us - PETITION_CONFIRM_DAYS * DAY_US)
			continue;
		struct petition_thing t =
			thing(x->s, v.v[i].id, v.v[i].owner_id, PETITION_STATE_UNCONFIRMED);

		step(db, &t, PETITION_HAPPENING_LAPSE, NULL);
	}
	x->more |= v.n == AT_ONCE;
}

static void lift(struct db *db, struct round *x)
{
	struct petition_lifting_rows v = petition_lifting(db, clock_now());

	for (size_t i = 0; i < v.n; i++) {
		struct petition_thing t =
			thing(x->s, v.v[i].id, v.v[i].owner_id, PETITION_STATE_ANNOUNCED);
		int64_t person = v.v[i].person_id.v ? v.v[i].person_id.v : v.v[i].given_id.v;
		bool held;

		step(db, &t, PETITION_HAPPENING_LIFT, NULL);
		if (!person || db_subject_now(db, person, &held) != SUBJECT_RESTRICTED)
			continue;
		db_subject_state(db, person, SUBJECT_ACTIVE, held);
		choice_mask_refresh(db, person, false);
		(void)egress_tell_recipients(db, person, HOOK_EVENT_UNRESTRICTED);
	}
	x->more |= v.n == AT_ONCE;
}

/* The one they were joined to was taken back: the first of them stands for the others. */
static void left_alone(struct db *db, struct round *x)
{
	struct petition_left_rows v = petition_left(db);

	for (size_t i = 0; i < v.n; i++) {
		struct petition_thing t =
			thing(x->s, v.v[i].id, v.v[i].owner_id, PETITION_STATE_JOINED);
		size_t first = 0;

		while (v.v[first].joined_id.v != v.v[i].joined_id.v)
			first++;
		t.due_at = v.v[i].due_at;
		if (first < i)
			MUST(petition_rejoin(db, t.id, v.v[first].id) == 1);
		else
			step(db, &t, PETITION_HAPPENING_SEPARATE, NULL);
	}
	x->more |= v.n == AT_ONCE;
}

static bool apply(struct db *db, void *ctx)
{
	struct round *x = ctx;

	watch(db, x, PETITION_STATE_OPEN);
	watch(db, x, PETITION_STATE_ASKED);
	lapse(db, x);
	lift(db, x);
	left_alone(db, x);
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct round x = {.s = s};

	return job_write(s, j, a, false, apply, &x) && x.more;
}

const struct job petition_clock = {.name = "cases",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_UPKEEP) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_INTAKE) |
		    BIT(PURPOSE_MAILING) | BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_DISCLOSING),
	.every_s = 600,
	.run = run};
