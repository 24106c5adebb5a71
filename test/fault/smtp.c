/* Mails against a real mail server (test/smtp/sink.py, aiosmtpd): every kind arrives whole, what
 * is refused for now is tried again later, what is refused for good lies dead on the desk, nothing
 * leaves in clear with a password, undisclosed, or that the policy does not allow. */
#include "test/program.h"
#include "test/rows.h"

#include "command/installation.h"
#include "egress/egress.h"
#include "gen/demo.sql.h"
#include "gen/types.h"

#define BIT_(x) (UINT64_C(1) << (x))
#define JO "Jürgen \"Jo\" Größenwahn-Łukasiewicz, Einkauf, aus Würzburg an der schönen Straße"
#define AMY "Smith, Amy (Sales)"
#define FIRM "Müller & Söhne"

static struct installation in;
static int64_t jo, amy, plain_bob, firm, other, order;
static char sink_dir[260], market[300], watched[400];
static pid_t sink;
static int sink_in = -1, sink_port;

/* ---- the mail server ---- */

static bool there(void)
{
	const char *const words[] = {"/usr/bin/python3", "-c", "import aiosmtpd.controller", NULL};
	const char *const ssl[] = {"openssl", "version", NULL};

	return !run_words(words, "/dev/null") && !run_words(ssl, "/dev/null");
}

static void certificate(void)
{
	const char *const words[] = {"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
		"-keyout", in_home("key.pem"), "-out", in_home("cert.pem"), "-days", "2", "-subj",
		"/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", NULL};

	MUST(!run_words(words, in_home("openssl.log")));
}

static void sink_mode(const char *mode)
{
	FILE *f = fopen(in_home("sink/mode"), "we");

	MUST(f && fputs(mode, f) >= 0 && !fclose(f));
}

/* More words for sink.py, NULL-ended. On the port of before, if there is one. */
static void sink_start(const char *const *more)
{
	char port[16];
	const char *words[PROGRAM_WORDS_MAX] = {"/usr/bin/python3", "test/smtp/sink.py", sink_dir,
		"--port", port, "--watch", watched};
	size_t n = 7;
	int ends[2];

	sink_port = sink_port ? sink_port : free_port();
	snprintf(port, sizeof port, "%d", sink_port);
	while (more && *more && n + 1 < PROGRAM_WORDS_MAX)
		words[n++] = *more++;
	mkdir(sink_dir, 0700);
	sink_mode("accept");
	unlink(in_home("sink/port"));
	MUST(!pipe2(ends, O_CLOEXEC));
	sink = fork();
	if (!sink) {
		int log = open(in_home("sink.log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

		if (log < 0 || dup2(ends[0], 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
			_exit(126);
		execvp(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	MUST(sink > 0);
	close(ends[0]);
	sink_in = ends[1];
	for (int i = 0; i < 3000 && access(in_home("sink/port"), F_OK); i++) {
		if (waitpid(sink, NULL, WNOHANG) == sink)
			fault(FAULT_OUTSIDE, "the mail server does not start");
		usleep(10000);
	}
}

static void sink_stop(void)
{
	close(sink_in); /* it ends at the end of its input */
	waitpid(sink, NULL, 0);
}

static int sink_count(void)
{
	int n = 0;

	while (!access(str_fmt(test_arena, "%s/%d.txt", sink_dir, n).p, F_OK))
		n++;
	return n;
}

static char mail_text[32768] = "\n"; /* each line begins behind a line end */

static void mail_read(int n)
{
	FILE *f = fopen(str_fmt(test_arena, "%s/%d.txt", sink_dir, n).p, "re");
	size_t k = f ? fread(mail_text + 1, 1, sizeof mail_text - 2, f) : 0;

	mail_text[k + 1] = 0;
	if (f)
		fclose(f);
}

static void line_is(int at, const char *name, const char *want)
{
	char head[40];

	snprintf(head, sizeof head, "\n%s: ", name);
	const char *p = strstr(mail_text, head);
	str got = p ? (str){p + strlen(head), strcspn(p + strlen(head), "\n")} : S("(none)");

	if (!str_eq(got, str_of(want)))
		TEST_FAIL(
			"line %d: %s is \"" STR_FMT "\", not \"%s\"", at, name, STR_ARG(got), want);
}
#define LINE_IS(name, want) line_is(__LINE__, name, want)

/* ---- the marketplace ---- */

static bool person(
	struct db *db, int64_t *id, const char *name, const char *address, const char *locale)
{
	struct person_name n = {.name = str_of(name)};
	struct person_email e = {.email = str_of(address)};

	*id = id_make();
	return demo_person_add(db, (struct person_id){*id}, &n, &e, e.email, NULL, NULL,
		       str_of(locale), 0, 0, clock_now()) == 1;
}

static bool company(
	struct db *db, int64_t *id, const char *name, const char *slug, int64_t who, uint64_t roles)
{
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE123456788")};
	instant now = clock_now();

	*id = id_make();
	return demo_company_add(db, (struct company_id){*id}, str_of(slug), str_of(name), S("GmbH"),
		       S("DE"), false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_ELECTRONICS,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://kontor.example"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax,
		       (struct person_id){who}, now, now, TIME_NONE) == 1 &&
	       demo_membership_add(db, (struct membership_id){id_make()}, (struct company_id){*id},
		       (struct person_id){who}, (int64_t)roles, now) == 1;
}

static bool fill(struct db *db, void *ctx)
{
	struct orders_consignee to = {.name = S("C")};
	struct orders_billing bill = {.name = S("B")};
	instant now = clock_now();

	(void)ctx;
	order = id_make();
	return person(db, &jo, JO, "jo@kontor.example", "de") &&
	       person(db, &amy, AMY, "amy@kontor.example", "en") &&
	       person(db, &plain_bob, "Bob", "bob@kontor.example", "en") &&
	       company(db, &firm, FIRM, "mueller", jo, BIT_(ROLE_SALES)) &&
	       company(db, &other, "Plain Ltd", "plain", amy, BIT_(ROLE_BUYER)) &&
	       demo_order_add(db, (struct order_id){order}, S("2026-000042"),
		       (struct company_id){other}, (struct company_id){firm},
		       (struct person_id){amy}, ORDER_STATE_PLACED, S("EUR"), 100, 0, 19, 119,
		       VAT_SCHEME_DOMESTIC, 190000, (str){0}, 30, S("DE"), &to, &bill, 1, now,
		       TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE, TIME_NONE,
		       TIME_NONE) == 1;
}

static void writes(uint64_t purposes, bool (*apply)(struct db *, void *), void *ctx)
{
	struct arena *a = arena_make(16 << 20);
	struct write_unit u = {.viewer = {.roles = ~UINT64_C(0)},
		.purposes = purposes,
		.arena = a,
		.apply = apply,
		.ctx = ctx};

	if (store_write_wait(in.store, &u) != WRITE_DONE)
		fault(FAULT_BUG, "not written: %s", u.fault.what);
	arena_free(a);
}

static void begin(void)
{
	home_make();
	snprintf(sink_dir, sizeof sink_dir, "%s/sink", program_home);
	snprintf(market, sizeof market, "%s/market", program_home);
	rows_use();
	snprintf(watched, sizeof watched, "%s/data.db", market);
	if (rows_cluster())
		snprintf(watched, sizeof watched, "%s", getenv("KONTOR_DATABASE"));
	in = installation_open(market, NULL, NULL, true);
	rows_used();
	writes(BIT_(PURPOSE_SETUP) | BIT_(PURPOSE_CURATION) | BIT_(PURPOSE_STOCK), fill, NULL);
	sink_port = 0;
	sink_start(NULL);
}

static void end(void)
{
	sink_stop();
	installation_close(&in);
	rows_drop();
	clock_shift(0);
	home_end();
}

struct letter {
	const char *kind;
	int64_t person, about;
	const char *secret;
};

static bool put_in(struct db *db, void *ctx)
{
	const struct letter *l = ctx;

	outbox_mail(db, l->kind, l->person, l->about, str_of(l->secret));
	return true;
}

static void put(const char *kind, int64_t to, int64_t about)
{
	struct letter l = {kind, to, about, "kt_secret-of-the-link"};

	writes(BIT_(PURPOSE_MAILING), put_in, &l);
}

static char url[64];

static struct egress_options options(void)
{
	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", sink_port);
	return (struct egress_options){.smtp_url = url,
		.from = "market@kontor.example",
		.base_url = "https://kontor.test"};
}

static int deliver(void)
{
	struct egress_options o = options();

	return egress_deliver(in.store, &o, 50);
}

static int64_t outbox(const char *what, const char *where)
{
	return rows_number(
		market, str_fmt(test_arena, "select %s from r_outbox where %s", what, where).p);
}

static void later(int64_t s)
{
	clock_shift(clock_shifted() + s * SECOND_US);
}

/* ---- what arrives ---- */

static void whole(const char *address, const char *name)
{
	char id[200];

	LINE_IS("from", "market@kontor.example");
	LINE_IS("rcpt", address);
	LINE_IS("h-from", "market@kontor.example");
	LINE_IS("h-to-n", "1");
	LINE_IS("h-to", address);
	LINE_IS("h-to-name", name);
	LINE_IS("defects", "0");
	LINE_IS("eight", "no");
	LINE_IS("disclosed", "1");
	LINE_IS("h-auto", "auto-generated");
	LINE_IS("h-mime", "1.0");
	LINE_IS("h-type", "text/plain; charset=\"utf-8\"");
	snprintf(id, sizeof id, "<%s@kontor.example>",
		id_text(test_arena, outbox("max(id)", "state = 2")).p);
	LINE_IS("h-message-id", id);
	const char *longest = strstr(mail_text, "\nlongest: ");
	const char *date = strstr(mail_text, "\nh-date: ");

	CHECK(longest && atoi(longest + 10) <= 998);
	CHECK(date && !strncmp(date + 9, "20", 2));
	CHECK(strstr(mail_text, "https://kontor.test/"));
	CHECK(!strstr(mail_text, "{1}") && !strstr(mail_text, "\u00b6"));
}

TEST(every_kind_arrives_whole_in_the_readers_language)
{
	static const struct {
		const char *kind;
		bool of_order, of_company;
		const char *en, *de, *link;
	} kinds[] = {
		{"confirm_address", false, false, "Confirm your e-mail address",
			"Bestätigen Sie Ihre E-Mail-Adresse", "/confirm/kt_secret-of-the-link"},
		{"reset_password", false, false, "Choose a new password",
			"Wählen Sie ein neues Passwort", "/reset/kt_secret-of-the-link"},
		{"account_exists", false, false, "You already have an account",
			"Sie haben schon ein Konto", "/sign-in"},
		{"order_placed", true, false, "New order 2026-000042 from " FIRM,
			"Neue Bestellung 2026-000042 von " FIRM, "/order/"},
		{"order_confirmed", true, false, FIRM " answered order 2026-000042",
			FIRM " hat auf Bestellung 2026-000042 geantwortet", "/order/"},
		{"order_shipped", true, false, "Goods of order 2026-000042 are on their way",
			"Ware der Bestellung 2026-000042 ist unterwegs", "/order/"},
		{"order_cancelled", true, false, "Order 2026-000042 will not be carried out",
			"Bestellung 2026-000042 wird nicht ausgeführt", "/order/"},
		{"company_activated", false, true, FIRM " is approved", FIRM " ist freigegeben",
			"/account"},
		{"company_suspended", false, true, NULL, FIRM " ist gesperrt", "/account/company"},
		{"company_closed", false, true, NULL, "Das Konto von " FIRM " ist geschlossen",
			"/account"},
	};
	int n = 0;

	begin();
	for (size_t i = 0; i < COUNT(kinds); i++) {
		int64_t about = kinds[i].of_order ? order : kinds[i].of_company ? firm : 1;

		put(kinds[i].kind, amy, about);
		CHECK_INT(1, deliver());
		mail_read(n++);
		whole("amy@kontor.example", AMY);
		if (kinds[i].en)
			LINE_IS("h-subject", kinds[i].en);
		CHECK(strstr(mail_text, kinds[i].link));
		put(kinds[i].kind, jo, about);
		CHECK_INT(1, deliver());
		mail_read(n++);
		whole("jo@kontor.example", JO);
		LINE_IS("h-subject", kinds[i].de);
	}
	CHECK_INT(n, sink_count());
	CHECK_INT(n, outbox("count(*)", "state = 2 and secret is null and address is null"));
	CHECK_INT(n, rows_number(market, "select count(*) from r_disclosure"));
	end();
}

static bool invite(struct db *db, void *ctx)
{
	(void)ctx;
	outbox_mail_to(db, "invite", S("new@kontor.example"), firm, 1, S("kt_invitation"));
	return true;
}

TEST(an_invitation_goes_to_an_address_without_account)
{
	begin();
	writes(BIT_(PURPOSE_MAILING), invite, NULL);
	CHECK_INT(1, deliver());
	mail_read(0);
	LINE_IS("rcpt", "new@kontor.example");
	LINE_IS("defects", "0");
	CHECK(strstr(mail_text, "https://kontor.test/invitation/kt_invitation"));
	end();
}

/* ---- what does not ---- */

TEST(what_is_refused_for_now_is_tried_again_and_arrives_once)
{
	begin();
	sink_mode("data 451");
	put("reset_password", plain_bob, 0);
	put("order_placed", amy, order);
	CHECK_INT(2, deliver()); /* one that is refused does not hold up the next */
	CHECK_INT(2, outbox("count(*)", "state = 1 and tries = 1 and trouble = 'the mail server "
					"answered 451'"));
	CHECK_INT(0, deliver()); /* not due */
	later(61);
	CHECK_INT(2, deliver());
	CHECK_INT(2, outbox("min(tries)", "state = 1"));
	later(61);
	CHECK_INT(0, deliver()); /* twice as long now */
	later(60);
	sink_mode("rcpt 450");
	CHECK_INT(2, deliver());
	CHECK_INT(0, sink_count());
	later(241);
	sink_mode("accept");
	CHECK_INT(2, deliver());
	later(86400);
	CHECK_INT(0, deliver());
	CHECK_INT(2, sink_count());
	CHECK_INT(2, outbox("count(*)", "state = 2 and trouble is null"));
	end();
}

TEST(what_is_refused_for_good_lies_dead_on_the_desk)
{
	begin();
	sink_mode("rcpt 550");
	put("reset_password", plain_bob, 0);
	CHECK_INT(1, deliver());
	CHECK_INT(1, outbox("count(*)", "state = 3 and tries = 1 and trouble = 'the mail server "
					"answered 550'"));
	sink_mode("data 554");
	put("reset_password", plain_bob, 0);
	CHECK_INT(1, deliver());
	CHECK_INT(2, outbox("count(*)", "state = 3"));
	later(86400);
	sink_mode("accept");
	CHECK_INT(0, deliver());
	CHECK_INT(0, sink_count());
	/* 4xx again and again ends there too. */
	sink_mode("data 451");
	put("reset_password", plain_bob, 0);
	int tries = 0;

	for (; tries < 100 && outbox("count(*)", "state = 1") == 1; tries++, later(86401))
		deliver();
	CHECK_INT(EGRESS_TRIES_MAX, tries);
	CHECK_INT(3, outbox("count(*)", "state = 3"));
	end();
}

TEST(a_mail_server_that_is_down_stops_the_run_and_nothing_is_lost)
{
	begin();
	sink_stop();
	for (int i = 0; i < 5; i++)
		put("reset_password", plain_bob, 0);
	CHECK_INT(0, deliver()); /* the first finds it out for all */
	CHECK_INT(1, outbox("count(*)", "tries = 1"));
	CHECK_INT(4, outbox("count(*)", "tries = 0"));
	sink_start(NULL);
	later(61);
	CHECK_INT(5, deliver());
	CHECK_INT(5, sink_count());
	/* One that hangs up in the middle of a message. */
	sink_mode("drop");
	put("reset_password", plain_bob, 0);
	deliver();
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 1"));
	sink_mode("accept");
	later(61);
	CHECK_INT(1, deliver());
	CHECK_INT(6, sink_count());
	end();
}

TEST(a_slow_mail_server_is_waited_for_but_not_for_ever)
{
	struct egress_options o;

	begin();
	o = options();
	sink_mode("slow 1");
	put("reset_password", plain_bob, 0);
	CHECK_INT(1, deliver());
	CHECK_INT(1, sink_count());
	sink_mode("slow 20");
	o.smtp_total_s = 2;
	put("reset_password", plain_bob, 0);
	put("reset_password", plain_bob, 0);
	int64_t start = clock_mono_us();

	CHECK_INT(0, egress_deliver(in.store, &o, 50));
	CHECK(clock_mono_us() - start < 10 * SECOND_US);
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 1"));
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 0"));
	end();
}

TEST(with_a_password_nothing_leaves_in_clear)
{
	struct egress_options o;

	begin();
	certificate();
	o = options();
	o.smtp_user = "kontor";
	o.smtp_password = "right";
	put("reset_password", plain_bob, 0);
	CHECK_INT(0, egress_deliver(in.store, &o, 50)); /* the server offers no TLS */
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 1"));
	sink_stop();
	const char *const tls[] = {"--tls", in_home("cert.pem"), in_home("key.pem"), "--auth",
		"kontor", "right", NULL};

	sink_start(tls);
	later(61);
	CHECK_INT(0, egress_deliver(in.store, &o, 50)); /* nobody vouches for it */
	CHECK_INT(0, sink_count());
	later(121);
	o.smtp_ca = in_home("cert.pem");
	o.smtp_password = "wrong";
	CHECK_INT(0, egress_deliver(in.store, &o, 50));
	CHECK_INT(0, sink_count());
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 3"));
	later(241);
	o.smtp_password = "right";
	CHECK_INT(1, egress_deliver(in.store, &o, 50));
	mail_read(0);
	LINE_IS("tls", "yes");
	LINE_IS("auth", "yes");
	LINE_IS("rcpt", "bob@kontor.example");
	end();
}

/* ---- what the policy says ---- */

/* Delivers under a policy in which one thing is otherwise; it must not leave, nor be disclosed. */
static void refused_under(struct policy *p, const char *what)
{
	put("reset_password", plain_bob, 0);
	deliver();
	if (sink_count() != 0 || outbox("count(*)", "state = 2") != 0 ||
		rows_number(market, "select count(*) from r_disclosure") != 0 ||
		outbox("count(*)", "state = 1 and tries > 0") < 1)
		TEST_FAIL("it leaves although %s", what);
	(void)p;
	later(86401);
}

TEST(what_the_policy_does_not_allow_is_not_sent)
{
	begin();
	struct policy *p = (struct policy *)(uintptr_t)in.policy;
	struct policy_recipient *r = NULL;
	static str host[] = {{"mail.kontor.example", 19}};
	size_t mails = p->mails_n, recipients = p->recipients_n;

	for (size_t i = 0; i < p->recipients_n; i++)
		if (str_eq(p->recipients[i].name, S("mail_server")))
			r = &p->recipients[i];
	REQUIRE(r);
	struct policy_recipient before = *r;

	p->mails_n = 0;
	refused_under(p, "no such mail is declared");
	p->mails_n = mails;
	p->recipients_n = 0;
	refused_under(p, "no recipient is declared");
	p->recipients_n = recipients;
	r->purposes_n = 0;
	refused_under(p, "the recipient serves no purpose");
	*r = before;
	r->fields_n = 1;
	refused_under(p, "the recipient gets no address");
	*r = before;
	r->hosts = host;
	r->hosts_n = 1;
	refused_under(p, "mails go to another host");
	*r = before;
	CHECK(deliver() > 0);
	CHECK(sink_count() > 0);
	end();
}

TEST(without_a_mail_server_mails_wait)
{
	struct egress_options o;

	begin();
	o = options();
	o.smtp_url = NULL;
	put("reset_password", plain_bob, 0);
	CHECK_INT(0, egress_deliver(in.store, &o, 50));
	CHECK_INT(1, outbox("count(*)", "state = 1 and tries = 0"));
	CHECK(access(in_home("market/mail"), F_OK) != 0);
	CHECK_INT(1, deliver());
	CHECK_INT(1, sink_count());
	end();
}

/* ---- the program ---- */

static struct server server;

static void waits_for_mails(int n)
{
	for (int i = 0; i < 1500 && sink_count() < n; i++)
		usleep(20000);
	CHECK_INT(n, sink_count());
}

TEST(the_server_sends_what_waits_and_says_when_it_cannot)
{
	begin();
	put("reset_password", plain_bob, 0);
	installation_close(&in);
	REQUIRE(server_start(&server, market));
	CHECK_INT(0, server_end(&server, SIGTERM));
	SAYS("no mail server is named: mails wait in the outbox");
	CHECK(access(in_home("market/mail"), F_OK) != 0);
	CHECK_INT(0, sink_count());
	struct egress_options o = options();

	REQUIRE(server_start(
		&server, market, "--smtp", o.smtp_url, "--mail-from", "market@kontor.example"));
	waits_for_mails(1);
	CHECK_INT(0, server_end(&server, SIGTERM));
	in = installation_open(market, NULL, NULL, false);
	CHECK_INT(1, outbox("count(*)", "state = 2"));
	end();
}

static bool erase(struct db *db, void *ctx)
{
	(void)ctx;
	db_erase_subject(db, plain_bob);
	return true;
}

static int files_in_mail(void)
{
	const char *const words[] = {"ls", in_home("market/mail"), NULL};
	int n = 0;

	MUST(!run_words(words, in_home("said")));
	said_read(in_home("said"));
	for (const char *p = program_said; *p; p++)
		n += *p == '\n';
	return n;
}

TEST(mails_in_files_go_with_who_is_erased)
{
	struct egress_options o;

	begin();
	o = options();
	o.smtp_url = NULL;
	o.to_files = true;
	put("reset_password", plain_bob, 0);
	put("reset_password", amy, 0);
	put("order_placed", plain_bob, order);
	CHECK_INT(3, egress_deliver(in.store, &o, 50));
	CHECK_INT(3, files_in_mail());
	writes(BIT_(PURPOSE_SETUP), erase, NULL);
	CHECK_INT(1, files_in_mail());
	end();
}

int main(void)
{
	if (!there()) {
		printf("1..0 # SKIP no aiosmtpd or openssl (tool/install check)\n");
		return 0;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
