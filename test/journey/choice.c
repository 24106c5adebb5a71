/* What people decide about their data: the switches of the preference centre, the ledger behind
 * them, and that no audience ever holds somebody who did not agree. */
#include "gen/choice.sql.h"
#include "gen/lead.sql.h"
#include "gen/newsletter.sql.h"
#include "gen/signin.sql.h"
#include "gen/signup.sql.h"
#include "market/catalogue/picture.h"
#include "market/rights/choice.h"
#include "test/journey/world.h"

/* One demonstration for all that need it: filling it takes longest. */
static bool begun;
static void begin(void)
{
	if (begun)
		return;
	begun = true;
	demo_begin();
	journey.peer = "127.0.0.1";
}

static void sign_in(const char *who)
{
	as(who);
	post("/sign-in", "email=%s%%40kontor.example&password=" DEMO_PASSWORD, who);
	want(303);
}

/* The path of a product that the supplier of the demonstration offers. */
static const char *product_of_supplier(void)
{
	sign_in("supplier");
	get("/offers?state=live");
	want(200);
	return str_fmt(journey.arena, "/product/" STR_FMT, STR_ARG(between("/product/", "\""))).p;
}

TEST(last_viewed_reaches_the_supplier_until_the_switch_is_off)
{
	begin();
	const char *product = product_of_supplier();
	get("/selling/leads");
	want(200);
	has("Nobody yet");
	sign_in("buyer");
	get("%s", product);
	want(200);
	writer_idle();
	as("supplier");
	get("/selling/leads");
	has(product);
	lacks("Nobody yet");

	/* Off: gone in the same moment, whatever else waits. */
	as("buyer");
	int64_t pressed = clock_mono_us();
	press_switch("seller_leads");
	as("supplier");
	get("/selling/leads");
	want(200);
	has("Nobody yet");
	int64_t took = clock_mono_us() - pressed;
	printf("# the supplier's page was empty after %lld us\n", (long long)took);
	CHECK(took < SECOND_US);

	/* Later views never enter. */
	as("buyer");
	for (int i = 0; i < 5; i++)
		get("%s", product);
	writer_idle();
	as("supplier");
	get("/selling/leads");
	has("Nobody yet");

	/* On again: from then on, nothing of what lay between. */
	as("buyer");
	press_switch("seller_leads");
	as("supplier");
	get("/selling/leads");
	has("Nobody yet");
	as("buyer");
	get("%s", product);
	writer_idle();
	as("supplier");
	get("/selling/leads");
	has(product);
}

/* A view that was already in the queue when the switch went off is refused by the engine. */
struct late {
	struct viewer who;
	int64_t product, seller;
	int64_t rows;
};
static bool late_view(struct db *db, void *ctx)
{
	struct late *l = ctx;

	l->rows = lead_add(db, (struct lead_id){id_make()}, (struct company_id){l->seller},
		(struct product_id){l->product}, clock_now());
	return true;
}

TEST(a_view_that_was_on_its_way_does_not_enter)
{
	begin();
	const char *path = product_of_supplier();
	struct late l = {.seller = viewer_now().company};

	CHECK(id_parse(str_of(path + 9), &l.product));
	sign_in("both");
	l.who = viewer_now();
	struct arena *a = arena_make(1 << 20);
	struct write_unit u = {.viewer = l.who,
		.purposes = BIT(PURPOSE_SELLER_LEADS) | BIT(PURPOSE_PUBLIC),
		.arena = a,
		.apply = late_view,
		.ctx = &l};

	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	CHECK_INT(1, l.rows); /* while the switch is on */
	press_switch("seller_leads");
	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	CHECK_INT(0, l.rows);
	arena_free(a);
}

/* ---- a consent does not stand for ever ---- */

static size_t expire_all(void)
{
	size_t runs = 1;

	while (choice_expirer.run(journey.store, &choice_expirer, journey.arena))
		runs++;
	return runs;
}

static bool shown_as(const char *what)
{
	get("/account/privacy/history");
	want(200);
	return str_find(journey.body, str_of(what)) != (size_t)-1;
}

TEST(a_consent_is_asked_again_after_its_time)
{
	begin();
	sign_in("both");
	press_switch("marketing");
	expire_all();
	CHECK(shown_as("agreed"));
	CHECK(!shown_as("expired"));
	str event = between("/account/privacy/history/", "\"");

	get("/account/privacy/history/" STR_FMT "/receipt", STR_ARG(event));
	want(200);
	has("\"region\":\"eea\"");
	has("\"valid_until\":\"20");
	clock_shift(clock_shifted() + INT64_C(760) * DAY_US); /* P25M is 761 days */
	expire_all();
	sign_in("both");
	CHECK(!shown_as("expired"));
	clock_shift(clock_shifted() + 3 * DAY_US);
	expire_all();
	sign_in("both");
	CHECK(shown_as("expired"));
	get("/account/privacy");
	has("Some of your consents are no longer used");
	expire_all();
	press_switch("marketing"); /* and agreed to anew */
	CHECK(shown_as("agreed again"));
	clock_shift(0);
}

TEST(decisions_stay_with_the_words_that_were_shown)
{
	begin();
	sign_in("operator");
	get("/account/privacy/history");
	has("You have decided nothing yet");
	sign_in("buyer");
	get("/account/privacy");
	want(200);
	has("Offers and news by mail");
	has("buyer@kontor.example");
	has("Report an error");
	press_switch("marketing");
	follow();
	has("Switched on: Offers and news by mail");
	press_switch("marketing");
	get("/account/privacy/history");
	has("withdrawn");
	has("agreed");
	str event = between("/account/privacy/history/", "\"");
	get("/account/privacy/history/" STR_FMT, STR_ARG(event));
	want(200);
	has("The words you saw");
	has("You can withdraw at any time");
	get("/account/privacy/history/" STR_FMT "/receipt", STR_ARG(event));
	want(200);
	CHECK_TEXT("ISO/IEC TS 27560:2023", json_str_at("schema_version"));
	CHECK_TEXT("marketing", json_str_at("purposes.0.purpose"));
	CHECK_TEXT("A6-1-a", json_str_at("purposes.0.lawful_basis"));
	CHECK_TEXT("withdrawn", json_str_at("event.event_state"));
	CHECK_TEXT("en", json_str_at("privacy_notice.language"));
	CHECK(json_str_at("privacy_notice.digest").n == 64);
	CHECK(json_str_at("purposes.0.jurisdiction").n == 2);
	CHECK(json_str_at("pii_controllers.0.name").n > 0);
	CHECK_TEXT(event.p, json_str_at("record_id"));

	sign_in("supplier"); /* not for anybody else */
	get("/account/privacy/history/" STR_FMT, STR_ARG(event));
	want(404);
	get("/account/privacy/history/" STR_FMT "/receipt", STR_ARG(event));
	want(404);

	as("buyer"); /* words that were never shown are not agreed to */
	post("/account/privacy/marketing",
		"seen=0000000000000000000000000000000000000000000000000000000000000000&on=1");
	want(409);
	post("/account/privacy/marketing", "on=1");
	want(422);
	post("/account/privacy/trade",
		"seen=0000000000000000000000000000000000000000000000000000000000000000&on=0");
	want(404);
	as("nobody");
	get("/account/privacy");
	want(303);
	journey_end();
}

/* ---- any order of decisions ------------------------------------------------------------------ */

enum { PEOPLE = 6, ROUNDS = 400, PURPOSES = 3 };
static const char *const decided[PURPOSES] = {"marketing", "seller_leads", "personalisation"};
static const enum consent_state consents[] = {CONSENT_STATE_GIVEN, CONSENT_STATE_RENEWED,
	CONSENT_STATE_REFUSED, CONSENT_STATE_WITHDRAWN, CONSENT_STATE_EXPIRED,
	CONSENT_STATE_OBJECTED};
static const enum consent_state objections[] = {CONSENT_STATE_OBJECTED, CONSENT_STATE_RESUMED,
	CONSENT_STATE_ACCEPTED, CONSENT_STATE_OVERRIDDEN};

static struct someone {
	int64_t id;
	int state[PURPOSES]; /* the model: the last decision */
	bool erased, restricted;
} people[PEOPLE];
struct turn {
	struct someone *who;
	int purpose, act; /* act 0: decide, 1: restrict or lift, 2: erase */
	enum consent_state state;
};

static bool born(struct db *db, void *ctx)
{
	struct someone *p = ctx;
	str mail = str_fmt(db->arena, "p%lld@kontor.test", (long long)p->id);
	struct person_name name = {S("MARKER Person")};
	struct person_email email = {mail};
	struct person_phone phone = {0};
	struct person_work work = {0};

	return signup_person(db, (struct person_id){p->id}, &name, &email, mail, &phone, &work,
		       S("en"), (int64_t)choice_mask_new(db_policy(db)), clock_now()) == 1 &&
	       signin_confirm(db, (struct person_id){p->id}, clock_now()) == 1;
}

static bool sneaked(struct db *db, void *ctx)
{
	struct someone *p = ctx;
	str mail = str_fmt(db->arena, "p%lld@kontor.test", (long long)p->id);
	struct person_name name = {S("X")};
	struct person_email email = {mail};
	struct person_phone phone = {0};
	struct person_work work = {0};

	return signup_person(db, (struct person_id){p->id}, &name, &email, mail, &phone, &work,
		       S("en"), (int64_t)BIT(PURPOSE_MARKETING), clock_now()) == 1;
}

static bool act(struct db *db, void *ctx)
{
	const struct turn *t = ctx;

	switch (t->act) {
	case 0:
		choice_make(db, &(struct choosing){.person = t->who->id,
					.purpose = str_of(decided[t->purpose]),
					.state = t->state,
					.method = CONSENT_METHOD_ACCOUNT,
					.locale = &locales[0]});
		return true;
	case 1:
		db_subject_state(db, t->who->id,
			t->who->restricted ? SUBJECT_ACTIVE : SUBJECT_RESTRICTED, false);
		choice_mask_refresh(db, t->who->id, !t->who->restricted);
		return true;
	default:
		choice_mask_refresh(db, t->who->id, true);
		db_erase_subject(db, t->who->id);
		return true;
	}
}

static enum write_result does(bool (*apply)(struct db *, void *), void *ctx, struct viewer v)
{
	struct arena *a = arena_make(8 << 20);
	struct write_unit u = {.viewer = v,
		.purposes = BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_SIGNIN),
		.arena = a,
		.apply = apply,
		.ctx = ctx};
	enum write_result w = store_write_wait(journey.store, &u);

	if (w == WRITE_FAULTED)
		printf("# %s\n", u.fault.what);
	arena_free(a);
	return w;
}

static bool model_stands(const struct someone *p, int purpose)
{
	const struct policy *m = store_policy(journey.store);
	const struct policy_purpose *u = policy_purpose(m, str_of(decided[purpose]));

	return !p->erased && !p->restricted && choice_stands(u, p->state[purpose]);
}

/* The state of each purpose by reading the whole ledger again, oldest last. */
static int folded(struct db *db, const struct someone *p, int purpose)
{
	struct consent_event_id before = {INT64_MAX};

	for (;;) {
		struct choice_events_rows v = choice_events(db, (struct person_id){p->id}, before);

		for (size_t i = 0; i < v.n; i++)
			if (str_eq(v.v[i].purpose, str_of(decided[purpose])))
				return (int)v.v[i].state;
		if (v.n < 100)
			return 0;
		before = v.v[v.n - 1].id;
	}
}

/* What the newest row commits to is its record; of an erased person the commitment alone is left.
 */
static void committed(const struct someone *p, struct arena *a)
{
	struct db db;
	struct choice_event_row e = {0};
	struct choice_commitment_row c = {0};

	store_read_begin(journey.store, &db, a,
		(struct viewer){.person = 1, .roles = BIT(ROLE_OFFICER)},
		BIT(PURPOSE_CHOICES) | BIT(PURPOSE_AUDIT));
	struct choice_events_rows v =
		choice_events(&db, (struct person_id){p->id}, (struct consent_event_id){INT64_MAX});

	if (v.n && choice_event(&db, v.v[0].id, &e) && choice_commitment(&db, e.id, &c)) {
		struct digest d = digest_of(consent_event_record_pack(a, &e.record));

		CHECK_INT(sizeof d.b, c.commitment.n);
		if (p->erased)
			CHECK(!e.record.content.n);
		else if (!p->restricted)
			CHECK(str_eq(c.commitment, (str){(const char *)d.b, sizeof d.b}));
	}
	store_read_end(&db);
}

static void compare(const struct someone *p)
{
	struct arena *a = arena_make(16 << 20);
	struct db db;
	struct choice_mask_row m = {0};
	struct choice_one_row now;

	store_read_begin(journey.store, &db, a,
		(struct viewer){.person = 1, .roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_CHOICES));
	CHECK(choice_mask(&db, (struct person_id){p->id}, &m));
	for (int k = 0; k < PURPOSES; k++) {
		const struct policy_purpose *u =
			policy_purpose(store_policy(journey.store), str_of(decided[k]));

		memset(&now, 0, sizeof now);
		(void)!choice_one(&db, (struct person_id){p->id}, u->name, &now);
		CHECK_INT(p->state[k], now.state);
		CHECK_INT(p->state[k], folded(&db, p, k));
		CHECK_INT(model_stands(p, k), ((uint64_t)m.mask & BIT(u->bit)) != 0);
		CHECK_INT(model_stands(p, k), choice_allows(&db, p->id, u->bit));
	}
	CHECK(choice_allows(&db, p->id, PURPOSE_TRADE));
	store_read_end(&db);
	committed(p, a);

	bool found = false;
	store_read_begin(journey.store, &db, a, (struct viewer){.roles = BIT(ROLE_MARKETER)},
		BIT(PURPOSE_MARKETING));
	struct newsletter_audience_rows v = newsletter_audience(&db, (struct person_id){0});
	for (size_t i = 0; i < v.n; i++)
		found |= v.v[i].id.v == p->id;
	CHECK_INT(model_stands(p, 0), found);
	store_read_end(&db);
	arena_free(a);
}

static uint64_t seed;
static uint64_t draw(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

TEST(any_order_of_decisions_leaves_what_the_ledger_says)
{
	journey_store();
	const char *fixed = getenv("SEED");
	random_bytes(&seed, sizeof seed);
	seed = fixed ? strtoull(fixed, NULL, 0) : seed;
	printf("# SEED=%llu\n", (unsigned long long)seed);
	memset(people, 0, sizeof people);
	for (int i = 0; i < PEOPLE; i++) {
		people[i].id = id_make();
		CHECK_INT(WRITE_DONE,
			does(born, &people[i], (struct viewer){.roles = BIT(ROLE_VISITOR)}));
		compare(&people[i]);
	}
	struct someone sneak = {.id = id_make()}; /* nobody is born having agreed */
	CHECK_INT(
		WRITE_REFUSED, does(sneaked, &sneak, (struct viewer){.roles = BIT(ROLE_VISITOR)}));

	for (int i = 0; i < ROUNDS; i++) {
		struct someone *p = &people[draw(PEOPLE)];
		struct turn t = {.who = p, .purpose = (int)draw(PURPOSES)};
		uint64_t what = draw(100);

		if (p->erased)
			continue;
		t.act = what == 0 && i > ROUNDS / 4 ? 2 : what < 10 ? 1 : 0;
		t.state = t.purpose == 1 ? objections[draw(COUNT(objections))]
					 : consents[draw(COUNT(consents))];
		CHECK_INT(WRITE_DONE,
			does(act, &t, (struct viewer){.person = p->id, .roles = BIT(ROLE_PERSON)}));
		if (t.act == 0)
			p->state[t.purpose] = (int)t.state;
		if (t.act == 1)
			p->restricted = !p->restricted;
		if (t.act == 2)
			p->erased = true;
		compare(p);
	}
	for (int i = 0; i < PEOPLE; i++)
		compare(&people[i]);

	/* Nobody decides for somebody else, and nobody writes the ledger without standing in it. */
	struct turn t = {.who = &people[0], .purpose = 0, .state = CONSENT_STATE_GIVEN};
	if (!people[0].erased)
		CHECK(does(act, &t,
			      (struct viewer){.person = people[1].id, .roles = BIT(ROLE_PERSON)}) !=
			WRITE_DONE);
	compare(&people[0]);
	store_close(journey.store);
	nftw(journey.dir, journey_remove, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(journey.arena);
}

/* English words of purposes are the policy's own. */
TEST(the_words_of_purposes_are_the_policys)
{
	journey_store();
	const struct policy *p = store_policy(journey.store);

	for (size_t i = 0; i < p->purposes_n; i++) {
		int msg = msg_of(str_fmt(
			journey.arena, "choice.why." STR_FMT, STR_ARG(p->purposes[i].name)));

		if (!msg)
			TEST_FAIL("lang/ has no choice.why." STR_FMT, STR_ARG(p->purposes[i].name));
		else
			CHECK_TEXT(str_dup(journey.arena, p->purposes[i].why).p,
				msg_template(&locales[0], msg));
	}
	store_close(journey.store);
	nftw(journey.dir, journey_remove, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(journey.arena);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
