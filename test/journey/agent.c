/* Agents over the Data Rights Protocol 1.0: the registry, the key of the pair, requests, their
 * state, taking back; and what is forged, old, for others, said twice, or no message at all. */
#include "market/plain.h"
#include "market/rights/agent.h"
#include "test/journey/member.h"
#include "test/journey/sink.h"
#include "test/journey/world.h"

#include <sodium.h>

#define ANNA "anna@home.test"

static struct key {
	uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
} helping, other;

static const char *base64(const void *p, size_t n)
{
	size_t most = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *v = arena_array(journey.arena, char, most);

	sodium_bin2base64(v, most, p, n, sodium_base64_VARIANT_ORIGINAL);
	return v;
}

static void register_agent(const char *name, const struct key *k)
{
	str key = str_of(base64(k->public, sizeof k->public));
	struct out o;

	out_init(&o, journey.arena, 64, 1024, NULL);
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] == '+' || key.p[i] == '/' || key.p[i] == '=')
			out_fmt(&o, "%%%02X", key.p[i]);
		else
			out_char(&o, key.p[i]);
	as("officer");
	post("/desk/rights/agents",
		"name=%s&title=Helping+Hand+e.V.&key=" STR_FMT
		"&web_url=https%%3A%%2F%%2Fhand.example&contact=office%%40hand.example",
		name, STR_ARG(out_view(&o)));
	want(303);
}

static void begin_market(void)
{
	world_begin();
	plain_base_set("https://market.example");
	officer_enters();
	crypto_sign_keypair(helping.public, helping.secret);
	crypto_sign_keypair(other.public, other.secret);
	register_agent("HELPING_HAND", &helping);
	register_agent("OTHER_HAND", &other);
	as("agent");
}

static const char *business(void)
{
	return str_dup(journey.arena, agent_business(journey.arena, store_policy(journey.store))).p;
}

/* Signed as the protocol says: signature, then the message, in base64. */
static str signed_by(const struct key *k, str message)
{
	uint8_t *p = arena_alloc(journey.arena, 1, crypto_sign_BYTES + message.n + 1);
	unsigned long long n;

	crypto_sign(p, &n, (const uint8_t *)message.p, message.n, k->secret);
	return str_of(base64(p, n));
}

struct says {
	const char *agent, *business, *version, *rest;
	int64_t from_s, until_s; /* from now */
};

static str message(const struct says *s)
{
	instant now = clock_real();

	return str_fmt(journey.arena,
		"{\"agent-id\":\"%s\",\"business-id\":\"%s\",\"issued-at\":\"" STR_FMT
		"\",\"expires-at\":\"" STR_FMT "\",\"drp.version\":\"%s\"%s}",
		s->agent ? s->agent : "HELPING_HAND", s->business ? s->business : business(),
		STR_ARG(instant_iso(journey.arena,
			instant_add(now, (s->from_s ? s->from_s : -60) * SECOND_US))),
		STR_ARG(instant_iso(journey.arena,
			instant_add(now, (s->until_s ? s->until_s : 600) * SECOND_US))),
		s->version ? s->version : "1.0", s->rest ? s->rest : "");
}

static int submit(const char *method, const char *path, str body)
{
	return journey_send(method, str_of(path), "text/plain", body);
}

/* The token of this pair; from here on this browser has it. */
static void pair(const char *name, const struct key *k)
{
	static int nth;
	const char *path = str_fmt(journey.arena, "/v1/agent/%s", name).p;

	as(name);
	submit("POST", path,
		signed_by(k, message(&(struct says){.agent = name, .until_s = 600 + ++nth})));
	want(200);
	CHECK_TEXT(name, json_str_at("agent-id"));
	bearer(str_dup(journey.arena, json_str_at("token")).p);
}

static int nth_request;
static str exercise(const char *what, const char *more)
{
	return message(&(struct says){.until_s = 601 + ++nth_request,
		.rest = str_fmt(journey.arena,
			",\"exercise\":\"%s\",\"regime\":\"ccpa\",\"relationships\":[\"customer\"],"
			"\"agent-request-id\":\"REF-1\",\"name\":\"Anna Home\",\"email\":\"" ANNA
			"\",\"email_verified\":true%s",
			what, more)
				.p});
}

static const char *request_path(void)
{
	return str_fmt(journey.arena, "/v1/data-rights-request/" STR_FMT,
		STR_ARG(json_str_at("request_id")))
		.p;
}

static const char *desk_path(const char *request, const char *event)
{
	return str_fmt(journey.arena, "/desk/rights/%s/%s", strrchr(request, '/') + 1, event).p;
}

TEST(an_agent_asks_for_somebody)
{
	begin_market();
	get("/.well-known/data-rights.json");
	want(200);
	CHECK_TEXT(business(), json_str_at("id"));
	CHECK_TEXT("https://market.example/", json_str_at("api_base"));
	CHECK_TEXT("access", json_str_at("supported_actions.0"));
	pair("HELPING_HAND", &helping);
	get("/v1/agent/HELPING_HAND");
	want(200);
	CHECK_TEXT("{}\n", journey.body);
	get("/v1/agent/OTHER_HAND"); /* the token is another's */
	want(403);
	CHECK_TEXT("403", json_str_at("code"));

	submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise("access", "")));
	want(200);
	CHECK_TEXT("in_progress", json_str_at("status"));
	CHECK_TEXT("REF-1", json_str_at("agent_request_id"));
	CHECK(json_str_at("received_at").n && json_str_at("expected_by").n);
	const char *one = request_path();

	CHECK(str_find(mail_to(ANNA), S("We have your request")) != (size_t)-1);
	as("officer");
	get("/desk/rights");
	has("through an agent");
	post(desk_path(one, "ask"), "question=Which+order");
	want(303);
	as("HELPING_HAND");
	get("%s", one);
	want(200);
	CHECK_TEXT("need_user_verification", json_str_at("reason"));
	CHECK_TEXT("Which order", json_str_at("processing_details"));
	str url = str_dup(journey.arena, json_str_at("user_verification_url"));

	CHECK(str_starts(url, S("https://market.example/rights/")));
	as("anna"); /* the person, by the link: it answers the question, and shows nothing else */
	get("%s",
		str_dup(journey.arena, str_sub(url, sizeof "https://market.example" - 1, url.n)).p);
	want(200);
	has("Which order");
	lacks("exercise:");
	post(str_dup(journey.arena, str_sub(url, sizeof "https://market.example" - 1, url.n)).p,
		"act=withdraw");
	want(404);
	post(str_dup(journey.arena, str_sub(url, sizeof "https://market.example" - 1, url.n)).p,
		"act=tell&text=K-2026-1");
	want(303);
	as("officer");
	post(desk_path(one, "extend"), "delay=complexity&because=Three+systems");
	want(303);
	as("HELPING_HAND");
	get("%s", one);
	CHECK_TEXT("in_progress", json_str_at("status"));
	CHECK(str_find(json_str_at("processing_details"), S("Three systems")) != (size_t)-1);
	as("officer");
	post(desk_path(one, "fulfil"), "text=ANSWER-for-anna");
	want(303);
	as("HELPING_HAND");
	get("%s", one);
	CHECK_TEXT("fulfilled", json_str_at("status"));
	lacks("ANSWER-for-anna"); /* the answer is the person's */
	CHECK(str_find(mail_to(ANNA), S("ANSWER-for-anna")) != (size_t)-1);
	journey_end();
}

TEST(a_request_is_denied_taken_back_and_joined)
{
	begin_market();
	pair("HELPING_HAND", &helping);
	submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise("deletion", "")));
	want(200);
	const char *one = request_path();

	submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise("deletion", "")));
	want(200); /* the same again: goes along with the first */
	CHECK(strcmp(one, request_path()) != 0);
	has("says the same");
	as("officer");
	post(desk_path(one, "refuse"), "refusal=identity&grounds=Not+shown");
	want(303);
	as("HELPING_HAND");
	get("%s", one);
	CHECK_TEXT("denied", json_str_at("status"));
	CHECK_TEXT("insuf_verification", json_str_at("reason"));
	submit("POST", "/v1/data-rights-request",
		signed_by(&helping, exercise("sale:opt-out", "")));
	want(200);
	one = request_path();
	pair("OTHER_HAND", &other);
	get("%s", one); /* another agent's */
	want(403);
	submit("DELETE", one, signed_by(&other, S("{\"reason\":\"mine now\"}")));
	want(403);
	as("HELPING_HAND");
	submit("DELETE", one, signed_by(&other, S("{\"reason\":\"forged\"}")));
	want(403);
	submit("DELETE", one, signed_by(&helping, S("{\"reason\":\"I changed my mind\"}")));
	want(200);
	CHECK_TEXT("revoked", json_str_at("status"));
	submit("DELETE", one, signed_by(&helping, S("{}")));
	want(409);
	as("officer");
	get("/desk/rights/%s", strrchr(one, '/') + 1);
	has("I changed my mind");
	has("taken back");
	journey_end();
}

/* Each of these is refused, and nothing comes of it. */
TEST(what_is_forged_old_or_for_others_is_refused)
{
	begin_market();
	const char *to = "/v1/data-rights-request";
	const char *wish = ",\"exercise\":\"access\",\"email\":\"" ANNA "\"";

	submit("POST", to, signed_by(&helping, exercise("access", "")));
	want(401); /* no token */
	bearer("kta_rubbish");
	submit("POST", to, signed_by(&helping, exercise("access", "")));
	want(401);
	bearer(NULL);
	submit("POST", "/v1/agent/NOBODY", signed_by(&helping, message(&(struct says){0})));
	want(401);
	submit("POST", "/v1/agent/HELPING_HAND", signed_by(&other, message(&(struct says){0})));
	want(403); /* signed by another key */
	submit("POST", "/v1/agent/HELPING_HAND",
		signed_by(&helping, message(&(struct says){.agent = "OTHER_HAND"})));
	want(403);
	pair("HELPING_HAND", &helping);
	submit("POST", to, signed_by(&other, exercise("access", "")));
	want(403);
	str good = signed_by(&helping, exercise("access", ""));
	char *bent = (char *)(uintptr_t)str_dup(journey.arena, good).p;

	bent[100] = bent[100] == 'A' ? 'B' : 'A';
	submit("POST", to, (str){bent, good.n});
	want(403);
	const struct {
		struct says s;
		int status;
	} v[] = {
		{{.rest = wish, .agent = "OTHER_HAND"}, 403},
		{{.rest = wish, .business = "SOMEBODY_ELSE"}, 403},
		{{.rest = wish, .from_s = 60, .until_s = 120}, 400}, /* from the future */
		{{.rest = wish, .from_s = -600, .until_s = -60}, 410},
		{{.rest = wish, .until_s = 3 * 86400}, 400}, /* good for days */
		{{.rest = wish, .from_s = 50, .until_s = 40}, 400},
		{{.rest = wish, .version = "0.5"}, 400},
		{{.rest = ",\"exercise\":\"sale:opt-in\",\"email\":\"" ANNA "\""}, 400},
		{{.rest = ",\"exercise\":\"access\",\"email\":\"" ANNA "\",\"regime\":\"x\""}, 400},
		{{.rest = ",\"exercise\":\"access\""}, 422}, /* of whom? */
		{{.rest = ",\"email\":\"" ANNA "\""}, 422},
		{{.rest = ",\"exercise\":[\"access\"],\"email\":{\"a\":1}"}, 422},
	};

	for (size_t i = 0; i < COUNT(v); i++) {
		submit("POST", to, signed_by(&helping, message(&v[i].s)));
		if (journey.status != v[i].status)
			TEST_FAIL("case %zu: %d", i, journey.status);
		CHECK(json_str_at("code").n && json_str_at("message").n);
	}
	submit("POST", to, good);
	want(200);
	submit("POST", to, good);
	want(409); /* a message counts once */
	as("officer");
	get("/desk/rights?kind=access");
	has("through an agent");
	get("/desk/rights?state=joined");
	has("Nothing waits");
	journey_end();
}

TEST(no_body_brings_it_down)
{
	static const char *const signed_bodies[] = {"", "{", "[]", "null", "\"text\"",
		"{\"a\":1,\"a\":2}", "{\"agent-id\":null}",
		"{\"agent-id\":{\"agent-id\":\"HELPING_HAND\"}}",
		"{\"agent-id\":\"HELPING_HAND\",\"expires-at\":1e400}", "{\"\":1}",
		"{\"agent-id\":\"\\u0000\"}", "{\"agent-id\":\"\xff\"}"};
	static const char *const bodies[] = {
		"", "!", "====", "AAAA", "{\"agent-id\":\"x\"}", "QUJD\r\nREVG", "%00"};
	struct out deep;

	begin_market();
	pair("HELPING_HAND", &helping);
	for (size_t i = 0; i < COUNT(signed_bodies); i++) {
		submit("POST", "/v1/data-rights-request",
			signed_by(&helping, str_of(signed_bodies[i])));
		CHECK(journey.status >= 400 && journey.status < 500);
	}
	for (size_t i = 0; i < COUNT(bodies); i++) {
		submit("POST", "/v1/data-rights-request", str_of(bodies[i]));
		CHECK(journey.status >= 400 && journey.status < 500);
	}
	out_init(&deep, journey.arena, 4096, 1 << 20, NULL);
	for (int i = 0; i < 1000; i++)
		out_lit(&deep, "{\"a\":");
	submit("POST", "/v1/data-rights-request", signed_by(&helping, out_view(&deep)));
	want(400);
	out_cut(&deep, 0);
	for (int i = 0; i < 200000; i++)
		out_char(&deep, 'A');
	submit("POST", "/v1/data-rights-request", out_view(&deep));
	want(413);
	journey_send("POST", S("/v1/data-rights-request"), "application/json",
		signed_by(&helping, exercise("access", "")));
	want(415);
	journey_send("DELETE", S("/v1/data-rights-request"), "text/plain", S("AAAA"));
	want(405);
	CHECK(str_find(header("Allow"), S("POST")) != (size_t)-1);
	journey_send("DELETE", S("/rights"), "text/plain", S(""));
	want(405);
	submit("DELETE", "/v1/data-rights-request/rubbish", signed_by(&helping, S("{}")));
	want(403);
	for (int i = 0; i < 200; i++) { /* any bytes, signed well */
		uint8_t junk[48];

		random_bytes(junk, sizeof junk);
		if (i % 2)
			junk[0] = '{';
		submit("POST", "/v1/data-rights-request",
			signed_by(&helping, (str){(const char *)junk, sizeof junk}));
		CHECK(journey.status >= 400 && journey.status < 500);
	}
	journey_end();
}

/* ---- told when it changes (2.03) ---- */

static str url_of(const char *scheme, const char *host)
{
	return str_fmt(journey.arena, "%s://%s:%d/told", scheme, host, sink.port);
}

static int exercise_at(const char *what, str url)
{
	const char *more =
		str_fmt(journey.arena, ",\"status_callback\":\"" STR_FMT "\"", STR_ARG(url)).p;

	as("HELPING_HAND");
	return submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise(what, more)));
}

static void told_at(const char *host)
{
	as("officer");
	post("/desk/rights/agents/callback", "name=HELPING_HAND&callback_host=%s", host);
	want(303);
}

static void told(int messages)
{
	CHECK_INT(messages, egress_hooks(journey.store, 10));
}

static void begin_telling(bool inward)
{
	begin_market();
	egress_agents(agent_callback, inward);
	sink_start();
	pair("HELPING_HAND", &helping);
}

/* What it was told last is what it would be answered. */
static void told_as_answered(const char *path)
{
	as("HELPING_HAND");
	get("%s", path);
	want(200);
	/* the link of a question is signed anew each time */
	size_t n = str_find(journey.body, S("\"user_verification_url\""));

	n = n == (size_t)-1 ? journey.body.n : n;
	CHECK(str_eq(str_sub(journey.body, 0, n), str_sub(sink_body(), 0, n)));
	CHECK(strstr(sink.got, "POST /told HTTP/1.1") == sink.got);
	CHECK(strstr(sink.got, "application/json") != NULL);
}

TEST(an_agent_is_told_of_each_change)
{
	begin_telling(true);
	told_at("127.0.0.1");
	exercise_at("access", url_of("http", "127.0.0.1"));
	want(200);
	const char *one = request_path();

	told(0); /* it has just been answered */
	as("officer");
	post(desk_path(one, "ask"), "question=Which+order");
	want(303);
	told(1);
	CHECK_INT(1, sink.n);
	told_as_answered(one);
	CHECK(str_find(sink_body(), S("need_user_verification")) != (size_t)-1);
	CHECK(str_find(sink_body(), S("https://market.example/rights/")) != (size_t)-1);
	CHECK(str_find(sink_body(), S("REF-1")) != (size_t)-1);
	as("officer");
	post(desk_path(one, "extend"), "delay=complexity&because=Three+systems");
	want(303);
	told(1);
	told_as_answered(one);
	CHECK(str_find(sink_body(), S("Three systems")) != (size_t)-1);
	submit("DELETE", one, signed_by(&helping, S("{\"reason\":\"no longer\"}")));
	want(200);
	told(1);
	told_as_answered(one);
	CHECK(str_find(sink_body(), S("\"revoked\"")) != (size_t)-1);
	CHECK_INT(3, sink.n);
	as("officer");
	get("/desk/disclosures");
	has("The organisation that you asked to speak for you");
	has("A request changed (to its agent)");
	/* who asked to be told of nothing is told of nothing */
	as("HELPING_HAND");
	submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise("deletion", "")));
	one = request_path();
	as("officer");
	post(desk_path(one, "ask"), "question=Which+order");
	told(0);
	sink_stop();
	journey_end();
}

/* What says the same is answered with it: its own state, history and clock; its agent is told. */
TEST(what_was_joined_is_answered_with_the_other)
{
	begin_telling(true);
	told_at("127.0.0.1");
	as("HELPING_HAND");
	submit("POST", "/v1/data-rights-request", signed_by(&helping, exercise("deletion", "")));
	want(200);
	const char *one = request_path();

	exercise_at("deletion", url_of("http", "127.0.0.1"));
	want(200);
	const char *two = request_path();

	exercise_at("deletion", url_of("http", "127.0.0.1"));
	const char *three = request_path();

	submit("DELETE", three, signed_by(&helping, S("{}")));
	want(200); /* may be taken back like any other */
	CHECK_TEXT("revoked", json_str_at("status"));
	told(1);
	as("officer");
	get("/desk/rights/%s", strrchr(two, '/') + 1);
	has("the request that says the same");
	lacks("/fulfil\""); /* nothing to be done with it by itself */
	lacks("/refuse\"");
	post(desk_path(two, "fulfil"), "text=By+itself");
	want(409);
	post(desk_path(one, "extend"), "delay=volume&because=Many+systems");
	want(303);
	told(1);
	told_as_answered(two);
	CHECK(str_find(sink_body(), S("Many systems")) != (size_t)-1);
	CHECK(str_find(sink_body(), S("in_progress")) != (size_t)-1);
	as("officer");
	post(desk_path(one, "refuse"), "refusal=identity&grounds=Not+shown");
	want(303);
	told(1); /* the one that was taken back hears no more of it */
	told_as_answered(two);
	CHECK(str_find(sink_body(), S("\"denied\"")) != (size_t)-1);
	CHECK(str_find(sink_body(), S("insuf_verification")) != (size_t)-1);
	as("officer");
	get("/desk/rights/%s", strrchr(two, '/') + 1);
	has("Not shown");
	has("Time extended");
	get("/desk/rights?state=joined");
	has("Nothing waits");
	/* and the same with a yes; the person reads of it once */
	exercise_at("access", url_of("http", "127.0.0.1"));
	one = request_path();
	exercise_at("access", url_of("http", "127.0.0.1"));
	two = request_path();
	(void)mail_to(ANNA); /* all that waited has left */
	as("officer");
	post(desk_path(one, "fulfil"), "text=ANSWER-for-anna");
	want(303);
	CHECK_INT(1, egress_deliver(journey.store,
			     &(struct egress_options){.from = "kontor@localhost",
				     .base_url = "http://kontor.test",
				     .to_files = true},
			     50));
	told(2);
	as("HELPING_HAND");
	get("%s", two);
	CHECK_TEXT("fulfilled", json_str_at("status"));
	lacks("ANSWER-for-anna");
	sink_stop();
	journey_end();
}

/* The answer is the person's, and goes nowhere; what does not arrive is tried again, and is then
 * the newest. */
TEST(what_does_not_arrive_is_told_again)
{
	begin_telling(true);
	told_at("127.0.0.1");
	exercise_at("access", url_of("http", "127.0.0.1"));
	const char *one = request_path();

	sink.answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
		      "Connection: close\r\n\r\n";
	as("officer");
	post(desk_path(one, "ask"), "question=Which+order");
	told(1);
	told(0); /* not at once */
	CHECK_INT(1, sink.n);
	post(desk_path(one, "refuse"), "refusal=identity&grounds=ANSWER-for-anna");
	want(303);
	sink.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	clock_shift(5 * 60 * SECOND_US);
	told(2);
	CHECK_INT(3, sink.n);
	clock_shift(0);
	told_as_answered(one);
	CHECK(str_find(sink_body(), S("insuf_verification")) != (size_t)-1);
	CHECK(str_find(sink_body(), S("ANSWER-for-anna")) == (size_t)-1);
	sink_stop();
	journey_end();
}

TEST(an_agent_is_told_at_its_own_host_alone)
{
	static const char *const hosts[] = {"a+b.example", "Hand.example", "hand.example%3A8443",
		"localhost", ".example", "https%3A%2F%2Fhand.example"};

	begin_telling(true);
	for (size_t i = 0; i < COUNT(hosts); i++) {
		as("officer");
		post("/desk/rights/agents/callback", "name=HELPING_HAND&callback_host=%s",
			hosts[i]);
		if (journey.status != 422)
			TEST_FAIL("%s: %d", hosts[i], journey.status);
	}
	exercise_at("access", url_of("http", "127.0.0.1")); /* none is registered */
	want(400);
	has("registered for this agent");
	told_at("hand.example");
	const str urls[] = {url_of("http", "127.0.0.1"), url_of("https", "evil.example"),
		url_of("https", "hand.example@evil.example"), url_of("ftp", "hand.example"),
		url_of("https", "hand.example.evil.example"), url_of("https", "evil.example?x="),
		S("https://hand.example\\\\@evil.example/"), S("https:///hand.example"),
		S("hand.example"), S("https://evil.example#hand.example/"),
		S("https://hand.example /"), S("file:///etc/passwd")};

	for (size_t i = 0; i < COUNT(urls); i++) {
		exercise_at("access", urls[i]);
		if (journey.status != 400)
			TEST_FAIL(STR_FMT ": %d", STR_ARG(urls[i]), journey.status);
	}
	as("officer");
	get("/desk/rights");
	has("Nothing waits"); /* no request came of any */
	get("/desk/rights/agents");
	has("hand.example");
	exercise_at("access", url_of("https", "HAND.example"));
	want(200);
	const char *one = request_path();

	told_at("elsewhere.example"); /* the registry is asked again when it is sent */
	post(desk_path(one, "ask"), "question=Which+order");
	told(1);
	get("/desk/disclosures");
	has("not at the host");
	CHECK_INT(0, sink.n);
	sink_stop();
	journey_end();
}

/* Outside of demonstrations nothing is posted in clear, nor to a private network. */
TEST(an_agent_does_not_lead_inward)
{
	begin_telling(false);
	told_at("127.0.0.1");
	exercise_at("access", url_of("http", "127.0.0.1"));
	want(400);
	exercise_at("access", url_of("https", "127.0.0.1"));
	want(200);
	const char *one = request_path();

	as("officer");
	post(desk_path(one, "ask"), "question=Which+order");
	want(303);
	for (int i = 0; i < EGRESS_TRIES_MAX; i++) {
		told(1);
		clock_shift((i + 1) * 2 * DAY_US);
	}
	told(0);
	clock_shift(0);
	CHECK_INT(0, sink.n);
	get("/desk/disclosures");
	has("private network");
	/* an agent that is registered no more is told nothing more */
	exercise_at("deletion", url_of("https", "127.0.0.1"));
	want(200);
	one = request_path();
	as("officer");
	post(desk_path(one, "refuse"), "refusal=identity&grounds=Not+shown");
	get("/desk/rights/agents");
	str row = between("/desk/rights/agents/", "/end");

	post(str_fmt(journey.arena, "/desk/rights/agents/" STR_FMT "/end", STR_ARG(row)).p, "%s",
		"");
	told(1);
	get("/desk/disclosures");
	has("makes no requests any more");
	CHECK_INT(0, sink.n);
	sink_stop();
	journey_end();
}

TEST(the_registry_is_the_officers)
{
	begin_market();
	pair("HELPING_HAND", &helping);
	get("/v1/agent/HELPING_HAND");
	want(200);
	as("officer");
	get("/desk/rights/agents");
	want(200);
	has("HELPING_HAND");
	has(business());
	post("/desk/rights/agents",
		"name=lower&title=X&key=AAAA&web_url=http%%3A%%2F%%2Fx&contact=y");
	want(422);
	has("Capital letters");
	has("no Ed25519 public key");
	has("begins with https");
	str row = between("/desk/rights/agents/", "/end");

	post(str_fmt(journey.arena, "/desk/rights/agents/" STR_FMT "/end", STR_ARG(row)).p, "%s",
		"");
	get("/desk/rights/agents");
	row = between("/desk/rights/agents/", "/end");
	post(str_fmt(journey.arena, "/desk/rights/agents/" STR_FMT "/end", STR_ARG(row)).p, "%s",
		"");
	as("HELPING_HAND");
	get("/v1/agent/HELPING_HAND");
	want(401); /* its token is gone */
	bearer(NULL);
	submit("POST", "/v1/agent/HELPING_HAND", signed_by(&helping, message(&(struct says){0})));
	want(401);
	founded("a", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	get("/desk/rights/agents");
	want(403);
	journey_end();
}

int main(void)
{
	return test_main();
}
