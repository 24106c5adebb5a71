/* After an erasure, a retention sweep and a restore nothing is left of the person: not in any file
 * of the installation, not in a backup that was made afterwards, not in the memory of the server
 * that served them (test/marker.h). The person is a sole trader: what they had published (their
 * company's page, an offer, search) is gone for everybody within a minute.
 *
 * On PostgreSQL the cluster's own files are looked through too. What they keep of rows that are
 * gone is sealed, but for what was published: that is not looked for there. */
#include "test/marker.h"
#include "test/rows.h"
#include "test/visitor.h"

#include "command/installation.h"
#include "gen/demo.sql.h"
#include "gen/types.h"
#include "market/member/member.h"
#include "market/member/password.h"

#define BIT_(x) (UINT64_C(1) << (x))
#define SECRET "nine blue forklifts"
#define OPS "kontor-ops@kontor.example"

enum { GONE_S = 60 };

static char market[260], keys_path[300], master_path[300], out_dir[260];
static struct server server;
static int64_t trader, company, product, offer, other;
static str hash; /* of SECRET; made before a unit begins, whose time is short */

/* ---- the world ---- */

static bool person_add(struct db *db, int64_t *id, const char *name, const char *address)
{
	struct person_name n = {.name = str_of(name)};
	struct person_email email = {.email = str_of(address)};
	struct credential_secret secret = {.hash = hash};
	instant now = clock_now();

	*id = id_make();
	return demo_person_add(db, (struct person_id){*id}, &n, &email, email.email, NULL, NULL,
		       S("en"), 0, 0, now) == 1 &&
	       demo_credential_add(db, (struct credential_id){id_make()}, (struct person_id){*id},
		       &secret, now) == 1;
}

static bool fill(struct db *db, void *ctx)
{
	struct category_id category = {id_make()};
	struct company_registration registration = {.number = S("HRB-MARKREG")};
	struct company_tax tax = {.vat_id = S("DE136695976")};
	struct address_place place = {.name = S("MARKER-gate"),
		.street = S("MARKER-street"),
		.postcode = S("20457"),
		.city = S("Hamburg")};
	instant now = clock_now();

	(void)ctx;
	company = id_make();
	product = id_make();
	offer = id_make();
	return person_add(db, &trader, "MARKER-name", "marker-trader@kontor.example") &&
	       person_add(db, &other, "Somebody Else", "other@kontor.example") &&
	       demo_company_add(db, (struct company_id){company}, S("marker-slug"),
		       S("Sole Trading"), S("e.K."), S("DE"), true, COMPANY_STATE_ACTIVE, true,
		       true, INDUSTRY_METALS, COMPANY_SIZE_UNDER_10, 1990, S("MARKER-about"),
		       S("https://marker-web.example"), S("MARKER-imprint"), S("EUR"), S("en"),
		       &registration, &tax, (struct person_id){trader}, now, now, TIME_NONE) == 1 &&
	       demo_membership_add(db, (struct membership_id){id_make()},
		       (struct company_id){company}, (struct person_id){trader},
		       (int64_t)(BIT_(ROLE_ADMIN) | BIT_(ROLE_BUYER) | BIT_(ROLE_SALES) |
				 BIT_(ROLE_VIEWER)),
		       now) == 1 &&
	       demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, (struct product_id){product}, (struct company_id){company},
		       category, (struct product_id){0}, (str){0}, S("M8-40"), S("m840"), S("Acme"),
		       S("Hexbolt eight"), S("Steel"), S(""), S("4006381333931"), S("731815"),
		       S("DE"), 20, now, 1) == 1 &&
	       demo_offer_add(db, (struct offer_id){offer}, (struct company_id){company},
		       (struct product_id){product}, S("B-840"), OFFER_STATE_LIVE, (str){0},
		       S("EUR"), UNIT_PIECE, S("10:1000000"), 1000000, 10, 10, 3, 100, 0,
		       INCOTERM_EXW, S("Rotterdam"), S("NL"), now, 1) == 1 &&
	       demo_address_add(db, (struct address_id){id_make()}, (struct company_id){company},
		       ADDRESS_KIND_DELIVERY, S("DE"), &place, true, now) == 1;
}

static void world_make(void)
{
	struct arena *a = arena_make(128 << 20);

	hash = password_hash(a, S(SECRET));
	home_make();
	snprintf(market, sizeof market, "%s/market", program_home);
	snprintf(out_dir, sizeof out_dir, "%s/out", program_home);
	snprintf(keys_path, sizeof keys_path, "%s/keys.db", market);
	snprintf(master_path, sizeof master_path, "%s/master.key", market);
	mkdir(out_dir, 0700);
	rows_use();
	struct installation in = installation_open(market, NULL, NULL, true);

	rows_used();
	struct write_unit u = {.viewer = {.roles = BIT_(ROLE_SETUP)},
		.purposes = BIT_(PURPOSE_SETUP) | BIT_(PURPOSE_CURATION) | BIT_(PURPOSE_STOCK),
		.arena = a,
		.apply = fill};

	if (store_write_wait(in.store, &u) != WRITE_DONE)
		fault(FAULT_BUG, "the world cannot be made: %s", u.fault.what);
	CHECK_INT(OPERATOR_MADE,
		operator_make(in.store, a, S(OPS), S("Otto Ops"), BIT_(ROLE_OPERATOR), S(SECRET)));
	installation_close(&in);
	arena_free(a);
}

/* ---- a browser ---- */

static void sign_in(struct browser *b, const char *address)
{
	browser_open(b, &server);
	CHECK_INT(303,
		send_form(b, "/sign-in", "/sign-in",
			str_fmt(test_arena, "email=%s&password=nine+blue+forklifts", address).p));
}

/* ---- the markers ---- */

static void plant(void)
{
	struct browser b;

	sign_in(&b, "marker-trader%40kontor.example");
	CHECK_INT(303, send_form(&b, "/account", "/account",
			       "name=MARKER-name&phone=%2B49+555+0177&job_title=MARKER-title"
			       "&department=MARKER-dept&locale=en"));
	CHECK_INT(303, send_form(&b, "/account/keys", "/account/keys",
			       "label=MARKER-key&days=30&buyer=true"));
	CHECK_INT(303, send_form(&b, "/account/privacy/report", "/account/privacy/report",
			       "field=person.name&text=MARKER-report"));
	see_page(&b, "/account/data");
	CHECK(shows(&b, "MARKER-title"));
	see_page(&b, "/account/data/file?as=json");
	CHECK(shows(&b, "MARKER-report"));
	see_page(&b, "/account/company");
	see_page(&b, "/account/addresses");
	CHECK(shows(&b, "MARKER-street"));
	browser_close(&b);
}

static void look_around(void)
{
	struct browser b;

	browser_open(&b, &server);
	CHECK_INT(200, see_page(&b, "/company/marker-slug"));
	CHECK(shows(&b, "MARKER-about"));
	CHECK_INT(200, see_page(&b, "/search?q=hexbolt"));
	CHECK(shows(&b, "Sole Trading"));
	CHECK_INT(200,
		see_page(&b, str_fmt(test_arena, "/product/%s", id_text(test_arena, product).p).p));
	CHECK(shows(&b, "Sole Trading"));
	browser_close(&b);
}

static void marks(void)
{
	static const char *const words[] = {"MARKER-name", "MARKER-title", "MARKER-dept",
		"MARKER-key", "MARKER-report", "MARKER-gate", "MARKER-street", "+49 555 0177",
		"marker-trader@kontor.example", "marker-trader%40kontor.example",
		/* published */
		"MARKER-about", "MARKER-imprint", "marker-web.example", "marker-slug"};
	str key = marker_key(keys_path, trader);

	markers_n = 0;
	CHECK(key.n > 0);
	marker_add("the wrapped key", key.n ? key : S("(none)"));
	for (size_t i = 0; i < COUNT(words); i++)
		marker_add(words[i], str_of(words[i]));
}

enum { PUBLISHED = 4 };

/* The files of the database, and the cluster's log; all of it is flushed first: what is in no file
 * yet would not be found. published: so many of the markers, the last ones, are not looked for;
 * wanted: they are found, which shows that it looks. */
static void nothing_in_the_cluster(size_t published, bool wanted)
{
	if (!rows_cluster())
		return;
	long long oid = rows_number(
		market, "select oid::bigint from pg_database where datname = current_database()");
	const char *const data[] = {str_fmt(test_arena, "%s/data/base/%lld", rows_cluster(), oid).p,
		str_fmt(test_arena, "%s/data/pg_wal", rows_cluster()).p, NULL};
	size_t all = markers_n;

	rows_change(market, "checkpoint");
	if (wanted) {
		marker_quiet = true;
		CHECK(marker_scan(data, 0) > 0); /* the control: these are in there */
		marker_quiet = false;
	}
	markers_n = all - published;
	CHECK_INT(0, marker_scan(data, 0));
	markers_n = all;
}

/* ---- what is done ---- */

static void run_job(struct browser *ops, const char *name)
{
	CHECK_INT(303,
		send_form(ops, "/desk/jobs", str_fmt(test_arena, "/desk/jobs/%s/run", name).p, ""));
}

/* Asked to be closed, and the days of grace are over. */
static void close_company(struct browser *b, struct browser *ops)
{
	CHECK_INT(303, send_form(b, "/account/company/close", "/account/company/close", ""));
	(void)rows_number(market, "update r_company set close_at = 1 where sole_trader = 1 "
				  "returning 1");
	run_job(ops, "members");
	for (int i = 0; i < 200 && rows_number(market, "select max(state) from r_company") != 4;
		i++)
		usleep(50000);
	CHECK_INT(4, rows_number(market, "select max(state) from r_company"));
}

static void erase_at_once(void)
{
	struct browser b, ops;

	sign_in(&ops, OPS);
	sign_in(&b, "marker-trader%40kontor.example");
	close_company(&b, &ops);
	CHECK_INT(303, send_form(&b, "/account/erase", "/account/erase",
			       "now=nine+blue+forklifts&at_once=true"));
	browser_close(&b);
	browser_close(&ops);
}

static void gone_for_everybody(void)
{
	struct browser b;
	bool gone = false;

	browser_open(&b, &server);
	for (int64_t end = clock_mono_us() + GONE_S * SECOND_US; !gone && clock_mono_us() < end;) {
		gone = see_page(&b, "/company/marker-slug") == 404 &&
		       see_page(&b, "/search?q=hexbolt") == 200 && !shows(&b, "Sole Trading");
		usleep(200000);
	}
	CHECK(gone);
	see_page(&b, str_fmt(test_arena, "/product/%s", id_text(test_arena, product).p).p);
	CHECK(!shows(&b, "Sole Trading"));
	CHECK(!shows(&b, "MARKER"));
	browser_close(&b);
}

/* The control: what the server certainly holds is found by the same scan. */
static void the_scan_finds(void)
{
	char text[80] = "";
	uint8_t master[32];
	const char *const nowhere[] = {NULL};
	FILE *f = fopen(master_path, "re");

	CHECK(f && fgets(text, sizeof text, f) && hex_parse((str){text, 64}, master, 32));
	if (f)
		fclose(f);
	markers_n = 0;
	marker_add("the master key", (str){(const char *)master, sizeof master});
	marker_quiet = true;
	CHECK(marker_scan(nowhere, server.pid) > 0);
	marks();
	const char *const folders[] = {market, NULL};

	CHECK(marker_scan(folders, 0) > 0); /* the key lies in the key store */
	marker_quiet = false;
}

static void serve(const char *dir)
{
	if (!server_start(&server, dir)) {
		printf("# %s\n", program_said);
		fault(FAULT_BUG, "the server does not start");
	}
}

static int64_t guardian_asks(void)
{
	struct browser b;

	browser_open(&b, &server);
	CHECK_INT(303, send_form(&b, "/privacy/guardian", "/privacy/guardian",
			       "account=other%40kontor.example&name=MARKER-guardian&email=marker-g"
			       "%40kontor.example&relation=MARKER-mother&text=MARKER-matter&right="
			       "true"));
	see_page(&b, "/privacy/guardian/sent");
	browser_close(&b);
	return rows_number(market, "select max(owner_id) from r_petition where person_id is null");
}

/* A guardian's request, which lies under a key of its own, three years after it was answered. */
TEST(nothing_is_left_of_what_a_sweep_took)
{
	const char *const all[] = {market, out_dir, NULL};
	struct browser ops;

	world_make();
	serve(market);
	int64_t owner = guardian_asks();
	str key = marker_key(keys_path, owner);

	REQUIRE(owner > 0 && key.n);
	markers_n = 0;
	marker_add("the key of a request", key);
	marker_add("a guardian", S("MARKER-guardian"));
	marker_add("a guardian's address", S("marker-g@kontor.example"));
	marker_add("what a guardian wrote", S("MARKER-matter"));
	marker_add("a guardian's relation", S("MARKER-mother"));
	(void)rows_number(market, "update r_petition set state = 3, decided_at = 1 returning 1");
	/* the mail that asks for a confirmation lies under the same key */
	(void)rows_number(market, "update r_outbox set state = 2, sent_at = 1 returning 1");
	sign_in(&ops, OPS);
	run_job(&ops, "retention");
	browser_close(&ops);
	for (int i = 0; i < 200 && rows_number(market, "select count(*) from r_petition"); i++)
		usleep(50000);
	CHECK_INT(0, rows_number(market, "select count(*) from r_petition"));
	CHECK_INT(0, kontor("backup", market, str_fmt(test_arena, "%s/swept", out_dir).p));
	CHECK_INT(0, marker_scan_until(all, server.pid, GONE_S));
	CHECK_INT(0, server_end(&server, SIGTERM));
	nothing_in_the_cluster(0, false);
	rows_drop();
	home_end();
}

TEST(nothing_is_left_of_an_erased_sole_trader)
{
	const char *const all[] = {market, out_dir, NULL};

	world_make();
	serve(market);
	plant();
	look_around();
	the_scan_finds();
	CHECK_INT(0, kontor("backup", market, str_fmt(test_arena, "%s/before", out_dir).p));
	erase_at_once();
	gone_for_everybody();
	CHECK_INT(0, kontor("backup", market, str_fmt(test_arena, "%s/after", out_dir).p));
	CHECK_INT(0, rename(str_fmt(test_arena, "%s/before", out_dir).p, in_home("before")));
	CHECK_INT(0,
		rename(str_fmt(test_arena, "%s/before.keys", out_dir).p, in_home("before.keys")));
	CHECK_INT(0, marker_scan_until(all, server.pid, GONE_S));
	CHECK_INT(0, server_end(&server, SIGTERM));
	CHECK_INT(0, marker_scan(all, 0));
	nothing_in_the_cluster(PUBLISHED, true);
	rows_drop();
}

/* The backup from before brings them back, and the newest log of erasures takes them away again. */
TEST(nothing_is_left_after_a_restore)
{
	static char again[300];
	const char *const all[] = {again, NULL};

	snprintf(again, sizeof again, "%s/again", program_home);
	const char *database = rows_database();

	CHECK_INT(0, kontor("restore", in_home("before"), again, "--master", master_path,
			     "--erased", str_fmt(test_arena, "%s/erased.log", market).p,
			     database ? "--database" : NULL, database));
	SAYS("erasures repeated");
	serve(again);
	gone_for_everybody();
	CHECK_INT(0, marker_scan_until(all, server.pid, GONE_S));
	CHECK_INT(0, server_end(&server, SIGTERM));
	nothing_in_the_cluster(PUBLISHED, false);
	rows_drop();
	home_end();
}

int main(void)
{
	const char *build = getenv("MARKER_BUILD");

	setenv("BUILD", build ? build : "build/rel", 1);
	if (access(program_path(), X_OK)) {
		printf("1..0 # SKIP no release build (make): a sanitizer keeps what was freed\n");
		return 0;
	}
	return test_main();
}
