/* address: a company's address book. */
#include "gen/address.html.h"
#include "gen/address.sql.h"
#include "market/member/company.h"

#define PLACE(field, chars, ...) \
	{ \
		.name = #field, .kind = FIELD_TEXT, .max = (chars), \
		AT(struct address_form, field), .label = MSG_member_##field, \
		.data = "address.place", __VA_ARGS__ \
	}
FORM(address_form, struct address_form,
	{.name = "kind",
		.kind = FIELD_ENUM,
		.required = true,
		AT(struct address_form, kind),
		.label = MSG_member_address_kind,
		.choices = "address_kind"},
	PLACE(label, 60, .hint = MSG_member_label_hint),
	PLACE(company, 120, .required = true, .autocomplete = "organization"),
	PLACE(name, 100, .autocomplete = "name"),
	PLACE(street, 120, .required = true, .autocomplete = "street-address"),
	PLACE(postcode, 16, .autocomplete = "postal-code"),
	PLACE(city, 80, .required = true, .autocomplete = "address-level2"),
	PLACE(region, 80, .autocomplete = "address-level1"),
	{.name = "country",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct address_form, country),
		.label = MSG_member_country,
		.codes = countries,
		.autocomplete = "country"},
	PLACE(phone, 30, .autocomplete = "tel"),
	{.name = "main",
		.kind = FIELD_BOOL,
		AT(struct address_form, main),
		.label = MSG_member_address_main});

int address_get(struct req *r)
{
	struct address_list_rows a = address_list(r->db);

	if (r->api)
		return answer_rows(r, &address_list_desc, a.v, a.n, (str){0});
	addresses_page(r->out, r, a.v, a.n);
	return 200;
}

static struct address_place place_of(const struct address_form *f)
{
	return (struct address_place){.name = f->name,
		.company = f->company,
		.phone = f->phone,
		.street = f->street,
		.postcode = f->postcode,
		.city = f->city,
		.region = f->region,
		.label = f->label};
}

int address_new_get(struct req *r)
{
	struct address_by_id_row blank = {0};

	address_page(r->out, r, &blank);
	return 200;
}

/* One main address of each kind. */
static void others_stand_back(struct req *r, const struct address_form *f, struct address_id but)
{
	if (f->main)
		(void)!address_main_clear(r->db, (enum address_kind)f->kind, but);
}

int address_new_apply(struct req *r)
{
	const struct address_form *f = r->form;
	struct address_place place = place_of(f);
	struct address_id id = {id_make()};
	struct address_count_row count;
	struct address_by_id_row row;

	if (!address_count(r->db, &count) || count.n >= COMPANY_ADDRESSES_MAX)
		return problem(r, 409, TEXT(member_addresses_many, COMPANY_ADDRESSES_MAX));
	if (address_add(r->db, id, (struct company_id){r->viewer.company},
		    (enum address_kind)f->kind, f->country, &place, f->main, clock_now()) != 1 ||
		!address_by_id(r->db, id, &row))
		return 403;
	others_stand_back(r, f, id);
	return done(r, 201, S("/account/addresses"), TEXT(member_address_added),
		&address_by_id_desc, &row);
}

int address_edit_get(struct req *r)
{
	struct address_id id = {path_id(r, "address")};
	struct address_by_id_row a;

	if (!id.v || !address_by_id(r->db, id, &a))
		return 404;
	if (r->api)
		return answer_row(r, &address_by_id_desc, &a);
	address_page(r->out, r, &a);
	return 200;
}

int address_edit_apply(struct req *r)
{
	const struct address_form *f = r->form;
	struct address_place place = place_of(f);
	struct address_id id = {path_id(r, "address")};
	struct address_by_id_row a;

	if (!id.v ||
		address_edit(r->db, id, (struct company_id){r->viewer.company},
			(enum address_kind)f->kind, f->country, &place, f->main) != 1 ||
		!address_by_id(r->db, id, &a))
		return 404;
	others_stand_back(r, f, id);
	company_rectified(r);
	return done(r, 200, S("/account/addresses"), TEXT(member_saved), &address_by_id_desc, &a);
}

int address_remove_apply(struct req *r)
{
	struct address_id id = {path_id(r, "address")};

	if (!id.v || address_remove(r->db, id) != 1)
		return 404;
	return done(r, 200, S("/account/addresses"), TEXT(member_address_removed), NULL, NULL);
}
