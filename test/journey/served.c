/* What stands beside the fields when data is collected, and that it is kept who was told what. */
#include "gen/choice.sql.h"
#include "gen/served.sql.h"
#include "market/market.h"
#include "market/rights/rights.h"
#include "test/journey/member.h"

static struct web_options options;

static void begin_market(void)
{
	journey_store();
	market_web(&options, store_policy(journey.store));
	options.tables = market_routes;
	journey.peer = "127.0.0.1";
	journey.web = web_make(journey.store, &options);
	as("visitor");
}

/* What this browser's person was told beside the form, {NULL, 0}: nothing; *n: how many wordings.
 */
static str told(const char *form, size_t *n)
{
	struct exchange *x = journey_exchange("GET", S("/"), NULL, 0);
	struct choice_notice_by_id_row w = {0};
	struct db db;

	(void)exchange_head(x);
	x->req.viewer.roles = BIT(ROLE_VISITOR);
	exchange_read(x, BIT(PURPOSE_SIGNIN));
	session_load(x);
	exchange_read_end(x);
	struct viewer v = x->req.viewer;
	x->status = 0;
	exchange_end(x);
	store_read_begin(journey.store, &db, journey.arena, v, BIT(PURPOSE_CHOICES));
	struct served_mine_rows rows = served_mine(&db);
	*n = 0;
	for (size_t i = 0; i < rows.n; i++)
		if (str_eq(rows.v[i].form, str_of(form)) &&
			choice_notice_by_id(&db, rows.v[i].notice_id, &w))
			++*n;
	store_read_end(&db);
	return w.text;
}

TEST(beside_each_personal_field_stands_why_it_is_asked)
{
	begin_market();
	get("/sign-up");
	want(200);
	has("you sign in with it");		      /* needed, and why */
	has("Optional: nothing else depends on it."); /* the telephone */
	has("Used for: Signing in, ");
	has("Everyone can see this."); /* the company's name */
	journey.language = "de";
	get("/sign-up");
	has("Warum?");
	has("Freiwillig: sonst hängt nichts davon ab.");
	journey.language = NULL;
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/account/company");
	has("What you publish here is public");
	get("/products/new");
	want(200);
	has("What you publish here is public");
	get("/account/addresses/new");
	has("Why?");
	journey_end();
}

TEST(who_was_told_what_is_kept)
{
	size_t n;

	begin_market();
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	str text = told("signup_form", &n);
	CHECK_INT(1, n);
	CHECK(str_find(text, S("you sign in with it")) != (size_t)-1);
	CHECK(str_find(text, S("Ingrid")) == (size_t)-1);
	CHECK(!told("account_form", &n).n);
	for (int i = 0; i < 3; i++) {
		post("/account", "name=Ingrid+Lund&locale=en");
		want(303);
	}
	CHECK(told("account_form", &n).n);
	CHECK_INT(1, n); /* the same words once */
	journey.language = "de";
	post("/account", "name=Ingrid+Lund&locale=en");
	want(303);
	journey.language = NULL;
	told("account_form", &n);
	CHECK_INT(2, n);
	post("/account", "name=I&locale=en"); /* refused: nothing was collected */
	want(422);
	told("password_form", &n);
	CHECK_INT(0, n);
	journey_end();
}

int main(void)
{
	return test_main();
}
