/* Our own statistics: the sums are right, nobody is in them, and a day does not know the other. */
#include "world.h"

#include "gen/deliver.sql.h"
#include "gen/visits.sql.h"
#include "market/desk/country_of.h"

/* visits.h draws pages: its struct stat is not that of ftw.h */
extern const struct job visits_job;
void visits_shown(const struct shown *s);
void visits_forget(void);
size_t visits_remembered(void);

static void begin(void)
{
	demo_begin();
	visits_forget();
}

static int64_t counted(enum visit_kind kind, const char *name)
{
	struct db db;
	int64_t n = 0, today = clock_real().us / DAY_US;

	(void)visits_job.run(journey.store, &visits_job, journey.arena);
	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_COUNTER)}, BIT(PURPOSE_ANALYTICS));
	if (*name) {
		struct civil c = civil_of(clock_real());
		struct visits_most_rows v =
			visits_most(&db, kind, -((int64_t)c.year * 12 + c.month - 1));

		for (size_t i = 0; i < v.n; i++)
			if (str_eq(v.v[i].name, str_of(name)))
				n = v.v[i].n;
	} else {
		struct visits_days_rows v = visits_days(&db, kind, today);

		for (size_t i = 0; i < v.n; i++)
			n += v.v[i].n;
	}
	store_read_end(&db);
	return n;
}

TEST(pages_are_counted_as_they_are_shown)
{
	begin();
	get("/");
	get("/terms");
	with("Referer", "https://News.Example:443/article?secret=1");
	get("/imprint");
	get("/nowhere");
	with("Sec-Purpose", "prefetch");
	get("/imprint");
	with("X-Fragment", "1");
	get("/");
	get("/api/v1/openapi.json");
	CHECK_INT(3, counted(VISIT_KIND_VIEWS, ""));
	CHECK_INT(1, counted(VISIT_KIND_VISITORS, ""));
	CHECK_INT(1, counted(VISIT_KIND_SESSIONS, ""));
	CHECK_INT(1, counted(VISIT_KIND_PAGE, "/terms"));
	CHECK_INT(1, counted(VISIT_KIND_DEVICE, "Firefox, Linux"));
	CHECK_INT(0, counted(VISIT_KIND_REFERRER, "news.example")); /* in the middle of a session */
	visits_forget();
	with("Referer", "https://News.Example:443/article?secret=1");
	get("/");
	CHECK_INT(1, counted(VISIT_KIND_REFERRER, "news.example"));
	CHECK_INT(2, counted(VISIT_KIND_VISITORS, ""));

	/* Who objects is not told apart from others. */
	with("Sec-GPC", "1");
	get("/");
	visits_forget();
	with("Sec-GPC", "1");
	get("/");
	CHECK_INT(0, visits_remembered());
	post("/cookies", "all=no");
	get("/");
	CHECK_INT(0, visits_remembered());
	journey_end();
}

TEST(the_desk_shows_them)
{
	begin();
	get("/desk/visits");
	CHECK(journey.status == 303 || journey.status == 403);
	get("/");
	CHECK_INT(1, counted(VISIT_KIND_VIEWS, ""));
	as("operator");
	post("/sign-in", "email=operator@kontor.example&password=" DEMO_PASSWORD);
	get("/desk/visits");
	want(200);
	has("Pages shown");
	has("Firefox, Linux");
	journey_end();
}

/* What counting by hand gives: visitors by (network, device), with their last moment. */
struct expected {
	int64_t views, visitors, sessions, seen[40][3];
};

static void expect(struct expected *e, int who, int device, int64_t s)
{
	int64_t silent = s - e->seen[who][device];
	bool fresh = !e->seen[who][device] || silent >= 8 * 3600;

	e->views++;
	e->visitors += fresh;
	e->sessions += fresh || silent >= 1800;
	e->seen[who][device] = s;
}

TEST(sums_are_what_counting_by_hand_gives)
{
	static const char *const devices[] = {"Firefox, Linux", "Chrome, Windows", "Safari, phone"};
	struct expected *e;
	char network[40];

	begin();
	e = arena_new(journey.arena, struct expected);
	int64_t day = clock_real().us / DAY_US * 86400;

	for (int i = 0; i < 3000; i++) {
		uint8_t dice[2];

		random_bytes(dice, sizeof dice);
		int who = dice[0] % 40, device = dice[1] % 3;

		int64_t now = day + 60 + (int64_t)i * 28;

		snprintf(network, sizeof network, "192.0.%d.0/24", who);
		visits_shown(&(struct shown){.route = S("/"),
			.network = str_of(network),
			.device = str_of(devices[device]),
			.language = S("de"),
			.counted = true,
			.at = {now * SECOND_US}});
		expect(e, who, device, now);
	}
	CHECK_INT(e->views, counted(VISIT_KIND_VIEWS, ""));
	CHECK_INT(e->visitors, counted(VISIT_KIND_VISITORS, ""));
	CHECK_INT(e->sessions, counted(VISIT_KIND_SESSIONS, ""));
	/* The next day knows nobody of this one. */
	visits_shown(&(struct shown){.route = S("/"),
		.network = S("192.0.1.0/24"),
		.device = S("Firefox, Linux"),
		.counted = true,
		.at = {(day + 86400 + 5) * SECOND_US}});
	CHECK_INT(1, visits_remembered());
	journey_end();
}

TEST(names_do_not_grow_without_end)
{
	char host[40];

	begin();
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 5; k++) {
			snprintf(host, sizeof host, "h%d.example", i * 5 + k);
			visits_shown(&(struct shown){.route = str_of(host),
				.network = S("192.0.2.0/24"),
				.counted = true,
				.at = clock_real()});
		}
		(void)visits_job.run(journey.store, &visits_job, journey.arena);
	}
	CHECK_INT(5000, counted(VISIT_KIND_VIEWS, ""));
	CHECK_INT(4800, counted(VISIT_KIND_PAGE, "other"));
	journey_end();
}

/* ---- nobody's address ---- */

static const char visitor_address[] = "198.51.100.77";
static size_t files_read, files_with_it;

static int file_look(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st, (void)f;
	FILE *in = flag == FTW_F ? fopen(path, "rb") : NULL;

	if (!in)
		return 0;
	char *text = arena_alloc(journey.arena, 1, (size_t)st->st_size + 1);
	size_t n = fread(text, 1, (size_t)st->st_size, in);

	fclose(in);
	files_read++;
	if (str_find((str){text, n}, S("198.51.100.77")) != (size_t)-1) {
		files_with_it++;
		printf("# %s\n", path);
	}
	return 0;
}

TEST(no_file_holds_a_visitors_address)
{
	begin();
	files_read = files_with_it = 0;
	journey.peer = visitor_address;
	for (int i = 0; i < 1000; i++)
		get(i % 2 ? "/imprint" : "/");
	post("/sign-in", "email=buyer@kontor.example&password=wrong");
	post("/sign-in", "email=buyer@kontor.example&password=" DEMO_PASSWORD);
	want(303);
	get("/basket");
	CHECK(counted(VISIT_KIND_VIEWS, "") > 100); /* then it was slowed down */
	nftw(journey.dir, file_look, 16, FTW_PHYS);
	CHECK(files_read > 3);
	CHECK_INT(0, files_with_it);
	journey_end();
}

static bool analytics_reads(const struct policy_table *t)
{
	const struct policy_grant *g = policy_grant(t, S("analytics"));

	for (size_t i = 0; g && i < g->columns_n; i++) {
		const struct policy_column *c = policy_column(t, g->columns[i]);

		if (c->dpv.n || c->type.kind == TYPE_SEALED)
			return true;
	}
	return false;
}

TEST(analytics_reads_nothing_of_anybody)
{
	struct deliver_person_row row;
	struct fault_point fp;
	struct db db;

	begin();
	const struct policy *p = store_policy(journey.store);

	for (size_t i = 0; i < p->tables_n; i++)
		if (analytics_reads(&p->tables[i]))
			TEST_FAIL(STR_FMT, STR_ARG(p->tables[i].name));
	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_COUNTER)}, BIT(PURPOSE_ANALYTICS));
	if (FAULT_TRY(fp)) { /* a person's address, asked under analytics alone */
		(void)!deliver_person(&db, (struct person_id){1}, &row);
		FAULT_END(fp);
		TEST_FAIL("it was answered");
	} else {
		CHECK_INT(FAULT_POLICY, fp.kind);
	}
	store_read_end(&db);
	journey_end();
}

/* ---- countries ---- */

/* Two nodes: 0… is Germany, 10… is Austria, 11… is no country. */
static void geoip_write(const char *path, int austria)
{
	enum { COUNTRIES = 0xffff00, DE = 56 };
	const int record[] = {COUNTRIES + DE, 1, COUNTRIES + austria, COUNTRIES + 1};
	FILE *f = fopen(path, "wb");

	MUST(f);
	for (size_t i = 0; i < COUNT(record); i++)
		for (int k = 0; k < 24; k += 8)
			fputc(record[i] >> k & 255, f);
	fputs("something behind it", f);
	fclose(f);
}

static void country_is(const char *expected, const char *network)
{
	if (!str_eq(visits_country(str_of(network)), str_of(expected)))
		TEST_FAIL("%s is " STR_FMT, network, STR_ARG(visits_country(str_of(network))));
}

TEST(countries_come_from_the_network_or_the_language)
{
	begin();
	CHECK(!visits_countries("/nowhere"));
	country_is("", "192.0.2.0/24");
	journey.language = "de-AT,de;q=0.9";
	get("/");
	journey.language = "zh-Hant-TW";
	get("/");
	journey.language = "de";
	get("/");
	CHECK_INT(1, counted(VISIT_KIND_COUNTRY, "AT"));
	CHECK_INT(1, counted(VISIT_KIND_COUNTRY, "TW"));
	CHECK_INT(1, counted(VISIT_KIND_COUNTRY, "unknown"));
	journey.language = NULL;
	as("operator");
	post("/sign-in", "email=operator@kontor.example&password=" DEMO_PASSWORD);
	get("/desk/visits");
	has("no database of networks on this machine");

	geoip_write(str_fmt(journey.arena, "%s/GeoIP.dat", journey.dir).p, 15);
	geoip_write(str_fmt(journey.arena, "%s/GeoIPv6.dat", journey.dir).p, 15);
	CHECK(visits_countries(journey.dir));
	country_is("DE", "10.0.0.0/24");
	country_is("AT", "128.0.0.0/24");
	country_is("", "192.0.2.0/24");
	country_is("DE", "2001:db8::/48");
	country_is("AT", "8001:db8::/48");
	country_is("", "unknown");
	country_is("", "10.0.0.1"); /* a whole address is not asked for */
	geoip_write(
		str_fmt(journey.arena, "%s/GeoIP.dat", journey.dir).p, 255); /* no such country */
	CHECK(visits_countries(journey.dir));
	country_is("", "128.0.0.0/24");
	get("/desk/visits");
	has("looked up in the database of this machine");
	/* The region of a choice follows from the network; unknown is the strictest. */
	journey.peer = "10.0.0.7";
	as("visitor");
	post("/cookies", "all=no");
	CHECK(str_find(header("Set-Cookie"), S(".eea.")) != (size_t)-1);
	CHECK(!visits_countries("/nowhere"));
	journey_end();
}

/* ---- news mails ---- */

TEST(pictures_are_counted_by_day)
{
	begin();
	get("/pixel/2026-11-26.gif");
	get("/pixel/2026-11-26.gif");
	get("/pixel/2026-11-27.gif");
	CHECK_INT(2, counted(VISIT_KIND_MAIL_OPENED, "2026-11-26"));
	CHECK_INT(0, counted(VISIT_KIND_VIEWS, "")); /* it is no page */
	as("buyer");
	post("/sign-in", "email=buyer@kontor.example&password=" DEMO_PASSWORD);
	get("/news?mail=2026-11-26");
	want(200);
	get("/news?mail=nonsense%%21");
	CHECK_INT(1, counted(VISIT_KIND_MAIL_LED, "2026-11-26"));
	journey_end();
}

int main(void)
{
	return test_main();
}
