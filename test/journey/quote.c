/* Requests for quotation: both parties, strangers, wrong roles, bad input, the clock, and the order
 * that takes the quoted price. */
#include "market/quote/quote.h"
#include "market/order/order.h"
#include "market/rights/access.h"
#include "test/journey/marked.h"
#include "test/journey/member.h"
#include "test/journey/world.h"
#include "test/places.h"

#include "gen/demo.sql.h"

#define ID(x) (id_text(journey.arena, (x)).p)

static int64_t buyer, seller, stranger, offer;
static char path[64], api[64];

static bool goods(struct db *db, void *ctx)
{
	struct category_id category = {id_make()};
	struct product_id product = {id_make_with(seller)};
	instant now = clock_now();

	(void)ctx;
	offer = id_make_with(seller);
	return demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, product, (struct company_id){seller}, category,
		       (struct product_id){0}, (str){0}, S("M8-40"), S("m840"), S("Acme"),
		       S("Hex bolt M8 x 40"), S("Steel"), S(""), S("4006381333931"), S("731815"),
		       S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){offer}, (struct company_id){seller}, product,
		       S("B-840"), OFFER_STATE_LIVE, (str){0}, S("EUR"), UNIT_PIECE,
		       S("10:1000000 50:900000"), 1000000, 10, 10, 3, 1000, 0, INCOTERM_EXW,
		       S("Rotterdam"), S("NL"), now, 1) == 1;
}

static void world(void)
{
	struct arena *a = arena_make(1 << 24);
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION),
		.arena = a,
		.apply = goods};

	world_begin();
	buyer = founded("ann", "Nordwerk", "nordwerk", "ann@nordwerk.test");
	seller = founded("sam", "Suedwerk", "suedwerk", "sam@suedwerk.test");
	stranger = founded("max", "Fremdwerk", "fremdwerk", "max@fremdwerk.test");
	if (store_write_wait(journey.store, &u) != WRITE_DONE)
		TEST_FAIL("goods: %s", u.fault.what);
	arena_free(a);
}

/* Whatever was asked lies with whom it was asked of. */
static void end(void)
{
	static const char *const filled[] = {"product", "offer", NULL};

	places_check(journey.dir, filled);
	journey_end();
}

static const char *ask_path(void)
{
	return str_fmt(journey.arena, "/quotes/ask/%s", ID(offer)).p;
}

/* Ann asks for so many; the request's path stands in `path`, the API's in `api`. */
static void ask(int quantity)
{
	as("ann");
	post(ask_path(),
		"quantity=%d&wish=0.75&currency=EUR&country=DE&needed=" STR_FMT
		"&words=MINE-please",
		quantity, STR_ARG(day_from_now(60)));
	want(303);
	str to = location();

	snprintf(path, sizeof path, STR_FMT, STR_ARG(to));
	snprintf(api, sizeof api, "/api/v1/quotes/%s", strrchr(path, '/') + 1);
}

static const char *at(const char *tail)
{
	return str_fmt(journey.arena, "%s%s", path, tail).p;
}

static void quotes(const char *price, int quantity)
{
	as("sam");
	post(at("/answer"),
		"price=%s&currency=EUR&quantity=%d&lead=5&valid=" STR_FMT "&words=THEIRS-offer",
		price, quantity, STR_ARG(day_from_now(10)));
	want(303);
}

static void mailed(const char *kind, int64_t n)
{
	CHECK_INT(n, rows(str_fmt(journey.arena,
			     "select count(*) from r_outbox where kind = '%s' and person_id is "
			     "null",
			     kind)
				     .p));
}

TEST(from_asking_to_an_order_at_the_quoted_price)
{
	world();
	as("ann");
	get("/quotes");
	want(200);
	has("No requests yet");
	get("%s?quantity=70", ask_path());
	want(200);
	has("value=\"70\"");
	ask(100);
	mailed("quote_asked", 1);
	follow();
	want(200);
	has("Waits for a quote");
	has("MINE-please");
	has("EUR 0.75");
	has("Expires on");
	lacks("Put into the basket");
	as("sam");
	get("/quotes/received");
	want(200);
	has(path);
	get("%s", path);
	want(200);
	has("MINE-please");
	lacks("ann@nordwerk.test");
	get("%s", at("/answer"));
	want(200);
	has("value=\"100\"");
	quotes("0.80", 100);
	follow();
	has("Quoted");
	has("EUR 80.00");
	quotes("0.7", 100); /* better, before it is accepted */
	mailed("quote_given", 2);
	as("ann");
	get("%s", path);
	has("EUR 70.00");
	has("THEIRS-offer");
	has("EUR 0.80"); /* the first one stays in the history */
	get("%s", at("/do/accept"));
	want(200);
	has("EUR 0.70");
	post(at("/do/accept"), "words=fine");
	want(303);
	follow();
	has("Agreed: EUR 0.70 each");
	has("Put into the basket");
	mailed("quote_accepted", 1);
	as("sam");
	get("%s", path);
	has("Agreed: EUR 0.70 each");
	lacks("Put into the basket");
	end();
}

static const char *home(void)
{
	post("/account/addresses/new",
		"kind=delivery&country=DE&label=x&company=Nordwerk&street=Kai+1&postcode=20457&"
		"city=Hamburg");
	want(303);
	get("/account/addresses");
	return strrchr(listed("addresses"), '/') + 1;
}

/* Orders so many as they lie in the basket; the page shows the net total first. */
static void order(int quantity, const char *to, const char *net)
{
	const char *place = str_fmt(journey.arena, "/order/place/%s/EUR", ID(seller)).p;

	post("/basket/add", "offer=%s&quantity=%d", ID(offer), quantity);
	want(303);
	get("%s", place);
	want(200);
	has(net);
	post(place, "address=%s&contact=Ann", to);
	want(303);
	follow();
	has(net);
}

TEST(one_order_of_that_quantity_takes_the_price)
{
	world();
	ask(100);
	quotes("0.70", 100);
	as("ann");
	const char *to = home();

	order(100, to, "EUR 90.00"); /* not accepted yet: as listed */
	post(at("/do/accept"), "words=");
	want(303);
	order(50, to, "EUR 45.00"); /* another quantity */
	order(100, to, "EUR 70.00");
	get("%s", path);
	has("Ordered at this price");
	lacks("Put into the basket");
	order(100, to, "EUR 90.00"); /* once */
	CHECK_INT(1, rows("select count(*) from r_quote where order_id is not null"));
	end();
}

TEST(each_way_out_is_its_own_state)
{
	static const struct {
		const char *event, *who, *state, *mail;
		bool quoted;
	} ways[] = {
		{"withdraw", "ann", "Withdrawn", "quote_withdrawn", false},
		{"decline", "sam", "Declined", "quote_declined", false},
		{"refuse", "ann", "Refused", "quote_refused", true},
		{"accept", "ann", "Accepted", "quote_accepted", true},
	};
	static const char *const all[] = {"withdraw", "decline", "refuse", "accept"};

	world();
	for (size_t i = 0; i < COUNT(ways); i++) {
		const char *tail = str_fmt(journey.arena, "/do/%s", ways[i].event).p;

		ask(20);
		if (ways[i].quoted)
			quotes("0.5", 20);
		else { /* nothing is quoted that could be accepted */
			as("ann");
			post(at("/do/accept"), "words=");
			want(409);
			get("%s", at("/do/refuse"));
			want(409);
		}
		as(strcmp(ways[i].who, "ann") ? "ann" : "sam");
		post(tail[0] ? at(tail) : "", "words=x");
		want(403); /* the other side's to say */
		get("%s", at(tail));
		want(403);
		as(ways[i].who);
		get("%s", at(tail));
		want(200);
		post(at(tail), "words=WORDS-%s", ways[i].event);
		want(303);
		follow();
		has(ways[i].state);
		has(str_fmt(journey.arena, "WORDS-%s", ways[i].event).p);
		mailed(ways[i].mail, 1);
		for (size_t k = 0; k < COUNT(all); k++) { /* it is over */
			as(!strcmp(all[k], "decline") ? "sam" : "ann");
			post(at(str_fmt(journey.arena, "/do/%s", all[k]).p), "words=");
			want(409);
		}
		as("sam");
		get("%s", at("/answer"));
		want(409);
		post(at("/answer"), "price=1&currency=EUR&quantity=1&lead=1&valid=" STR_FMT,
			STR_ARG(day_from_now(5)));
		want(409);
	}
	get("/quotes/received?state=accepted");
	has(path);
	get("/quotes/received?state=asked");
	has("No request fits");
	end();
}

TEST(bad_input_is_said_at_the_field_and_kept)
{
	static const struct {
		const char *body, *says;
	} asks[] = {
		{"quantity=0&country=DE", "quantity"},
		{"quantity=many&country=DE&words=KEPT-words", "KEPT-words"},
		{"quantity=5&country=XX&words=KEPT-words", "KEPT-words"},
		{"quantity=5&country=DE&wish=cheap&currency=EUR", "cheap"},
		{"quantity=5&country=DE&wish=1&currency=USD", "This offer is in EUR"},
		{"quantity=5&country=DE&needed=2020-01-01", "The date has already passed"},
		{"quantity=5&country=DE&needed=soon", "soon"},
	};

	world();
	as("ann");
	for (size_t i = 0; i < COUNT(asks); i++) {
		post(ask_path(), "%s", asks[i].body);
		want(422);
		has(asks[i].says);
	}
	CHECK_INT(0, rows("select count(*) from r_quote"));
	ask(20);
	as("sam");
	post(at("/answer"), "price=1&currency=EUR&quantity=5&lead=3&valid=2020-01-01");
	want(422);
	has("The date has already passed");
	post(at("/answer"),
		"price=1&currency=EUR&quantity=5&lead=3&words=KEPT-words&valid=" STR_FMT,
		STR_ARG(day_from_now(200)));
	want(422);
	has("at most");
	has("KEPT-words");
	post(at("/answer"), "price=1&currency=USD&quantity=5&lead=3&valid=" STR_FMT,
		STR_ARG(day_from_now(5)));
	want(422);
	has("This offer is in EUR");
	post(at("/answer"), "price=&currency=EUR&quantity=-5&lead=900&valid=");
	want(422);
	get("%s", path);
	has("Nothing was quoted yet");
	end();
}

TEST(nobody_else_sees_or_moves_a_request)
{
	static const char *const tails[] = {"", "/answer", "/do/withdraw", "/do/accept"};

	world();
	ask(20);
	as("max");
	for (size_t i = 0; i < COUNT(tails); i++) {
		get("%s", at(tails[i]));
		want(404);
	}
	post(at("/do/withdraw"), "words=x");
	want(404);
	post(at("/answer"), "price=1&currency=EUR&quantity=1&lead=1&valid=" STR_FMT,
		STR_ARG(day_from_now(5)));
	want(404);
	get("/quotes");
	has("No requests yet");
	get("/quotes/received");
	has("No requests yet");
	as("visitor");
	get("%s", path);
	want(303);
	get("%s", ask_path());
	want(303);
	post_bare(at("/do/withdraw"), "words=x");
	CHECK(journey.status == 303 || journey.status >= 400);
	as("ann");
	post_bare(at("/do/withdraw"), "words=x");
	want(403); /* no token */
	post(at("/do/nonsense"), "words=x");
	want(404);
	post(at("/do/expire"), "words=x");
	want(404); /* the clock's alone */
	get("%s", at("/answer"));
	want(403);
	as("sam");
	get("%s", ask_path());
	want(409); /* its own offer */
	post(ask_path(), "quantity=5&country=DE");
	want(409);
	as("ann");
	get("/quotes/ask/%s", ID(buyer));
	want(404);
	get("%s", path);
	has("Waits for a quote");
	end();
}

/* Whoever may look only is told so; nobody but who buys asks, nobody but who sells answers. */
TEST(roles_keep_to_what_is_theirs)
{
	static const struct {
		uint64_t roles;
		bool buys, sells;
	} members[] = {{BIT(ROLE_BUYER), true, false}, {BIT(ROLE_SALES), false, true},
		{BIT(ROLE_FINANCE), false, false}, {BIT(ROLE_VIEWER), false, false}};

	world();
	ask(20);
	for (size_t i = 0; i < COUNT(members); i++) {
		change(str_fmt(journey.arena, "update r_membership set roles = %lld",
			(long long)members[i].roles)
				.p);
		as("ann");
		get("/quotes");
		want(200);
		has(path);
		get("%s", path);
		want(200);
		get("%s", ask_path());
		want(members[i].buys ? 200 : 403);
		post(ask_path(), "quantity=5&country=DE");
		want(members[i].buys ? 303 : 403);
		get("%s", at("/do/withdraw"));
		want(members[i].buys ? 200 : 403);
		as("sam");
		get("/quotes/received");
		want(200);
		get("%s", at("/answer"));
		want(members[i].sells ? 200 : 403);
		get("%s", at("/do/decline"));
		want(members[i].sells ? 200 : 403);
		post(at("/do/withdraw"), "words=x");
		want(403);
	}
	end();
}

TEST(the_same_key_is_the_same_request)
{
	world();
	as("ann");
	get("%s", ask_path());
	str token = between("name=\"_token\" value=\"", "\"");
	const char *body = str_fmt(
		journey.arena, "quantity=20&country=DE&_key=once&_token=" STR_FMT, STR_ARG(token))
				   .p;

	post_bare(ask_path(), "%s", body);
	want(303);
	str first = location();

	post_bare(ask_path(), "%s", body);
	want(303);
	CHECK_STR(first, location());
	post_bare(ask_path(), "%s&words=more", body);
	want(422);
	CHECK_INT(1, rows("select count(*) from r_quote"));
	end();
}

TEST(the_clock_ends_what_nobody_answers)
{
	world();
	ask(20);
	job_through(&quote_timers);
	CHECK_INT(0, rows("select count(*) from r_quote where closed_at is not null"));
	change("update r_quote set due_at = asked_at");
	job_through(&quote_timers);
	mailed("quote_expired", 2); /* both are told */
	as("ann");
	get("%s", path);
	has("Expired: nobody acted in time");
	ask(20);
	quotes("0.5", 20);
	/* Its last day was the day before yesterday: over, also before the clock comes by. */
	change("update r_quote set valid_until = valid_until - 12 * 86400000000 where state = 2");
	as("ann");
	post(at("/do/accept"), "words=");
	want(409);
	has("no longer valid");
	change("update r_quote set due_at = asked_at where state = 2");
	job_through(&quote_timers);
	get("%s", path);
	has("Expired");
	CHECK_INT(0, rows("select count(*) from r_quote where due_at is not null"));
	end();
}

TEST(so_many_may_wait_for_an_answer)
{
	world();
	as("ann");
	for (int i = 0; i < QUOTE_OPEN_MAX; i++) {
		forget_limits();
		post(ask_path(), "quantity=%d&country=DE", i + 1);
		want(303);
	}
	post(ask_path(), "quantity=5&country=DE");
	want(422);
	has("wait for an answer");
	get("/quotes");
	has("?before=");
	str rest = between("?before=", "\"");

	get("/quotes?before=" STR_FMT, STR_ARG(rest));
	want(200);
	lacks("No requests yet");
	CHECK_INT(QUOTE_OPEN_MAX, rows("select count(*) from r_quote"));
	end();
}

static str key_of(const char *who, const char *roles)
{
	as(who);
	post("/account/keys", "label=k&days=30&%s", roles);
	want(303);
	follow();
	str key = between("kt_", "<");

	MUST(key.n >= 43);
	return str_cat(journey.arena, S("kt_"), str_sub(key, 0, 43));
}

TEST(programs_do_all_of_it)
{
	world();
	ask(20);
	str ann = key_of("ann", "buyer=true"), sam = key_of("sam", "sales=true"),
	    max = key_of("max", "buyer=true&sales=true");

	bearer(ann.p);
	get("/api/v1/quotes");
	want(200);
	CHECK_INT(1, (int64_t)json_count_at("items"));
	post_type(str_fmt(journey.arena, "/api/v1/quotes/ask/offer/%s", ID(offer)).p,
		"application/json", S("{\"quantity\": 40, \"country\": \"DE\"}"));
	want(201);
	bearer(sam.p);
	get("/api/v1/quotes/received?state=asked");
	want(200);
	CHECK_INT(2, (int64_t)json_count_at("items"));
	post_type(str_fmt(journey.arena, "%s/quote", api).p, "application/json",
		str_fmt(journey.arena,
			"{\"price\": \"0.60\", \"currency\": \"EUR\", \"quantity\": 20, \"lead\": "
			"4, \"valid\": \"" STR_FMT "\"}",
			STR_ARG(day_from_now(5))));
	want(200);
	CHECK_TEXT("quoted", json_str_at("state"));
	bearer(max.p);
	get("%s", api);
	want(404);
	get("%s/events", api);
	want(404);
	bearer(ann.p);
	get("%s/events", api);
	want(200);
	CHECK_INT(2, (int64_t)json_count_at("items"));
	lacks("sam@suedwerk.test");
	post_type(str_fmt(journey.arena, "%s/do/accept", api).p, "application/json", S("{}"));
	want(200);
	CHECK_TEXT("accepted", json_str_at("state"));
	post_type(str_fmt(journey.arena, "%s/do/refuse", api).p, "application/json", S("{}"));
	want(409);
	get("%s", api);
	CHECK_TEXT("0.60", json_str_at("price.amount"));
	bearer(NULL);
	end();
}

/* Clause A4: a request is in the answer of whoever made it, without what the other wrote. */
TEST(requests_are_in_the_answers_of_both)
{
	world();
	ask(20);
	quotes("0.5", 20);
	markers[0] = S("MINE-please");
	markers[1] = S("THEIRS-offer");
	CHECK_INT(0, marked()); /* what people wrote lies sealed */
	memset(markers, 0, sizeof markers);
	as("ann");
	order(50, home(), "EUR 45.00");
	press_switch("marketing");
	get("/account/data/file?as=json");
	want(200);
	has("\"orders\":[");
	has("\"choice\":[");
	has("MINE-please");
	has("\"quote\":[");
	lacks("THEIRS-offer");
	get("/account/data/file?as=json&of=company");
	want(200);
	has("\"quote\":[");
	has("MINE-please");
	lacks("THEIRS-offer");
	get("/account/data?table=quote");
	want(200);
	has("Quoted");
	as("sam");
	get("/account/data/file?as=json");
	want(200);
	has("THEIRS-offer"); /* what he wrote is his */
	lacks("MINE-please");
	get("/account/data/file?as=json&of=company");
	want(200);
	has("\"quote\":[");
	has("Hex bolt");
	lacks("MINE-please");
	lacks("ann@nordwerk.test");
	end();
}

int main(void)
{
	return test_main();
}
