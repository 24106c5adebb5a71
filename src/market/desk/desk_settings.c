/* Who runs the marketplace, as said on the desk: what every page, the imprint and the privacy
 * policy print. The picture goes through the same locked-in child as suppliers' pictures. */
#include "market/desk/view.h"

#include "market/catalogue/catalogue.h"
#include "market/rights/rights.h"

#include "gen/desk.html.h"

enum { LOGO_TAG_CHARS = 16 }; /* of the digest, in addresses: another picture is another address */

FORM(desk_setting_form, struct desk_setting_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 2,
		.max = 120,
		AT(struct desk_setting_form, name),
		.label = MSG_desk_name,
		.hint = MSG_desk_name_hint},
	{.name = "legal_form",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 120,
		AT(struct desk_setting_form, legal_form),
		.label = MSG_desk_form},
	{.name = "register_entry",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 120,
		AT(struct desk_setting_form, register_entry),
		.label = MSG_desk_register},
	{.name = "vat_id",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 40,
		AT(struct desk_setting_form, vat_id),
		.label = MSG_desk_vat},
	{.name = "address",
		.kind = FIELD_LONG,
		.data = NOT_PERSONAL,
		.max = 400,
		AT(struct desk_setting_form, address),
		.label = MSG_desk_address},
	{.name = "email",
		.kind = FIELD_EMAIL,
		.data = NOT_PERSONAL,
		.max = 254,
		AT(struct desk_setting_form, email),
		.label = MSG_desk_email},
	{.name = "phone",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 40,
		AT(struct desk_setting_form, phone),
		.label = MSG_desk_phone},
	{.name = "imprint",
		.kind = FIELD_LONG,
		.data = NOT_PERSONAL,
		.max = 4000,
		AT(struct desk_setting_form, imprint),
		.label = MSG_desk_imprint,
		.hint = MSG_desk_imprint_hint},
	{.name = "dpo_name",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 120,
		AT(struct desk_setting_form, dpo_name),
		.label = MSG_desk_dpo_name},
	{.name = "dpo_email",
		.kind = FIELD_EMAIL,
		.data = NOT_PERSONAL,
		.max = 254,
		AT(struct desk_setting_form, dpo_email),
		.label = MSG_desk_dpo_email},
	{.name = "eu_representative",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 240,
		AT(struct desk_setting_form, eu_representative),
		.label = MSG_desk_eu_representative,
		.hint = MSG_desk_representative_hint},
	{.name = "uk_representative",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 240,
		AT(struct desk_setting_form, uk_representative),
		.label = MSG_desk_uk_representative});

FORM_FILES(desk_logo_form, struct desk_logo,
	{.name = "file",
		.kind = FIELD_FILE,
		.data = NOT_PERSONAL,
		.required = true,
		.max = REQ_UPLOAD_BYTES_MAX,
		AT(struct desk_logo, file),
		.label = MSG_desk_logo});

/* ---- reading ---- */

static str *place_of(struct desk_settings *s, enum setting_name name)
{
	switch (name) {
	case SETTING_NAME_OPERATOR_NAME: return &s->name;
	case SETTING_NAME_OPERATOR_EMAIL: return &s->email;
	case SETTING_NAME_OPERATOR_PHONE: return &s->phone;
	case SETTING_NAME_OPERATOR_ADDRESS: return &s->address;
	case SETTING_NAME_IMPRINT: return &s->imprint;
	case SETTING_NAME_LOGO: return &s->logo;
	case SETTING_NAME_LEGAL_FORM: return &s->legal_form;
	case SETTING_NAME_REGISTER_ENTRY: return &s->register_entry;
	case SETTING_NAME_VAT_ID: return &s->vat_id;
	case SETTING_NAME_DPO_NAME: return &s->dpo_name;
	case SETTING_NAME_DPO_EMAIL: return &s->dpo_email;
	case SETTING_NAME_EU_REPRESENTATIVE: return &s->eu_representative;
	case SETTING_NAME_UK_REPRESENTATIVE: return &s->uk_representative;
	case SETTING_NAME_DEMONSTRATION:
	case SETTING_NAME_CLOCK_SHIFT_S: break;
	}
	return NULL;
}

bool desk_settings(struct db *db, struct desk_settings *s)
{
	struct desk_settings_all_rows rows = desk_settings_all(db);

	*s = (struct desk_settings){0};
	for (size_t i = 0; i < rows.n; i++) {
		str *place = place_of(s, rows.v[i].name);

		if (place)
			*place = rows.v[i].value;
		s->demonstration |= rows.v[i].name == SETTING_NAME_DEMONSTRATION;
	}
	return rows.n > 0;
}

static void lines_of(struct arena *a, str text, struct policy_operator *p)
{
	size_t most = 1;

	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == '\n';
	p->address = arena_array(a, str, most);
	p->address_n = 0;
	while (text.n) {
		str line = str_trim(str_cut(&text, '\n'));

		if (line.n)
			p->address[p->address_n++] = line;
	}
	p->country = S(""); /* what was typed names it, or does not want to */
}

struct policy_operator desk_operator(
	struct db *db, const struct policy_operator *written, struct desk_settings *s)
{
	struct policy_operator p = *written;

	(void)desk_settings(db, s);
	const struct {
		str *to, from;
	} said[] = {{&p.name, s->name}, {&p.email, s->email}, {&p.phone, s->phone},
		{&p.imprint, s->imprint}, {&p.legal_form, s->legal_form},
		{&p.register_entry, s->register_entry}, {&p.vat_id, s->vat_id},
		{&p.dpo_name, s->dpo_name}, {&p.dpo_email, s->dpo_email},
		{&p.eu_representative, s->eu_representative},
		{&p.uk_representative, s->uk_representative}};

	/* Saved and empty is an answer too: it is left out. */
	for (size_t i = 0; i < COUNT(said); i++)
		if (said[i].from.p)
			*said[i].to = said[i].from;
	if (s->address.p)
		lines_of(db->arena, s->address, &p);
	return p;
}

struct policy_operator desk_controller(struct db *db)
{
	const struct policy_operator *written = &db_policy(db)->operator;
	struct desk_settings s;
	struct policy_operator p = desk_operator(db, written, &s);

	if (!p.country.n)
		p.country = written->country;
	return p;
}

void desk_frame(struct req *r, struct shell *s, const struct policy_operator *written)
{
	struct desk_settings x;
	struct policy_operator p = desk_operator(r->db, written, &x);

	s->operator_name = p.name;
	s->email = p.email;
	s->phone = p.phone;
	if (x.name.n)
		s->brand = x.name;
	if (x.logo.n >= LOGO_TAG_CHARS)
		s->logo = str_fmt(
			r->arena, "/logo/" STR_FMT, STR_ARG(str_sub(x.logo, 0, LOGO_TAG_CHARS)));
	if (x.demonstration && !s->notice.msg) /* what concerns the viewer goes before it */
		s->notice = TEXT(desk_demonstration);
}

/* ---- the page ---- */

#define SAYS(what) \
	{ \
#what, ROW_STR, offsetof(struct desk_settings, what), true, NULL, NULL \
	}
static const struct row_field settings_fields[] = {SAYS(name), SAYS(legal_form),
	SAYS(register_entry), SAYS(vat_id), SAYS(address), SAYS(email), SAYS(phone), SAYS(imprint),
	SAYS(dpo_name), SAYS(dpo_email), SAYS(eu_representative), SAYS(uk_representative)};
const struct row_desc desk_settings_desc = {
	"desk_settings", settings_fields, COUNT(settings_fields), sizeof(struct desk_settings)};

int desk_settings_get(struct req *r)
{
	struct desk_settings s;

	desk_settings(r->db, &s);
	if (r->api)
		return answer_row(r, &desk_settings_desc, &s);
	desk_settings_page(r->out, r, &s);
	return 200;
}

static void keep(struct req *r, enum setting_name name, str value)
{
	instant now = clock_now();

	value = value.p ? value : S("");
	if (desk_setting_set(r->db, name, value, now) != 1)
		MUST(desk_setting_add(r->db, (struct setting_id){id_make()}, name, value, now) ==
			1);
}

int desk_settings_apply(struct req *r)
{
	const struct desk_setting_form *f = r->form;

	keep(r, SETTING_NAME_OPERATOR_NAME, f->name);
	keep(r, SETTING_NAME_OPERATOR_EMAIL, f->email);
	keep(r, SETTING_NAME_OPERATOR_PHONE, f->phone);
	keep(r, SETTING_NAME_OPERATOR_ADDRESS, f->address);
	keep(r, SETTING_NAME_IMPRINT, f->imprint);
	keep(r, SETTING_NAME_LEGAL_FORM, f->legal_form);
	keep(r, SETTING_NAME_REGISTER_ENTRY, f->register_entry);
	keep(r, SETTING_NAME_VAT_ID, f->vat_id);
	keep(r, SETTING_NAME_DPO_NAME, f->dpo_name);
	keep(r, SETTING_NAME_DPO_EMAIL, f->dpo_email);
	keep(r, SETTING_NAME_EU_REPRESENTATIVE, f->eu_representative);
	keep(r, SETTING_NAME_UK_REPRESENTATIVE, f->uk_representative);
	privacy_operator_said(r->db);
	return done(r, 200, r->api ? S("/api/v1/desk/settings") : S("/desk/settings"),
		TEXT(desk_saved), &desk_settings_desc, NULL);
}

/* ---- the picture ---- */

int desk_logo_prepare(struct req *r)
{
	const struct desk_logo *f = r->form;
	str *name = arena_new(r->arena, str);

	*name = picture_keep(r->db, f->file.bytes);
	r->own = name;
	if (name->p)
		return 0;
	form_error(r, "file", TEXT(product_picture_wrong));
	return 422;
}

int desk_logo_apply(struct req *r)
{
	keep(r, SETTING_NAME_LOGO, *(const str *)r->own);
	return done(r, 200, S("/desk/settings"), TEXT(desk_saved), NULL, NULL);
}

int desk_logo_remove(struct req *r)
{
	keep(r, SETTING_NAME_LOGO, S(""));
	return done(r, 200, S("/desk/settings"), TEXT(desk_saved), NULL, NULL);
}

int desk_logo_show(struct req *r)
{
	struct desk_settings s;
	str tag = path_str(r, "tag"), bytes;

	desk_settings(r->db, &s);
	if (tag.n != LOGO_TAG_CHARS || !str_starts(s.logo, tag))
		return problem(r, 404, text_none());
	bytes = db_file_get(r->db, picture_small(r->arena, s.logo), REQ_UPLOAD_BYTES_MAX);
	if (!bytes.p)
		return problem(r, 404, text_none());
	answer_type(r, "image/jpeg");
	answer_etag(r, tag);
	answer_header(r, "Cache-Control", S("public, max-age=86400"));
	out_bytes(r->out, bytes.p, bytes.n);
	return 200;
}
