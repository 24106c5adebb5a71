/* Reports for third parties: made by a job from the tally, small figures left out, paid from a
 * budget, handed over through the log. */
#include "world.h"

extern const struct job tally_job, aggregate_job; /* aggregate.h draws pages */

#define DESK "/desk/aggregates"
#define OFFICER "operator@kontor.example"

#define TALLY "insert into r_tally (id, report, period, line, col, company_id, n, amount, at) "

static int64_t year, quarter; /* the last that is over */

static void begin(void)
{
	demo_begin();
	enter(OFFICER, DEMO_PASSWORD);
	struct civil c = civil_of(clock_now());

	quarter = (c.month - 1) / 3;
	year = quarter ? c.year : c.year - 1;
	quarter = quarter ? quarter : 4;
}

static int ask(const char *report, int64_t epsilon)
{
	return post(DESK,
		"report=%s&recipient=trade_statistics&year=%lld&quarter=%lld&epsilon=%lld", report,
		(long long)year, (long long)quarter, (long long)epsilon);
}

/* Companies for the tally, as if the histories had been long: 30 of one cell, 9 of another, and one
 * that dominates a third. */
static void planted(void)
{
	change(str_fmt(journey.arena,
		"delete from r_tally; "
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < 30), c "
		"(k, "
		"id) as (select row_number() over (order by id), id from r_company) " TALLY
		"select 1000 + i, 2, %lld, 'metals', 'under_50', c.id, 1, 0, 1 "
		"from n join c on c.k = i where i <= 30 union all "
		"select 2000 + i, 2, %lld, 'metals', 'under_10', c.id, 1, 0, 1 from n join c on "
		"c.k = "
		"i where i <= 9 union all "
		"select 3000 + i, 2, %lld, 'food', 'under_50', c.id, 1, 0, 1 from n join c on c.k "
		"= i "
		"where i <= 25 union all "
		"select 4000 + i, 2, %lld, 'food', 'under_10', c.id, 1, 0, 1 from n join c on c.k "
		"= i "
		"where i <= 28;",
		(long long)(year * 4 + quarter - 1), (long long)(year * 4 + quarter - 1),
		(long long)(year * 4 + quarter - 1), (long long)(year * 4 + quarter - 1))
			.p);
}

/* Orders so long that a piece ends in the middle of one. */
static void lengthened(void)
{
	change("with recursive n (i) as (select 1 union all select i + 1 from n where i < 180) "
	       "insert into r_order_line select (select min(id) from r_order_line) - "
	       "row_number() over (order by l.id, i), l.order_id, l.buyer_id, l.seller_id, "
	       "l.line_no + 10 * i, l.offer_id, l.sku, l.title, l.unit, l.quantity, "
	       "l.confirmed, l.shipped, l.reserved, l.unit_micro, l.currency, l.net_minor, "
	       "l.lead_days from n cross join r_order_line l where l.line_no = 1 and l.order_id in "
	       "(select id from r_orders order by id limit 12);");
}

TEST(the_tally_counts_what_happened)
{
	begin();
	lengthened();
	CHECK(rows("select count(*) from r_order_line l where l.order_id in (select id from "
		   "r_orders order by id limit 12)") > 2000);
	job_through(&tally_job);
	CHECK_INT(rows("select count(*) from r_company_event where event = 1"),
		rows("select sum(n) from r_tally where report = 2"));
	CHECK_INT(rows("select count(*) from r_order_event e join r_order_line l on l.order_id = "
		       "e.order_id where e.event = 1"),
		rows("select sum(n) from r_tally where report = 4"));
	int64_t before = rows("select count(*) from r_tally");

	job_through(&tally_job);
	CHECK_INT(before, rows("select count(*) from r_tally")); /* nothing twice */
	CHECK(before > 100);
	journey_end();
}

TEST(small_figures_are_left_out_and_what_is_shown_is_paid_for)
{
	begin();
	get(DESK);
	want(200);
	has("No report was made yet");
	planted();
	ask("registrations", 1000000);
	want(303);
	str at = location();

	get("%s", at.p);
	has("being made");
	post(str_cat(journey.arena, at, S("/hand")).p, "%s", "");
	want(409); /* not made yet */
	job_through(&aggregate_job);
	get("%s", at.p);
	want(200);
	has("Metals");
	has("1.00 of 3.00");
	/* nine companies: left out, and with them a second cell of the line and of the column */
	CHECK_INT(0, rows("select count(*) from r_aggregate_cell where line = 'metals' and col = "
			  "'under_10' and shown is not null"));
	CHECK_INT(0, rows("select count(*) from (select line_no, count(*) as n from "
			  "r_aggregate_cell where shown is null group by line_no) x where n = 1"));
	CHECK_INT(0, rows("select count(*) from (select col_no, count(*) as n from "
			  "r_aggregate_cell where shown is null group by col_no) x where n = 1"));
	CHECK(rows("select count(*) from r_aggregate_cell where shown is not null") > 0);
	CHECK_INT(0, rows("select count(*) from r_aggregate_cell where shown % 5 <> 0"));
	get("%s/file", at.p);
	want(409); /* the log comes first */
	post(str_cat(journey.arena, at, S("/hand")).p, "%s", "");
	want(303);
	CHECK_INT(1, rows("select count(*) from r_disclosure where purpose = 'aggregates' and "
			  "recipient = 'trade_statistics' and fields = 'aggregate_cell.shown'"));
	get("%s/file", at.p);
	want(200);
	has("line,column,value");
	has("\"food\"");
	post(str_cat(journey.arena, at, S("/hand")).p, "%s", "");
	want(409);
	journey_end();
}

TEST(a_budget_that_is_spent_is_not_filled_up)
{
	begin();
	planted();
	ask("registrations", 2000000);
	want(303);
	ask("orders", 900000);
	want(303);
	ask("prices", 200000);
	want(409);
	has("does not suffice");
	CHECK_INT(2900000, rows("select spent from r_aggregate_budget"));
	CHECK_INT(2, rows("select count(*) from r_aggregate"));
	ask("prices", 100000);
	want(303);
	ask("prices", 100000);
	want(409);
	/* what is refused costs nothing, and a quarter that is not over is refused */
	struct civil now = civil_of(clock_now());

	post(DESK, "report=prices&recipient=trade_statistics&year=%d&quarter=%d&epsilon=100000",
		now.year, (now.month - 1) / 3 + 1);
	want(422);
	post(DESK, "report=prices&recipient=adflow&year=%lld&quarter=%lld&epsilon=100000",
		(long long)year, (long long)quarter);
	want(422); /* declared for something else */
	CHECK_INT(3000000, rows("select sum(spent) from r_aggregate_budget"));
	journey_end();
}

TEST(prices_are_compared_with_the_quarter_before)
{
	begin();
	int64_t period = year * 4 + quarter - 1;

	/* 40 suppliers whose offers cost a tenth more, in one class of goods */
	change(str_fmt(journey.arena,
		"delete from r_tally; "
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < 40), c "
		"(k, "
		"id) as (select row_number() over (order by id), id from r_company) " TALLY
		"select 1000 + i, 3, %lld, 'Fasteners', 'o' || i, c.id, 2, "
		"20000000, 1 from n join c on c.k = i union all "
		"select 2000 + i, 3, %lld, 'Fasteners', 'o' || i, c.id, 4, 44000000, 1 from n join "
		"c "
		"on c.k = i;",
		(long long)period - 1, (long long)period)
			.p);
	CHECK(rows("select count(*) from r_tally") >= 60);
	ask("prices", 3000000);
	want(303);
	job_through(&aggregate_job);
	int64_t index = rows("select shown from r_aggregate_cell where line = 'Fasteners'");

	if (index < 95 || index > 120)
		TEST_FAIL("the index is %lld", (long long)index);
	get("%s", location().p);
	journey_end();
}

TEST(the_training_file_names_nobody)
{
	begin();
	int64_t period = year * 4 + quarter - 1;

	change(str_fmt(journey.arena,
		"delete from r_tally; "
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < 30), c "
		"(k, "
		"id) as (select row_number() over (order by id), id from r_company) " TALLY
		"select 1000 + i, 4, %lld, 'Fasteners|DE|metals|2-9|<1', 'n', "
		"c.id, 3, 0, 1 from n join c on c.k = i union all "
		"select 2000 + i, 4, %lld, 'Tools|FR|food|2-9|<1', 'n', c.id, 3, 0, 1 from n join "
		"c on "
		"c.k = i where i <= 9;",
		(long long)period, (long long)period)
			.p);
	ask("training", 1000000);
	want(303);
	str at = location();

	job_through(&aggregate_job);
	post(str_cat(journey.arena, at, S("/hand")).p, "%s", "");
	want(303);
	get("%s/file", at.p);
	want(200);
	CHECK(str_starts(journey.body, S("category,country,industry,pieces,price,orders\r\n")));
	has("\"Fasteners\",\"DE\",\"metals\",\"2-9\",\"<1\",");
	lacks("Tools"); /* nine companies: not even that there is such a line */
	lacks("company");
	lacks("_id");
	lacks("number");
	/* from a real history: every line of at least ten companies, none that names one */
	journey_end();
}

/* ---- who objects is left out ---- */

/* Is a line that ten companies have in it, one of them by this person? */
static bool counted(void)
{
	as(OFFICER);
	ask("training", 100000);
	want(303);
	job_through(&aggregate_job);
	return rows("select count(*) from r_aggregate_cell where aggregate_id = (select max(id) "
		    "from r_aggregate) and line like 'Fasteners%'") > 0;
}

static void objects(const char *purpose)
{
	as("buyer@kontor.example");
	get("/account/privacy/%s/object", purpose);
	want(200);
	post(str_fmt(journey.arena, "/account/privacy/%s/object", purpose).p,
		"text=My+orders+are+nobody%%27s+figures");
	want(303);
}

/* The grounds outweigh it: the use goes on. */
static void overridden(void)
{
	as(OFFICER);
	get("/desk/rights?kind=objection");
	const char *one = case_on_page();

	REQUIRE(one);
	post(str_fmt(journey.arena, "%s/refuse", one).p,
		"refusal=compelling&grounds=The+grounds+outweigh+it");
	want(303);
}

static void ten_companies(const char *last)
{
	change(str_fmt(journey.arena,
		"delete from r_tally; "
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < 10), c "
		"(k, id) as (select row_number() over (order by id), id from r_company where "
		"sole_trader = 0) " TALLY
		"select 1000 + i, 4, %lld, 'Fasteners|DE|metals|2-9|<1', 'n', c.id, 3, 0, 1 from n "
		"join c on c.k = i; %s",
		(long long)(year * 4 + quarter - 1), last)
			.p);
}

TEST(who_objects_is_left_out)
{
	begin();
	job_through(&tally_job);
	CHECK_INT(0, rows("select count(*) from r_tally where person_id is null"));
	CHECK_INT(rows("select count(*) from r_order_event e join r_order_line l on l.order_id = "
		       "e.order_id join r_orders o on o.id = e.order_id where e.event = 1 and "
		       "o.placed_by = (select max(placed_by) from r_orders)"),
		rows("select sum(n) from r_tally where report = 4 and person_id = (select "
		     "max(placed_by) from r_orders)"));
	enter("buyer@kontor.example", DEMO_PASSWORD);
	int64_t buyer = rows("select person_id from r_session order by id desc limit 1");
	const char *mine = str_fmt(journey.arena,
		"update r_tally set person_id = %lld where id = 1010", (long long)buyer)
				   .p;

	ten_companies(mine);
	CHECK(counted());
	objects("research"); /* nine are left: the line is not in it at all */
	CHECK(!counted());
	overridden();
	CHECK(counted());
	objects("aggregates");
	CHECK(!counted());
	overridden();
	CHECK(counted());
	/* who trades alone is the company, whoever ordered for it */
	ten_companies(str_fmt(journey.arena,
		"update r_company set sole_trader = 1, created_by = %lld where id = (select "
		"company_id from r_tally where id = 1010)",
		(long long)buyer)
			      .p);
	CHECK(counted());
	as("buyer@kontor.example");
	post("/account/privacy/restrict", "text=I+contest+that+my+data+is+right");
	want(303); /* no use goes on */
	CHECK(!counted());
	journey_end();
}

TEST(reports_are_the_officers_alone)
{
	begin();
	enter("buyer@kontor.example", DEMO_PASSWORD);
	get(DESK);
	want(403);
	ask("orders", 100000);
	want(403);
	journey_end();
}

int main(void)
{
	return test_main();
}
