/* What stands beside the fields when data is collected, and that it is kept who was told what. */
#include "gen/choice.sql.h"
#include "gen/served.sql.h"
#include "market/rights/rights.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

/* What this browser's person was told beside the form, {NULL, 0}: nothing; *n: how many wordings.
 */
static str told(const char *form, size_t *n)
{
	struct choice_notice_by_id_row w = {0};
	struct db db;

	store_read_begin(journey.store, &db, journey.arena, viewer_now(), BIT(PURPOSE_CHOICES));
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
	world_begin();
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

	world_begin();
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
