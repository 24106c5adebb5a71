/* What journeys of members share: a server of this room's routes alone, mails as files, a company
 * that stands. */
#ifndef KONTOR_TEST_MEMBER_H
#define KONTOR_TEST_MEMBER_H

#include "test/journey/journey.h"

#include "egress/egress.h"
#include "gen/operator.sql.h"
#include "gen/signup.sql.h"
#include "market/member/member.h"

#include <dirent.h>

#define PASSWORD "nine+blue+forklifts"

struct shell *page_shell(struct req *r); /* web/page.h, whose struct stat is not the system's */
static void member_test_frame(struct req *r)
{
	member_frame(r, page_shell(r));
}

static const struct route *const member_tables[] = {member_routes, NULL};
static const struct web_options member_options = {.tables = member_tables,
	.frame = member_test_frame,
	.frame_purposes = MEMBER_FRAME_PURPOSES,
	.bearer = member_bearer,
	.member = member_standing,
	.signin_path = "/sign-in",
	.title = "Kontor",
	.version = "1"};

__attribute__((unused)) static void begin(void)
{
	journey_begin(&member_options);
}

/* Sends what waits; the newest mail to this address, as one text. */
static str mail_to(const char *address)
{
	struct egress_options o = {
		.from = "kontor@localhost", .base_url = "http://kontor.test", .to_files = true};
	char dir[300], path[600], newest[600] = "";
	struct dirent *e;
	str found = {NULL, 0};

	while (egress_deliver(journey.store, &o, 50) > 0)
		;
	snprintf(dir, sizeof dir, "%s/mail", journey.dir);
	DIR *d = opendir(dir);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		FILE *f = fopen(path, "r");
		char *text = arena_array(journey.arena, char, 65536);
		size_t n = f ? fread(text, 1, 65535, f) : 0;
		if (f)
			fclose(f);
		if (str_find((str){text, n}, str_of(address)) == (size_t)-1 ||
			strcmp(e->d_name, newest) <= 0)
			continue;
		snprintf(newest, sizeof newest, "%s", e->d_name);
		found = (str){text, n};
	}
	if (d)
		closedir(d);
	return found;
}

/* Path of the link in the newest mail to this address. */
static const char *link_to_open(const char *address)
{
	str mail = mail_to(address);
	size_t at = mail.p ? str_find(mail, S("http://kontor.test")) : (size_t)-1;

	if (at == (size_t)-1) {
		TEST_FAIL("no link for %s", address);
		return "/nowhere";
	}
	str rest = str_sub(mail, at + strlen("http://kontor.test"), mail.n);
	return str_dup(journey.arena, str_cut(&rest, '\r')).p;
}

/* A button alone. */
static int press(const char *path)
{
	return post(path, "%s", "");
}

/* What a company fills in; %s: name of the company, e-mail. */
#define SIGNUP \
	"company=%s&legal_form=GmbH&country=DE&sells=true&buys=true&street=Hafenstr.+7&postcode=" \
	"20457&city=Hamburg" \
	"&registration=HRB+4711&vat_id=DE136695976&name=Ingrid+Lund&email=%s&phone=%%2B49+40+" \
	"1234&job_title=Head" \
	"&department=Purchasing&password=" PASSWORD "&business=true&terms=true"

/* A read snapshot for what a test must know and no page tells. */
static void peek(struct db *db, int role, uint64_t purposes)
{
	store_read_begin(
		journey.store, db, journey.arena, (struct viewer){.roles = BIT(role)}, purposes);
}

static int64_t company_of(const char *slug)
{
	struct signup_slug_taken_row c = {0};
	struct db db;

	peek(&db, ROLE_SIGNIN, BIT(PURPOSE_SIGNIN));
	if (!signup_slug_taken(&db, str_of(slug), &c))
		TEST_FAIL("no company %s", slug);
	store_read_end(&db);
	return c.id.v;
}

#define OPERATOR "ops@kontor.test"
static int64_t operator_of(void)
{
	struct operator_by_email_row p = {0};
	struct db db;

	(void)operator_make(journey.store, journey.arena, S(OPERATOR), S("Otto Ops"),
		BIT(ROLE_OPERATOR), S("seven grey pallets"));
	peek(&db, ROLE_SETUP, BIT(PURPOSE_SETUP));
	if (!operator_by_email(&db, S(OPERATOR), &p))
		TEST_FAIL("no operator");
	store_read_end(&db);
	return p.id.v;
}

struct decision {
	int64_t company;
	int event, answer;
};

static bool decide(struct db *db, void *ctx)
{
	struct decision *d = ctx;

	d->answer = (int)company_decide(
		db, (struct company_id){d->company}, d->event, S("MARKER-reason"))
			    .answer;
	return d->answer == PROCESS_YES;
}

/* As the operator on the desk. */
static int decide_company(int64_t company, int event)
{
	struct arena *a = arena_make(4 << 20);
	struct decision d = {.company = company, .event = event};
	struct write_unit u = {.viewer = {.person = operator_of(), .roles = BIT(ROLE_OPERATOR)},
		.purposes = BIT(PURPOSE_DESK) | BIT(PURPOSE_MAILING),
		.arena = a,
		.apply = decide,
		.ctx = &d};

	if (store_write_wait(journey.store, &u) == WRITE_FAULTED)
		TEST_FAIL("decide: %s", u.fault.what);
	arena_free(a);
	return d.answer;
}

static void sign_in(const char *email)
{
	post("/sign-in", "email=%s&password=" PASSWORD, email);
}

/* A company that has signed up, confirmed and been admitted, and its founder in browser `who`. */
static int64_t founded(const char *who, const char *company, const char *slug, const char *email)
{
	as(who);
	post("/sign-up", SIGNUP, company, email);
	want(303);
	press(link_to_open(email));
	want(303);
	int64_t id = company_of(slug);
	CHECK_INT(PROCESS_YES, decide_company(id, COMPANY_HAPPENING_APPROVE));
	CHECK(mail_to(email).p != NULL); /* what is sent from here on is newer */
	sign_in(email);
	want(303);
	return id;
}

#define OFFICER_MAIL "dpo@kontor.test"
/* The data protection officer, in browser "officer". */
__attribute__((unused)) static void officer_enters(void)
{
	(void)operator_make(journey.store, journey.arena, S(OFFICER_MAIL), S("Dora Privacy"),
		BIT(ROLE_OFFICER), S("nine blue forklifts"));
	as("officer");
	sign_in(OFFICER_MAIL);
	want(303);
}

/* The first link under /account/PLACE/ that ends in an id: its path. */
__attribute__((unused)) static const char *listed(const char *place)
{
	const char *start = str_fmt(journey.arena, "href=\"/account/%s/", place).p;
	str rest = journey.body;
	int64_t id;

	for (size_t at; (at = str_find(rest, str_of(start))) != (size_t)-1;) {
		rest = str_sub(rest, at + strlen(start), rest.n);
		if (id_parse(str_sub(rest, 0, ID_TEXT_CHARS), &id))
			return str_fmt(journey.arena, "/account/%s/" STR_FMT, place,
				STR_ARG(str_sub(rest, 0, ID_TEXT_CHARS)))
				.p;
	}
	TEST_FAIL("nothing listed under %s", start);
	return "/nowhere";
}

#endif
