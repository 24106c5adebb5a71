/* Requests come in: from an account, over the public form, from guardians, agents, by letter. One
 * that says the same as one that is open is joined to that one; who has no account shows first that
 * the address is theirs. */
#include "market/rights/petition.h"

#include "gen/case.html.h"
#include "market/desk/desk.h"
#include "market/member/member.h"
#include "market/plain.h"

struct code petition_purposes[CHOICE_PURPOSES_MAX + 1];

#define KIND_FIELD(type) \
	{ \
		.name = "kind", .kind = FIELD_ENUM, .required = true, AT(type, kind), \
		.label = MSG_petition_what, .choices = "petition_kind" \
	}
#define PURPOSE_FIELD(type) \
	{ \
		.name = "purpose", .kind = FIELD_CODE, AT(type, purpose), \
		.label = MSG_petition_which_use, .hint = MSG_petition_which_use_hint, \
		.codes = petition_purposes \
	}
#define NAME_FIELD(type, label_) \
	{ \
		.name = "name", .kind = FIELD_TEXT, .required = true, .min = 2, .max = 100, \
		AT(type, name), .label = (label_), .data = "petition.contact", \
		.autocomplete = "name" \
	}
#define EMAIL_FIELD(type, label_) \
	{ \
		.name = "email", .kind = FIELD_EMAIL, .required = true, .max = 254, \
		AT(type, email), .label = (label_), .data = "petition.contact", \
		.autocomplete = "email" \
	}
#define COUNTRY_FIELD(type) \
	{ \
		.name = "country", .kind = FIELD_CODE, AT(type, country), \
		.label = MSG_petition_country, .hint = MSG_petition_country_hint, \
		.codes = countries, .autocomplete = "country" \
	}

FORM(ask_form, struct ask_form, KIND_FIELD(struct ask_form), PURPOSE_FIELD(struct ask_form),
	NAME_FIELD(struct ask_form, MSG_petition_name),
	EMAIL_FIELD(struct ask_form, MSG_petition_email), COUNTRY_FIELD(struct ask_form),
	PETITION_TEXT(struct ask_form, say, false, "petition.matter"));
FORM(ask_own_form, struct ask_form, KIND_FIELD(struct ask_form), PURPOSE_FIELD(struct ask_form),
	PETITION_TEXT(struct ask_form, say, false, "petition.matter"));
FORM(letter_form, struct letter_form, KIND_FIELD(struct letter_form),
	{.name = "via",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct letter_form, via),
		.label = MSG_petition_how_it_came,
		.choices = "petition_via"},
	{.name = "received",
		.kind = FIELD_DATE,
		.required = true,
		AT(struct letter_form, received),
		.label = MSG_petition_received,
		.hint = MSG_petition_received_hint,
		.data = NOT_PERSONAL},
	NAME_FIELD(struct letter_form, MSG_petition_their_name),
	EMAIL_FIELD(struct letter_form, MSG_petition_their_email),
	COUNTRY_FIELD(struct letter_form),
	PETITION_TEXT(struct letter_form, say, true, "petition.matter"));
FORM(guardian_form, struct guardian_form,
	NAME_FIELD(struct guardian_form, MSG_petition_guardian_name),
	EMAIL_FIELD(struct guardian_form, MSG_petition_guardian_email),
	{.name = "relation",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 80,
		AT(struct guardian_form, relation),
		.label = MSG_petition_guardian_relation,
		.data = "petition.contact"},
	{.name = "account",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		AT(struct guardian_form, account),
		.label = MSG_petition_guardian_account,
		.data = "petition.contact"},
	PETITION_TEXT(struct guardian_form, say, false, "petition.matter"),
	{.name = "right",
		.kind = FIELD_BOOL,
		.required = true,
		AT(struct guardian_form, right),
		.label = MSG_petition_guardian_right});

/* What people may ask about: the uses that the policy grants something to. */
void petition_policy(const struct policy *p)
{
	struct arena *a = arena_make(1 << 20);
	struct purpose_facts *f = arena_new(a, struct purpose_facts);
	size_t n = 0;

	for (size_t i = 0; i < p->purposes_n && n < CHOICE_PURPOSES_MAX; i++) {
		purpose_facts(a, p, &p->purposes[i], f);
		if (f->used && f->data_n)
			petition_purposes[n++] = (struct code){p->purposes[i].name.p, f->title.msg};
	}
	petition_purposes[n] = (struct code){NULL, 0};
	arena_free(a);
	process_check(&petition_process);
}

/* ---- joined ---------------------------------------------------------------------------------- */

/* Errors, complaints and questions differ in what they say, guardians in whom they speak for. */
static bool joinable(enum petition_kind k)
{
	return k != PETITION_KIND_ERROR_REPORT && k != PETITION_KIND_COMPLAINT &&
	       k != PETITION_KIND_QUESTION && k != PETITION_KIND_GUARDIAN_REMOVAL;
}

/* Its clock must hold for this one too: it came no later, and was not extended, which must be told
 * within one's own first month. */
static bool clock_holds(const struct petition_new *n, instant made, instant extended)
{
	instant at = instant_is(n->received) ? n->received : clock_now();

	return made.us <= at.us && !instant_is(extended);
}

static bool says_the_same(const struct petition_new *n, int kind, str purpose, int state)
{
	return joinable(n->kind) && kind == (int)n->kind &&
	       (state == PETITION_STATE_OPEN || state == PETITION_STATE_ASKED) &&
	       str_eq(purpose.n ? purpose : S(""), n->purpose.n ? n->purpose : S(""));
}

struct petition_id petition_same(struct db *db, const struct petition_new *n)
{
	struct petition_id found = {0};

	if (n->person) {
		struct petition_of_person_rows v =
			petition_of_person(db, (struct person_id){n->person});

		for (size_t i = 0; i < v.n; i++)
			if (says_the_same(n, (int)v.v[i].kind, v.v[i].purpose, (int)v.v[i].state) &&
				clock_holds(n, v.v[i].made_at, v.v[i].extended_at))
				found = v.v[i].id;
	} else if (n->contact.email.n) {
		struct petition_of_contact_rows v = petition_of_contact(db, n->contact.email);

		for (size_t i = 0; i < v.n; i++)
			if (says_the_same(n, (int)v.v[i].kind, v.v[i].purpose, (int)v.v[i].state) &&
				clock_holds(n, v.v[i].made_at, v.v[i].extended_at))
				found = v.v[i].id;
	}
	return found;
}

/* ---- taken in -------------------------------------------------------------------------------- */

static void told(struct req *r, const struct petition_thing *t)
{
	if (t->person.v) /* reads it on the page */
		return;
	petition_mail(r->db, t,
		t->state == PETITION_STATE_UNCONFIRMED ? "case_confirm" : "case_received");
}

struct petition_id petition_take(
	struct req *r, const struct petition_new *n, struct petition_id *joined)
{
	bool known = n->via != PETITION_VIA_WEB && n->via != PETITION_VIA_GUARDIAN;
	struct petition_id same = known ? petition_same(r->db, n) : (struct petition_id){0};
	instant at = instant_is(n->received) ? n->received : clock_now();
	struct petition_thing t = {.id = {id_make()},
		.kind = n->kind,
		.person = {n->person},
		.agent = n->agent,
		.email = n->contact.email,
		.locale = n->locale,
		.made_at = at,
		.due_at = instant_months(at, PETITION_MONTHS),
		.store = req_store(r),
		.r = r};
	struct petition_matter matter = {.text = n->text.p ? n->text : S(""), .field = n->field};

	t.owner = (struct subject_key_id){n->person ? n->person : id_make()};
	t.state = same.v  ? PETITION_STATE_JOINED
		  : known ? PETITION_STATE_OPEN
			  : PETITION_STATE_UNCONFIRMED;
	MUST(petition_add(r->db, t.id, n->kind, t.person, n->purpose, t.state, n->via, t.owner,
		     &matter, n->contact.email.n ? &n->contact : NULL, n->contact.email, n->country,
		     str_of(n->locale->tag), n->agent, same, at, t.due_at,
		     n->contact.callback.n > 0) == 1);
	petition_note(r->db, &t, same.v ? PETITION_HAPPENING_JOIN : PETITION_HAPPENING_RECEIVE, 0,
		t.state, (str){NULL, 0});
	if (!same.v)
		told(r, &t);
	if (joined)
		*joined = same;
	return t.id;
}

/* ---- what may be asked ----------------------------------------------------------------------- */

static const enum petition_kind asked_here[] = {PETITION_KIND_ACCESS, PETITION_KIND_PORTABILITY,
	PETITION_KIND_ERROR_REPORT, PETITION_KIND_ERASURE, PETITION_KIND_RESTRICTION,
	PETITION_KIND_OBJECTION, PETITION_KIND_WITHDRAWAL, PETITION_KIND_COMPLAINT,
	PETITION_KIND_QUESTION};

struct choice *petition_kind_choices(struct arena *a, size_t *n)
{
	struct choice *v = arena_array(a, struct choice, COUNT(asked_here));

	for (size_t i = 0; i < COUNT(asked_here); i++)
		v[i] = (struct choice){.value = petition_kind_name((int)asked_here[i]),
			.label = petition_kind_text((int)asked_here[i])};
	*n = COUNT(asked_here);
	return v;
}

/* Which use, where that matters; a guardian has a form of their own. */
static bool asked_well(struct req *r, const struct ask_form *f, bool own)
{
	const struct policy_purpose *u = policy_purpose(db_policy(r->db), f->purpose);
	enum choice_kind k = u ? choice_kind(u) : CHOICE_NONE;
	bool objection = f->kind == PETITION_KIND_OBJECTION,
	     withdrawal = f->kind == PETITION_KIND_WITHDRAWAL;

	if (f->kind == PETITION_KIND_GUARDIAN_REMOVAL)
		form_error(r, "kind", TEXT(petition_guardian_elsewhere));
	else if (own && (objection || f->kind == PETITION_KIND_RESTRICTION ||
				f->kind == PETITION_KIND_ERASURE))
		form_error(r, "kind", TEXT(petition_own_elsewhere));
	else if ((objection || withdrawal) && !u)
		form_error(r, "purpose", TEXT(petition_which_use_missing));
	else if (objection && k != CHOICE_ABSOLUTE && k != CHOICE_ASSESSED && k != CHOICE_CONSENT)
		form_error(r, "purpose", TEXT(petition_no_objection));
	else if (withdrawal && k != CHOICE_CONSENT)
		form_error(r, "purpose", TEXT(petition_no_consent));
	else
		return true;
	return false;
}

static int rights_get(struct req *r)
{
	struct desk_settings s = {0};
	struct policy_operator o = desk_operator(r->db, plain_operator(), &s);

	case_rights_page(r->out, r, &o, db_policy(r->db));
	return 200;
}

static int rights_apply(struct req *r)
{
	const struct ask_form *f = r->form;

	if (!asked_well(r, f, false))
		return 422;
	petition_take(r,
		&(struct petition_new){.kind = (enum petition_kind)f->kind,
			.via = PETITION_VIA_WEB,
			.purpose = f->purpose,
			.text = f->text,
			.country = f->country,
			.contact = {.name = f->name, .email = f->email},
			.locale = r->locale,
			.received = TIME_NONE},
		NULL);
	return see(r, "/rights/sent");
}

static int sent_get(struct req *r)
{
	case_sent_page(r->out, r);
	return 200;
}

/* Whether there is such an account is not told: the desk looks, after it has checked who asks. */
static int guardian_get(struct req *r)
{
	case_guardian_page(r->out, r);
	return 200;
}

static int guardian_apply(struct req *r)
{
	const struct guardian_form *f = r->form;

	petition_take(r,
		&(struct petition_new){.kind = PETITION_KIND_GUARDIAN_REMOVAL,
			.via = PETITION_VIA_GUARDIAN,
			.text = f->text,
			.contact = {.name = f->name,
				.email = f->email,
				.relation = f->relation,
				.account = f->account},
			.locale = r->locale,
			.received = TIME_NONE},
		NULL);
	return see(r, "/privacy/guardian/sent");
}

/* ---- in the account -------------------------------------------------------------------------- */

static int own_get(struct req *r)
{
	case_own_page(r->out, r);
	return 200;
}

static int own_apply(struct req *r)
{
	const struct ask_form *f = r->form;
	struct petition_id joined;

	if (!asked_well(r, f, true))
		return 422;
	struct petition_id id = petition_take(r,
		&(struct petition_new){.kind = (enum petition_kind)f->kind,
			.via = PETITION_VIA_ACCOUNT,
			.person = r->viewer.person,
			.purpose = f->purpose,
			.text = f->text,
			.country = petition_country(r),
			.locale = r->locale,
			.received = TIME_NONE},
		&joined);

	return done(r, 201, petition_path(req_store(r), r->arena, id, true),
		joined.v ? TEXT(petition_joined_now) : TEXT(petition_made_now), NULL, NULL);
}

#define PERSON BIT(ROLE_PERSON)
#define IN BIT(PURPOSE_INTAKE)
#define OWN (IN | BIT(PURPOSE_CLAIMANT) | BIT(PURPOSE_ACCOUNT))

const struct route petition_take_routes[] = {
	{GET, "/rights", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = rights_get},
	{POST, "/rights", ANYONE, IN | BIT(PURPOSE_MAILING) | BIT(PURPOSE_PUBLIC), PROOF_TOKEN,
		.form = &ask_form, .get = rights_get, .apply = rights_apply, .rate = RATE_SIGNIN},
	{GET, "/rights/sent", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = sent_get},
	{GET, "/privacy/guardian", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = guardian_get},
	{POST, "/privacy/guardian", ANYONE, IN | BIT(PURPOSE_MAILING), PROOF_TOKEN,
		.form = &guardian_form, .get = guardian_get, .apply = guardian_apply,
		.rate = RATE_SIGNIN},
	{GET, "/privacy/guardian/sent", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = sent_get},
	{GET, "/account/privacy/ask", PERSON, BIT(PURPOSE_ACCOUNT), PROOF_NONE, .get = own_get},
	{POST, "/account/privacy/ask", PERSON, OWN | BIT(PURPOSE_MAILING), PROOF_TOKEN,
		.form = &ask_own_form, .get = own_get, .apply = own_apply},
	{0},
};
