/* Videos and posts of others that load without asking. Which ones, the browser's own cookie says
 * (web/choice.c); of whoever is signed in the ledger says it too, and it holds only while that
 * consent stands: withdrawn in the account, every browser of theirs asks again. */
#include "market/rights/choice.h"

#include "gen/choice.sql.h"

bool embeds_agreed(struct req *r)
{
	return !r->viewer.person || (!db_off(r->db, PURPOSE_EMBEDS) &&
					    choice_allows(r->db, r->viewer.person, PURPOSE_EMBEDS));
}

/* Whose are shown, as the place of each said it, and what the policy says of the purpose. */
static str words_of(struct req *r, const struct purpose_facts *f)
{
	const struct policy *p = db_policy(r->db);
	uint64_t shows = cookie_choice(r).shows;
	str before = S("");
	struct out o;

	out_init(&o, r->arena, 1024, CHOICE_TEXT_BYTES_MAX, r->locale);
	for (size_t i = 0; i < p->tags_n && i < 64; i++) {
		const struct policy_tag *t = &p->tags[i];
		const struct policy_recipient *by = policy_recipient(p, t->serves);

		if (!(shows >> i & 1) || !by || str_eq(before, t->serves))
			continue;
		before = t->serves; /* tags of one recipient stand together */
		out_text_plain(&o, TEXT(look_embed_about, by->title));
		out_char(&o, '\n');
		out_text_plain(&o, TEXT(look_embed_always, recipient_short(by)));
		out_char(&o, '\n');
	}
	out_str(&o, purpose_words(r->arena, r->locale, f));
	return out_view(&o);
}

void embeds_said(struct req *r)
{
	const struct policy *p = db_policy(r->db);
	const struct policy_purpose *u = policy_purpose(p, S("embeds"));
	struct choice_country_row where = {0};
	struct choice_one_row now = {0};
	struct purpose_facts f;
	bool on = cookie_choice(r).shows != 0;

	if (!r->viewer.person || db_off(r->db, PURPOSE_EMBEDS))
		return;
	(void)!choice_one(r->db, (struct person_id){r->viewer.person}, u->name, &now);
	if (!on && !choice_stands(u, (int)now.state))
		return; /* a no to what was never agreed to */
	(void)!choice_country(r->db, &where);
	purpose_facts(r->arena, p, u, &f);
	(void)choice_make(
		r->db, &(struct choosing){.person = r->viewer.person,
			       .purpose = u->name,
			       .state = choice_switched(CHOICE_CONSENT, on, (int)now.state),
			       .method = CONSENT_METHOD_PAGE,
			       .locale = r->locale,
			       .region = where.country,
			       .words = on ? words_of(r, &f) : (str){NULL, 0}});
}
