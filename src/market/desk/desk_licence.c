/* A company's proofs of registration on the desk: that there are some, and the files themselves for
 * a reason that is written down before. */
#include "market/desk/view.h"

#include "gen/desk_licence.html.h"

struct desk_licence_reason {
	str reason;
};
FORM(desk_licence_form, struct desk_licence_reason,
	{.name = "reason",
		.kind = FIELD_LONG,
		.required = true,
		.min = 10,
		.max = 400,
		AT(struct desk_licence_reason, reason),
		.label = MSG_audit_reason,
		.hint = MSG_licence_reason_hint,
		.data = "licence_look.content.reason"});

static struct company_id company(const struct req *r)
{
	return (struct company_id){path_id(r, "company")};
}

static str page_of(struct req *r)
{
	return str_fmt(r->arena, "/desk/companies/" STR_FMT "/licences",
		STR_ARG(id_text(r->arena, company(r).v)));
}

int desk_licences_get(struct req *r)
{
	struct company_admission_row c;
	struct licence_open_row look;

	if (!company(r).v || !company_admission(r->db, company(r), &c))
		return problem(r, 404, text_none());
	struct licence_desk_rows v = licence_desk(r->db, c.id);
	bool open = licence_open(r->db, c.id, &look);
	struct licence_shown_rows shown = licence_shown(r->db, c.id);

	desk_licences_page(r->out, r, &c, &v, open ? &shown : NULL);
	return 200;
}

int desk_licences_api(struct req *r)
{
	struct company_admission_row c;

	if (!company_admission(r->db, company(r), &c))
		return problem(r, 404, text_none());
	struct licence_desk_rows v = licence_desk(r->db, c.id);

	return answer_rows(r, &licence_desk_desc, v.v, v.n, (str){NULL, 0});
}

/* Durable before anything is shown: the policy opens no file without this row. */
int desk_licence_look(struct req *r)
{
	const struct desk_licence_reason *f = r->form;
	struct company_admission_row c;
	struct licence_look_id id = {id_make()};
	struct licence_look_content content = {.salt = chain_salt(r->arena), .reason = f->reason};

	if (!company(r).v || !company_admission(r->db, company(r), &c))
		return problem(r, 404, text_none());
	if (licence_look(r->db, id, (struct person_id){r->viewer.person}, c.id, clock_now(),
		    &content,
		    chain_commitment(r->arena, licence_look_content_pack(r->arena, &content))) != 1)
		return problem(r, 403, TEXT(audit_not_you));
	LOG(LOG_INFO, "staff_look", LOG_I("event", id.v), LOG_I("staff", r->viewer.person));
	return see(r, "%s", page_of(r).p);
}

int desk_licence_file(struct req *r)
{
	struct licence_id id = {path_id(r, "licence")};

	return licence_answer(r, id, company(r)) ? 200 : problem(r, 404, text_none());
}
