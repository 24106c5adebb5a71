/* Two servers of one installation, with the keys in a database of their own: who is signed in on
 * one is signed in on the other, and out on both; tries are counted over both, requests on each; an
 * order and an erasure on one are seen by the other at once. */
#include "test/fault/orders.h"
#include "test/visitor.h"

#include "market/member/password.h"

#define SECRET "nine blue forklifts"
#define TYPED "nine+blue+forklifts"
#define BEN "Benedikt Sealed"

static struct server second;
static int64_t ben;
static str hash; /* of SECRET; made before the unit begins, whose time is short */

/* ---- the world ---- */
static bool credential(struct db *db, int64_t person)
{
	struct credential_secret secret = {.hash = hash};

	return demo_credential_add(db, (struct credential_id){id_make()},
		       (struct person_id){person}, &secret, clock_now()) == 1;
}

/* The first two buyers sign in; Ben works for the first one. */
static bool people(struct db *db, void *ctx)
{
	struct person_name name = {.name = S(BEN)};
	struct person_email email = {.email = S("ben@kontor.example")};
	instant now = clock_now();

	(void)ctx;
	ben = id_make();
	return credential(db, clients[0].person) && credential(db, clients[1].person) &&
	       demo_person_add(db, (struct person_id){ben}, &name, &email, email.email, NULL, NULL,
		       S("en"), 0, 0, now) == 1 &&
	       credential(db, ben) &&
	       demo_membership_add(db, (struct membership_id){id_make()},
		       (struct company_id){clients[0].company}, (struct person_id){ben},
		       (int64_t)BIT_(ROLE_BUYER), now) == 1;
}

static const char *joined(void)
{
	CHECK_INT(0, kontor("join", in_home("second"), "--master",
			     str_fmt(test_arena, "%s/master.key", market).p));
	MUST(!unsetenv("KONTOR_KEYS")); /* from here on the folders say where */
	rows_used();
	return in_home("second");
}

static void both_start(const char *servers)
{
	home_make();
	world_shares_keys = true;
	world_make_in(program_home);
	struct installation in = installation_open(market, NULL, NULL, false);

	hash = password_hash(test_arena, S(SECRET));
	write_all(
		&in, (struct viewer){.roles = BIT_(ROLE_SETUP)}, BIT_(PURPOSE_SETUP), people, NULL);
	installation_close(&in);
	clients_make();
	const char *other = joined();

	REQUIRE(server_start(&server, market, "--behind-proxy", "--servers", servers));
	REQUIRE(server_start(&second, other, "--behind-proxy", "--servers", servers));
}

static void both_end(void)
{
	CHECK_INT(0, server_end(&second, SIGTERM));
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, kontor("chain", "check", market));
	books();
	clients_end();
	counts_clear();
	rows_drop();
	home_end();
}

/* ---- browsers ---- */
static long sign_in(struct browser *b, const char *who, const char *password)
{
	return send_form(b, "/sign-in", "/sign-in",
		str_fmt(test_arena, "email=%s%%40kontor.example&password=%s", who, password).p);
}

static void enter(struct browser *b, const struct server *at, const char *who)
{
	browser_open(b, at);
	CHECK_INT(303, sign_in(b, who, TYPED));
}

static bool is_in(struct browser *b, const struct server *at)
{
	b->at = at;
	return see_page(b, "/account") == 200;
}

TEST(signed_in_on_one_is_signed_in_on_the_other)
{
	struct browser one, two;

	both_start("1");
	enter(&one, &server, "buyer-0");
	CHECK(is_in(&one, &second));
	/* the form that one showed is taken by the other */
	one.at = &server;
	CHECK_INT(200, see_page(&one, "/account"));
	one.at = &second;
	CHECK_INT(303, send_shown(&one, "/account", "name=Anna+Nova&locale=en"));
	CHECK(is_in(&one, &server) && shows(&one, "Anna Nova"));
	/* signed out on one */
	one.at = &second;
	CHECK_INT(303, send_form(&one, "/account", "/sign-out", ""));
	CHECK(!is_in(&one, &server));
	browser_close(&one);
	/* the password changed on one: other sessions end, on both */
	enter(&one, &server, "buyer-0");
	enter(&two, &second, "buyer-0");
	CHECK(is_in(&two, &server) && is_in(&two, &second));
	CHECK_INT(303, send_form(&one, "/account/password", "/account/password",
			       "now=" TYPED "&password=eleven+green+forklifts"));
	CHECK(is_in(&one, &second));
	CHECK(!is_in(&two, &second));
	CHECK(!is_in(&two, &server));
	CHECK_INT(303, sign_in(&two, "buyer-0", "eleven+green+forklifts"));
	/* and ended from the list of sessions */
	one.at = &second;
	CHECK_INT(303, send_form(&one, "/account/sessions", "/account/sessions/end", ""));
	CHECK(!is_in(&two, &server));
	browser_close(&one);
	browser_close(&two);
	both_end();
}

/* Wrong passwords are counted in the database, whichever server was asked. */
TEST(wrong_passwords_are_counted_over_both)
{
	struct browser one;

	both_start("1");
	browser_open(&one, &server);
	for (int i = 0; i < SIGNIN_TRIES_MAX; i++) {
		one.at = i % 2 ? &second : &server;
		CHECK_INT(422, sign_in(&one, "buyer-0", "wrong+wrong+wrong"));
	}
	one.at = &server;
	CHECK_INT(429, sign_in(&one, "buyer-0", TYPED));
	one.at = &second;
	CHECK_INT(429, sign_in(&one, "buyer-0", TYPED));
	CHECK_INT(303, sign_in(&one, "buyer-1", TYPED)); /* nobody else */
	browser_close(&one);
	both_end();
}

/* How many tries from one address a server takes before it says 429; each at another account. */
static int tries_taken(const struct server *at, const char *from)
{
	struct browser b;
	int n = 0;
	char head[60];

	browser_open(&b, at);
	snprintf(head, sizeof head, "X-Forwarded-For: %s", from);
	see_page(&b, "/sign-in");
	str token = hidden_of(&b, "_token");
	const char *const heads[] = {
		str_fmt(test_arena, "Origin: %s", at->base).p, head, "Expect:", NULL};

	for (; n < 40 && b.a.status != 429; n++)
		ask(b.c, &b.a, str_fmt(test_arena, "%s/forgot", at->base).p,
			str_fmt(test_arena,
				"_token=" STR_FMT "&_key=%s&email=none-%d%%40kontor.example",
				STR_ARG(token), id_text(test_arena, id_make()).p, n)
				.p,
			heads);
	browser_close(&b);
	return n - 1;
}

/* Each server gives its part of what one gives: together they give no more. */
TEST(requests_are_limited_by_each_with_its_part)
{
	both_start("2");
	int one = tries_taken(&server, "192.0.2.9"), two = tries_taken(&second, "192.0.2.9");

	printf("# %d and %d\n", one, two);
	CHECK(one >= 10 && one <= 12); /* 20 at once, and one more each 10 s */
	CHECK(two >= 10 && two <= 12);
	CHECK(tries_taken(&server, "198.51.100.77") >= 10); /* another address */
	both_end();
}

/* ---- keys that both use ---- */
static const struct server *first_of(const struct client *c)
{
	(void)c;
	return &server;
}

static bool sees_ben(struct browser *b, const struct server *at)
{
	b->at = at;
	return see_page(b, "/account/people") == 200 && shows(b, BEN);
}

TEST(who_is_ready_has_an_index_of_search)
{
	both_start("2");
	CHECK_INT(200, get_status(&server, "/sitemap.xml?part=categories"));
	CHECK_INT(200, get_status(&second, "/sitemap.xml?part=categories"));
	both_end();
}

TEST(an_order_and_an_erasure_on_one_are_seen_by_the_other)
{
	struct browser anna, his;
	const char *mine;

	both_start("1");
	server_of = first_of;
	CHECK(step(&clients[0]) && step(&clients[0]) && clients[0].acked_n == 1);
	server_of = NULL;
	REQUIRE(clients[0].acked_n == 1);
	enter(&anna, &second, "buyer-0");
	CHECK_INT(200,
		see_page(&anna, str_fmt(test_arena, "/order/" STR_FMT,
					STR_ARG(id_text(test_arena, clients[0].acked[0].order)))
					.p));
	CHECK(shows(&anna, "Hafenstr. 1")); /* sealed by the first under a key that it made */
	CHECK(sees_ben(&anna, &server));    /* both have opened his key */
	CHECK(sees_ben(&anna, &second));
	mine = str_fmt(test_arena, "select count(*) from keys.subject_key where owner = %lld",
		(long long)ben)
		       .p;
	CHECK_INT(1, rows_keys_number(mine));
	enter(&his, &second, "ben");
	CHECK(is_in(&his, &server));
	his.at = &second;
	CHECK_INT(303,
		send_form(&his, "/account/erase", "/account/erase", "now=" TYPED "&at_once=true"));
	CHECK(!is_in(&his, &server));
	CHECK(!is_in(&his, &second));
	CHECK(!sees_ben(&anna, &server));
	CHECK(!sees_ben(&anna, &second));
	CHECK_INT(0, rows_keys_number(mine));
	CHECK_INT(1, rows_keys_number("select count(*) from keys.erased"));
	his.at = &server;
	CHECK_INT(422, sign_in(&his, "ben", TYPED));
	/* the other way round: what the second makes, the first one opens */
	CHECK_INT(303, (anna.at = &second, send_form(&anna, "/account", "/account",
						   "name=Anna+Nova&locale=en")));
	CHECK(is_in(&anna, &server) && shows(&anna, "Anna Nova"));
	browser_close(&his);
	browser_close(&anna);
	both_end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
