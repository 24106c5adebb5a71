/* The whole market with its demonstration, for tests that ask every route: begun once, with the
 * ids of things that exist and a path for each route. */
#ifndef KONTOR_TEST_SURFACE_H
#define KONTOR_TEST_SURFACE_H

#include "market/catalogue/picture.h"
#include "market/demo/demo.h"
#include "market/market.h"
#include "test/journey/index.h"

enum { PATH_BYTES_MAX = 512 };

static struct web_options options;

/* Ids of the demonstration, by the name of the path's parameter: found on its own pages. */
static struct {
	const char *name, *who, *page, *mark;
	char id[32];
} known[] = {
	{"order", "buyer", "/orders", "/order/", ""},
	{"offer", "supplier", "/offers", "/offers/", ""},
	{"product", "visitor", "/", "/product/", ""},
	{"category", "visitor", "/", "/category/", ""},
	{"company", "visitor", "/", "/company/", ""},
	{"seller", "visitor", "/", "/company/", ""},
	{"address", "both", "/account/addresses", "/account/addresses/", ""},
	{"currency", NULL, NULL, NULL, "EUR"},
	{"event", NULL, NULL, NULL, "cancel"},
	{"quote", "buyer", "/quotes", "/quote/", ""},
};

static void sign_in(const char *who)
{
	as(who);
	post("/sign-in", "email=%s%%40kontor.example&password=" DEMO_PASSWORD, who);
	want(303);
}

/* The first id of 13 characters behind the mark on the page at hand. */
static bool shown_id(const char *mark, char *to)
{
	str rest = journey.body;
	int64_t id;

	for (size_t at; (at = str_find(rest, str_of(mark))) != (size_t)-1;) {
		str found = str_sub(rest, at + strlen(mark), ID_TEXT_CHARS);

		if (id_parse(found, &id)) {
			snprintf(to, 32, STR_FMT, STR_ARG(found));
			return true;
		}
		rest = str_sub(rest, at + strlen(mark), rest.n);
	}
	return false;
}

static void begin(void)
{
	journey_store();
	market_web(&options, store_policy(journey.store));
	options.tables = market_routes;
	journey.peer = "127.0.0.1"; /* no limit by address */
	demo_fill(journey.store, NULL);
	journey_index();
	journey.web = web_make(journey.store, &options);
	as("visitor");
	sign_in("buyer");
	sign_in("supplier");
	sign_in("both");
	sign_in("operator");
	for (size_t i = 0; i < COUNT(known); i++)
		if (known[i].page) {
			as(known[i].who);
			get("%s", known[i].page);
			if (!shown_id(known[i].mark, known[i].id))
				TEST_FAIL("no %s on %s", known[i].name, known[i].page);
		}
}

/* The route's path with its parameters filled: those that exist, or an id that nothing has. */
static const char *path_of(const struct route *r, bool exists)
{
	static char path[PATH_BYTES_MAX];
	str rest = str_of(r->path);
	size_t n = 0;

	while (rest.n) {
		str head = str_cut(&rest, '{'), name;
		const char *value = "0000000000001";

		n += (size_t)snprintf(path + n, sizeof path - n, STR_FMT, STR_ARG(head));
		if (!rest.p)
			break;
		name = str_cut(&rest, '}');
		for (size_t i = 0; exists && i < COUNT(known); i++)
			if (str_eq(name, str_of(known[i].name)))
				value = known[i].id;
		n += (size_t)snprintf(path + n, sizeof path - n, "%s", value);
	}
	path[n] = 0;
	return path;
}

static void surface_end(void)
{
	search_close();
	journey_end();
}

static void whole_surface(void (*each)(const struct route *r))
{
	for (const struct route *const *t = options.tables; *t; t++)
		for (const struct route *r = *t; r->method; r++)
			each(r);
}

#endif
