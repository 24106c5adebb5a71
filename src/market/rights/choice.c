/* The ledger of choices, and how they stand. */
#include "market/rights/choice.h"

#include "gen/choice.sql.h"
#include "market/desk/desk.h"

#define RECORD_SCHEMA "ISO/IEC TS 27560:2023"

/* ---- what can be decided --------------------------------------------------------------------- */

enum choice_kind choice_kind(const struct policy_purpose *u)
{
	if (str_eq(u->basis, S("A6-1-a")))
		return CHOICE_CONSENT;
	switch (u->objection) {
	case OBJECTION_NO: break;
	case OBJECTION_ASSESSED: return CHOICE_ASSESSED;
	case OBJECTION_ABSOLUTE: return CHOICE_ABSOLUTE;
	}
	return CHOICE_NONE;
}

bool choice_stands(const struct policy_purpose *u, int state)
{
	switch ((enum consent_state)state) {
	case CONSENT_STATE_GIVEN:
	case CONSENT_STATE_RENEWED:
	case CONSENT_STATE_RESUMED:
	case CONSENT_STATE_OVERRIDDEN: return true;
	case CONSENT_STATE_REFUSED:
	case CONSENT_STATE_WITHDRAWN:
	case CONSENT_STATE_EXPIRED:
	case CONSENT_STATE_OBJECTED:
	case CONSENT_STATE_ACCEPTED: return false;
	}
	return choice_kind(u) != CHOICE_CONSENT; /* nothing decided yet */
}

enum consent_state choice_switched(enum choice_kind kind, bool on, int before)
{
	if (kind == CHOICE_ABSOLUTE)
		return on ? CONSENT_STATE_RESUMED : CONSENT_STATE_OBJECTED;
	if (on)
		return before ? CONSENT_STATE_RENEWED : CONSENT_STATE_GIVEN;
	return before == CONSENT_STATE_GIVEN || before == CONSENT_STATE_RENEWED
		       ? CONSENT_STATE_WITHDRAWN
		       : CONSENT_STATE_REFUSED;
}

uint64_t choice_mask_new(const struct policy *p)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < p->purposes_n; i++)
		if (choice_kind(&p->purposes[i]) > CHOICE_CONSENT)
			mask |= BIT(p->purposes[i].bit);
	return mask;
}

/* ---- the mask -------------------------------------------------------------------------------- */

/* What stands, purpose by purpose: never added to or taken from, always made from all of it. */
void choice_mask_refresh(struct db *db, int64_t person, bool restricted)
{
	const struct policy *p = db_policy(db);
	struct choice_of_rows v = choice_of(db, (struct person_id){person});
	uint64_t mask = choice_mask_new(p);

	for (size_t i = 0; i < v.n; i++) {
		const struct policy_purpose *u = policy_purpose(p, v.v[i].purpose);

		if (!u) /* of an older policy */
			continue;
		mask &= ~BIT(u->bit);
		if (choice_kind(u) != CHOICE_NONE && choice_stands(u, (int)v.v[i].state))
			mask |= BIT(u->bit);
	}
	struct choice_waits_rows waits = choice_waits(db, (struct person_id){person});

	for (size_t i = 0; i < waits.n; i++)
		mask &= ~BIT(waits.v[i].purpose);
	MUST(choice_mask_set(db, (struct person_id){person}, restricted ? 0 : (int64_t)mask) == 1);
}

bool choice_allows(struct db *db, int64_t person, int purpose)
{
	const struct policy *p = db_policy(db);
	struct choice_mask_row m;

	for (size_t i = 0; i < p->purposes_n; i++)
		if (p->purposes[i].bit == purpose && choice_kind(&p->purposes[i]) == CHOICE_NONE)
			return true;
	return choice_mask(db, (struct person_id){person}, &m) && (uint64_t)m.mask & BIT(purpose);
}

/* ---- the words ------------------------------------------------------------------------------- */

struct notice_text_id notice_of(struct db *db, const struct locale *l, str about, str text)
{
	const struct policy *p = db_policy(db);
	str policy = {(const char *)p->hash.b, sizeof p->hash.b}, tag = str_of(l->tag);
	struct digest d = digest_of(str_fmt(db->arena,
		STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(about), STR_ARG(tag),
		STR_ARG(hex_of(db->arena, policy.p, policy.n)), STR_ARG(text)));
	str digest = str_dup(db->arena, (str){(const char *)d.b, sizeof d.b});
	struct choice_notice_row there;
	struct notice_text_id id = {id_make()};

	if (choice_notice(db, digest, &there))
		return there.id;
	MUST(choice_notice_add(db, id, digest, about, tag, policy, text, clock_now()) == 1);
	return id;
}

/* ---- the record: ISO/IEC TS 27560 ------------------------------------------------------------ */

struct recording {
	const struct choosing *c;
	const struct purpose_facts *f;
	struct consent_event_id id;
	struct notice_text_id notice;
	str words, country;
	const struct policy_region *region; /* NULL: the policy has none */
	instant at, expires;
};

static void json_texts(struct json *j, const struct locale *l, const struct text *v, size_t n)
{
	json_list(j);
	for (size_t i = 0; i < n; i++) {
		struct out o;

		out_init(&o, j->o->arena, 64, CHOICE_TEXT_BYTES_MAX, l);
		out_text_plain(&o, v[i]);
		json_str(j, out_view(&o));
	}
	json_end(j);
}

static void record_purpose(struct json *j, const struct recording *x)
{
	const struct purpose_facts *f = x->f;

	json_key(j, "purposes");
	json_list(j);
	json_open(j);
	json_key(j, "purpose");
	json_str(j, f->u->name);
	json_key(j, "purpose_type");
	json_str(j, f->u->dpv);
	json_key(j, "purpose_description");
	json_str(j, f->u->why);
	json_key(j, "lawful_basis");
	json_str(j, f->u->basis);
	json_key(j, "pii_information");
	json_texts(j, &locales[0], f->data, f->data_n);
	json_key(j, "recipient_third_parties");
	json_list(j);
	for (size_t i = 0; i < f->recipients_n; i++)
		json_str(j, f->recipients[i]);
	json_end(j);
	json_key(j, "retention_period");
	json_str(j, f->keeps_n ? f->keeps[0]->duration : (str){NULL, 0});
	json_key(j, "collection_method");
	json_str(j, consent_method_name((int)x->c->method));
	json_key(j, "withdrawal_method");
	json_str(j, S("/account/privacy"));
	json_key(j, "jurisdiction");
	json_str(j, x->country);
	json_key(j, "region");
	json_str(j, x->region ? x->region->name : (str){NULL, 0});
	json_key(j, "law");
	json_str(j, x->region ? x->region->law : (str){NULL, 0});
	json_close(j);
	json_end(j);
}

static void record_event(struct json *j, const struct recording *x)
{
	json_key(j, "event");
	json_open(j);
	json_key(j, "event_time");
	json_time(j, x->at);
	json_key(j, "event_state");
	json_str(j, consent_state_name((int)x->c->state));
	json_key(j, "event_type");
	json_str(j, x->c->method == CONSENT_METHOD_PROGRAM ? S("implied") : S("explicit"));
	json_key(j, "valid_until");
	json_time(j, x->expires);
	json_close(j);
}

static str record_json(struct db *db, const struct recording *x)
{
	struct arena *a = db->arena;
	const struct policy *p = db_policy(db);
	struct policy_operator who = desk_controller(db);
	struct out o;

	out_init(&o, a, 2048, CHOICE_TEXT_BYTES_MAX, &locales[0]);
	struct json j = json_to(&o);
	struct digest words = digest_of(x->words);

	json_open(&j);
	json_key(&j, "schema_version");
	json_str(&j, S(RECORD_SCHEMA));
	json_key(&j, "record_id");
	json_id(&j, x->id.v);
	json_key(&j, "pii_principal_id");
	json_id(&j, x->c->person);
	json_key(&j, "pii_controllers");
	json_list(&j);
	json_open(&j);
	json_key(&j, "name");
	json_str(&j, who.name);
	json_key(&j, "email");
	json_str(&j, who.email);
	json_key(&j, "country");
	json_str(&j, who.country);
	json_close(&j);
	json_end(&j);
	json_key(&j, "privacy_notice");
	json_open(&j);
	json_key(&j, "id");
	json_id(&j, x->notice.v);
	json_key(&j, "language");
	json_str(&j, str_of(x->c->locale->tag));
	json_key(&j, "digest");
	json_str(&j, hex_of(a, words.b, sizeof words.b));
	json_key(&j, "policy");
	json_str(&j, hex_of(a, p->hash.b, sizeof p->hash.b));
	json_close(&j);
	record_purpose(&j, x);
	record_event(&j, x);
	json_close(&j);
	return out_view(&o);
}

/* ---- one decision ---------------------------------------------------------------------------- */

static void stand(struct db *db, const struct recording *x)
{
	struct person_id person = {x->c->person};
	struct choice_one_row now;

	if (choice_one(db, person, x->c->purpose, &now))
		MUST(choice_set(db, now.id, x->c->state, x->id, x->at, x->expires) == 1);
	else
		MUST(choice_add(db, (struct choice_id){id_make()}, person, x->c->purpose,
			     x->c->state, x->id, x->at, x->expires) == 1);
}

/* "eea/DE": as which region's the choice was taken, and of which country. */
static str judged(struct arena *a, const struct recording *x)
{
	return x->region ? str_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(x->region->name),
				   STR_ARG(x->country))
			 : x->country;
}

/* A row of the ledger; words.p == NULL: those of the purpose. */
static struct recording write_down(
	struct db *db, const struct choosing *c, const struct policy_purpose *u, str words)
{
	const struct policy *p = db_policy(db);
	struct purpose_facts *f = arena_new(db->arena, struct purpose_facts);
	uint8_t salt[CHOICE_SALT_BYTES];

	MUST(c->state && c->method && c->locale);
	purpose_facts(db->arena, p, u, f);
	struct recording x = {.c = c,
		.f = f,
		.id = {id_make()},
		.words = words.p ? words : purpose_words(db->arena, c->locale, f),
		.country = c->region.n ? c->region : S("ZZ"),
		.region = policy_region_of(p, c->region),
		.at = clock_now(),
		.expires = TIME_NONE};

	/* Agreed to is for a time: then it is asked again. */
	if (u->renew.n && choice_kind(u) == CHOICE_CONSENT && choice_stands(u, (int)c->state))
		x.expires = instant_add(x.at, policy_duration_s(u->renew) * SECOND_US);

	x.notice = notice_of(db, c->locale, c->purpose, x.words);
	struct consent_event_record record = {.content = record_json(db, &x)};

	random_bytes(salt, sizeof salt);
	record.salt = hex_of(db->arena, salt, sizeof salt);
	/* To the packed record, salt and all: what a chain of the ledger stands on. */
	struct digest d = digest_of(consent_event_record_pack(db->arena, &record));

	MUST(choice_event_add(db, x.id, (struct person_id){c->person}, c->purpose, u->basis,
		     c->state, c->method, x.notice, str_of(c->locale->tag), judged(db->arena, &x),
		     x.at, x.expires, &record, (str){(const char *)d.b, sizeof d.b}) == 1);
	explicit_bzero(salt, sizeof salt);
	return x;
}

struct consent_event_id choice_make(struct db *db, const struct choosing *c)
{
	const struct policy_purpose *u = policy_purpose(db_policy(db), c->purpose);

	MUST(u && choice_kind(u) != CHOICE_NONE);
	struct recording x = write_down(db, c, u, c->words);

	stand(db, &x);
	/* what was decided now answers what waited; most often nothing did */
	(void)!choice_wait_end(db, (struct person_id){c->person}, u->bit);
	choice_mask_refresh(db, c->person, db_subject_now(db, c->person, NULL) != SUBJECT_ACTIVE);
	return x.id;
}

struct consent_event_id choice_case(struct db *db, const struct choosing *c, str words)
{
	const struct policy_purpose *u = policy_purpose(db_policy(db), c->purpose);
	struct policy_purpose *consent = arena_new(db->arena, struct policy_purpose);

	MUST(u && words.p);
	*consent = *u;
	consent->basis = S("A6-1-a"); /* of this case, whatever the purpose rests on otherwise */
	return write_down(db, c, consent, words).id;
}
/* ---- consents whose time is over ------------------------------------------------------------- */

static bool expire(struct db *db, void *ctx)
{
	struct choice_over_rows v = choice_over(db, clock_now());

	for (size_t i = 0; i < v.n; i++) {
		const struct policy_purpose *u = policy_purpose(db_policy(db), v.v[i].purpose);

		if (u && choice_kind(u) == CHOICE_CONSENT)
			choice_make(db, &(struct choosing){.person = v.v[i].person_id.v,
						.purpose = u->name,
						.state = CONSENT_STATE_EXPIRED,
						.method = CONSENT_METHOD_PROGRAM,
						.locale = &locales[0]});
		else /* of an older policy: nothing rests on it */
			MUST(choice_lapse(db, v.v[i].id) == 1);
	}
	*(bool *)ctx = v.n == CHOICE_OVER_ROWS;
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = false;

	return job_write(s, j, a, false, expire, &more) && more;
}

const struct job choice_expirer = {.name = "consents",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC),
	.every_s = 3600,
	.run = run};
