/* Closed lists in words. */
#include "market/words.h"

str unit_text(struct out *o, int unit, int64_t n)
{
	static const int names[] = {[UNIT_PIECE] = MSG_unit_piece,
		[UNIT_PACK] = MSG_unit_pack,
		[UNIT_BOX] = MSG_unit_box,
		[UNIT_PALLET] = MSG_unit_pallet,
		[UNIT_KILOGRAM] = MSG_unit_kilogram,
		[UNIT_GRAM] = MSG_unit_gram,
		[UNIT_METRE] = MSG_unit_metre,
		[UNIT_LITRE] = MSG_unit_litre,
		[UNIT_SQUARE_METRE] = MSG_unit_square_metre,
		[UNIT_CUBIC_METRE] = MSG_unit_cubic_metre,
		[UNIT_SET] = MSG_unit_set,
		[UNIT_ROLL] = MSG_unit_roll};
	struct out t;

	if (unit < 1 || unit >= (int)COUNT(names))
		return S("");
	out_init(&t, o->arena, 32, 1024, o->locale);
	out_text_plain(&t, (struct text){.msg = names[unit], .arg = {ARG(n)}});
	return (str){t.p, t.n};
}

struct text incoterm_text(int incoterm)
{
	static const int names[] = {MSG_incoterm_exw, MSG_incoterm_fca, MSG_incoterm_fas,
		MSG_incoterm_fob, MSG_incoterm_cfr, MSG_incoterm_cif, MSG_incoterm_cpt,
		MSG_incoterm_cip, MSG_incoterm_dap, MSG_incoterm_dpu, MSG_incoterm_ddp};

	_Static_assert(COUNT(names) == INCOTERM_COUNT, "words for each");
	return incoterm > 0 && incoterm <= INCOTERM_COUNT
		       ? (struct text){.msg = names[incoterm - 1]}
		       : text_none();
}

static str words(struct out *o, struct text t)
{
	struct out p;

	out_init(&p, o->arena, 64, 1024, o->locale);
	out_text_plain(&p, t);
	return out_view(&p);
}

str incoterm_words(struct out *o, int incoterm)
{
	return words(o, incoterm_text(incoterm));
}

struct choice *incoterm_choices(struct arena *a)
{
	struct choice *v = arena_array(a, struct choice, INCOTERM_COUNT);

	for (int i = 0; i < INCOTERM_COUNT; i++)
		v[i] = (struct choice){
			.value = incoterm_name(i + 1), .label = incoterm_text(i + 1)};
	return v;
}

struct text mail_text(struct arena *a, str kind)
{
	int msg = msg_of(str_cat(a, S("mail.kind."), kind));

	return msg ? (struct text){.msg = msg} : AS_TEXT(kind);
}
