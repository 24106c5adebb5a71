/* What is counted in memory (visits, refusals, reads of personal columns) and has no turn to be
 * written, since another server has it, waits and is written in the next one, once. */
#include "test/journey/world.h"

#include "market/desk/visits.h"
#include "market/rights/audit.h"

static const char company[] =
	"insert into r_company (id, slug, name, legal_form, country, sole_trader, state, sells, "
	"buys, currency, locale, created_at, activated_at) values (1, 'nord', 'Nord GmbH', 'GmbH', "
	"'DE', "
	"0, 2, 1, 1, 'EUR', 'en', 1, 1)";

enum { VIEWS = 3 };

static void looked_at(void)
{
	str path = str_fmt(
		journey.arena, "/company/" STR_FMT "/offers", STR_ARG(id_text(journey.arena, 1)));

	for (int i = 0; i < VIEWS; i++) {
		get("%s?before=%d", path.p, i); /* each another page, none is kept */
		want(200);
		post_bare("/sign-in", "%s", "email=a@kontor.example&password=wrong"); /* no token */
		want(403);
	}
}

/* Each of the three, as it is written. */
static int64_t views(void)
{
	return rows("select coalesce(sum(n), 0) from r_visit_figure where kind = 1 and period > 0");
}

static int64_t refusals(void)
{
	return rows("select coalesce(sum(tries), 0) from r_refused");
}

static int64_t reads(void)
{
	return rows("select coalesce(sum(calls), 0) from r_read_count where tab = 'company' and "
		    "col = 'name'");
}

static void written(void)
{
	job_through(&visits_job);
	job_through(&audit_job);
}

TEST(what_had_no_turn_is_written_in_the_next)
{
	world_begin();
	change(company);
	looked_at();
	PGconn *other = rows_connect(rows_name().p);

	pq.PQclear(rows_run(other, "select pg_advisory_lock(x'6b6f6e75'::int)"));
	written();
	CHECK_INT(0, views() + refusals() + reads());
	looked_at(); /* counted meanwhile */
	pq.PQfinish(other);
	written();
	written();
	CHECK_INT(2 * VIEWS, views());
	CHECK_INT(2 * VIEWS, refusals());
	CHECK_INT(2 * VIEWS, reads());
	written();
	CHECK_INT(2 * VIEWS, views());
	CHECK_INT(2 * VIEWS, reads());
	journey_end();
}

int main(void)
{
	return test_main();
}
