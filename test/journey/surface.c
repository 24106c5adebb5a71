/* The whole surface: every route of the program, as every kind of viewer, with ids that exist and
 * ids that do not, rubbish in every field, no token and a stale one. Whatever is asked, the answer
 * is below 500, and a viewer without the role never gets past the door. */
#include "test/journey/surface.h"

static const char *const rubbish[] = {"", "rubbish", "-1", "99999999999999999999", "%FF%FE", "%00",
	"%27%22%3Cscript%3E", "0000000000001", "EUR", "2026-02-30", "1"};

/* Every field of the form with the same rubbish; files and rows are named too. */
static str body_of(const struct form *f, const char *value)
{
	str body = S("");

	for (size_t i = 0; f && i < f->fields_n; i++) {
		const struct field *d = &f->fields[i];

		if (d->kind != FIELD_ROWS)
			body = str_fmt(
				journey.arena, STR_FMT "%s=%s&", STR_ARG(body), d->name, value);
		for (size_t k = 0; d->kind == FIELD_ROWS && k < d->rows->fields_n; k++)
			body = str_fmt(journey.arena, STR_FMT "%s.0.%s=%s&", STR_ARG(body), d->name,
				d->rows->fields[k].name, value);
	}
	return str_fmt(journey.arena, STR_FMT "undeclared=1", STR_ARG(body));
}

static size_t asked, limited;

static void answered(const struct route *r, const char *how)
{
	asked++;
	limited += journey.status == 429;
	if (journey.status < 200 || journey.status >= 500) {
		TEST_FAIL("%s %s as %s with %s: %d", method_name(r->method), r->path,
			journey.now->name, how, journey.status);
		journey_show();
	}
}

/* Answers that a browser never signed in gets where a role is needed. */
static bool kept_out(int status)
{
	return status == 303 || status == 401 || status == 403 || status == 404;
}

static void ask(const struct route *r, bool exists, const char *value)
{
	str body = body_of(r->form, value);

	if (asked % 16 == 0 || r->rate == RATE_SIGNIN)
		forget_limits();
	if (r->method == GET) {
		get("%s%s%s", path_of(r, exists), r->form ? "?" : "", r->form ? body.p : "");
		answered(r, value);
		return;
	}
	post_bare(path_of(r, exists), "%s", body.p);
	answered(r, "no token");
	post_bare(path_of(r, exists), "%s&_token=stale&_key=AAAAAAAAAAAAAAAAAAAAAA", body.p);
	answered(r, "a stale token");
}

static void each_rubbish(const struct route *r)
{
	for (size_t i = 0; i < COUNT(rubbish); i++) {
		ask(r, true, rubbish[i]);
		ask(r, false, rubbish[i]);
	}
}

/* A signed message is no form: what is none is refused before anybody looks who sent it, and POST
 * is not DELETE. Forged ones are the matter of agent.c. */
static bool no_message(const struct route *r)
{
	return r->proof == PROOF_MESSAGE && (journey.status == 415 || journey.status == 405);
}

static void each_door(const struct route *r)
{
	if (r->who & BIT(ROLE_VISITOR))
		return;
	ask(r, true, "1");
	if (!kept_out(journey.status) && !no_message(r))
		TEST_FAIL("a visitor gets past %s: %d", r->path, journey.status);
}

static void each_staff_door(const struct route *r)
{
	if (r->who & ~(BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER)))
		return;
	ask(r, true, "1");
	if (!kept_out(journey.status))
		TEST_FAIL("%s gets past %s: %d", journey.now->name, r->path, journey.status);
}

/* What a page shows as a picture is there, and is what it says it is. */
TEST(pictures_of_the_demonstration_are_there)
{
	static const char *const sizes[] = {"small", "large"};
	char id[32];

	begin();
	as("visitor");
	get("/search?q=bearing");
	want(200);
	CHECK(shown_id("/picture/", id));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		get("/picture/%s/%s", id, sizes[i]);
		want(200);
		CHECK_TEXT("image/jpeg", header("Content-Type"));
		CHECK(str_starts(journey.body, S("\xff\xd8\xff")));
	}
	surface_end();
}

TEST(no_route_breaks_and_no_door_stands_open)
{
	static const char *const who[] = {"visitor", "buyer", "supplier", "both", "operator"};

	begin();
	for (size_t i = 0; i < COUNT(who); i++) {
		as(who[i]);
		whole_surface(each_rubbish);
	}
	as("stranger");
	whole_surface(each_door);
	as("buyer");
	whole_surface(each_staff_door);
	as("supplier");
	whole_surface(each_staff_door);
	printf("# %zu requests, %zu of them too many\n", asked, limited);
	CHECK(!limited);
	CHECK(asked > 5000);
	surface_end();
}

static json_t *described;
static size_t described_n;

static void each_described(const struct route *r)
{
	if (strncmp(r->path, "/api/", 5) != 0)
		return;
	json_t *path = json_object_get(json_object_get(described, "paths"), r->path);
	const char *method = r->method == GET ? "get" : r->method == POST ? "post" : "delete";

	described_n++;
	if (!json_object_get(path, method))
		TEST_FAIL("%s %s is not described", method, r->path);
}

/* What the API says of itself names each of its routes; OPENAPI_OUT keeps it for openapi.sh. */
TEST(the_whole_api_is_described)
{
	journey_store();
	market_web(&options, store_policy(journey.store));
	options.tables = market_routes;
	journey.web = web_make(journey.store, &options);
	as("visitor");
	get("/api/v1/openapi.json");
	want(200);
	described = json_at("");
	whole_surface(each_described);
	CHECK(described_n > 90);
	if (getenv("OPENAPI_OUT")) {
		FILE *f = fopen(getenv("OPENAPI_OUT"), "w");

		REQUIRE(f);
		fwrite(journey.body.p, 1, journey.body.n, f);
		fclose(f);
	}
	journey_end();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
