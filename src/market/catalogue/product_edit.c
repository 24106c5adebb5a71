/* The text of a product, by the company that keeps it. */
#include "market/catalogue/selling.h"

#include "market/member/member.h"

#include "gen/product_edit.html.h"

enum { ATTRIBUTES_TEXT_CHARS_MAX = 8000 };

FORM(product_text_form, struct product_text,
	{.name = "title",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = 200,
		AT(struct product_text, title),
		.label = MSG_product_title,
		.hint = MSG_product_title_hint},
	{.name = "manufacturer",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = 120,
		AT(struct product_text, manufacturer),
		.label = MSG_shop_maker},
	{.name = "part_number",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = PART_NUMBER_CHARS_MAX,
		AT(struct product_text, part_number),
		.label = MSG_shop_part_number,
		.hint = MSG_product_part_hint},
	{.name = "category",
		.kind = FIELD_ID,
		.required = true,
		AT(struct product_text, category),
		.label = MSG_product_category},
	{.name = "description",
		.kind = FIELD_LONG,
		.data = NOT_PERSONAL,
		.max = 4000,
		AT(struct product_text, description),
		.label = MSG_product_description},
	{.name = "attributes",
		.kind = FIELD_LONG,
		.data = NOT_PERSONAL,
		.max = ATTRIBUTES_TEXT_CHARS_MAX,
		AT(struct product_text, attributes),
		.label = MSG_product_attributes,
		.hint = MSG_product_attributes_hint},
	{.name = "gtin",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 14,
		AT(struct product_text, gtin),
		.label = MSG_shop_gtin},
	{.name = "hs_code",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 10,
		AT(struct product_text, hs_code),
		.label = MSG_shop_hs_code},
	{.name = "origin",
		.kind = FIELD_CODE,
		AT(struct product_text, origin),
		.label = MSG_shop_origin,
		.codes = countries},
	{.name = "weight",
		.kind = FIELD_INT,
		.min = 1,
		.max = 1000000000,
		AT(struct product_text, weight),
		.label = MSG_product_weight},
	{.name = "video",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = EMBED_ADDRESS_BYTES_MAX,
		AT(struct product_text, video),
		.label = MSG_look_video},
	{.name = "published",
		.kind = FIELD_BOOL,
		AT(struct product_text, published),
		.label = MSG_product_published});

/* ---- rules ---- */

bool gtin_good(str s)
{
	int sum = 0;

	if (s.n != 8 && s.n != 12 && s.n != 13 && s.n != 14)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		sum += (s.p[i] - '0') * ((s.n - i) % 2 ? 1 : 3);
	}
	return sum % 10 == 0;
}

bool hs_code_good(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n >= 6 && s.n <= 10;
}

/* "Resistance: 10kΩ", one a line, to the column; marks the field where a line is wrong. */
static str attributes_read(struct req *r, str text)
{
	struct out o;
	size_t n = 0;

	out_init(&o, r->arena, 256, (size_t)4 * ATTRIBUTES_TEXT_CHARS_MAX + 8192, r->locale);
	while (text.n) {
		str line = str_trim(str_cut(&text, '\n')), value = line,
		    name = str_trim(str_cut(&value, ':'));
		struct product_attribute_named_row a;

		if (!line.n)
			continue;
		value = str_trim(value);
		if (!value.n || str_has(value, '\t') ||
			str_chars(value) > ATTRIBUTE_VALUE_CHARS_MAX)
			form_error(r, "attributes", TEXT(product_attribute_form, line));
		else if (!product_attribute_named(r->db, name, &a))
			form_error(r, "attributes", TEXT(product_attribute_unknown, name));
		else if (n++ == ATTRIBUTES_MAX)
			form_error(r, "attributes",
				TEXT(product_attribute_many, (int64_t)ATTRIBUTES_MAX));
		else
			out_fmt(&o, "%lld\t" STR_FMT "\n", (long long)a.id.v, STR_ARG(value));
	}
	return (str){o.n ? o.p : "", o.n};
}

static str attributes_write(struct db *db, str column)
{
	str text = S("");
	struct attribute_value x;

	while (attributes_next(&column, &x)) {
		struct product_attribute_row a;

		if (product_attribute(db, (struct attribute_id){x.attribute}, &a))
			text = str_fmt(db->arena, STR_FMT STR_FMT ": " STR_FMT "\n", STR_ARG(text),
				STR_ARG(a.name), STR_ARG(x.value));
	}
	return text;
}

static bool text_good(struct req *r, const struct product_text *f, str *attributes)
{
	struct category_by_id_row c;
	const struct form_error *e;

	if (!category_by_id(r->db, f->category, &c))
		form_error(r, "category", TEXT(web_not_choice));
	if (f->gtin.n && !gtin_good(f->gtin))
		form_error(r, "gtin", TEXT(product_gtin_wrong));
	if (f->hs_code.n && !hs_code_good(f->hs_code))
		form_error(r, "hs_code", TEXT(product_hs_wrong));
	if (!part_key(r->arena, f->part_number).n)
		form_error(r, "part_number", TEXT(product_part_wrong));
	if (f->video.n && !embed_known(db_policy(r->db), f->video))
		form_error(r, "video", TEXT(look_video_wrong));
	*attributes = attributes_read(r, f->attributes);
	return !form_errors(r, &e);
}

static str or_none(str s)
{
	return s.n ? s : (str){NULL, 0};
}

/* ---- pages ---- */

static void view_fill(struct req *r, struct product_text_view *v)
{
	struct category_choices_rows c = category_choices(r->db);

	v->videos = embed_hosts(r->arena, db_policy(r->db));
	v->categories = arena_array(r->arena, struct choice, c.n + 1);
	for (size_t i = 0; i < c.n; i++)
		v->categories[v->categories_n++] = (struct choice){
			.value = id_text(r->arena, c.v[i].id.v), .label = AS_TEXT(c.v[i].path)};
	product_edit_page(r->out, r, v);
}

int product_new_show(struct req *r)
{
	struct product_text_view v = {.fresh = true, .attributes = S("")};

	view_fill(r, &v);
	return 200;
}

int product_edit_show(struct req *r)
{
	struct product_id id = {path_id(r, "product")};
	struct product_text_view v = {0};

	if (!product_own(r->db, id, &v.p))
		return problem(r, 404, text_none());
	v.attributes = attributes_write(r->db, v.p.attributes);
	v.pictures = picture_own(r->db, id);
	v.documents = document_own(r->db, id);
	v.variants = product_variant_own(r->db, id);
	view_fill(r, &v);
	return 200;
}

static int answer_product(
	struct req *r, int status, struct product_id id, const char *page, struct text said)
{
	struct product_own_row row;
	str text = id_text(r->arena, id.v);

	MUST(product_own(r->db, id, &row));
	return done(r, status,
		str_fmt(r->arena, "%s" STR_FMT "%s", r->api ? "/api/v1/products/" : page,
			STR_ARG(text), r->api || status == 201 ? "" : "/edit"),
		said, &product_own_desc, &row);
}

int product_new_apply(struct req *r)
{
	const struct product_text *f = r->form;
	struct product_id id = {id_make_with(r->viewer.company)};
	str attributes;

	if (!text_good(r, f, &attributes))
		return 422;
	if (product_add(r->db, id, (struct company_id){r->viewer.company}, f->category,
		    f->part_number, part_key(r->arena, f->part_number), f->manufacturer, f->title,
		    f->description.p ? f->description : S(""), attributes, or_none(f->gtin),
		    or_none(f->hs_code), or_none(f->origin),
		    (struct maybe_int){f->weight > 0, f->weight}, clock_now(), id_make()) != 1 ||
		(f->video.n && product_video_set(r->db, id, f->video, id_make()) != 1))
		return problem(r, 403, text_none());
	return answer_product(r, 201, id, "/offers/new?product=", TEXT(product_added, f->title));
}

int product_edit_apply(struct req *r)
{
	const struct product_text *f = r->form;
	struct product_id id = {path_id(r, "product")};
	struct product_own_row old;
	str attributes;

	if (!product_own(r->db, id, &old))
		return problem(r, 404, text_none());
	if (!text_good(r, f, &attributes))
		return 422;
	if (product_edit(r->db, id, f->category, f->part_number, part_key(r->arena, f->part_number),
		    f->manufacturer, f->title, f->description.p ? f->description : S(""),
		    attributes, or_none(f->gtin), or_none(f->hs_code), or_none(f->origin),
		    (struct maybe_int){f->weight > 0, f->weight}, f->published, id_make()) != 1)
		return problem(r, 409, text_none());
	/* Where no videos may be shown there is no field: what stood there stays. */
	if (!str_eq(f->video, old.video) &&
		(f->video.n || embed_hosts(r->arena, db_policy(r->db)).n))
		MUST(product_video_set(r->db, id, or_none(f->video), id_make()) == 1);
	return answer_product(r, 200, id, "/products/", TEXT(product_saved, f->title));
}
