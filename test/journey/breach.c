/* A breach: whom it touches, by table, by key, by a member of the staff; the 72 hours; the
 * notices. */
#include "world.h"

#include "gen/breach.sql.h"

extern const struct job breach_job; /* breach.h draws pages: its struct stat is not that of ftw.h */

static void begin(void)
{
	demo_begin();
	enter("operator@kontor.example", DEMO_PASSWORD);
}

static void count(void)
{
	struct arena *a = arena_make((size_t)64 << 20);

	breach_job.run(journey.store, &breach_job, a);
	arena_free(a);
}

static int64_t people_of(str at)
{
	struct db db;
	struct breach_one_row b = {0};
	int64_t id;

	MUST(id_parse(str_sub(at, strlen("/desk/breaches/"), 13), &id));
	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_AUDITOR)}, BIT(PURPOSE_INCIDENT));
	CHECK(breach_one(&db, (struct breach_id){id}, &b));
	store_read_end(&db);
	return b.people;
}

static str breach_of(const char *scope)
{
	post("/desk/breaches",
		"found=" STR_FMT "&from=" STR_FMT "&until=" STR_FMT "&nature=Stolen+disk%s",
		STR_ARG(day_from_now(0)), STR_ARG(day_from_now(-3)), STR_ARG(day_from_now(1)),
		scope);
	want(303);
	str at = location();

	count();
	return at;
}

TEST(whom_a_breach_touches)
{
	begin();
	get("/desk/breaches");
	want(200);
	has("No breach is on record");
	post("/desk/breaches", "found=" STR_FMT "&from=" STR_FMT "&until=" STR_FMT "&nature=x",
		STR_ARG(day_from_now(0)), STR_ARG(day_from_now(-3)), STR_ARG(day_from_now(1)));
	want(422); /* nothing said of what lay open */
	post("/desk/breaches",
		"found=" STR_FMT "&from=" STR_FMT "&until=" STR_FMT "&nature=x&tables=nonsense",
		STR_ARG(day_from_now(0)), STR_ARG(day_from_now(-3)), STR_ARG(day_from_now(1)));
	want(422);

	str at = breach_of("&tables=person");
	int64_t people = people_of(at);

	CHECK_INT(rows("select count(*) from r_person"), people);
	CHECK(people > 50);
	get("%s", at.p);
	want(200);
	has("E-mail address");
	has("Stolen disk");
	has("left to tell the authority");
	CHECK_INT(people, rows("select count(*) from r_breach_person"));

	/* by way of another table, and none that were made later than the window */
	str orders = breach_of("&tables=orders");

	CHECK_INT(rows("select count(distinct placed_by) from r_orders"), people_of(orders));
	int64_t order = rows("select max(id) from r_orders where consignee is not null");
	str one = breach_of(
		str_fmt(journey.arena, "&key=" STR_FMT, STR_ARG(id_text(journey.arena, order))).p);

	CHECK_INT(1, people_of(one));
	journey_end();
}

TEST(who_is_told_and_when)
{
	begin();
	str at = breach_of("&tables=address"), to;
	str all = breach_of("&tables=person");

	(void)at;
	to = str_cat(journey.arena, all, S("/people"));
	post(to.p, "x=");
	want(409); /* nothing to tell them yet */
	post(all.p, "nature=A+disk+was+stolen&effects=Others+may+know+your+name&measures=Keys+were+"
		    "changed");
	want(303);
	post(str_cat(journey.arena, all, S("/authority")).p, "x=");
	want(303);
	post(str_cat(journey.arena, all, S("/authority")).p, "x=");
	want(409);
	get("%s", all.p);
	has("The authority was told on");
	int64_t before = rows("select count(*) from r_outbox where kind = 'breach_notice'");

	post(to.p, "x=");
	want(303);
	CHECK_INT(0, before);
	CHECK_INT(
		people_of(all), rows("select count(*) from r_outbox where kind = 'breach_notice'"));
	post(to.p, "x=");
	CHECK_INT(
		people_of(all), rows("select count(*) from r_outbox where kind = 'breach_notice'"));

	/* three days later it is late */
	str late = breach_of("&tables=company_logo");

	clock_shift(4 * DAY_US);
	get("%s", late.p);
	has("over the 72 hours");
	has("Reasons for the delay");
	clock_shift(0);
	journey_end();
}

int main(void)
{
	return test_main();
}
