/* Which notice stood beside the fields of a form when somebody filled it in: the words once, and a
 * row for each person, form and wording. */
#include "market/rights/choice.h"

#include "gen/served.sql.h"

static void field_line(struct out *o, const struct policy *p, const struct field *f)
{
	if (!f->data || !strcmp(f->data, NOT_PERSONAL))
		return;
	struct field_show s = {.f = f};

	field_notice_find(p, &s);
	out_text_plain(o, (struct text){.msg = f->label});
	out_lit(o, ": ");
	if (s.column->published) {
		out_text_plain(o, TEXT(look_public));
		out_char(o, ' ');
	}
	if (s.group && s.group->required.n) {
		out_text_plain(o, TEXT(look_needed));
		out_char(o, ' ');
		out_text_plain(o, notice_required(o, &s));
		out_lit(o, ". ");
	} else if (!f->required) {
		out_text_plain(o, TEXT(look_not_needed));
		out_char(o, ' ');
	}
	out_text_plain(o, TEXT(look_used_for, notice_purposes(o, &s)));
	out_char(o, '\n');
}

static void form_words(struct out *o, const struct policy *p, const struct form *f)
{
	for (size_t i = 0; i < f->fields_n; i++) {
		field_line(o, p, &f->fields[i]);
		if (f->fields[i].rows)
			form_words(o, p, f->fields[i].rows);
	}
}

static struct notice_text_id words_of(struct req *r, const struct form *f)
{
	struct out o;

	out_init(&o, r->arena, 2048, CHOICE_TEXT_BYTES_MAX, r->locale);
	form_words(&o, db_policy(r->db), f);
	return notice_of(r->db, r->locale, str_fmt(r->arena, "form:%s", f->name), out_view(&o));
}

void served_collected(struct req *r)
{
	const struct form *f = r->route->form;

	if (r->viewer.person)
		(void)!served_add(r->db, (struct served_id){id_make()},
			(struct person_id){r->viewer.person}, str_of(f->name), words_of(r, f),
			clock_now());
}

void served_signing_up(struct req *r, int64_t person)
{
	const struct form *f = r->route->form;

	MUST(served_add_new(r->db, (struct served_id){id_make()}, (struct person_id){person},
		     str_of(f->name), words_of(r, f), clock_now()) == 1);
}
