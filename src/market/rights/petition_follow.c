/* Following a request: in the account, or by the link in a mail for who has none. The link is
 * signed and stands for that one request: it opens nothing else. */
#include "market/rights/petition.h"

#include "gen/case.html.h"
#include "gen/person.sql.h"

FORM(follow_form, struct follow_form,
	{.name = "act",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct follow_form, act),
		.label = MSG_petition_act,
		.choices = "petition_happening"},
	PETITION_TEXT(struct follow_form, told, false, "petition.identity"));

/* The database knows the bearer of the link as the request itself. */
static void by_link(struct req *r)
{
	r->db->viewer = (struct viewer){.session = path_id(r, "petition"),
		.roles = BIT(ROLE_VISITOR),
		.request = r->viewer.request};
}

static struct petition_thing thing_of(struct req *r, const struct petition_seen_row *p)
{
	return (struct petition_thing)PETITION_THING(r, p);
}

static bool may(const struct req *r, const struct petition_thing *t, int event)
{
	return process_ask(&petition_process, (int)t->state, event,
		       (struct actor){.roles = r->db->viewer.roles}, t)
		       .answer == PROCESS_YES;
}

enum { DATA_LINK_S = 3600 }; /* the file's own link, from the page that shows it */

/* The link that an agent hands on (user_verification_url) answers the question of who asks, and
 * shows nothing that is the person's alone. */
static bool narrow(const struct req *r)
{
	return strstr(r->route->path, "/who") != NULL;
}

/* The officer's answer is a copy of the account's data. */
static bool gives(const struct petition_seen_row *p)
{
	return p->given_id.v && p->state == PETITION_STATE_ACCEPTED &&
	       clock_now().us < p->decided_at.us + PETITION_GIVES_DAYS * DAY_US &&
	       (p->kind == PETITION_KIND_ACCESS || p->kind == PETITION_KIND_PORTABILITY);
}

static int show(struct req *r, bool own)
{
	struct follow_view *v = arena_new(r->arena, struct follow_view);

	if (!petition_seen(r->db, (struct petition_id){path_id(r, "petition")}, &v->p))
		return 404;
	struct petition_thing t = thing_of(r, &v->p);

	v->events = petition_seen_events(r->db, v->p.id);
	v->narrow = narrow(r);
	if (v->narrow)
		v->p.answer = (struct petition_answer){0};
	else if (!own && gives(&v->p))
		v->data_path = signed_path(req_store(r), r->arena,
			str_fmt(r->arena, "/rights/" STR_FMT "/data",
				STR_ARG(id_text(r->arena, v->p.id.v))),
			instant_add(clock_real(), DATA_LINK_S * SECOND_US));
	v->authority = policy_authority_of(db_policy(r->db), v->p.country);
	v->action = req_target(r);
	v->may_confirm = !v->narrow && may(r, &t, PETITION_HAPPENING_CONFIRM);
	v->may_tell = may(r, &t, PETITION_HAPPENING_TELL);
	v->may_withdraw = !v->narrow && may(r, &t, PETITION_HAPPENING_WITHDRAW);
	case_follow_page(r->out, r, v, own);
	return 200;
}

/* One of the same kind from the same address waits already: this one goes along with it. */
static bool joined(struct req *r, struct petition_thing *t)
{
	struct petition_id same = petition_same(r->db, &(struct petition_new){.kind = t->kind,
							       .purpose = t->purpose,
							       .contact = {.email = t->email},
							       .received = t->made_at});

	if (!same.v || !may(r, t, PETITION_HAPPENING_JOIN))
		return false;
	if (petition_confirm(r->db, t->id, PETITION_STATE_JOINED, clock_now(), same) != 1)
		return false;
	petition_note(
		r->db, t, PETITION_HAPPENING_JOIN, t->state, PETITION_STATE_JOINED, (str){NULL, 0});
	return true;
}

bool petition_by_asker(struct db *db, struct petition_thing *t, int event, enum petition_state to)
{
	struct petition_identity told = {.text = t->text};

	if (event == PETITION_HAPPENING_CONFIRM)
		return petition_confirm(db, t->id, to, clock_now(), (struct petition_id){0}) == 1;
	petition_forget_identity(db, t); /* an earlier answer too */
	if (event == PETITION_HAPPENING_TELL)
		return petition_tell(db, t->id, (struct subject_key_id){id_make()}, &told) == 1;
	return petition_withdraw(db, t->id, t->state, clock_now()) == 1;
}

static int act(struct req *r)
{
	const struct follow_form *f = r->form;
	struct petition_seen_row p;

	if (!petition_seen(r->db, (struct petition_id){path_id(r, "petition")}, &p))
		return 404;
	struct petition_thing t = thing_of(r, &p);

	if (f->act != PETITION_HAPPENING_CONFIRM && f->act != PETITION_HAPPENING_TELL &&
		f->act != PETITION_HAPPENING_WITHDRAW)
		return 404;
	if (narrow(r) && f->act != PETITION_HAPPENING_TELL)
		return 404;
	if (f->act == PETITION_HAPPENING_TELL && !f->text.n) {
		form_error(r, "text", TEXT(petition_told_missing));
		return 422;
	}
	if (f->act == PETITION_HAPPENING_CONFIRM && joined(r, &t))
		return done(r, 200, req_target(r), TEXT(petition_joined_now), NULL, NULL);
	t.text = f->text;
	if (petition_move(r->db, &t, f->act, petition_by_asker).answer != PROCESS_YES)
		return problem(r, 409, TEXT(petition_not_now));
	if (f->act == PETITION_HAPPENING_CONFIRM)
		petition_mail(r->db, &t, "case_received");
	return done(r, 200, req_target(r), TEXT(petition_followed), NULL, NULL);
}

static int link_get(struct req *r)
{
	by_link(r);
	return show(r, false);
}

static int link_apply(struct req *r)
{
	by_link(r);
	return act(r);
}

/* What the account would give: the signature stands for the case, and the officer's answer for
 * whose data it gives, as long as the account has the address that asked. */
static int data_get(struct req *r)
{
	struct petition_seen_row p;
	struct person_own_row own;

	by_link(r);
	if (!petition_seen(r->db, (struct petition_id){path_id(r, "petition")}, &p) || !gives(&p))
		return 404;
	r->db->viewer = (struct viewer){
		.person = p.given_id.v, .roles = BIT(ROLE_PERSON), .request = r->viewer.request};
	if (!person_own(r->db, &own) || !str_eq_nocase(own.email.email, p.contact.email))
		return 404;
	access_give(r, p.kind == PETITION_KIND_PORTABILITY);
	return 200;
}

static int own_get(struct req *r)
{
	return show(r, true);
}

static int mine_get(struct req *r)
{
	struct petition_mine_rows v = petition_mine(r->db);

	case_mine_page(r->out, r, v.v, v.n);
	return 200;
}

#define PERSON BIT(ROLE_PERSON)
#define SEE BIT(PURPOSE_CLAIMANT)
#define ACT (SEE | BIT(PURPOSE_INTAKE) | BIT(PURPOSE_MAILING))

const struct route petition_follow_routes[] = {
	{GET, "/rights/{petition}", ANYONE, SEE, PROOF_SIGNED, .get = link_get},
	{POST, "/rights/{petition}", ANYONE, ACT, PROOF_SIGNED, .form = &follow_form,
		.get = link_get, .apply = link_apply},
	{GET, "/rights/{petition}/who", ANYONE, SEE, PROOF_SIGNED, .get = link_get},
	{POST, "/rights/{petition}/who", ANYONE, ACT, PROOF_SIGNED, .form = &follow_form,
		.get = link_get, .apply = link_apply},
	{GET, "/rights/{petition}/data", ANYONE, SEE | ACCESS_PURPOSES, PROOF_SIGNED,
		.get = data_get},
	{GET, "/account/privacy/requests", PERSON, SEE, PROOF_NONE, .get = mine_get},
	{GET, "/account/privacy/requests/{petition}", PERSON, SEE, PROOF_NONE, .get = own_get},
	{POST, "/account/privacy/requests/{petition}", PERSON, ACT, PROOF_TOKEN,
		.form = &follow_form, .get = own_get, .apply = act},
	{0},
};
