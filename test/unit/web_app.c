/* web, end to end without sockets: routes, forms, proofs, writes, sessions, idempotency,
 * answers. */
#include "web_app.h"

#include <zlib.h>

#define APP(id) \
	static void id##_in_app(void); \
	TEST(id) \
	{ \
		journey_begin(&app_options); \
		atomic_store(&app_applied, 0); \
		id##_in_app(); \
		journey_end(); \
	} \
	static void id##_in_app(void)

APP(pages_and_what_is_not_there)
{
	get("/");
	want(200);
	has("home person=0 session=0");
	CHECK(!header("Set-Cookie").p);
	CHECK_TEXT("nosniff", header("X-Content-Type-Options"));
	CHECK(str_find(header("Content-Security-Policy"), S("default-src 'none'")) == 0);
	get("/nothing");
	want(404);
	get("/note/absent");
	want(404);
	get("/note/");
	want(404);
	get("//note");
	want(404);
	get("/note/%%2e%%2e");
	want(400);
	get("/note/..");
	want(400);
	get("/note/%%00");
	want(400);
	get("/note/%%ff");
	want(400);
	get("/note/%%4");
	want(400);
	journey_send("HEAD", S("/"), NULL, (str){NULL, 0});
	want(200);
	journey_send("DELETE", S("/note/x"), NULL, (str){NULL, 0});
	want(405);
	CHECK_TEXT("GET, HEAD", header("Allow"));
	journey_send("POST", S("/note/x"), NULL, (str){NULL, 0});
	want(405);
	get("/note");
	want(405);
	CHECK_TEXT("POST", header("Allow"));
}

APP(a_write_is_there_after_its_answer)
{
	post("/note", "name=bolt&amount=12");
	want(303);
	CHECK_TEXT("/note/bolt", header("Location"));
	follow();
	want(200);
	has("amount=12");
	get("/note/bolt.txt");
	want(200);
	has("amount=12");
	get("/"); /* the flash message, once */
	has("Use at most 7 characters");
	get("/");
	lacks("Use at most");
}

APP(mistakes_are_shown_at_the_field)
{
	post("/note", "name=x&amount=5000&colour=red");
	want(422);
	has("form name=[x] amount=[5000]");
	has("error name: Use at least 2 characters");
	has("error amount: Use 1,000 or less");
	post("/note", "amount=abc");
	want(422);
	has("error name: Fill this in");
	has("error amount: Enter a whole number");
	post("/note", "name=%%ff%%fe");
	want(422);
	has("error name: This holds bytes");
	post("/note", "name=a%%0Ab");
	want(422);
	has("Keep this on one line");
	post("/note", "name=one&name=two");
	want(422);
	has("error name: This was given twice");
	post("/note", "name=a%%zz");
	want(400);
	CHECK_INT(0, atomic_load(&app_applied));
	journey.language = "de";
	post("/note", "name=x");
	want(422);
	has("Verwenden Sie mindestens 2 Zeichen");
}

APP(apply_can_refuse_and_nothing_stays)
{
	post("/note", "name=taken&amount=3");
	want(422);
	has("form name=[taken] amount=[3]");
	has("error name: This was given twice");
	get("/note/taken");
	want(404);
	post("/note", "name=refuse");
	want(409);
	get("/note/refuse");
	want(404);
	post("/note", "name=boom");
	want(500);
	has("Something went wrong");
	lacks("wanted");
	get("/note/boom");
	want(404);
	get("/fault");
	want(500);
	lacks("half a page");
	get("/undeclared");
	want(500);
}

APP(slow_steps_run_on_the_pool)
{
	post("/slow", "name=deep&amount=7");
	want(303);
	follow();
	has("amount=7");
	post("/slow", "name=wrong&amount=7");
	want(422);
	has("error name: Choose one from the list");
	post("/slow", "name=boom&amount=7");
	want(500);
}

APP(forms_need_their_token)
{
	post_bare("/note", "name=bolt");
	want(403);
	has("form name=[bolt]"); /* shown again, with a good token */
	post_bare("/note", "name=bolt&_token=AAAA");
	want(403);
	with("Sec-Fetch-Site", "cross-site");
	post("/note", "name=bolt");
	want(403);
	lacks("form name=");
	CHECK_INT(0, atomic_load(&app_applied));
	str early = token();
	as("anna");
	signed_in(42, 43, BIT(ROLE_BUYER));
	post_bare("/note", "name=bolt&_token=" STR_FMT, STR_ARG(early));
	want(403); /* a visitor's token is not a member's */
	str annas = token();
	as("bert");
	signed_in(44, 43, BIT(ROLE_BUYER));
	post_bare("/note", "name=bolt&_token=" STR_FMT, STR_ARG(annas));
	want(403);
	as("anna");
	post_bare("/note", "name=bolt&_token=" STR_FMT, STR_ARG(annas));
	want(303);
	post_bare("/hook", "name=free&amount=9");
	want(303);
}

APP(a_double_click_writes_once)
{
	post_bare("/note", "name=bolt&amount=1&_key=k1&_token=" STR_FMT, STR_ARG(token()));
	want(303);
	post_bare("/note", "name=bolt&amount=1&_key=k1&_token=" STR_FMT, STR_ARG(token()));
	want(303);
	CHECK_TEXT("/note/bolt", header("Location"));
	CHECK_TEXT("true", header("Idempotent-Replayed"));
	CHECK_INT(1, atomic_load(&app_applied));
	post_bare("/note", "name=nut&amount=1&_key=k1&_token=" STR_FMT, STR_ARG(token()));
	want(422);
	CHECK_INT(1, atomic_load(&app_applied));
	post_bare("/note", "name=taken&_key=k2&_token=" STR_FMT, STR_ARG(token()));
	want(422);
	post_bare("/note", "name=washer&_key=k2&_token=" STR_FMT, STR_ARG(token()));
	want(303); /* what was refused used up no key */
}

APP(sessions_begin_and_end)
{
	get("/member");
	want(303);
	CHECK_TEXT("/signin?next=%2Fmember", header("Location"));
	post("/keep", "x=1");
	want(303);
	follow();
	has("person=0 session=1");
	str visitor_cookie = journey_cookies();
	post("/signin", "x=1");
	want(303);
	CHECK(!str_eq(visitor_cookie, journey_cookies()));
	CHECK(str_find(header("Set-Cookie"), S("HttpOnly; SameSite=Lax")) != (size_t)-1);
	follow();
	has("person=42 session=1");
	get("/member");
	want(200);
	get("/desk");
	want(403);
	/* the visitor's cookie is worth nothing now */
	str mine = journey_cookies();
	as("thief");
	with("Cookie", visitor_cookie.p);
	get("/");
	has("session=0");
	/* nor is a cookie that was tampered with */
	char *bent = (char *)(uintptr_t)str_dup(journey.arena, mine).p;
	char *at = strstr(bent, "kontor=");
	at[20] = at[20] == 'A' ? 'B' : 'A';
	with("Cookie", bent);
	get("/");
	has("session=0");
	with("Cookie", mine.p);
	get("/");
	has("person=42");
	as("visitor");
	post("/signout", "x=1");
	want(303);
	CHECK_TEXT("\"cache\"", header("Clear-Site-Data"));
	follow();
	has("person=0");
	as("thief");
	with("Cookie", mine.p);
	get("/");
	has("person=0");
}

APP(signing_out_everywhere)
{
	as("desk");
	signed_in(42, 43, BIT(ROLE_BUYER));
	as("phone");
	signed_in(42, 43, BIT(ROLE_BUYER));
	get("/member");
	want(200);
	post("/signout-all", "x=1");
	want(303);
	as("desk");
	get("/member");
	want(303);
}

APP(tls_cookies_are_bound_to_the_host)
{
	journey.tls = true;
	signed_in(42, 43, BIT(ROLE_BUYER));
	CHECK(str_starts(header("Set-Cookie"), S("__Host-kontor=")));
	CHECK(str_find(header("Set-Cookie"), S("; Secure")) != (size_t)-1);
	CHECK(header("Strict-Transport-Security").n);
	get("/");
	has("person=42");
}

APP(undeclared_cookies_stay)
{
	get("/cookies");
	want(200);
	size_t n = 0;

	for (size_t i = 0; i < journey.headers_n; i++)
		if (str_eq(journey.headers[i].name, S("Set-Cookie"))) {
			n++;
			CHECK(str_starts(journey.headers[i].value, S("kontor_view=de.-.-; ")));
		}
	CHECK_INT(1, n);
	journey.peer = "127.0.0.1";
	get("/metrics");
	has("kontor_cookies_dropped_total 3");
}

APP(query_forms)
{
	get("/search?name=bolt+M8&amount=5&utm_source=x");
	want(200);
	has("search [bolt M8] [bolt M8] 5");
	get("/search?name=x&amount=abc");
	want(200);
	get("/search?name=%%zz");
	want(400);
}

APP(files_and_rows)
{
	const struct part parts[] = {{.name = "lines.0.sku", .bytes = S("R-1")},
		{.name = "lines.0.quantity", .bytes = S("5")},
		{.name = "lines.1.sku", .bytes = S("")},
		{.name = "lines.1.quantity", .bytes = S("")},
		{.name = "lines.2.sku", .bytes = S("R-3")},
		{.name = "lines.2.quantity", .bytes = S("7")},
		{.name = "currency", .bytes = S("EUR")}, {.name = "price", .bytes = S("12.50")},
		{.name = "unit_price", .bytes = S("0.0021")},
		{.name = "email", .bytes = S(" Anna@Example.COM ")},
		{.name = "password", .bytes = S(" as typed ")},
		{.name = "notes", .bytes = S("a\r\nb")}, {.name = "unit", .bytes = S("box")},
		{.name = "agreed", .bytes = S("on")}, {.name = "day", .bytes = S("2026-03-01")},
		{.name = "picture",
			.file = "C:\\\\pics\\\\a.png",
			.type = "text/plain",
			.bytes = S("\x89PNG\r\n\x1a\n--journey")}};

	post_files("/order", parts, COUNT(parts));
	want(200);
	has("line R-1 5\nline R-3 7\nfile a.png image/png 17");
	has("email anna@example.com password  as typed  notes a\nb");
	has("price 1250 unit_price 2100 unit 3 agreed 1 day 1");
	post("/order", "lines.0.sku=R&lines.0.quantity=0&price=1&currency=XXX&unit=crate&day=soon&"
		       "email=a@b&agreed=maybe");
	want(422);
	has("422");
	post("/order", "currency=EUR");
	want(422);
}

APP(the_api)
{
	get("/api/v1/notes/bolt");
	want(401);
	CHECK_TEXT("application/problem+json", header("Content-Type"));
	CHECK(header("WWW-Authenticate").n);
	CHECK_INT(401, json_int_at("status"));
	bearer("wrong");
	get("/api/v1/notes/bolt");
	want(401);
	bearer("letmein");
	get("/api/v1/notes/bolt");
	want(404);
	with("Idempotency-Key", "key-1");
	post("/api/v1/notes", "{\"name\": \"bolt\", \"amount\": 12}");
	want(201);
	CHECK_TEXT("/api/v1/notes/bolt", header("Location"));
	CHECK_INT(12, json_int_at("about_id"));
	CHECK_TEXT("confirm", json_str_at("kind"));
	str id = str_dup(journey.arena, json_str_at("id"));
	CHECK_INT(ID_TEXT_CHARS, id.n);
	with("Idempotency-Key", "key-1");
	post("/api/v1/notes", "{\"amount\": 12, \"name\": \"bolt\"}");
	want(422); /* another body: the order of names counts, a retry sends the same bytes */
	with("Idempotency-Key", "key-1");
	post("/api/v1/notes", "{\"name\": \"bolt\", \"amount\": 12}");
	want(201);
	CHECK_STR(id, json_str_at("id"));
	CHECK_INT(1, atomic_load(&app_applied));
	post("/api/v1/notes", "{\"name\": \"x\", \"amount\": \"12\"}");
	want(422);
	CHECK_INT(2, json_count_at("errors"));
	CHECK_TEXT("name", json_str_at("errors.0.field"));
	CHECK_TEXT("amount", json_str_at("errors.1.field"));
}

APP(json_that_is_refused)
{
	static const char *const bad[] = {"{", "[]", "{\"name\": 1, \"name\": 2}", "{\"a.b\": 1}",
		"{\"name\": \"\\u0000\"}", "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]",
		"{\"name\": \"x\"} trailing", "nul"};

	bearer("letmein");
	for (size_t i = 0; i < COUNT(bad); i++) {
		post_type("/api/v1/notes", "application/json", str_of(bad[i]));
		want(400);
	}
	post_type("/api/v1/notes", "application/json", S("{\"name\": \"\xff\xfe\"}"));
	want(400);
	post_type("/api/v1/notes", "text/plain", S("{}"));
	want(415);
	post_type("/note", "application/json", S("{}"));
	want(415);
	post_type("/api/v1/order", "application/json",
		S("{\"lines\": [{\"sku\": \"R\", \"quantity\": 3}], \"price\": {\"amount\": "
		  "\"1.20\", \"currency\": \"EUR\"}, "
		  "\"agreed\": true, \"notes\": null}"));
	want(200);
	has("line R 3");
	has("price 120");
	post_type("/api/v1/order", "application/json",
		S("{\"lines\": [{\"sku\": \"R\", \"quantity\": 0}, {\"quantity\": 1}, "
		  "{\"sku\":\"a\",\"quantity\":1},"
		  "{\"sku\":\"a\",\"quantity\":1}], \"agreed\": \"yes\"}"));
	want(422);
	CHECK_TEXT("lines.0.quantity", json_str_at("errors.0.field"));
	CHECK_TEXT("lines.1.sku", json_str_at("errors.1.field"));
	CHECK_TEXT("lines", json_str_at("errors.2.field"));
	CHECK_TEXT("agreed", json_str_at("errors.3.field"));
}

APP(bodies_have_a_limit)
{
	char *big = arena_alloc(test_arena, 1, 3 << 20);

	memset(big, 'a', 3 << 20);
	post_type("/note", "application/x-www-form-urlencoded", (str){big, 3 << 20});
	want(413);
	CHECK_INT(0, atomic_load(&app_applied));
}

APP(signed_links)
{
	str good = signed_path(
		journey.store, test_arena, S("/link/a"), instant_add(clock_real(), SECOND_US * 60));
	str old = signed_path(journey.store, test_arena, S("/link/a"),
		instant_add(clock_real(), -SECOND_US * 60));

	get(STR_FMT, STR_ARG(good));
	want(200);
	get(STR_FMT, STR_ARG(old));
	want(403);
	get("/link/b%s", strchr(good.p, '?'));
	want(403);
	get("/link/a");
	want(403);
	get(STR_FMT "x", STR_ARG(good));
	want(403);
}

APP(guessing_is_slowed)
{
	int good = 0;

	for (int i = 0; i < 40; i++)
		good += get("/guess") == 200;
	CHECK_INT(20, good);
	want(429);
	CHECK(header("Retry-After").n);
	journey.peer = "192.0.2.99"; /* the same network */
	get("/guess");
	want(429);
	journey.peer = "192.0.3.1";
	get("/guess");
	want(200);
	get("/");
	want(200);
}

APP(answers_are_compressed_and_cached)
{
	z_stream z = {0};
	char plain[100000];

	get("/big");
	want(200);
	size_t whole = journey.body.n;
	str etag = str_dup(test_arena, header("ETag"));

	CHECK(etag.n && !header("Content-Encoding").p);
	with("Accept-Encoding", "br, gzip;q=0.5");
	get("/big");
	CHECK_TEXT("gzip", header("Content-Encoding"));
	CHECK(journey.body.n < whole / 2);
	z.next_in = (Bytef *)(uintptr_t)journey.body.p;
	z.avail_in = (uInt)journey.body.n;
	z.next_out = (Bytef *)plain;
	z.avail_out = sizeof plain;
	CHECK_INT(Z_OK, inflateInit2(&z, 31));
	CHECK_INT(Z_STREAM_END, inflate(&z, Z_FINISH));
	CHECK_INT(whole, z.total_out);
	inflateEnd(&z);
	with("If-None-Match", etag.p);
	get("/big");
	want(304);
	CHECK_INT(0, journey.body.n);
	with("Accept-Encoding", "gzip;q=0");
	get("/big");
	CHECK(!header("Content-Encoding").p);
	with("Accept-Encoding", "gzip");
	get("/");
	CHECK(!header("Content-Encoding").p);
}

APP(what_the_server_says_of_itself)
{
	app_unready = true;
	get("/healthz");
	want(503);
	app_unready = false;
	get("/healthz");
	want(200);
	has("ok");
	get("/metrics");
	want(404); /* not from elsewhere */
	post("/note", "name=bolt&colour=red");
	get("/note/bolt");
	journey.peer = "127.0.0.1";
	get("/metrics");
	want(200);
	has("kontor_requests_total{method=\"POST\",route=\"/note\",status=\"3xx\"} 1");
	has("kontor_requests_total{method=\"GET\",route=\"/note/{name}\",status=\"2xx\"} 1");
	has("kontor_fields_dropped_total 1");
	has("kontor_writes_total 1");
	has("kontor_write_commits_total 1");
	has("kontor_writes_waiting 0");
	lacks("bolt");
	get("/api/v1/openapi.json");
	want(200);
	CHECK_TEXT("3.1.0", json_str_at("openapi"));
	CHECK_TEXT("One note",
		str_of(json_string_value(json_object_get(
			json_object_get(
				json_object_get(json_at("paths"), "/api/v1/notes/{name}"), "get"),
			"summary"))));
	if (getenv("OPENAPI_OUT")) {
		FILE *f = fopen(getenv("OPENAPI_OUT"), "w");

		fwrite(journey.body.p, 1, journey.body.n, f);
		fclose(f);
	}
}

/* Each allocation and each database call in turn fails once: always a whole answer, and what was
 * not answered as done is not there. */
static int run_with(
	enum fault_site site, int64_t nth, const char *method, const char *path, str body)
{
	struct exchange *x = journey_exchange(
		method, str_of(path), body.n ? "application/x-www-form-urlencoded" : NULL, body.n);
	enum exchange_step step;
	sem_t woken;
	int status;

	sem_init(&woken, 0, 0);
	x->wake = journey_wake;
	x->wake_ctx = &woken;
	fault_inject(site, nth);
	step = exchange_head(x);
	if (step == STEP_BODY && body.n)
		exchange_body(x, body.p, body.n);
	if (step == STEP_BODY)
		step = exchange_run(x);
	if (step == STEP_WAIT) {
		exchange_go(x);
		while (sem_wait(&woken))
			;
		exchange_resume(x);
	}
	fault_inject(site, 0);
	status = x->status;
	CHECK(x->answer_n && !x->reading);
	exchange_end(x);
	sem_destroy(&woken);
	return status;
}

static void faults_on(enum fault_site site, int64_t most)
{
	int good = 0, failed = 0;

	for (int64_t n = 1; n <= most; n++) {
		str body = str_fmt(test_arena, "name=f%d-%lld&amount=%lld", (int)site, (long long)n,
			(long long)n + 500LL * (long long)site);
		int read = run_with(site, n, "GET", "/", (str){NULL, 0});
		int write = run_with(site, n, "POST", "/hook", body);
		int there = get("/note/f%d-%lld", (int)site, (long long)n);

		CHECK(read == 200 || read == 500 || read == 503);
		CHECK(write == 303 || write >= 400);
		CHECK(write == 303 ? there == 200 : there == 404 || write == 500);
		good += write == 303;
		failed += write != 303;
	}
	CHECK(good && failed);
}

APP(every_allocation_may_fail)
{
	signed_in(42, 43, BIT(ROLE_BUYER));
	faults_on(FAULT_SITE_ALLOC, 160);
}

APP(every_database_call_may_fail)
{
	signed_in(42, 43, BIT(ROLE_BUYER));
	faults_on(FAULT_SITE_DB, 60);
}

static void refused(const struct route *table)
{
	const struct route *const tables[] = {table, NULL};
	struct web_options o = {.tables = tables};

	CHECK_FAULT(FAULT_BUG, web_make(journey.store, &o));
}

TEST(tables_with_mistakes_do_not_start)
{
	static const struct field no_label[] = {{.name = "x", .kind = FIELD_TEXT}};
	static const struct form unlabelled = {"unlabelled", no_label, 1, 16, false};
	static const struct field unsaid_fields[] = {
		{.name = "x", .kind = FIELD_TEXT, .label = MSG_web_required}};
	static const struct form unsaid = {"unsaid", unsaid_fields, 1, 16, false};
	static const struct field unknown_fields[] = {{.name = "x",
		.kind = FIELD_TEXT,
		.label = MSG_web_required,
		.data = "person.shoe_size"}};
	static const struct form unknown = {"unknown", unknown_fields, 1, 16, false};
	const uint64_t p = BIT(PURPOSE_PUBLIC);
	const struct route bad[][3] = {
		{{GET, "/a", 0, p, PROOF_NONE, .get = app_home}},
		{{GET, "/a", ANYONE, 0, PROOF_NONE, .get = app_home}},
		{{GET, "/a", ANYONE, p, 0, .get = app_home}},
		{{GET, "/a", ANYONE, p, PROOF_NONE}},
		{{POST, "/a", ANYONE, p, PROOF_NONE, .apply = app_home}},
		{{POST, "/a", ANYONE, p, PROOF_TOKEN, .form = &unlabelled, .apply = app_home}},
		/* what may be personal and is not in the policy is not asked */
		{{POST, "/a", ANYONE, p, PROOF_TOKEN, .form = &unsaid, .apply = app_home}},
		{{POST, "/a", ANYONE, p, PROOF_TOKEN, .form = &unknown, .apply = app_home}},
		{{GET, "/a/{x}", ANYONE, p, PROOF_NONE, .get = app_home},
			{GET, "/a/{y}", ANYONE, p, PROOF_NONE, .get = app_home}},
		{{GET, "a", ANYONE, p, PROOF_NONE, .get = app_home}},
		{{GET, "/a/", ANYONE, p, PROOF_NONE, .get = app_home}},
		{{GET, "/a/{", ANYONE, p, PROOF_NONE, .get = app_home}},
		{{GET, "/a/{x}/{x}", ANYONE, p, PROOF_NONE, .get = app_home}},
		{{GET, "/a", ANYONE, p, PROOF_NONE, .get = app_home, .apply = app_home}},
	};

	journey_store();
	for (size_t i = 0; i < COUNT(bad); i++)
		refused(bad[i]);
	journey_end();
}

int main(void)
{
	return test_main();
}
