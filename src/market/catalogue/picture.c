/* Pictures of products: sent by the company that keeps the text, shown to everyone. */
#include "market/catalogue/picture.h"

#include "market/catalogue/selling.h"

FORM_FILES(picture_form, struct picture_upload,
	{.name = "file",
		.kind = FIELD_FILE,
		.data = NOT_PERSONAL,
		.required = true,
		.max = REQ_UPLOAD_BYTES_MAX,
		AT(struct picture_upload, file),
		.label = MSG_product_picture},
	{.name = "alt",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.max = PICTURE_ALT_CHARS_MAX,
		AT(struct picture_upload, alt),
		.label = MSG_product_alt,
		.hint = MSG_product_alt_hint});

FORM(picture_text_form, struct picture_words,
	{.name = "alt",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = PICTURE_ALT_CHARS_MAX,
		AT(struct picture_words, alt),
		.label = MSG_product_alt});

str picture_small(struct arena *a, str file)
{
	return str_cat(a, file, S("-small"));
}

str picture_store(struct db *db, str large, str small)
{
	struct digest d = digest_of(large);
	str name = hex_of(db->arena, d.b, sizeof d.b);

	db_file_put(db, name, large);
	db_file_put(db, picture_small(db->arena, name), small);
	return name;
}

str picture_keep(struct db *db, str bytes)
{
	struct picture_made m;

	return picture_make(db->arena, bytes, &m) ? picture_store(db, m.large, m.small)
						  : (str){NULL, 0};
}

int picture_show(struct req *r)
{
	str size = path_str(r, "size");
	bool small = str_eq(size, S("small"));
	struct picture_public_row f;

	if ((!small && !str_eq(size, S("large"))) ||
		!picture_public(r->db, (struct picture_id){path_id(r, "picture")}, &f))
		return problem(r, 404, text_none());
	str name = small ? picture_small(r->arena, f.file) : f.file,
	    bytes = db_file_get(r->db, name, PICTURE_ARENA_BYTES_MAX);

	if (!bytes.p)
		return problem(r, 404, text_none());
	answer_type(r, "image/jpeg");
	answer_etag(r, name);
	answer_header(r, "Cache-Control", S("private, max-age=86400"));
	out_bytes(r->out, bytes.p, bytes.n);
	return 200;
}

/* On a worker: decoded elsewhere, stored under its digest. A file whose row is refused afterwards
 * is found by its digest when it is sent again. */
int picture_add_prepare(struct req *r)
{
	const struct picture_upload *f = r->form;
	struct picture_made *m = arena_new(r->arena, struct picture_made);
	struct product_own_row p;

	if (!product_own(r->db, (struct product_id){path_id(r, "product")}, &p))
		return problem(r, 404, text_none());
	if (!picture_make(r->arena, f->file.bytes, m)) {
		form_error(r, "file", TEXT(product_picture_wrong));
		return 422;
	}
	picture_store(r->db, m->large, m->small);
	r->own = m;
	return 0;
}

static int back(struct req *r, struct text said)
{
	str id = id_text(r->arena, path_id(r, "product"));

	return done(r, 200, str_fmt(r->arena, "/products/" STR_FMT "/edit", STR_ARG(id)), said,
		NULL, NULL);
}

int picture_add_apply(struct req *r)
{
	const struct picture_upload *f = r->form;
	const struct picture_made *m = r->own;
	struct product_id product = {path_id(r, "product")};
	struct picture_own_rows have = picture_own(r->db, product);
	struct digest d = digest_of(m->large);

	if (have.n >= PRODUCT_PICTURES_MAX) {
		form_error(r, "file", TEXT(product_picture_many, (int64_t)PRODUCT_PICTURES_MAX));
		return 422;
	}
	int64_t position = have.n ? have.v[have.n - 1].position + 1 : 1;

	if (picture_add(r->db, (struct picture_id){id_make_with(product.v)},
		    (struct company_id){r->viewer.company}, product, position,
		    hex_of(r->arena, d.b, sizeof d.b), m->width, m->height, (int64_t)m->large.n,
		    f->alt, clock_now()) != 1)
		return problem(r, 409, text_none());
	return back(r, TEXT(product_picture_added));
}

int picture_first_apply(struct req *r)
{
	struct product_id product = {path_id(r, "product")};
	struct picture_id picture = {path_id(r, "picture")};
	struct picture_own_rows have = picture_own(r->db, product);

	if (!have.n || picture_place(r->db, picture, product, have.v[0].position - 1) != 1)
		return problem(r, 404, text_none());
	return back(r, TEXT(product_picture_moved));
}

int picture_remove_apply(struct req *r)
{
	if (picture_remove(r->db, (struct picture_id){path_id(r, "picture")},
		    (struct product_id){path_id(r, "product")}) != 1)
		return problem(r, 404, text_none());
	return back(r, TEXT(product_picture_removed));
}

/* Changes places with the one before it. */
int picture_earlier_apply(struct req *r)
{
	struct product_id product = {path_id(r, "product")};
	struct picture_own_rows have = picture_own(r->db, product);
	size_t at = 0;

	while (at < have.n && have.v[at].id.v != path_id(r, "picture"))
		at++;
	if (at == have.n)
		return problem(r, 404, text_none());
	/* Places may be alike or have gaps: all are given anew, with these two changed. */
	for (size_t i = 0; i < have.n; i++) {
		size_t to = at && i == at ? at - 1 : at && i == at - 1 ? at : i;

		if (picture_place(r->db, have.v[i].id, product, (int64_t)to + 1) != 1)
			return problem(r, 409, text_none());
	}
	return back(r, TEXT(product_picture_placed));
}

int picture_text_apply(struct req *r)
{
	const struct picture_words *f = r->form;

	if (picture_text(r->db, (struct picture_id){path_id(r, "picture")},
		    (struct product_id){path_id(r, "product")}, f->alt) != 1)
		return problem(r, 404, text_none());
	return back(r, TEXT(product_picture_named));
}

int pictures_api(struct req *r)
{
	struct product_pictures_rows v =
		product_pictures(r->db, (struct product_id){path_id(r, "product")});

	return answer_rows(r, &product_pictures_desc, v.v, v.n, (str){0});
}
