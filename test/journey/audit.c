/* Staff looks at a person's data for a reason that is written down before; the report finds who
 * looks too often; reads are counted by purpose, role and column. */
#include "world.h"

#include "gen/audit.sql.h"

extern const struct job audit_job; /* audit.h draws pages: its struct stat is not that of ftw.h */

#define BUYER "buyer@kontor.example"

static void begin(void)
{
	demo_begin();
	enter("operator@kontor.example", DEMO_PASSWORD);
}

TEST(a_reason_comes_before_the_data)
{
	begin();
	get("/desk/people");
	want(200);
	post("/desk/people", "email=nobody@nowhere.example");
	want(422);
	has("No account has this address");
	post("/desk/people", "email=" BUYER);
	want(303);
	str at = location();

	REQUIRE(at.n);
	get("%s", at.p);
	want(200);
	has("Why do you need");
	lacks(BUYER);
	post(at.p, "reason=short");
	want(422);
	get("%s", at.p);
	lacks(BUYER);
	post(at.p, "reason=asked+by+telephone+about+order+1042");
	want(303);
	get("%s", at.p);
	want(200);
	has(BUYER);
	get("/desk/audit");
	want(200);
	has("Looks of staff");

	/* the person sees that somebody looked, not who and why */
	enter(BUYER, DEMO_PASSWORD);
	get("/account/disclosures");
	want(200);
	lacks("Nobody of the staff looked");
	lacks("1042");
	get("%s", at.p);
	want(403);

	/* a quarter of an hour later it is closed again */
	clock_shift(20 * 60 * SECOND_US);
	job_through(&audit_job);
	as("operator@kontor.example");
	get("%s", at.p);
	want(200);
	lacks(BUYER);
	clock_shift(0);
	journey_end();
}

/* ---- a planted misuse: five hundred people in one night ---- */

struct misuse {
	int64_t staff, first;
	instant at;
};

static bool misuse_apply(struct db *db, void *ctx)
{
	struct misuse *m = ctx;

	for (int i = 0; i < 500; i++) {
		struct read_event_content c = {
			.salt = chain_salt(db->arena), .reason = S("for a friend")};

		MUST(audit_look(db, (struct read_event_id){id_make()}, (struct person_id){m->staff},
			     (struct person_id){m->first + i}, instant_add(m->at, i * SECOND_US),
			     &c,
			     chain_commitment(db->arena, read_event_content_pack(db->arena, &c))) ==
			1);
	}
	return true;
}

static void nothing(struct write_unit *u, enum write_result r)
{
	(void)u, (void)r;
}

TEST(a_misuse_by_night_is_found)
{
	begin();
	post("/desk/people", "email=" BUYER);
	str at = location();
	struct audit_person_find_row staff;
	struct db db;

	/* usual work: one look by day */
	post(at.p, "reason=asked+by+telephone+about+order+1042");
	want(303);
	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_OPERATOR)}, BIT(PURPOSE_DESK));
	REQUIRE(audit_person_find(&db, S("operator@kontor.example"), &staff));
	store_read_end(&db);
	instant today = {clock_now().us - clock_now().us % DAY_US};
	struct misuse m = {
		staff.id.v, 77000, instant_add(today, 2 * 3600 * SECOND_US - 3 * DAY_US)};
	struct write_unit u = {.viewer = {.person = staff.id.v, .roles = BIT(ROLE_OPERATOR)},
		.purposes = BIT(PURPOSE_SUPPORT),
		.arena = journey.arena,
		.apply = misuse_apply,
		.done = nothing,
		.ctx = &m};

	get("/desk/audit");
	lacks("stands out");
	CHECK_INT(WRITE_DONE, store_write_wait(journey.store, &u));
	get("/desk/audit");
	want(200);
	has("One line stands out");
	has("Many people");
	has("At night");
	has(">500<");
	str iso = instant_iso(journey.arena, m.at);

	get("/desk/audit/" STR_FMT "?from=%.10s", STR_ARG(id_text(journey.arena, staff.id.v)),
		iso.p);
	want(200);
	has("for a friend");
	/* nobody writes looks in somebody else's name */
	m.staff++;
	CHECK(store_write_wait(journey.store, &u) != WRITE_DONE);
	journey_end();
}

TEST(reads_are_counted_by_column)
{
	begin();
	job_through(&audit_job);
	enter(BUYER, DEMO_PASSWORD);
	for (int i = 0; i < 7; i++)
		get("/account");
	job_through(&audit_job);
	as("operator@kontor.example");
	get("/desk/audit");
	want(200);
	has("person.name");
	has("person.phone");
	lacks("orders.number");
	struct db db;
	int64_t calls = 0;

	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_AUDITOR)}, BIT(PURPOSE_AUDIT));
	struct audit_counts_rows v = audit_counts(
		&db, instant_add(clock_now(), -DAY_US), instant_add(clock_now(), DAY_US));

	for (size_t i = 0; i < v.n; i++)
		if (str_eq(v.v[i].tab, S("person")) && str_eq(v.v[i].col, S("phone")) &&
			str_eq(v.v[i].purpose, S("account")))
			calls += v.v[i].calls;
	store_read_end(&db);
	CHECK(calls >= 7);
	journey_end();
}

/* Whoever tries doors: refused, written down without what was asked for, and found. */
TEST(what_is_refused_is_written_down_and_stands_out)
{
	begin();
	enter(BUYER, DEMO_PASSWORD);
	get("/product/0000000000001");
	want(404); /* a page for everybody: nobody's data */
	job_through(&audit_job);
	as("operator@kontor.example");
	get("/desk/audit");
	has("Nobody was refused anything");
	as(BUYER);
	for (int i = 0; i < 31; i++) {
		get("/order/%s", id_text(journey.arena, 4711 + i).p);
		want(404);
	}
	get("/desk/audit");
	want(403);
	as("nobody");
	get("/rights/0000000000001"); /* not with a good signature */
	want(403);
	job_through(&audit_job);
	job_through(&audit_job); /* nothing twice */
	as("operator@kontor.example");
	get("/desk/audit");
	want(200);
	has("2 lines stand out");
	has("Many refusals");
	has(">31<");
	has("/order/{order}");
	has("/desk/audit</code>");
	has("Nobody signed in");
	lacks(id_text(journey.arena, 4711).p);
	as(BUYER); /* who is told of in it reads it too */
	get("/account/data?table=refused");
	want(200);
	has("/order/{order}");
	journey_end();
}

int main(void)
{
	return test_main();
}
