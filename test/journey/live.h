/* What tests of live events share: a buyer, a seller and a stranger over a real listener, and a
 * client that hears a stream. */
#ifndef KONTOR_TEST_LIVE_H
#define KONTOR_TEST_LIVE_H

#include "market/order/order.h"
#include "test/journey/member.h"
#include "test/journey/world.h"

#include "gen/demo.sql.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { HEARD_MS = 15000, QUIET_MS = 300 };

#define ID(x) (id_text(journey.arena, (x)).p)

static int64_t live_buyer, live_seller, live_offer;
static const char *live_address;
static char live_order[64]; /* its path */

static bool live_goods(struct db *db, void *ctx)
{
	struct category_id category = {id_make()};
	struct product_id product = {id_make_with(live_seller)};
	struct company_id seller = {live_seller};
	instant now = clock_now();

	(void)ctx;
	live_offer = id_make_with(live_seller);
	return demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, product, seller, category, (struct product_id){0}, (str){0},
		       S("M8-40"), S("m840"), S("Acme"), S("Hex bolt M8 x 40"), S("Steel"), S(""),
		       S("4006381333931"), S("731815"), S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){live_offer}, seller, product, S("B-840"),
		       OFFER_STATE_LIVE, (str){0}, S("EUR"), UNIT_PIECE, S("10:1000000"), 1000000,
		       10, 10, 3, 1000, 0, INCOTERM_EXW, S("Rotterdam"), S("NL"), now, 1) == 1;
}

/* Over the journey's store: `ann` buys, `sam` sells, `max` has nothing to do with them. Each comes
 * over a listener whose streams say that they are there after a second. */
static void live_world(void)
{
	struct arena *a = arena_make(1 << 24);
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION),
		.arena = a,
		.apply = live_goods};

	journey_store();
	world_options = (struct web_options){.tables = market_routes, .address = "127.0.0.1:0"};
	market_web(&world_options, store_policy(journey.store));
	world_options.beat_s = 1;
	journey.web = web_start(journey.store, &world_options);
	journey.peer = "127.0.0.1";
	live_buyer = founded("ann", "Nordwerk", "nordwerk", "ann@nordwerk.test");
	live_seller = founded("sam", "Suedwerk", "suedwerk", "sam@suedwerk.test");
	(void)founded("max", "Fremdwerk", "fremdwerk", "max@fremdwerk.test");
	if (store_write_wait(journey.store, &u) != WRITE_DONE)
		TEST_FAIL("goods: %s", u.fault.what);
	arena_free(a);
	as("ann");
	post("/account/addresses/new",
		"kind=delivery&country=DE&label=x&company=Nordwerk&street=Kai+1&postcode=20457&"
		"city=Hamburg");
	want(303);
	get("/account/addresses");
	live_address = strrchr(listed("addresses"), '/') + 1;
}

__attribute__((unused)) static void live_begin(void)
{
	if (!journey.store)
		live_world();
}

__attribute__((unused)) static void live_over(void)
{
	web_stop(journey.web);
	journey.web = NULL;
	journey_end();
}

/* Ann orders; the order's path stands in live_order. */
__attribute__((unused)) static void live_ordered(void)
{
	as("ann");
	post("/basket/add", "offer=%s&quantity=10", ID(live_offer));
	want(303);
	post(str_fmt(journey.arena, "/order/place/%s/EUR", ID(live_seller)).p,
		"address=%s&contact=Ann", live_address);
	want(303);
	snprintf(live_order, sizeof live_order, STR_FMT, STR_ARG(location()));
}

static const char *live_id(void)
{
	return strrchr(live_order, '/') + 1;
}

/* Sam confirms it. */
__attribute__((unused)) static void live_confirmed(void)
{
	as("sam");
	get("%s/confirm", live_order);
	want(200);
	post(str_fmt(journey.arena, "%s/confirm", live_order).p,
		"lines.0.line=" STR_FMT "&lines.0.quantity=10",
		STR_ARG(between("name=\"lines.0.line\" value=\"", "\"")));
	want(303);
}

/* ---- a client ---- */
struct listening {
	int fd;
	char text[1 << 14]; /* all that was heard */
	size_t n;
	bool over; /* the other side said so: the last chunk, or the connection's end */
};

/* Takes what comes within ms, at least until `text` is there; false: it is not. */
static bool live_hears(struct listening *l, const char *text, int ms)
{
	int64_t until = clock_mono_us() + ms * INT64_C(1000);

	while (!strstr(l->text, text) && !l->over) {
		int64_t left = (until - clock_mono_us()) / 1000;
		struct pollfd p = {.fd = l->fd, .events = POLLIN};

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			break;
		ssize_t n = recv(l->fd, l->text + l->n, sizeof l->text - 1 - l->n, 0);

		if (n <= 0)
			l->over = true;
		else
			l->n += (size_t)n;
		l->text[l->n] = 0;
		l->over |= strstr(l->text, "\r\n0\r\n\r\n") != NULL;
	}
	return strstr(l->text, text) != NULL;
}

/* What was heard so far is of no interest. */
__attribute__((unused)) static void live_forget(struct listening *l)
{
	l->n = 0;
	l->text[0] = 0;
}

/* This browser's stream at a server; `more`: header lines. Waits for the head of the answer. */
__attribute__((unused)) static void live_listen(
	struct listening *l, const struct web *web, const char *path, const char *more)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)web_port(web)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	str ask = str_fmt(journey.arena,
		"GET %s HTTP/1.1\r\nHost: kontor.test\r\nCookie: " STR_FMT "\r\n%s\r\n", path,
		STR_ARG(journey_cookies()), more);

	*l = (struct listening){.fd = socket(AF_INET, SOCK_STREAM, 0)};
	MUST(l->fd >= 0 && !connect(l->fd, (struct sockaddr *)&a, sizeof a));
	MUST(send(l->fd, ask.p, ask.n, MSG_NOSIGNAL) == (ssize_t)ask.n);
	(void)live_hears(l, "\r\n\r\n", HEARD_MS);
}

__attribute__((unused)) static int live_status(const struct listening *l)
{
	return l->n > 12 ? atoi(l->text + 9) : 0;
}

__attribute__((unused)) static void live_left(struct listening *l)
{
	close(l->fd);
}

/* "event: order", then the id as its address has it. */
__attribute__((unused)) static const char *live_event(const char *kind)
{
	return str_fmt(journey.arena, "\nevent: %s\ndata: %s\n\n", kind, live_id()).p;
}

__attribute__((unused)) static bool live_count(size_t n)
{
	for (int ms = 0; ms < HEARD_MS; ms += 10) {
		if (live_streams(journey.web->live) == n)
			return true;
		usleep(10000);
	}
	return false;
}

#endif
