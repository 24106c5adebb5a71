/* style: writes the mock pages as files. Usage: style OUTDIR [LANGUAGE]
 *
 * It links templates, parts and charts, but neither the store nor the web room: what those give to
 * templates is answered here with fixed values, among them two mistakes on the page that shows how
 * mistakes look. */
#include <stdio.h>
#include <stdlib.h>

#include "test/browser/mock/mock.h"

struct mock_tier {
	int64_t from, price;
};
struct mock_sign {
	str company, country, vat, name, email, password;
	int kind;
	bool terms;
};
static const struct field tier_fields[] = {
	{.name = "from", .kind = FIELD_INT, .required = true, .label = MSG_look_as_is},
	{.name = "price", .kind = FIELD_PRICE, .required = true, .label = MSG_look_as_is},
};
static const struct form tier_form = {
	"tier", tier_fields, COUNT(tier_fields), sizeof(struct mock_tier), false};
static const struct code countries[] = {
	{"DE", 0}, {"ES", 0}, {"FR", 0}, {"IT", 0}, {"NL", 0}, {"SE", 0}, {NULL, 0}};
FORM_FILES(mock_offer_form, struct mock_offer,
	{.name = "sku", .kind = FIELD_TEXT, .required = true, .max = 64},
	{.name = "title", .kind = FIELD_TEXT, .required = true, .max = 200},
	{.name = "about", .kind = FIELD_LONG, .max = 4000},
	{.name = "quantity", .kind = FIELD_INT, .required = true, .min = 200, .max = 1000000},
	{.name = "moq", .kind = FIELD_INT, .required = true, .min = 1},
	{.name = "step", .kind = FIELD_INT, .required = true, .min = 1},
	{.name = "stock", .kind = FIELD_INT, .required = true},
	{.name = "country", .kind = FIELD_CODE, .codes = countries},
	{.name = "sample", .kind = FIELD_BOOL, .required = true},
	{.name = "terms", .kind = FIELD_ENUM, .required = true},
	{.name = "since", .kind = FIELD_DATE}, {.name = "picture", .kind = FIELD_FILE},
	{.name = "tiers", .kind = FIELD_ROWS, .required = true, .rows = &tier_form});
FORM(mock_sign_form, struct mock_sign,
	{.name = "company",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 200,
		.autocomplete = "organization"},
	{.name = "kind", .kind = FIELD_ENUM, .required = true},
	{.name = "country",
		.kind = FIELD_CODE,
		.required = true,
		.codes = countries,
		.autocomplete = "country"},
	{.name = "vat", .kind = FIELD_TEXT, .max = 20},
	{.name = "name", .kind = FIELD_TEXT, .required = true, .max = 120, .autocomplete = "name"},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.required = true,
		.max = 254,
		.autocomplete = "email"},
	{.name = "password", .kind = FIELD_PASSWORD, .required = true, .max = 200},
	{.name = "terms", .kind = FIELD_BOOL, .required = true});

/* ---- what the web room answers ---- */

static bool mistakes, signed_in, staff, said;
static const struct form_error wrong[] = {
	{"email", {.msg = MSG_look_as_is,
			  .arg = {{.kind = ARG_STR,
				  .s = S("This is not an e-mail address: nobody@")}}}},
	{"country",
		{.msg = MSG_look_as_is,
			.arg = {{.kind = ARG_STR, .s = S("Choose the country of the company")}}}},
};

str field_value(const struct req *r, const char *name, str fallback)
{
	(void)r;
	return mistakes && !strcmp(name, "email") ? S("nobody@") : fallback;
}
const struct text *field_error(const struct req *r, const char *name)
{
	(void)r;
	for (size_t i = 0; mistakes && i < COUNT(wrong); i++)
		if (!strcmp(wrong[i].field, name))
			return &wrong[i].text;
	return NULL;
}
size_t form_errors(const struct req *r, const struct form_error **v)
{
	(void)r;
	*v = wrong;
	return mistakes ? COUNT(wrong) : 0;
}
int64_t live_place(const struct req *r)
{
	(void)r;
	return 0;
}
str csrf_token(struct req *r)
{
	(void)r;
	return S("token");
}
size_t page_tags(struct req *r, bool open, const struct policy_tag *v[TAGS_PAGE_MAX])
{
	(void)r, (void)open, (void)v;
	return 0;
}
bool page_signals(const struct req *r, bool open)
{
	(void)r, (void)open;
	return false;
}
str page_signals_granted(struct req *r)
{
	(void)r;
	return S("");
}
str page_signals_all(struct req *r)
{
	(void)r;
	return S("");
}
str recipient_short(const struct policy_recipient *r)
{
	return r->title;
}
size_t shares_of(struct req *r, str path, struct share v[TAGS_PAGE_MAX])
{
	(void)r, (void)path, (void)v;
	return 0;
}
str form_key(struct req *r)
{
	(void)r;
	return S("key");
}
str asset_url(str name)
{
	return str_eq(name, S("kontor.css"))  ? S("/asset/kontor.css")
	       : str_eq(name, S("icon.svg"))  ? S("/asset/icon.svg")
	       : str_eq(name, S("kontor.js")) ? S("/asset/kontor.js")
					      : S("/asset/mark.svg");
}
bool flash_take(struct req *r, struct text *t)
{
	(void)r;
	if (!said)
		return false;
	said = false;
	*t = T("Saved. Your offer is on sale.");
	return true;
}
str request_id(const struct req *r)
{
	(void)r;
	return S("01JD8M4Z");
}

const struct policy *db_policy(const struct db *db)
{
	(void)db;
	return NULL; /* pages drawn alone ask no store */
}
str req_target(const struct req *r)
{
	(void)r;
	return S("/");
}

/* ---- the pages ---- */

static struct links keep(struct arena *a, struct links l)
{
	struct link *v = arena_array(a, struct link, l.n);

	memcpy(v, l.v, l.n * sizeof *v);
	return (struct links){v, l.n};
}

static void shell_fill(struct arena *a, struct shell *s)
{
	*s = (struct shell){.brand = S("Hanse Kontor"),
		.operator_name = S("Hanse Kontor eG, Hamburg"),
		.basket = 3,
		.staff = staff,
		.notice = T("A demonstration: nothing here is for sale."),
		.foot_title = {T("Buying"), T("Selling")}};
	s->nav = keep(
		a, LINKS(LINK("Fasteners", "/c/fasteners", .current = true),
			   LINK("Bearings", "/c/bearings"), LINK("Pumps and valves", "/c/pumps"),
			   LINK("Electronic parts", "/c/electronics"), LINK("Cable", "/c/cable"),
			   LINK("Tools", "/c/tools"), LINK("Sheet and profiles", "/c/sheet"),
			   LINK("Packaging", "/c/packaging"), LINK("Workwear", "/c/workwear")));
	s->account = keep(a, LINKS(LINK("Orders", "/orders", .counted = true, .count = 14),
				     LINK("My offers", "/offers"),
				     LINK("People", "/account/people", .starts = true),
				     LINK("Company", "/account/company")));
	s->foot[0] = keep(a, LINKS(LINK("Categories", "/c"), LINK("Suppliers", "/suppliers")));
	s->foot[1] =
		keep(a, LINKS(LINK("How selling works", "/about/selling"), LINK("API", "/api")));
	if (signed_in) {
		s->person = S("Mara Lindqvist");
		s->company = staff ? S("") : S("Werft Nordost GmbH");
		s->unread = 2;
	}
}

static const struct mock_page {
	const char *name;
	void (*draw)(struct out *o, struct req *r);
	bool in, staff, mistakes, said;
} mocks[] = {
	{"home", mock_home, .in = false},
	{"search", mock_search, .in = true},
	{"product", mock_product, .in = true},
	{"supplier", mock_supplier, .in = false},
	{"basket", mock_basket, .in = true},
	{"empty", mock_empty, .in = false},
	{"place", mock_place, .in = true},
	{"orders", mock_orders, .in = true},
	{"order", mock_order, .in = true},
	{"offers", mock_offers, .in = true, .said = true},
	{"offer-edit", mock_offer_edit, .in = true},
	{"signin", mock_signin, .in = false},
	{"signup", mock_signup, .in = false, .mistakes = true},
	{"people", mock_people, .in = true},
	{"desk", mock_desk_home, .in = true, .staff = true},
	{"desk-companies", mock_desk_companies, .in = true, .staff = true},
	{"ask", mock_ask, .in = true, .staff = true},
	{"error", mock_error, .in = false},
};

static void write_page(
	struct arena *a, const char *dir, const struct mock_page *m, const struct locale *l)
{
	struct out o;
	struct req r = {.arena = a, .out = &o, .locale = l};
	str path = str_fmt(a, "%s/%s.html", dir, m->name);

	signed_in = m->in;
	staff = m->staff;
	mistakes = m->mistakes;
	said = m->said;
	out_init(&o, a, 1 << 16, 4 << 20, l);
	shell_fill(a, page_shell(&r));
	m->draw(&o, &r);
	FILE *f = fopen(path.p, "w");
	if (!f || fwrite(o.p, 1, o.n, f) != o.n || fclose(f)) {
		perror(path.p);
		exit(1);
	}
	puts(m->name);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: style OUTDIR [LANGUAGE]\n");
		return 2;
	}
	struct arena *a = arena_make((size_t)256 << 20);
	for (size_t i = 0; i < COUNT(mocks); i++) {
		write_page(a, argv[1], &mocks[i], locale_of(str_of(argc > 2 ? argv[2] : "en")));
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}
