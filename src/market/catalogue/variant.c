/* Variants: products that differ in size or colour hang on one parent, whose page shows them as a
 * choice. A parent is nobody's variant itself; parent and variants are kept by one company. */
#include "market/catalogue/selling.h"

enum { VARIANTS_MAX = 50, VARIANT_CHARS_MAX = 80 };

FORM(variant_form, struct variant,
	{.name = "variant_part",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = PART_NUMBER_CHARS_MAX,
		AT(struct variant, part_number),
		.label = MSG_shop_part_number,
		.hint = MSG_product_variant_part_hint},
	{.name = "variant",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = VARIANT_CHARS_MAX,
		AT(struct variant, name),
		.label = MSG_product_variant_name,
		.hint = MSG_product_variant_name_hint});
FORM(variant_name_form, struct variant,
	{.name = "variant",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = VARIANT_CHARS_MAX,
		AT(struct variant, name),
		.label = MSG_product_variant_name});

static struct product_id parent_of(struct req *r)
{
	return (struct product_id){path_id(r, "product")};
}

static int back(struct req *r, int status, struct product_id shown, struct text said)
{
	struct product_own_row row;

	if (!product_own(r->db, shown, &row))
		return problem(r, 404, text_none());
	return done(r, status,
		str_fmt(r->arena, "/products/" STR_FMT "/edit",
			STR_ARG(id_text(r->arena, parent_of(r).v))),
		said, &product_own_desc, &row);
}

/* A new product like its parent, but for its number. */
static bool copy(struct req *r, const struct product_own_row *p, struct product_id id, str part)
{
	return product_add(r->db, id, p->company_id, p->category_id, part, part_key(r->arena, part),
		       p->manufacturer, p->title, p->description, p->attributes, (str){NULL, 0},
		       p->hs_code, p->origin, p->weight_grams, clock_now(), id_make()) == 1;
}

/* One of the company's products with that number becomes a variant; without one it is made. */
int variant_add_apply(struct req *r)
{
	const struct variant *f = r->form;
	struct product_own_row parent;
	str key = part_key(r->arena, f->part_number);

	if (!product_own(r->db, parent_of(r), &parent))
		return problem(r, 404, text_none());
	struct product_variant_by_part_rows found = product_variant_by_part(r->db, key);
	struct product_id id = {id_make_with(parent.id.v)};

	if (!key.n)
		form_error(r, "variant_part", TEXT(product_part_wrong));
	else if (parent.parent_id.v)
		form_error(r, "variant_part", TEXT(product_variant_deep));
	else if (product_variant_own(r->db, parent.id).n >= VARIANTS_MAX)
		form_error(r, "variant_part", TEXT(product_variant_many, (int64_t)VARIANTS_MAX));
	else if (found.n && (found.v[0].id.v == parent.id.v || found.v[0].parent_id.v ||
				    product_variant_own(r->db, found.v[0].id).n))
		form_error(r, "variant_part", TEXT(product_variant_taken));
	else if (found.n)
		id = found.v[0].id;
	else if (!copy(r, &parent, id, f->part_number))
		return problem(r, 409, text_none());
	const struct form_error *e;

	if (form_errors(r, &e))
		return 422;
	if (product_variant_set(r->db, id, parent.id, f->name, id_make()) != 1)
		return problem(r, 409, text_none());
	return back(r, 201, id, TEXT(product_variant_added, f->name));
}

static bool is_variant(struct req *r, struct product_own_row *v)
{
	return product_own(r->db, (struct product_id){path_id(r, "variant")}, v) &&
	       v->parent_id.v == parent_of(r).v;
}

int variant_name_apply(struct req *r)
{
	const struct variant *f = r->form;
	struct product_own_row v;

	if (!is_variant(r, &v))
		return problem(r, 404, text_none());
	if (product_variant_set(r->db, v.id, v.parent_id, f->name, id_make()) != 1)
		return problem(r, 409, text_none());
	return back(r, 200, v.id, TEXT(product_variant_saved));
}

/* It stays as a product of its own. */
int variant_remove_apply(struct req *r)
{
	struct product_own_row v;

	if (!is_variant(r, &v))
		return problem(r, 404, text_none());
	if (product_variant_set(r->db, v.id, (struct product_id){0}, (str){NULL, 0}, id_make()) !=
		1)
		return problem(r, 409, text_none());
	return back(r, 200, v.id, TEXT(product_variant_removed));
}

int variants_api(struct req *r)
{
	struct product_variants_rows v = product_variants(r->db, parent_of(r));

	return answer_rows(r, &product_variants_desc, v.v, v.n, (str){0});
}
