/* Bad input, over the whole surface: every door as every role; every form and endpoint with 10 MB,
 * broken JSON, bytes that are no text, values of another type, missing, too long; and with the ids
 * of other companies. Each answer is a clear 4xx, mistakes stand at their fields, and nothing that
 * is stored has changed. */
#include "test/journey/surface.h"

#include "market/member/member.h"

enum { TABLES_MAX = 160, MANY_BYTES = 10 << 20 };

/* ---- who asks ---- */

static struct who {
	const char *name;
	uint64_t roles;
	char key[96]; /* to the API; empty: none */
} people[] = {
	{"visitor", BIT(ROLE_VISITOR), ""},
	{"looks", BIT(ROLE_VIEWER) | BIT(ROLE_PERSON), ""},
	{"counts", BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER) | BIT(ROLE_PERSON), ""},
	{"sells", BIT(ROLE_SALES) | BIT(ROLE_VIEWER) | BIT(ROLE_PERSON), ""},
	{"both",
		BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE) |
			BIT(ROLE_VIEWER) | BIT(ROLE_PERSON),
		""},
	{"operator", BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER) | BIT(ROLE_PERSON), ""},
	{"buys", BIT(ROLE_BUYER) | BIT(ROLE_VIEWER) | BIT(ROLE_PERSON), ""},
	{"runs", BIT(ROLE_OPERATOR) | BIT(ROLE_PERSON), ""},
	{"guards", BIT(ROLE_OFFICER) | BIT(ROLE_PERSON), ""},
};

static bool is_api(const struct route *r)
{
	return !strncmp(r->path, "/api/", 5);
}

static const struct who *person_for(const struct route *r)
{
	for (size_t i = 0; i < COUNT(people); i++)
		if (r->who & people[i].roles && (!is_api(r) || people[i].key[0]))
			return &people[i];
	return NULL;
}

/* Colleagues sign in by the addresses that their company's page of people shows. */
static void colleague_enters(const char *name, const char *of, const char *mark)
{
	as(of);
	get("/account/people");
	size_t at = str_find(journey.body, str_of(mark)), from;

	if (at == (size_t)-1) {
		TEST_FAIL("no %s among the people", mark);
		return;
	}
	for (from = at; from && journey.body.p[from - 1] != '>';)
		from--;
	str rest = str_sub(journey.body, from, journey.body.n), mail = str_cut(&rest, '<');

	as(name);
	post("/sign-in", "email=" STR_FMT "&password=" DEMO_PASSWORD, STR_ARG(str_trim(mail)));
	want(303);
}

/* The key that was made is shown once, on the page that follows. */
static void key_shown(struct who *w)
{
	want(303);
	follow();
	size_t at = str_find(journey.body, S("kt_"));
	str rest = str_sub(journey.body, at == (size_t)-1 ? 0 : at, journey.body.n);
	size_t n = 0;

	while (n < rest.n && n + 1 < sizeof w->key && !strchr(" .<&\"", rest.p[n]))
		n++;
	snprintf(w->key, sizeof w->key, STR_FMT, STR_ARG(str_sub(rest, 0, n)));
	bearer(w->key);
	get(w->roles & (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER)) ? "/api/v1/desk/jobs"
								: "/api/v1/me");
	want(200);
	bearer(NULL);
}

static void key_made(struct who *w, const char *rights)
{
	as(w->name);
	post("/account/keys", "label=test&days=1%s", rights);
	key_shown(w);
}

static void desk_key_made(struct who *w, const char *rights)
{
	as(w->name);
	post("/desk/keys", "label=test&days=1%s", rights);
	key_shown(w);
}

static void staff_enters(const char *name, uint64_t roles)
{
	(void)operator_make(journey.store, journey.arena,
		str_fmt(journey.arena, "%s@kontor.test", name), S("Staff"), roles,
		S(DEMO_PASSWORD));
	as(name);
	post("/sign-in", "email=%s%%40kontor.test&password=" DEMO_PASSWORD, name);
	want(303);
}

static void everybody(void)
{
	begin();
	colleague_enters("sells", "both", "sven.duvalier@");
	colleague_enters("counts", "both", "clara.o.donnell@");
	colleague_enters("looks", "both", "oskar.takemura@");
	key_made(&people[1], "");
	key_made(&people[2], "&finance=true");
	key_made(&people[3], "&sales=true");
	key_made(&people[4], "&admin=true&buyer=true&sales=true&finance=true");
	desk_key_made(&people[5], "&operator=true&officer=true");
	colleague_enters("buys", "buyer", "henrik.falkenried@");
	key_made(&people[6], "&buyer=true");
	staff_enters("runs", BIT(ROLE_OPERATOR));
	desk_key_made(&people[7], "&operator=true");
	staff_enters("guards", BIT(ROLE_OFFICER));
	desk_key_made(&people[8], "&officer=true");
}

static void is(const struct who *w, const struct route *r)
{
	static size_t n;

	as(w->name);
	bearer(is_api(r) && w->key[0] ? w->key : NULL);
	if (n++ % 8 == 0 || r->rate == RATE_SIGNIN)
		forget_limits();
}

static void blame(const struct route *r, const struct who *w, const char *what)
{
	TEST_FAIL("%s %s as %s, %s: %d", method_name(r->method), r->path, w ? w->name : "nobody",
		what, journey.status);
	journey_show();
}

/* ---- what is stored ---- */

/* What may change although nothing was done: sessions are seen, tries counted, reads audited. */
static const char *const moves[] = {"r_session", "r_throttle", "r_read_event", "r_read_count",
	"r_visit_figure", "r_tally", "r_house", "r_outbox", "r_one_time_token",
	/* on PostgreSQL servers say that they are there, and batches leave a mark */
	"r_server", "r_job_lease"};
static uint64_t stored[TABLES_MAX]; /* sums of their rows, in the order of their names */
static size_t stored_n;

static void mix(uint64_t *sum, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		*sum = (*sum ^ b[i]) * UINT64_C(1099511628211);
}

static void row_mix(void *sum, int n, const str *v)
{
	for (int i = 0; i < n; i++) {
		mix(sum, &v[i].n, sizeof v[i].n);
		mix(sum, v[i].p, v[i].n);
	}
}

static bool moves_anyway(str table)
{
	for (size_t i = 0; i < COUNT(moves); i++)
		if (str_eq(table, str_of(moves[i])))
			return true;
	return rows_cluster() && str_eq(table, S("r_replay"));
}

struct look { /* at every table; told: of whom what is */
	const struct route *route;
	const char *what;
	struct rows rows;
	size_t n;
};

static void table_look(void *ctx, int n, const str *name)
{
	struct look *l = ctx;
	uint64_t sum = UINT64_C(14695981039346656037);

	(void)n;
	if (moves_anyway(*name))
		return;
	MUST(l->n < TABLES_MAX);
	rows_each(&l->rows,
		str_fmt(test_arena, "select * from " STR_FMT " order by 1", STR_ARG(*name)).p,
		row_mix, &sum);
	if (stored_n && stored[l->n] != sum)
		TEST_FAIL("%s %s changed " STR_FMT ": %s", method_name(l->route->method),
			l->route->path, STR_ARG(*name), l->what);
	stored[l->n++] = sum;
}

/* Compares every table with how it was the last time, and remembers it. */
static void nothing_changed(const struct route *r, const char *what)
{
	struct look l = {r, what, rows_begin(journey.dir), 0};

	rows_tables(&l.rows, table_look, &l);
	rows_end(&l.rows);
	stored_n = l.n;
}

/* ---- doors ---- */

static size_t asked;

/* Pages whose role is right may still say no: 403 there has a reason of its own. */
static void door(const struct route *r, const struct who *w)
{
	const char *path = path_of(r, true);
	bool may = (r->who & w->roles) != 0;

	if (r->proof == PROOF_MESSAGE || r->proof == PROOF_SIGNED ||
		(r->proof == PROOF_BEARER && !w->key[0] && may))
		return;
	is(w, r);
	asked++;
	if (r->method == GET)
		get("%s", path);
	else
		post(path, "%s", is_api(r) ? "{}" : "");
	bool sent = journey.status == 303 && str_starts(header("Location"), S("/sign-in?next"));
	bool out = journey.status == 401 || journey.status == 403 || sent ||
		   (journey.status == 303 && str_eq(header("Location"), S("/sign-in")));

	if (!may && !out)
		blame(r, w, "who has no business here");
	bool known_here = r->proof == PROOF_BEARER ? is_api(r) && w->key[0] != 0
						   : (w->roles & BIT(ROLE_PERSON)) != 0;

	if (!may && known_here && journey.status != 403)
		blame(r, w, "who is known and has no business here");
	if (may && r->method == GET && (journey.status == 401 || sent))
		blame(r, w, "who may");
	if (journey.status >= 500)
		blame(r, w, "an empty form");
}

static void doors(const struct route *r)
{
	for (size_t i = 0; i < COUNT(people); i++)
		if (r->method == GET || !(r->who & people[i].roles))
			door(r, &people[i]);
}

TEST(every_door_as_every_role)
{
	everybody();
	whole_surface(doors);
	printf("# %zu doors\n", asked);
	CHECK(asked > 1200);
	surface_end();
}

/* ---- bodies ---- */

static const char *type_of(const struct route *r)
{
	return is_api(r) ? "application/json" : "application/x-www-form-urlencoded";
}

/* A value that the field takes, as JSON or as it is typed. */
static str good(const struct field *f, bool json)
{
	str v = S("Text in Ordnung");

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LONG:
	case FIELD_PASSWORD:
		v = f->max && f->max < 15 ? str_sub(S("Text in Ordnung"), 0, (size_t)f->max) : v;
		break;
	case FIELD_EMAIL: v = S("somebody@example.test"); break;
	case FIELD_INT:
		v = str_fmt(journey.arena, "%lld", (long long)(f->min > 1 ? f->min : 1));
		return v;
	case FIELD_BOOL: return S("true");
	case FIELD_ENUM: {
		const struct policy_enum *e =
			policy_enum(store_policy(journey.store), str_of(f->choices));

		v = e->values[0];
		break;
	}
	case FIELD_CODE: v = str_of(f->codes[0].code); break;
	case FIELD_ID:
		v = S("0000000000001");
		for (size_t i = 0; i < COUNT(known); i++)
			if (!strcmp(known[i].name, f->name))
				v = str_of(known[i].id);
		break;
	case FIELD_MONEY:
	case FIELD_PRICE: v = S("1"); break;
	case FIELD_DATE: v = S("2027-01-04"); break;
	case FIELD_FILE:
	case FIELD_ROWS: return json ? S("[]") : S("");
	}
	return json ? str_fmt(journey.arena, "\"" STR_FMT "\"", STR_ARG(v)) : v;
}

/* All fields with what they take, but for `but`, which gets `value` (NULL: is left out). */
static str body_but(const struct route *r, const struct field *but, const char *value)
{
	bool json = is_api(r);
	str body = json ? S("{") : S("");
	const struct form *form = r->form;

	for (size_t i = 0; form && i < form->fields_n; i++) {
		const struct field *f = &form->fields[i];
		str v = f == but ? (value ? str_of(value) : (str){NULL, 0}) : good(f, json);

		if (v.p && json)
			body = str_fmt(journey.arena, STR_FMT "%s\"%s\": " STR_FMT, STR_ARG(body),
				body.n > 1 ? ", " : "", f->name, STR_ARG(v));
		else if (v.p)
			body = str_fmt(journey.arena, STR_FMT "%s=" STR_FMT "&", STR_ARG(body),
				f->name, STR_ARG(v));
	}
	return json ? str_cat(journey.arena, body, S("}")) : body;
}

static str with_token(const struct route *r, str body)
{
	return is_api(r)
		       ? body
		       : str_fmt(journey.arena, STR_FMT "%s_token=" STR_FMT, STR_ARG(body),
				 body.n && body.p[body.n - 1] != '&' ? "&" : "", STR_ARG(token()));
}

/* Things of the asker's own company: a form with a mistake is about something that is there. */
static struct {
	const char *name, *page, *mark;
	char id[32];
} own[] = {
	{"order", "/orders", "/order/", ""},
	{"offer", "/offers", "/offers/", ""},
	{"address", "/account/addresses", "/account/addresses/", ""},
	{"member", "/account/people", "/account/people/", ""},
	{"product", NULL, "/products/", ""},
};

static void own_found(void)
{
	as("both");
	for (size_t i = 0; i < COUNT(own); i++) {
		if (own[i].page)
			get("%s", own[i].page);
		else {
			post("/products/new",
				"title=Own&manufacturer=Own&part_number=OWN-1&category=%s&"
				"published=true",
				known[3].id);
			want(303);
			own[i].mark = "product=";
			journey.body = header("Location");
		}
		if (!shown_id(own[i].mark, own[i].id))
			TEST_FAIL("no %s of its own", own[i].name);
	}
}

static const char *own_path(const struct route *r)
{
	static char path[PATH_BYTES_MAX];

	snprintf(path, sizeof path, "%s", path_of(r, true));
	for (size_t i = 0; i < COUNT(own); i++)
		for (size_t k = 0; k < COUNT(known); k++) {
			char *at = strcmp(own[i].name, known[k].name) ? NULL
								      : strstr(path, known[k].id);

			if (at)
				memcpy(at, own[i].id, ID_TEXT_CHARS);
		}
	char *unknown = strstr(r->path, "{member}") ? strstr(path, "0000000000001") : NULL;

	if (unknown)
		memcpy(unknown, own[3].id, ID_TEXT_CHARS);
	return path;
}

static void send_body(const struct route *r, const struct who *w, const char *type, str body)
{
	is(w, r);
	asked++;
	post_type(own_path(r), type, body);
}

static void refused(const struct route *r, const struct who *w, const char *what)
{
	if (journey.status < 400 || journey.status >= 500 || journey.status == 429)
		blame(r, w, what);
	if (is_api(r) && !str_starts(header("Content-Type"), S("application/problem+json")))
		blame(r, w, "no problem document");
	if (!is_api(r) && str_find(journey.body, S("<h1")) == (size_t)-1)
		blame(r, w, "no page that says what is wrong");
}

/* The mistake is told at the field: in the problem's list, or beside the field of the page. */
static void told_at(
	const struct route *r, const struct who *w, const struct field *f, const char *what)
{
	struct text label = {.msg = f->label};
	struct out o;

	out_init(&o, journey.arena, 64, 1024, &locales[0]);
	out_text_plain(&o, label);
	/* beside the field; a hidden one is named in the summary, or on the page that says no */
	str mark = is_api(r) ? str_fmt(journey.arena, "\"field\":\"%s\"", f->name)
		   : str_find(journey.body, S("role=\"alert\"")) != (size_t)-1
			   ? str_fmt(journey.arena, "#f-%s\"", f->name)
			   : str_fmt(journey.arena, STR_FMT, STR_ARG(out_view(&o)));

	refused(r, w, what);
	if (journey.status == 422 && str_find(journey.body, mark) == (size_t)-1)
		TEST_FAIL("%s %s as %s: %s is not told at %s", method_name(r->method), r->path,
			w->name, what, f->name);
}

static char many[MANY_BYTES + 1];

static void bodies(const struct route *r)
{
	const struct who *w = person_for(r);

	if (r->method != POST || !w || r->proof == PROOF_MESSAGE || r->proof == PROOF_SIGNED)
		return;
	send_body(r, w, type_of(r), (str){many, MANY_BYTES});
	if (journey.status != 413)
		blame(r, w, "10 MB");
	refused(r, w, "10 MB");
	send_body(r, w, "image/png", S("\x89PNG\r\n\x1a\n"));
	if (journey.status != 415)
		blame(r, w, "a picture as a body");
	if (is_api(r)) {
		static const char *const broken[] = {"{", "{\"a\": }", "[1, 2", "nul", "\"text\"",
			"{\"a\": 1, \"a\": 2}", "{\"a\": \"\xff\xfe\"}", "{\"a\": 1e999}",
			"{\"a\": 01}", "{} {}", "{\"a\": \"\\ud800\"}", "\xef\xbb\xbf{}"};

		for (size_t i = 0; i < COUNT(broken); i++) {
			send_body(r, w, type_of(r), str_of(broken[i]));
			refused(r, w, broken[i]);
		}
	} else {
		send_body(r, w, type_of(r), S("%zz=1&_token=%"));
		refused(r, w, "broken escapes");
		send_body(r, w, "multipart/form-data", S("--x\r\n"));
		refused(r, w, "multipart without a boundary");
	}
	nothing_changed(r, "a body that is none");
}

/* What no field of this kind takes; NULL: it takes every text. */
static const char *foreign(const struct field *f, bool json)
{
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LONG:
	case FIELD_PASSWORD: return json ? "{\"x\": [1]}" : "%FF%FE";
	case FIELD_EMAIL: return json ? "17" : "nobody";
	case FIELD_INT: return json ? "\"many\"" : "many";
	case FIELD_BOOL: return json ? "\"perhaps\"" : "perhaps";
	case FIELD_ENUM: return json ? "\"nonesuch\"" : "nonesuch";
	case FIELD_CODE: return json ? "\"ZZ9\"" : "ZZ9";
	case FIELD_ID: return json ? "[]" : "no%20id";
	case FIELD_MONEY:
	case FIELD_PRICE: return json ? "\"1.2.3\"" : "1.2.3";
	case FIELD_DATE: return json ? "\"2026-02-30\"" : "2026-02-30";
	case FIELD_FILE:
	case FIELD_ROWS: return json ? "17" : NULL;
	}
	return NULL;
}

static const char *too_much(const struct field *f, bool json)
{
	static char text[12100];
	size_t n = f->max ? (size_t)f->max + 1 : f->kind == FIELD_LONG ? 10001 : 257;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LONG:
	case FIELD_PASSWORD:
		if (n + 3 > sizeof text)
			return NULL;
		memset(text, 'a', sizeof text);
		snprintf(text + n + (json ? 1 : 0), 2, "%s", json ? "\"" : "");
		text[0] = json ? '"' : 'a';
		return text;
	case FIELD_INT:
		return f->max && f->max < INT64_MAX
			       ? str_fmt(journey.arena, "%lld", (long long)f->max + 1).p
			       : "99999999999999999999";
	case FIELD_EMAIL:
	case FIELD_BOOL:
	case FIELD_ENUM:
	case FIELD_CODE:
	case FIELD_ID:
	case FIELD_MONEY:
	case FIELD_PRICE:
	case FIELD_DATE:
	case FIELD_FILE:
	case FIELD_ROWS: return NULL;
	}
	return NULL;
}

static void fields(const struct route *r)
{
	const struct who *w = person_for(r);
	bool json = is_api(r);

	if (r->method != POST || !r->form || !w || r->proof == PROOF_MESSAGE ||
		r->proof == PROOF_SIGNED)
		return;
	for (size_t i = 0; i < r->form->fields_n; i++) {
		const struct field *f = &r->form->fields[i];
		const char *wrong = foreign(f, json), *much = too_much(f, json);

		if (f->required) {
			is(w, r);
			send_body(r, w, type_of(r), with_token(r, body_but(r, f, NULL)));
			told_at(r, w, f, "a field left out");
		}
		if (wrong) {
			is(w, r);
			send_body(r, w, type_of(r), with_token(r, body_but(r, f, wrong)));
			told_at(r, w, f, "a value of another type");
		}
		if (much) {
			is(w, r);
			send_body(r, w, type_of(r), with_token(r, body_but(r, f, much)));
			told_at(r, w, f, "too much");
		}
	}
	nothing_changed(r, "a field with a mistake");
}

TEST(bodies_that_are_none_and_fields_with_mistakes)
{
	memset(many, 'a', MANY_BYTES);
	everybody();
	own_found();
	nothing_changed(NULL, NULL);
	asked = 0;
	whole_surface(bodies);
	whole_surface(fields);
	printf("# %zu bodies\n", asked);
	CHECK(asked > 1500);
	surface_end();
}

/* ---- what belongs to others ---- */

/* Things of other companies than the asker's, by the name of the path's parameter. */
static struct {
	const char *name, *who, *page, *mark;
	char id[32];
} others[] = {
	{"order", "supplier", "/sales", "/order/", ""},
	{"offer", "supplier", "/offers", "/offers/", ""},
	{"address", "buyer", "/account/addresses", "/account/addresses/", ""},
	{"member", "buyer", "/account/people", "/account/people/", ""},
	{"session", "buyer", "/account/sessions", "/account/sessions/", ""},
	{"key", "buyer", "/account/keys", "/account/keys/", ""},
	{"invitation", "buyer", "/account/people/manage", "/account/invitations/", ""},
	{"line", "buyer", "/basket", "/basket/", ""},
	{"product", "visitor", "/", "/product/", ""},
};

static void others_found(void)
{
	as("buyer");
	post("/account/keys", "label=theirs&days=1");
	want(303);
	post("/account/people/invite", "email=invited%%40example.test&buyer=true");
	want(303);
	post("/basket/add", "offer=%s&quantity=1000000", known[1].id);
	want(303);
	as("buyer elsewhere");
	post("/sign-in", "email=buyer%%40kontor.example&password=" DEMO_PASSWORD);
	want(303);
	for (size_t i = 0; i < COUNT(others); i++) {
		as(others[i].who);
		get("%s", others[i].page);
		if (!shown_id(others[i].mark, others[i].id))
			TEST_FAIL("no %s on %s", others[i].name, others[i].page);
	}
}

/* The path with the others' things in it; NULL: it names none of them. */
static const char *others_path(const struct route *r)
{
	static char path[PATH_BYTES_MAX];
	str rest = str_of(r->path);
	size_t n = 0;
	bool theirs = false;

	while (rest.n) {
		str head = str_cut(&rest, '{');

		n += (size_t)snprintf(path + n, sizeof path - n, STR_FMT, STR_ARG(head));
		if (!rest.p)
			break;
		str name = str_cut(&rest, '}');
		const char *value = str_eq(name, S("event")) ? "cancel" : "0000000000001";

		for (size_t i = 0; i < COUNT(others); i++)
			if (str_eq(name, str_of(others[i].name))) {
				value = others[i].id;
				theirs = true;
			}
		n += (size_t)snprintf(path + n, sizeof path - n, "%s", value);
	}
	path[n] = 0;
	return theirs ? path : NULL;
}

static void strangers(const struct route *r)
{
	const struct who *w = &people[4];
	const char *path = others_path(r);

	if (!path || !(r->who & w->roles) || r->who & BIT(ROLE_VISITOR) ||
		(r->method == GET && strstr(path, "/products/")) ||
		(r->method == GET && strstr(path, "/quotes/ask/"))) /* offers are for all */
		return;
	is(w, r);
	asked++;
	if (r->method == GET)
		get("%s", path);
	else
		post_type(path, type_of(r), with_token(r, body_but(r, NULL, NULL)));
	if (journey.status != 404 && journey.status != 403 && journey.status != 410 &&
		journey.status != 422 && !(r->form && r->form->files && journey.status == 415))
		blame(r, w, "what belongs to somebody else");
	if (r->method == GET && journey.status != 404)
		blame(r, w, "what belongs to somebody else is not there");
	nothing_changed(r, "somebody else's");
}

TEST(what_belongs_to_others_is_not_there)
{
	everybody();
	others_found();
	stored_n = 0;
	nothing_changed(NULL, NULL);
	asked = 0;
	whole_surface(strangers);
	printf("# %zu asked for what belongs to others\n", asked);
	CHECK(asked > 40);
	surface_end();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "picture"))
		return picture_worker();
	return test_main();
}
