/* Keys to the desk's API: a program acts for one of the operator's staff. */
#include "market/desk/view.h"

#include "gen/desk_keys.html.h"
#include "gen/staff_key.sql.h"

FORM(desk_key_form, struct desk_key_form,
	{.name = "label",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct desk_key_form, label),
		.label = MSG_member_key_label,
		.hint = MSG_desk_key_label_hint,
		.data = "staff_key.label"},
	{.name = "days",
		.kind = FIELD_INT,
		.required = true,
		.min = 1,
		.max = 730,
		AT(struct desk_key_form, days),
		.label = MSG_member_key_days,
		.hint = MSG_member_key_days_hint},
	{.name = "operator",
		.kind = FIELD_BOOL,
		AT(struct desk_key_form, operates),
		.label = MSG_desk_key_operator},
	{.name = "officer",
		.kind = FIELD_BOOL,
		AT(struct desk_key_form, officer),
		.label = MSG_desk_key_officer});

int desk_keys_get(struct req *r)
{
	struct staff_key_list_rows keys = staff_key_list(r->db);

	desk_keys_page(r->out, r, &keys);
	return 200;
}

int desk_key_apply(struct req *r)
{
	const struct desk_key_form *f = r->form;
	struct secret s = secret_make(r->arena);
	struct staff_key_label label = {f->label};
	instant now = clock_now();
	uint64_t roles =
		(f->operates ? BIT(ROLE_OPERATOR) : 0) | (f->officer ? BIT(ROLE_OFFICER) : 0);

	if (staff_key_list(r->db).n >= API_KEYS_MAX)
		return problem(r, 409, TEXT(member_keys_many, API_KEYS_MAX));
	if (!roles || roles & ~r->viewer.roles) {
		form_error(r, "operator", roles ? TEXT(member_key_roles) : TEXT(desk_key_none));
		return 422;
	}
	if (staff_key_add(r->db, (struct staff_key_id){id_make()},
		    (struct person_id){r->viewer.person}, s.digest, &label, (int64_t)roles, now,
		    instant_add(now, f->days * DAY_US)) != 1)
		return 404;
	return done(r, 201, S("/desk/keys"), TEXT(member_key_once, s.text), NULL, NULL);
}

int desk_key_drop(struct req *r)
{
	struct staff_key_id id = {path_id(r, "key")};

	if (!id.v || staff_key_remove(r->db, id) != 1)
		return problem(r, 404, text_none());
	return done(r, 200, S("/desk/keys"), TEXT(member_key_removed), NULL, NULL);
}
