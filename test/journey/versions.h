/* versions: a demonstration whose program stops and starts again with another policy. */
#ifndef KONTOR_TEST_VERSIONS_H
#define KONTOR_TEST_VERSIONS_H

#include "journey.h"

#include "gen/operator.sql.h"
#include "market/demo/demo.h"
#include "market/market.h"
#include "market/rights/privacy.h"

#include <sqlite3.h>

#define SETUP (BIT(PURPOSE_SETUP) | BIT(PURPOSE_PUBLIC))

static struct web_options versions_options;

JOURNEY_FN const struct policy *policy_with(const char *narrow)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(journey.arena, embedded_policy, embedded_policy_n, &e);
	struct policy_source file = {"narrow.yaml", str_of(narrow ? narrow : "")};

	MUST(p);
	if (!narrow)
		return p;
	p = policy_narrow(journey.arena, p, &file, &e);
	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(journey.arena, &e).p);
	return p;
}

/* The program stops and starts again with another policy; returns the version in force. */
JOURNEY_FN int64_t start_with(const char *narrow)
{
	const struct policy *p = policy_with(narrow);

	web_free(journey.web);
	store_close(journey.store);
	journey.store = store_open(&(struct store_options){.dir = journey.dir, .policy = p});
	versions_options = (struct web_options){.tables = market_routes};
	market_web(&versions_options, p);
	journey.web = web_make(journey.store, &versions_options);
	journey.browsers = NULL;
	as("visitor");
	return privacy_start(journey.store);
}

JOURNEY_FN void begin(void)
{
	journey_store();
	demo_fill(journey.store, NULL);
	market_web(&versions_options, store_policy(journey.store));
	versions_options.tables = market_routes;
	journey.web = web_make(journey.store, &versions_options);
	as("visitor");
}

JOURNEY_FN void sign_in(const char *email)
{
	as(email);
	get("/sign-in");
	want(200);
	post("/sign-in", "email=%s&password=" DEMO_PASSWORD, email);
	want(303);
}

JOURNEY_FN void read_as(struct db *db, struct viewer v, uint64_t purposes)
{
	store_read_begin(journey.store, db, journey.arena, v, purposes);
}

JOURNEY_FN struct person_id person_of(const char *email)
{
	struct operator_by_email_row row;
	struct person_id id = {0};
	struct db db;

	read_as(&db, (struct viewer){.roles = BIT(ROLE_SETUP)}, SETUP);
	if (operator_by_email(&db, str_of(email), &row))
		id = row.id;
	store_read_end(&db);
	CHECK(id.v);
	return id;
}

/* One number of the store's database; INT64_MIN: none. */
JOURNEY_FN int64_t rows(const char *sql)
{
	str path = str_fmt(journey.arena, "%s/data.db", journey.dir);
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t n = INT64_MIN;

	if (sqlite3_open_v2(path.p, &db, SQLITE_OPEN_READONLY, NULL) ||
		sqlite3_prepare_v2(db, sql, -1, &st, NULL))
		TEST_FAIL("%s: %s", sql, sqlite3_errmsg(db));
	else if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/* Whatever a job has to do now. */
JOURNEY_FN void job_through(const struct job *j)
{
	struct arena *a = arena_make((size_t)64 << 20);

	while (j->run(journey.store, j, a))
		arena_reset(a);
	arena_free(a);
}

/* What the form of a purpose on this page says of the words beside it. */
JOURNEY_FN str words_of(const char *page, const char *purpose)
{
	get("%s", page);
	want(200);
	size_t at = str_find(
		journey.body, str_fmt(journey.arena, "action=\"/account/privacy/%s\"", purpose));

	if (at == (size_t)-1) {
		TEST_FAIL("%s does not ask about %s", page, purpose);
		return S("");
	}
	journey.body = str_sub(journey.body, at, journey.body.n);
	return between("name=\"seen\" value=\"", "\"");
}

JOURNEY_FN void decide(const char *page, const char *purpose, bool yes)
{
	str seen = words_of(page, purpose);

	post(str_fmt(journey.arena, "/account/privacy/%s", purpose).p, "seen=" STR_FMT "&on=%d%s",
		STR_ARG(seen), yes, strcmp(page, "/account/policy") ? "" : "&asked=1");
	want(303);
}

#endif
