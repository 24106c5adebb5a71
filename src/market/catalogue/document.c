/* Documents of products: data sheets, certificates, manuals. Sent by the company that keeps the
 * product's text; always a download, never shown within our pages. */
#include "market/catalogue/selling.h"

FORM_FILES(document_form, struct document_upload,
	{.name = "document",
		.data = NOT_PERSONAL,
		.kind = FIELD_FILE,
		.required = true,
		.max = REQ_UPLOAD_BYTES_MAX,
		AT(struct document_upload, file),
		.label = MSG_product_document},
	{.name = "kind",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct document_upload, kind),
		.label = MSG_product_document_kind,
		.choices = "document_kind"},
	{.name = "document_title",
		.data = NOT_PERSONAL,
		.kind = FIELD_TEXT,
		.required = true,
		.max = DOCUMENT_TITLE_CHARS_MAX,
		AT(struct document_upload, title),
		.label = MSG_product_document_title,
		.hint = MSG_product_document_title_hint});

/* What may be sent, by its first bytes; NULL: nothing else. STEP is ISO 10303-21. */
static const struct {
	const char *media_type, *ending, *begins;
} kinds[] = {
	{"application/pdf", ".pdf", "%PDF-"},
	{"model/step", ".step", "ISO-10303-21;"},
};

str document_store(struct db *db, str bytes)
{
	struct digest d = digest_of(bytes);
	str name = str_cat(db->arena, S("doc-"), hex_of(db->arena, d.b, sizeof d.b));

	db_file_put(db, name, bytes);
	return name;
}

struct text document_kind_text(int kind)
{
	switch ((enum document_kind)kind) {
	case DOCUMENT_KIND_DATA_SHEET: return TEXT(product_kind_data_sheet);
	case DOCUMENT_KIND_CERTIFICATE: return TEXT(product_kind_certificate);
	case DOCUMENT_KIND_MANUAL: return TEXT(product_kind_manual);
	case DOCUMENT_KIND_DRAWING: return TEXT(product_kind_drawing);
	case DOCUMENT_KIND_SAFETY_SHEET: return TEXT(product_kind_safety_sheet);
	case DOCUMENT_KIND_OTHER: return TEXT(product_kind_other);
	}
	return text_none();
}

int document_show(struct req *r)
{
	struct document_public_row d;

	if (!document_public(r->db, (struct document_id){path_id(r, "document")}, &d))
		return problem(r, 404, text_none());
	str bytes = db_file_get(r->db, d.file, REQ_UPLOAD_BYTES_MAX);

	if (!bytes.p)
		return problem(r, 404, text_none());
	const char *ending = "", *type = "application/octet-stream";

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_eq(d.media_type, str_of(kinds[i].media_type))) {
			ending = kinds[i].ending;
			type = kinds[i].media_type;
		}
	answer_download(r, str_cat(r->arena, d.title, str_of(ending)), type);
	answer_etag(r, d.file);
	out_bytes(r->out, bytes.p, bytes.n);
	return 200;
}

/* On a worker: stored under its digest before the row; one whose row is refused is tidied away. */
int document_add_prepare(struct req *r)
{
	const struct document_upload *f = r->form;
	struct document_sent *s = arena_new(r->arena, struct document_sent);
	struct product_own_row p;

	if (!product_own(r->db, (struct product_id){path_id(r, "product")}, &p))
		return problem(r, 404, text_none());
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (str_starts(f->file.bytes, str_of(kinds[i].begins)))
			s->media_type = str_of(kinds[i].media_type);
	if (!s->media_type.p) {
		form_error(r, "document", TEXT(product_document_wrong));
		return 422;
	}
	s->file = document_store(r->db, f->file.bytes);
	r->own = s;
	return 0;
}

static str edit_page(struct req *r)
{
	return str_fmt(r->arena, "/products/" STR_FMT "/edit",
		STR_ARG(id_text(r->arena, path_id(r, "product"))));
}

int document_add_apply(struct req *r)
{
	const struct document_upload *f = r->form;
	const struct document_sent *s = r->own;
	struct product_id product = {path_id(r, "product")};
	struct document_id id = {id_make_with(product.v)};
	struct document_own_one_row row;

	if (document_own(r->db, product).n >= PRODUCT_DOCUMENTS_MAX) {
		form_error(
			r, "document", TEXT(product_document_many, (int64_t)PRODUCT_DOCUMENTS_MAX));
		return 422;
	}
	if (document_add(r->db, id, (struct company_id){r->viewer.company}, product,
		    (enum document_kind)f->kind, f->title, s->file, s->media_type,
		    (int64_t)f->file.bytes.n, clock_now()) != 1 ||
		!document_own_one(r->db, id, product, &row))
		return problem(r, 409, text_none());
	return done(r, 201, edit_page(r), TEXT(product_document_added, f->title),
		&document_own_one_desc, &row);
}

int document_remove_apply(struct req *r)
{
	if (document_remove(r->db, (struct document_id){path_id(r, "document")},
		    (struct product_id){path_id(r, "product")}) != 1)
		return problem(r, 404, text_none());
	return done(r, 200, edit_page(r), TEXT(product_document_removed), NULL, NULL);
}

int documents_api(struct req *r)
{
	struct product_documents_rows v =
		product_documents(r->db, (struct product_id){path_id(r, "product")});

	return answer_rows(r, &product_documents_desc, v.v, v.n, (str){0});
}
