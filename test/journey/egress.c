/* The one door out: what is not declared does not leave; what leaves was written down before; past
 * recipients are told by web hooks of ids alone, which go nowhere but where they may. */
#include "journey.h"
#include "sink.h"

#include "egress/inside.h"
#include "gen/disclosed.sql.h"
#include "gen/hook.sql.h"

#include <sodium.h>

/* The project's policy, and a recipient at this machine and one in a third country. */
static const char *const more = "recipients:\n"
				"  sink:\n"
				"    title: \"A service on this machine\"\n"
				"    does: \"Takes web hooks\"\n"
				"    category: cloud\n"
				"    role: processor\n"
				"    countries: [DE]\n"
				"    contract: \"of today\"\n"
				"    purposes: [disclosing, notice]\n"
				"    hosts: [127.0.0.1, sink.example]\n"
				"    fields: [person.email]\n"
				"  faraway:\n"
				"    title: \"A service in China\"\n"
				"    does: \"Clears goods\"\n"
				"    category: customs\n"
				"    role: processor\n"
				"    countries: [CN]\n"
				"    contract: \"of today\"\n"
				"    instrument: clauses_customs_cn\n"
				"    purposes: [notice]\n"
				"    fields: [person.email]\n";

static const struct policy *policy;

static void begin(void)
{
	const char *tmp = getenv("TMPDIR");
	struct policy_errors e = {0};
	struct policy_source *f;

	memset(&journey, 0, sizeof journey);
	journey.arena = arena_make((size_t)1 << 30);
	snprintf(journey.dir, sizeof journey.dir, "%s/egress-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(journey.dir));
	f = arena_array(journey.arena, struct policy_source, embedded_policy_n + 1);
	memcpy(f, embedded_policy, embedded_policy_n * sizeof *f);
	f[embedded_policy_n] = (struct policy_source){"more.yaml", str_of(more)};
	policy = policy_read(journey.arena, f, embedded_policy_n + 1, &e);
	if (!policy)
		printf("# " STR_FMT "\n", STR_ARG(policy_errors_text(journey.arena, &e)));
	MUST(policy);
	log_level_set(LOG_ERROR);
	journey.store = store_open(
		&(struct store_options){.dir = journey.dir, .policy = policy, .create = true});
}

static void end(void)
{
	store_close(journey.store);
	nftw(journey.dir, journey_remove, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(journey.arena);
}

static bool disclose_apply(struct db *db, void *ctx)
{
	return egress_disclose(db, policy, ctx) != 0;
}

static void nothing(struct write_unit *u, enum write_result r)
{
	(void)u, (void)r;
}

static char fault_text[300];

static enum write_result apply(bool (*fn)(struct db *, void *), void *ctx, int role)
{
	struct write_unit u = {.viewer = {.roles = BIT(role)},
		.purposes = BIT(PURPOSE_DISCLOSING) | BIT(PURPOSE_DESK),
		.arena = journey.arena,
		.apply = fn,
		.done = nothing,
		.ctx = ctx};
	enum write_result r = store_write_wait(journey.store, &u);

	snprintf(fault_text, sizeof fault_text, "%s", r == WRITE_FAULTED ? u.fault.what : "");
	return r;
}

static size_t logged(int64_t person)
{
	struct db db;

	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_CASEWORK));
	size_t n =
		disclosed_of(&db, (struct person_id){person}, (struct disclosure_id){INT64_MAX}).n;

	store_read_end(&db);
	return n;
}

static bool refused(struct disclosure d, const char *because)
{
	enum write_result r = apply(disclose_apply, &d, ROLE_OUTBOX);

	if (r != WRITE_FAULTED || !strstr(fault_text, because))
		printf("# %d: %s (not: %s)\n", r, fault_text, because);
	return r == WRITE_FAULTED && strstr(fault_text, because);
}

TEST(what_is_not_declared_does_not_leave)
{
	const struct disclosure good = {.recipient = S("sink"),
		.purpose = S("notice"),
		.kind = S("test"),
		.fields = S("person.email.email orders.number"),
		.host = S("127.0.0.1"),
		.person = 4711,
		.addressee = S("Anna")};
	struct disclosure d;

	begin();
	d = good;
	CHECK_INT(WRITE_DONE, apply(disclose_apply, &d, ROLE_OUTBOX));
	CHECK_INT(1, logged(4711));
	d = good;
	d.recipient = S("nobody");
	CHECK(refused(d, "declares no recipient"));
	d = good;
	d.purpose = S("marketing");
	CHECK(refused(d, "not declared for the purpose"));
	d = good;
	d.fields = S("person.email person.phone");
	CHECK(refused(d, "not declared for person.phone"));
	d = good;
	d.fields = S("nowhere.nothing");
	CHECK(refused(d, "not declared for nowhere.nothing"));
	d = good;
	d.host = S("evil.example");
	CHECK(refused(d, "not declared at the host"));
	d = good;
	d.country = S("US");
	CHECK(refused(d, "not declared in this country"));
	CHECK_INT(1, logged(4711)); /* nothing of what was refused stands in the log */
	/* a third country: on its instrument, as long as that is in force */
	d = good;
	d.recipient = S("faraway");
	d.fields = S("person.email");
	d.host = (str){0};
	clock_shift(3652 * DAY_US);
	CHECK(refused(d, "not in force"));
	clock_shift(0);
	CHECK_INT(WRITE_DONE, apply(disclose_apply, &d, ROLE_OUTBOX));
	CHECK_INT(2, logged(4711));
	d = good;
	CHECK(apply(disclose_apply, &d, ROLE_VISITOR) == WRITE_FAULTED);
	struct arena *a = arena_make((size_t)16 << 20);

	while (store_chain_link(journey.store, a))
		;
	str heads = store_chain_heads(journey.store, a);

	CHECK(str_starts(heads, S("disclosure 2 ")));
	arena_free(a);
	end();
}

/* ---- Art. 19 ---- */

static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static bool target_inward;
static const char *target_url;

static bool target_apply(struct db *db, void *ctx)
{
	struct disclosed_target_row old;
	struct hook_target_secret key = {str_of(secret)};
	struct hook_target_id id = {id_make()};

	(void)ctx;
	return disclosed_target(db, S("sink"), &old)
		       ? disclosed_target_set(db, old.id, str_of(target_url), target_inward, &key,
				 clock_now()) == 1
		       : disclosed_target_add(db, id, S("sink"), str_of(target_url), target_inward,
				 &key, clock_now()) == 1;
}

static bool tell_apply(struct db *db, void *ctx)
{
	*(int *)ctx = egress_tell_recipients(db, 4711, HOOK_EVENT_ERASED);
	return true;
}

static struct disclosed_hooks_rows hooks(enum hook_state state)
{
	struct db db;

	store_read_begin(journey.store, &db, journey.arena,
		(struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_DESK));
	struct disclosed_hooks_rows v = disclosed_hooks(&db, state, (struct hook_id){INT64_MAX});

	store_read_end(&db);
	return v;
}

static str sent_header(const char *name)
{
	char *at = strcasestr(sink.got, name);
	str rest = str_of(at ? at + strlen(name) + 2 : ""), line = str_cut(&rest, '\r');

	return str_dup(journey.arena, line);
}

static bool signature_right(void)
{
	uint8_t key[64], mac[32];
	size_t n;
	char b64[64];
	str body = str_of(strstr(sink.got, "\r\n\r\n") + 4);
	str text = str_fmt(journey.arena, STR_FMT "." STR_FMT "." STR_FMT,
		STR_ARG(sent_header("webhook-id")), STR_ARG(sent_header("webhook-timestamp")),
		STR_ARG(body));
	crypto_auth_hmacsha256_state st;

	MUST(!sodium_base642bin(key, sizeof key, secret + 6, strlen(secret + 6), NULL, &n, NULL,
		sodium_base64_VARIANT_ORIGINAL));
	crypto_auth_hmacsha256_init(&st, key, n);
	crypto_auth_hmacsha256_update(&st, (const void *)text.p, text.n);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2base64(b64, sizeof b64, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
	return str_eq(sent_header("webhook-signature"), str_fmt(journey.arena, "v1,%s", b64));
}

static void disclosed_once(const char *recipient)
{
	struct disclosure d = {.recipient = str_of(recipient),
		.purpose = S("notice"),
		.kind = S("test"),
		.fields = S("person.email"),
		.person = 4711};

	CHECK_INT(WRITE_DONE, apply(disclose_apply, &d, ROLE_OUTBOX));
}

TEST(past_recipients_are_told)
{
	int told = 0;
	char url[80];

	begin();
	sink_start();
	disclosed_once("sink");
	disclosed_once("sink");
	disclosed_once("mail_server");
	CHECK_INT(WRITE_DONE, apply(tell_apply, &told, ROLE_OFFICER));
	CHECK_INT(2, told); /* one job for each recipient, by hand: none takes web hooks yet */
	CHECK_INT(2, hooks(HOOK_STATE_BY_HAND).n);

	snprintf(url, sizeof url, "http://127.0.0.1:%d/hook", sink.port);
	target_url = url;
	target_inward = true;
	CHECK_INT(WRITE_DONE, apply(target_apply, NULL, ROLE_OFFICER));
	CHECK_INT(WRITE_DONE, apply(tell_apply, &told, ROLE_OFFICER));
	size_t before = logged(4711);

	CHECK_INT(1, egress_hooks(journey.store, 10));
	CHECK_INT(1, sink.n);
	CHECK(signature_right());
	CHECK(strstr(sink.got, "subject.erased") != NULL);
	str id = id_text(journey.arena, 4711);

	CHECK(strstr(sink.got, id.p) != NULL);
	CHECK(strstr(sink.got, "@") == NULL);
	CHECK_INT((int64_t)before + 1, logged(4711)); /* the notice is a disclosure too */
	CHECK_INT(1, hooks(HOOK_STATE_SENT).n);
	CHECK_INT(0, egress_hooks(journey.store, 10));
	sink_stop();
	end();
}

TEST(hooks_are_tried_again_and_given_up)
{
	int told = 0;
	char url[80];

	begin();
	sink_start();
	disclosed_once("sink");
	snprintf(url, sizeof url, "http://127.0.0.1:%d/hook", sink.port);
	target_url = url;
	target_inward = true;
	CHECK_INT(WRITE_DONE, apply(target_apply, NULL, ROLE_OFFICER));
	CHECK_INT(WRITE_DONE, apply(tell_apply, &told, ROLE_OFFICER));
	sink.answer = "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	CHECK_INT(1, egress_hooks(journey.store, 10));
	CHECK_INT(0, egress_hooks(journey.store, 10)); /* not at once */
	CHECK_INT(1, hooks(HOOK_STATE_WAITING).n);
	/* a redirect is not followed */
	sink.answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
		      "Connection: close\r\n\r\n";
	for (int i = 0; i < EGRESS_TRIES_MAX && !hooks(HOOK_STATE_DEAD).n; i++) {
		clock_shift((i + 1) * 2 * DAY_US);
		egress_hooks(journey.store, 10);
	}
	struct disclosed_hooks_rows dead = hooks(HOOK_STATE_DEAD);

	CHECK_INT(1, dead.n);
	CHECK_INT(EGRESS_TRIES_MAX, sink.n);
	if (dead.n)
		CHECK(str_find(dead.v[0].trouble, S("not followed")) != (size_t)-1);
	clock_shift(0);
	sink_stop();
	end();
}

TEST(hooks_do_not_reach_private_networks)
{
	int told = 0;
	char url[80];

	begin();
	sink_start();
	disclosed_once("sink");
	snprintf(url, sizeof url, "https://127.0.0.1:%d/hook", sink.port);
	target_url = url;
	target_inward = false;
	CHECK_INT(WRITE_DONE, apply(target_apply, NULL, ROLE_OFFICER));
	CHECK_INT(WRITE_DONE, apply(tell_apply, &told, ROLE_OFFICER));
	CHECK_INT(1, egress_hooks(journey.store, 10));
	CHECK_INT(0, sink.n);
	struct disclosed_hooks_rows w = hooks(HOOK_STATE_WAITING);

	REQUIRE(w.n == 1);
	CHECK(str_find(w.v[0].trouble, S("private network")) != (size_t)-1);
	/* nor anything that is no web address, nor a host that the policy does not declare */
	target_url = "http://evil.example/hook";
	CHECK_INT(WRITE_DONE, apply(target_apply, NULL, ROLE_OFFICER));
	clock_shift(DAY_US);
	CHECK_INT(1, egress_hooks(journey.store, 10));
	struct disclosed_hooks_rows d = hooks(HOOK_STATE_DEAD);

	REQUIRE(d.n == 1);
	CHECK(str_find(d.v[0].trouble, S("not declared at the host")) != (size_t)-1);
	clock_shift(0);
	sink_stop();
	end();
}

TEST(addresses_are_told_apart)
{
	static const struct {
		const char *address;
		bool private;
	} v[] = {{"127.0.0.1", true}, {"10.1.2.3", true}, {"172.16.0.1", true},
		{"172.32.0.1", false}, {"192.168.1.1", true}, {"169.254.169.254", true},
		{"100.64.0.1", true}, {"0.0.0.0", true}, {"224.0.0.1", true},
		{"255.255.255.255", true}, {"198.51.100.7", true}, {"8.8.8.8", false},
		{"93.184.215.14", false}, {"::1", true}, {"::", true}, {"fe80::1", true},
		{"fc00::1", true}, {"fd12::1", true}, {"::ffff:10.0.0.1", true},
		{"::ffff:8.8.8.8", false}, {"64:ff9b::a00:1", true}, {"2002:a00:1::", true},
		{"2001:db8::1", true}, {"2001::1", true}, {"ff02::1", true},
		{"2606:4700::1111", false}, {"2a00:1450::1", false}};

	for (size_t i = 0; i < COUNT(v); i++) {
		struct sockaddr_in a4 = {.sin_family = AF_INET};
		struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
		bool six = strchr(v[i].address, ':') != NULL;

		REQUIRE(inet_pton(six ? AF_INET6 : AF_INET, v[i].address,
				six ? (void *)&a6.sin6_addr : (void *)&a4.sin_addr) == 1);
		if (post_private(six ? (void *)&a6 : (void *)&a4) != v[i].private)
			TEST_FAIL("%s", v[i].address);
	}
	CHECK_TEXT("hook.example", egress_host(S("https://hook.example:8443/x")));
	CHECK_TEXT("[::1]", egress_host(S("http://[::1]:80/")));
	CHECK_TEXT("", egress_host(S("hook.example/x")));
	CHECK_TEXT("", egress_host(S("https://a@evil.example/")));
}

int main(void)
{
	return test_main();
}
