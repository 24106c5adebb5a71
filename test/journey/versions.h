/* versions: a demonstration whose program stops and starts again with another policy. */
#ifndef KONTOR_TEST_VERSIONS_H
#define KONTOR_TEST_VERSIONS_H

#include "world.h"

#include "gen/operator.sql.h"
#include "market/rights/privacy.h"

#define SETUP (BIT(PURPOSE_SETUP) | BIT(PURPOSE_PUBLIC))

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
	journey.browsers = NULL;
	world_serve();
	return privacy_start(journey.store);
}

JOURNEY_FN void sign_in(const char *email)
{
	enter(email, DEMO_PASSWORD);
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

JOURNEY_FN void decide(const char *page, const char *purpose, bool yes)
{
	struct world_switch s = switch_of(page, purpose);

	post(str_fmt(journey.arena, "/account/privacy/%s", purpose).p, "seen=" STR_FMT "&on=%d%s",
		STR_ARG(s.seen), yes, strcmp(page, "/account/policy") ? "" : "&asked=1");
	want(303);
}

#endif
