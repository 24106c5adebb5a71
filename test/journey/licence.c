/* Proofs of registration: who may send, load and take back; what is taken; that staff sees them for
 * a written reason alone; that nothing opens after the erasure. */
#include "market/desk/desk.h"
#include "market/market.h"
#include "market/member/licence.h"
#include "market/rights/access.h"
#include "market/rights/audit.h"
#include "market/rights/erase.h"
#include "market/rights/retention.h"
#include "market/rights/rights.h"
#include "test/journey/marked.h"
#include "test/journey/member.h"

#define EVA "eva@einzel.test"
#define LIST "/account/company/licences"

static const struct route *const tables[] = {member_routes, licence_routes, desk_routes,
	audit_routes, access_routes, erase_routes, NULL};
static struct web_options options;
static int64_t einzel;

/* A sole trader whose company waits to be admitted, in browser "eva". */
static void start(void)
{
	options = member_options;
	options.tables = tables;
	journey_begin(&options);
	retention_policy(store_policy(journey.store));
	journey.peer = "127.0.0.1";
	as("eva");
	post("/sign-up", SIGNUP "&sole_trader=true", "Einzel", EVA);
	want(303);
	press(link_to_open(EVA));
	want(303);
	einzel = company_of("einzel");
	sign_in(EVA);
	want(303);
}

static void job(const struct job *j)
{
	struct arena *a = arena_make((size_t)64 << 20);

	while (j->run(journey.store, j, a))
		;
	arena_free(a);
}

static int send_to(const char *path, const char *kind, const char *file, str bytes)
{
	struct part parts[] = {{"kind", NULL, NULL, str_of(kind)},
		{"note", NULL, NULL, S("MARKER-note")}, {"file", file, "application/pdf", bytes}};

	return post_files(path, parts, COUNT(parts));
}

static void extract_sent(void)
{
	send_to(LIST, "register_extract", "MARKER-name.pdf", S("%PDF-1.7 MARKER-bytes"));
	want(303);
}

/* The first document on the list of the company's own. */
static str document(void)
{
	get(LIST);
	want(200);
	str id = between("href=\"" LIST "/", "/file");

	CHECK_INT(13, id.n);
	return str_dup(journey.arena, id);
}

static const char *file_of(str id)
{
	return str_fmt(journey.arena, LIST "/" STR_FMT "/file", STR_ARG(id)).p;
}

static const char *desk_of(int64_t company)
{
	return str_fmt(journey.arena, "/desk/companies/" STR_FMT "/licences",
		STR_ARG(id_text(journey.arena, company)))
		.p;
}

static void operator_enters(void)
{
	(void)operator_of();
	as("operator");
	post("/sign-in", "email=" OPERATOR "&password=seven+grey+pallets");
	want(303);
}

static str of_bytes(const char *begins, size_t n)
{
	char *p = arena_array(journey.arena, char, n);

	size_t head = strlen(begins);

	for (size_t i = 0; i < n; i++)
		p[i] = i < head ? begins[i] : 'x';
	return (str){p, n};
}

TEST(what_is_sent_is_looked_at_by_its_bytes_size_and_number)
{
	start();
	get("/account/company");
	has("Proofs of registration");
	get(LIST);
	has("Nothing yet");
	has("Used for: Identity checks."); /* the notice, beside the field */
	send_to(LIST, "licence", "a.pdf", S("<html><script>alert(1)</script>"));
	want(422);
	has("neither a PDF");
	send_to(LIST, "licence", "a.pdf", of_bytes("%PDF-", LICENCE_BYTES_MAX + 1));
	want(422);
	has("This file has 5 MB");
	send_to(LIST, "novel", "a.pdf", S("%PDF-1.7"));
	want(422);
	CHECK_INT(0, rows_number(journey.dir, "select count(*) from r_licence"));
	send_to(LIST, "tax_certificate", "largest.pdf", of_bytes("%PDF-", LICENCE_BYTES_MAX));
	want(303);
	follow();
	has("Sent: largest.pdf");
	get("%s", file_of(document()));
	want(200);
	CHECK_INT(LICENCE_BYTES_MAX, journey.body.n);
	for (int i = 1; i < LICENCES_MAX; i++) {
		send_to(LIST, "other", "p.png", i % 2 ? S("\x89PNG\r\n\x1a\n") : S("\xff\xd8\xff"));
		want(303);
	}
	send_to(LIST, "other", "more.pdf", S("%PDF-1.7"));
	want(422);
	has("at most 10 documents");
	press(str_fmt(journey.arena, LIST "/" STR_FMT "/remove", STR_ARG(document())).p);
	want(303);
	follow();
	has("taken back");
	extract_sent();
	get("%s", file_of(document()));
	want(200);
	CHECK_TEXT("%PDF-1.7 MARKER-bytes", journey.body);
	CHECK_TEXT("application/pdf", header("Content-Type"));
	CHECK(str_starts(header("Content-Disposition"), S("attachment; ")));
	journey_end();
}

/* ---- every route as everybody ---- */

struct door {
	bool post;
	const char *at; /* %s: the document */
	int anybody, colleague, other, staff;
};

static void knock(const struct door *d, str id, int status)
{
	const char *path = str_fmt(journey.arena, d->at, str_dup(journey.arena, id).p).p;

	if (!d->post)
		get("%s", path);
	else if (str_ends(str_of(path), S("licences")))
		send_to(path, "other", "a.pdf", S("%PDF-1.7"));
	else
		press(path);
	if (journey.status != status)
		TEST_FAIL("%s as %s: %d", path, journey.now->name, journey.status);
	lacks("MARKER");
}

TEST(nobody_else_comes_near)
{
	static const struct door doors[] = {
		{false, LIST, 303, 403, 200, 403},
		{true, LIST, 303, 403, 303, 403},
		{false, LIST "/%s/file", 303, 403, 404, 403},
		{true, LIST "/%s/remove", 303, 403, 404, 403},
		{false, "/api/v1/company/licences", 401, 401, 401, 401},
		{true, "/api/v1/company/licences", 401, 401, 401, 401},
		{false, "/api/v1/company/licences/%s/file", 401, 401, 401, 401},
		{true, "/api/v1/company/licences/%s/remove", 401, 401, 401, 401},
	};

	start();
	extract_sent();
	str id = document();

	post("/account/people/invite",
		"email=bo%%40einzel.test&buyer=true&sales=true&finance=true");
	want(303);
	const char *link = link_to_open("bo@einzel.test");

	as("bo");
	post(link, "name=Bo+Berg&password=" PASSWORD "&terms=true");
	want(303);
	founded("nord", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");
	operator_enters();
	officer_enters();
	for (size_t i = 0; i < COUNT(doors); i++) {
		as("visitor");
		knock(&doors[i], id, doors[i].anybody);
		as("bo");
		knock(&doors[i], id, doors[i].colleague);
		as("nord");
		knock(&doors[i], id, doors[i].other);
		as("operator");
		knock(&doors[i], id, doors[i].staff);
		as("officer");
		knock(&doors[i], id, doors[i].staff);
	}
	for (size_t i = 0; i < 3; i++) { /* the desk's pages */
		static const char *const who[] = {"visitor", "bo", "nord"};

		as(who[i]);
		get("%s", desk_of(einzel));
		want(i ? 403 : 303);
		post(desk_of(einzel), "reason=its+admission+is+to+be+decided");
		want(i ? 403 : 303);
		get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
		want(i ? 403 : 303);
		lacks("MARKER");
	}
	as("eva");
	CHECK_TEXT(id.p, document());
	journey_end();
}

TEST(a_program_of_the_companys_administrators_sends_them_too)
{
	start();
	post("/account/keys", "label=Papers&days=30&admin=true");
	want(303);
	follow();
	str key = between("kt_", "<");

	REQUIRE(key.n >= 43);
	key = str_fmt(journey.arena, "kt_" STR_FMT, STR_ARG(str_sub(key, 0, 43)));
	as("program");
	bearer(key.p);
	send_to("/api/v1/company/licences", "licence", "MARKER.pdf", S("%PDF-1.7 MARKER-bytes"));
	want(201);
	get("/api/v1/company/licences");
	want(200);
	CHECK_TEXT("licence", json_str_at("items.0.kind"));
	CHECK_TEXT("MARKER.pdf", json_str_at("items.0.title.file_name"));
	CHECK_TEXT("MARKER-note", json_str_at("items.0.title.note"));
	str id = str_dup(journey.arena, json_str_at("items.0.id"));

	get("/api/v1/company/licences/" STR_FMT "/file", STR_ARG(id));
	want(200);
	CHECK_TEXT("%PDF-1.7 MARKER-bytes", journey.body);
	send_to("/api/v1/company/licences", "licence", "a.txt", S("words"));
	want(422);
	const char *back =
		str_fmt(journey.arena, "/api/v1/company/licences/" STR_FMT "/remove", STR_ARG(id))
			.p;

	post(back, "{}");
	want(200);
	post(back, "{}");
	want(404);
	CHECK_INT(0, rows_number(journey.dir, "select count(*) from r_licence"));
	journey_end();
}

TEST(staff_writes_down_why_before_anything_opens)
{
	start();
	extract_sent();
	str id = document();
	int64_t nord = founded("nord", "Nordwerk", "nordwerk", "ingrid@nordwerk.test");

	extract_sent();
	str theirs = document();

	operator_enters();
	get("/desk/companies/" STR_FMT, STR_ARG(id_text(journey.arena, einzel)));
	want(200);
	has("Register extract");
	lacks("MARKER");
	get("%s", desk_of(einzel));
	want(200);
	has("Why do you need to see");
	lacks("MARKER");
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(404);
	post(desk_of(einzel), "reason=short");
	want(422);
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(404);
	post(desk_of(einzel), "reason=its+admission+is+to+be+decided");
	want(303);
	follow();
	has("MARKER-name.pdf");
	has("MARKER-note");
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(200);
	CHECK_TEXT("%PDF-1.7 MARKER-bytes", journey.body);
	/* this company alone, and by whoever gave the reason alone */
	get("%s/" STR_FMT, desk_of(nord), STR_ARG(theirs));
	want(404);
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(theirs));
	want(404);
	get("%s", desk_of(nord));
	lacks("MARKER");
	officer_enters();
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(404);
	get("%s", desk_of(einzel));
	lacks("MARKER");
	get("/desk/audit");
	want(200);
	has("its admission is to be decided");
	has("Otto Ops");
	as("eva"); /* sees that staff looked, not who and why */
	get(LIST);
	lacks("Nobody of our staff");
	lacks("admission is to be decided");
	lacks("Otto");
	clock_shift(20 * 60 * SECOND_US);
	job(&audit_job);
	as("operator");
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(404);
	clock_shift(0);
	journey_end();
}

/* No purpose but kyc reads what was sent, whoever looks; and kyc opens it to its own and to staff
 * with a reason alone. A statement of another purpose does not build: test/policy/queryc.sh. */
TEST(the_policy_opens_them_for_kyc_alone)
{
	start();
	extract_sent();
	const struct policy *p = store_policy(journey.store);
	const struct policy_table *t = policy_table(p, S("licence"));
	struct viewer v[] = {{.roles = BIT(ROLE_ADMIN), .company = einzel + 1, .person = 7},
		{.roles = BIT(ROLE_OPERATOR), .company = einzel, .person = 7},
		{.roles = BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER), .person = 7}};
	struct licence_desk_rows sent;
	struct licence_file_row l;
	struct db db;

	REQUIRE(t);
	for (size_t i = 0; i < t->grants_n; i++)
		for (size_t k = 0; k < t->grants[i].columns_n; k++)
			if (str_eq(t->grants[i].columns[k], S("content")) ||
				str_eq(t->grants[i].columns[k], S("title")))
				CHECK_TEXT("kyc", t->grants[i].purpose);
	peek(&db, ROLE_OPERATOR, BIT(PURPOSE_DESK));
	sent = licence_desk(&db, (struct company_id){einzel});
	store_read_end(&db);
	CHECK_INT(1, sent.n);
	for (size_t i = 0; i < COUNT(v); i++) {
		store_read_begin(journey.store, &db, journey.arena, v[i], BIT(PURPOSE_KYC));
		CHECK(!licence_file(&db, sent.v[0].id, (struct company_id){einzel}, &l));
		store_read_end(&db);
	}
	v[0].company = einzel;
	store_read_begin(journey.store, &db, journey.arena, v[0], BIT(PURPOSE_KYC));
	CHECK(licence_file(&db, sent.v[0].id, (struct company_id){einzel}, &l));
	store_read_end(&db);
	journey_end();
}

/* ---- the end of them ---- */

TEST(the_answer_names_the_file_and_after_the_erasure_nothing_opens)
{
	start();
	markers[0] = S("MARKER-");
	extract_sent();
	str id = document();

	CHECK_INT(0, marked()); /* sealed, in whatever file it lies */
	get("/account/data/file?form=json");
	want(200);
	has("MARKER-name.pdf");
	has("MARKER-note");
	has(file_of(id));
	lacks("MARKER-bytes");
	operator_enters();
	post(desk_of(einzel), "reason=its+admission+is+to+be+decided");
	want(303);
	CHECK_INT(PROCESS_YES, decide_company(einzel, COMPANY_HAPPENING_REJECT));
	as("eva");
	sign_in(EVA);
	post("/account/erase", "now=" PASSWORD "&at_once=true");
	want(303);
	CHECK_INT(0, rows_number(journey.dir, "select count(*) from r_licence"));
	as("operator"); /* whose reason is still open */
	get("%s/" STR_FMT, desk_of(einzel), STR_ARG(id));
	want(404);
	get("%s", desk_of(einzel));
	lacks("MARKER");
	CHECK_INT(0, marked());
	memset(markers, 0, sizeof markers);
	journey_end();
}

TEST(a_year_after_the_company_closed_they_are_gone)
{
	start();
	extract_sent();
	CHECK_INT(PROCESS_YES, decide_company(einzel, COMPANY_HAPPENING_REJECT));
	clock_shift(360 * DAY_US);
	job(&retention_job);
	CHECK_INT(1, rows_number(journey.dir, "select count(*) from r_licence"));
	clock_shift(367 * DAY_US);
	job(&retention_job);
	CHECK_INT(0, rows_number(journey.dir, "select count(*) from r_licence"));
	clock_shift(0);
	journey_end();
}

int main(void)
{
	return test_main();
}
