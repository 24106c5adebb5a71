/* A small application for the tests of web: its own route table over the program's own store.
 * A "note" is a row of one_time_token: its digest is the note's name, about_id its amount. */
#ifndef KONTOR_TEST_WEB_APP_H
#define KONTOR_TEST_WEB_APP_H

#include "gen/signin.sql.h"
#include "test/journey/journey.h"

#include <stdatomic.h>

enum { MEMBER = 1 << 2 };
#define EVERYONE (BIT(ROLE_VISITOR) | BIT(ROLE_BUYER))

struct note {
	str name;
	int64_t amount;
};
FORM(note_form, struct note,
	{.name = "name",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 2,
		.max = 20,
		AT(struct note, name),
		.label = MSG_web_required},
	{.name = "amount",
		.kind = FIELD_INT,
		.min = 1,
		.max = 1000,
		AT(struct note, amount),
		.label = MSG_web_required});

struct line {
	int64_t quantity;
	str sku;
};
FORM(line_form, struct line,
	{.name = "sku",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = 10,
		AT(struct line, sku),
		.label = MSG_web_required},
	{.name = "quantity",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = 99,
		AT(struct line, quantity),
		.label = MSG_web_required});
struct order {
	struct form_rows lines;
	struct upload picture;
	str currency, email, password, notes;
	int64_t price, unit_price, any;
	int unit;
	bool agreed;
	instant day;
};
static const struct code currencies[] = {{"EUR", 0}, {"JPY", 0}, {NULL, 0}};
FORM_FILES(order_form, struct order,
	{.name = "lines",
		.kind = FIELD_ROWS,
		.required = true,
		.max = 3,
		AT(struct order, lines),
		.rows = &line_form,
		.label = MSG_web_required},
	{.name = "picture",
		.kind = FIELD_FILE,
		.data = NOT_PERSONAL,
		.max = 100000,
		AT(struct order, picture),
		.label = MSG_web_required},
	{.name = "currency",
		.kind = FIELD_CODE,
		.codes = currencies,
		AT(struct order, currency),
		.label = MSG_web_required},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.data = NOT_PERSONAL,
		AT(struct order, email),
		.label = MSG_web_required},
	{.name = "password",
		.kind = FIELD_PASSWORD,
		.data = NOT_PERSONAL,
		AT(struct order, password),
		.label = MSG_web_required},
	{.name = "notes",
		.kind = FIELD_LONG,
		.data = NOT_PERSONAL,
		.max = 40,
		AT(struct order, notes),
		.label = MSG_web_required},
	{.name = "price",
		.kind = FIELD_MONEY,
		.with = "currency",
		AT(struct order, price),
		.label = MSG_web_required},
	{.name = "unit_price",
		.kind = FIELD_PRICE,
		.with = "currency",
		AT(struct order, unit_price),
		.label = MSG_web_required},
	{.name = "any",
		.kind = FIELD_INT,
		.max = INT64_MAX,
		AT(struct order, any),
		.label = MSG_web_required},
	{.name = "unit",
		.kind = FIELD_ENUM,
		.choices = "unit",
		AT(struct order, unit),
		.label = MSG_web_required},
	{.name = "agreed", .kind = FIELD_BOOL, AT(struct order, agreed), .label = MSG_web_required},
	{.name = "day",
		.kind = FIELD_DATE,
		.data = NOT_PERSONAL,
		AT(struct order, day),
		.label = MSG_web_required});

static atomic_int app_applied;

static void app_digest(struct req *r, str name, str *digest)
{
	struct digest d = digest_of(name);

	*digest = str_dup(r->arena, (str){(const char *)d.b, sizeof d.b});
}

static int app_home(struct req *r)
{
	struct text t;

	answer_type(r, "text/plain; charset=utf-8");
	out_fmt(r->out, "home person=%lld session=%d\n", (long long)r->viewer.person,
		r->viewer.session != 0);
	if (flash_take(r, &t))
		out_text_plain(r->out, t);
	return 200;
}

static int app_note_page(struct req *r)
{
	struct signin_token_row row;
	str digest;

	app_digest(r, path_str(r, "name"), &digest);
	if (!signin_token(r->db, digest, &row))
		return 404;
	if (r->api)
		return answer_row(r, &signin_token_desc, &row);
	answer_type(r, "text/plain; charset=utf-8");
	out_fmt(r->out, "note amount=%lld\n", (long long)row.about_id);
	return 200;
}

static int app_note_form(struct req *r)
{
	const struct form_error *e;
	size_t n = form_errors(r, &e);

	answer_type(r, "text/plain; charset=utf-8");
	out_fmt(r->out, "form name=[" STR_FMT "] amount=[" STR_FMT "]\n",
		STR_ARG(field_value(r, "name", S("none"))),
		STR_ARG(field_value(r, "amount", S("none"))));
	for (size_t i = 0; i < n; i++) {
		out_fmt(r->out, "error %s: ", e[i].field);
		out_text_plain(r->out, e[i].text);
		out_lit(r->out, "\n");
	}
	return 200;
}

static int app_note_add(struct req *r)
{
	const struct note *n = r->form;
	str digest;

	atomic_fetch_add(&app_applied, 1);
	app_digest(r, n->name, &digest);
	if (signin_token_add(r->db, (struct one_time_token_id){id_make()}, TOKEN_KIND_CONFIRM,
		    n->amount, digest, clock_now(), instant_add(clock_now(), DAY_US)) != 1)
		return problem(r, 409, TEXT(web_twice));
	if (str_eq(n->name, S("taken")))
		form_error(r, "name", TEXT(web_twice));
	if (str_eq(n->name, S("boom")))
		fault(FAULT_BUG, "the test wanted it");
	if (str_eq(n->name, S("refuse")))
		return problem(r, 409, TEXT(web_twice));
	if (r->api) {
		struct signin_token_row row;

		MUST(signin_token(r->db, digest, &row));
		return done(r, 201, str_fmt(r->arena, "/api/v1/notes/" STR_FMT, STR_ARG(n->name)),
			text_none(), &signin_token_desc, &row);
	}
	return done(r, 201, str_fmt(r->arena, "/note/" STR_FMT, STR_ARG(n->name)),
		TEXT(web_too_long, 7), NULL, NULL);
}

static _Atomic(atomic_bool *) app_waits_for; /* what has to come true before a slow answer */

static int app_slow(struct req *r)
{
	const struct note *n = r->form;
	atomic_bool *until = app_waits_for;

	nanosleep(&(struct timespec){0, 20 * 1000000}, NULL);
	for (int i = 0; until && !atomic_load(until) && i < 1000; i++)
		nanosleep(&(struct timespec){0, 5 * 1000000}, NULL);
	if (str_eq(n->name, S("wrong")))
		form_error(r, "name", TEXT(web_not_choice));
	if (str_eq(n->name, S("boom")))
		fault(FAULT_BUG, "the test wanted it");
	r->own = (void *)(uintptr_t) "prepared";
	return 0;
}

static int app_slow_apply(struct req *r)
{
	MUST(r->own && !strcmp(r->own, "prepared"));
	return app_note_add(r);
}

static int app_order(struct req *r)
{
	const struct order *o = r->form;
	const struct line *l = o->lines.v;

	answer_type(r, "text/plain; charset=utf-8");
	for (size_t i = 0; i < o->lines.n; i++)
		out_fmt(r->out, "line " STR_FMT " %lld\n", STR_ARG(l[i].sku),
			(long long)l[i].quantity);
	out_fmt(r->out, "file " STR_FMT " " STR_FMT " %zu\n", STR_ARG(o->picture.name),
		STR_ARG(o->picture.type), o->picture.bytes.n);
	out_fmt(r->out, "email " STR_FMT " password " STR_FMT " notes " STR_FMT "\n",
		STR_ARG(o->email), STR_ARG(o->password), STR_ARG(o->notes));
	out_fmt(r->out, "price %lld unit_price %lld unit %d agreed %d day %d\n",
		(long long)o->price, (long long)o->unit_price, o->unit, o->agreed,
		instant_is(o->day));
	return 200;
}

static int app_search(struct req *r)
{
	const struct note *n = r->form;

	answer_type(r, "text/plain; charset=utf-8");
	out_fmt(r->out, "search [" STR_FMT "] [" STR_FMT "] %lld\n", STR_ARG(n->name),
		STR_ARG(query_str(r, "name")), (long long)n->amount);
	return 200;
}

static int app_signin(struct req *r)
{
	session_start(r, 42, 43, BIT(ROLE_BUYER));
	return done(r, 200, S("/"), TEXT(web_required), NULL, NULL);
}

static int app_signout(struct req *r)
{
	session_end(r);
	return see(r, "/");
}

static int app_signout_all(struct req *r)
{
	session_end_all(r, r->viewer.person);
	return see(r, "/");
}

static int app_keep(struct req *r)
{
	session_keep(r);
	return see(r, "/");
}

static int app_cookies(struct req *r)
{
	answer_cookie(r, "kontor_view", S("de.-.-"));
	answer_cookie(r, "kontor_look", S("de.-.-"));
	answer_cookie(r, "tracker", S("1"));
	answer_cookie(r, "kontor_view", S("a;b"));
	answer_type(r, "text/plain");
	return 200;
}

static int app_big(struct req *r)
{
	answer_etag(r, S("big 1"));
	for (int i = 0; i < 3000; i++)
		out_fmt(r->out, "row %d of many\n", i);
	answer_type(r, "text/plain; charset=utf-8");
	return 200;
}

static int app_fault(struct req *r)
{
	out_lit(r->out, "half a page");
	fault(FAULT_BUG, "the test wanted it");
}

static int app_undeclared(struct req *r)
{
	struct signin_token_row row;

	return signin_token(r->db, S("x"), &row) ? 200 : 404; /* its route declares public only */
}

#define SIGNIN_ BIT(PURPOSE_SIGNIN)
static const struct route app_routes[] = {
	{GET, "/", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_home},
	{GET, "/note/{name}", EVERYONE, SIGNIN_, PROOF_NONE, .get = app_note_page},
	{GET, "/note/{name}.txt", EVERYONE, SIGNIN_, PROOF_NONE, .get = app_note_page},
	{GET, "/note/new", EVERYONE, SIGNIN_, PROOF_NONE, .get = app_note_form},
	{POST, "/note", EVERYONE, SIGNIN_, PROOF_TOKEN, .form = &note_form, .get = app_note_form,
		.apply = app_note_add},
	{POST, "/slow", EVERYONE, SIGNIN_, PROOF_TOKEN, .form = &note_form, .get = app_note_form,
		.prepare = app_slow, .slow = true, .apply = app_slow_apply},
	{POST, "/order", EVERYONE, SIGNIN_, PROOF_TOKEN, .form = &order_form, .prepare = app_order},
	{GET, "/search", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .form = &note_form,
		.get = app_search},
	{GET, "/member", BIT(ROLE_BUYER), SIGNIN_, PROOF_NONE, .get = app_home},
	{GET, "/desk", BIT(ROLE_OPERATOR), SIGNIN_, PROOF_NONE, .get = app_home},
	{POST, "/signin", BIT(ROLE_VISITOR), SIGNIN_, PROOF_TOKEN, .apply = app_signin},
	{POST, "/signout", BIT(ROLE_BUYER), SIGNIN_, PROOF_TOKEN, .apply = app_signout},
	{POST, "/signout-all", BIT(ROLE_BUYER), SIGNIN_, PROOF_TOKEN, .apply = app_signout_all},
	{POST, "/keep", EVERYONE, SIGNIN_, PROOF_TOKEN, .apply = app_keep},
	{POST, "/hook", ANYONE, SIGNIN_, PROOF_NONE, "a test: anybody may", .form = &note_form,
		.apply = app_note_add},
	{GET, "/cookies", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_cookies},
	{GET, "/big", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_big},
	{GET, "/fault", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_fault},
	{GET, "/undeclared", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_undeclared},
	{GET, "/link/{name}", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_SIGNED, .get = app_home},
	{GET, "/guess", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = app_home,
		.rate = RATE_SIGNIN},
	{GET, "/api/v1/notes/{name}", BIT(ROLE_BUYER), SIGNIN_, PROOF_BEARER, .get = app_note_page,
		.answers = &signin_token_desc, .about = "One note"},
	{POST, "/api/v1/notes", BIT(ROLE_BUYER), SIGNIN_, PROOF_BEARER, .form = &note_form,
		.apply = app_note_add, .answers = &signin_token_desc, .about = "Keeps a note"},
	{POST, "/api/v1/order", BIT(ROLE_BUYER), SIGNIN_, PROOF_BEARER, .form = &order_form,
		.prepare = app_order, .about = "Takes everything"},
	{0},
};
static const struct route *const app_tables[] = {app_routes, NULL};

static bool app_bearer(struct db *db, str t, struct viewer *v)
{
	struct signin_token_row row;

	if (signin_token(db, t, &row) || !str_eq(t, S("letmein")))
		return false;
	v->person = 42;
	v->company = 43;
	v->roles = BIT(ROLE_BUYER);
	return true;
}

static bool app_unready;

static bool app_ready(void)
{
	return !app_unready;
}

static const struct web_options app_options = {.address = "127.0.0.1:8150",
	.tables = app_tables,
	.bearer = app_bearer,
	.signin_path = "/signin",
	.ready = app_ready,
	.limit_loopback = true};

#endif
