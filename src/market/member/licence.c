#include "market/member/licence.h"

#include "gen/licence.html.h"

FORM_FILES(licence_form, struct licence_upload,
	{.name = "file",
		.kind = FIELD_FILE,
		.required = true,
		.max = REQ_UPLOAD_BYTES_MAX, /* licence_prepare says the lower limit in words */
		AT(struct licence_upload, file),
		.label = MSG_licence_file,
		.data = "licence.content"},
	{.name = "kind",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct licence_upload, kind),
		.label = MSG_licence_kind,
		.choices = "licence_kind"},
	{.name = "note",
		.kind = FIELD_TEXT,
		.max = LICENCE_NOTE_CHARS_MAX,
		AT(struct licence_upload, note),
		.label = MSG_licence_note,
		.hint = MSG_licence_note_hint,
		.data = "licence.title"});

struct text licence_kind_text(int kind)
{
	switch ((enum licence_kind)kind) {
	case LICENCE_KIND_REGISTER_EXTRACT: return TEXT(licence_kind_register_extract);
	case LICENCE_KIND_TAX_CERTIFICATE: return TEXT(licence_kind_tax_certificate);
	case LICENCE_KIND_LICENCE: return TEXT(licence_kind_licence);
	case LICENCE_KIND_OTHER: return TEXT(licence_kind_other);
	}
	return text_none();
}

bool licence_off(struct db *db)
{
	return db_policy(db)->off & BIT(PURPOSE_KYC);
}

bool licence_answer(struct req *r, struct licence_id id, struct company_id company)
{
	struct licence_file_row l;

	if (!id.v || !licence_file(r->db, id, company, &l) || !l.content.bytes.n)
		return false;
	answer_download(r, l.title.file_name.n ? l.title.file_name : S("document"),
		str_dup(r->arena, l.media_type).p);
	out_bytes(r->out, l.content.bytes.p, l.content.bytes.n);
	return true;
}

static int list_get(struct req *r)
{
	struct licence_own_rows v = licence_own(r->db);

	if (r->api)
		return answer_rows(r, &licence_own_desc, v.v, v.n, (str){NULL, 0});
	struct licence_looks_rows looks = licence_looks(r->db);

	licence_page(r->out, r, &v, &looks);
	return 200;
}

static int file_get(struct req *r)
{
	struct licence_id id = {path_id(r, "licence")};

	return licence_answer(r, id, (struct company_id){r->viewer.company})
		       ? 200
		       : problem(r, 404, text_none());
}

/* By its first bytes (form.c), whatever it is called. */
static bool type_fits(str type)
{
	return str_eq(type, S("application/pdf")) || str_eq(type, S("image/jpeg")) ||
	       str_eq(type, S("image/png"));
}

static int prepare(struct req *r)
{
	const struct licence_upload *f = r->form;
	int64_t megabytes = ((int64_t)f->file.bytes.n + (1 << 20) - 1) >> 20;

	if (f->file.bytes.n > LICENCE_BYTES_MAX) {
		form_error(
			r, "file", TEXT(licence_large, megabytes, (int64_t)LICENCE_MEGABYTES_MAX));
		return 422;
	}
	if (!type_fits(f->file.type)) {
		form_error(r, "file", TEXT(licence_wrong));
		return 422;
	}
	return 0;
}

static int add(struct req *r)
{
	const struct licence_upload *f = r->form;
	struct licence_id id = {id_make()};
	struct licence_title title = {
		f->file.name.n ? f->file.name : S("document"), f->note.n ? f->note : (str){0}};
	struct licence_content content = {f->file.bytes};
	struct licence_own_one_row row;

	if (licence_own(r->db).n >= LICENCES_MAX) {
		form_error(r, "file", TEXT(licence_many, (int64_t)LICENCES_MAX));
		return 422;
	}
	if (licence_add(r->db, id, (struct company_id){r->viewer.company},
		    (enum licence_kind)f->kind, f->file.type, (int64_t)f->file.bytes.n, &title,
		    &content, (struct person_id){r->viewer.person}, clock_now()) != 1 ||
		!licence_own_one(r->db, id, &row))
		return problem(r, 409, text_none());
	return done(r, 201, S("/account/company/licences"), TEXT(licence_added, title.file_name),
		&licence_own_one_desc, &row);
}

static int take_back(struct req *r)
{
	if (licence_remove(r->db, (struct licence_id){path_id(r, "licence")}) != 1)
		return problem(r, 404, text_none());
	return done(r, 200, S("/account/company/licences"), TEXT(licence_removed), NULL, NULL);
}

#define ADMIN BIT(ROLE_ADMIN)
#define KYC BIT(PURPOSE_KYC)
#define SENDS \
	.form = &licence_form, .prepare = prepare, .slow = true, .apply = add, \
	.body_max = REQ_UPLOAD_BYTES_MAX + 65536

const struct route licence_routes[] = {
	{GET, "/account/company/licences", ADMIN, KYC, PROOF_NONE, .get = list_get},
	{POST, "/account/company/licences", ADMIN, KYC, PROOF_TOKEN, .get = list_get, SENDS},
	{GET, "/account/company/licences/{licence}/file", ADMIN, KYC, PROOF_NONE, .get = file_get},
	{POST, "/account/company/licences/{licence}/remove", ADMIN, BIT(PURPOSE_MANAGE),
		PROOF_TOKEN, .apply = take_back},

	{GET, "/api/v1/company/licences", ADMIN, KYC, PROOF_BEARER, .get = list_get,
		.answers = &licence_own_desc, .list = true,
		.about = "Proofs of registration that your company has sent"},
	{POST, "/api/v1/company/licences", ADMIN, KYC, PROOF_BEARER, SENDS,
		.answers = &licence_own_one_desc,
		.about = "Send a proof of registration (PDF, JPEG, PNG)"},
	{GET, "/api/v1/company/licences/{licence}/file", ADMIN, KYC, PROOF_BEARER, .get = file_get,
		.about = "The file itself"},
	{POST, "/api/v1/company/licences/{licence}/remove", ADMIN, BIT(PURPOSE_MANAGE),
		PROOF_BEARER, .apply = take_back, .about = "Take a proof of registration back"},
	{0},
};
