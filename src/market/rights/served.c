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

/* The words of a form depend on the policy, the form and the language alone: printed once. Only the
 * writer's thread comes here. */
enum { WORDS_KEPT_MAX = 512 };
static struct words_kept {
	const struct form *form;
	const struct locale *locale;
	struct digest policy;
	str words;
} kept[WORDS_KEPT_MAX];
static size_t kept_n;
static struct arena *kept_arena;

static str words_print(struct req *r, const struct form *f)
{
	struct out o;

	out_init(&o, r->arena, 2048, CHOICE_TEXT_BYTES_MAX, r->locale);
	form_words(&o, db_policy(r->db), f);
	return out_view(&o);
}

static str words_of(struct req *r, const struct form *f)
{
	const struct policy *p = db_policy(r->db);

	for (size_t i = 0; i < kept_n; i++)
		if (kept[i].form == f && kept[i].locale == r->locale &&
			!memcmp(&kept[i].policy, &p->hash, sizeof p->hash))
			return kept[i].words;
	if (!kept_arena)
		kept_arena = arena_make((size_t)8 << 20);
	if (kept_n == WORDS_KEPT_MAX) {
		arena_reset(kept_arena);
		kept_n = 0;
	}
	str words = str_dup(kept_arena, words_print(r, f));

	kept[kept_n++] = (struct words_kept){f, r->locale, p->hash, words};
	return words;
}

static struct notice_text_id notice_of_form(struct req *r, const struct form *f)
{
	return notice_of(r->db, r->locale, str_fmt(r->arena, "form:%s", f->name), words_of(r, f));
}

void served_collected(struct req *r)
{
	const struct form *f = r->route->form;

	if (r->viewer.person)
		(void)!served_add(r->db, (struct served_id){id_make()},
			(struct person_id){r->viewer.person}, str_of(f->name), notice_of_form(r, f),
			clock_now());
}

void served_signing_up(struct req *r, int64_t person)
{
	const struct form *f = r->route->form;

	MUST(served_add_new(r->db, (struct served_id){id_make()}, (struct person_id){person},
		     str_of(f->name), notice_of_form(r, f), clock_now()) == 1);
}
