/* One click in a mail ends such mails (RFC 8058): a POST from the mail program, without a session,
 * a cookie or a redirect. Opening the link changes nothing: filters open links too. */
#include "market/rights/choice.h"

#include "gen/choice.sql.h"
#include "gen/unsubscribe.html.h"

enum { UNSUBSCRIBE_DAYS = 2 * 365 }; /* how long the link of a mail is good */

struct unsubscribe_form {
	bool page; /* pressed on our own page, by a person */
};
FORM(unsubscribe_form, struct unsubscribe_form,
	{.name = "page",
		.kind = FIELD_BOOL,
		AT(struct unsubscribe_form, page),
		.label = MSG_choice_off});

str unsubscribe_path(struct store *s, struct arena *a, int64_t person)
{
	return signed_path(s, a, str_fmt(a, "/unsubscribe/" STR_FMT, STR_ARG(id_text(a, person))),
		instant_add(clock_real(), UNSUBSCRIBE_DAYS * DAY_US));
}

/* The signature in the link stands for the person it was sent to, for this one decision: the route
 * declares the purpose choices and nothing else. */
static int64_t sent_to(struct req *r)
{
	int64_t person = path_id(r, "person");

	r->db->viewer = (struct viewer){
		.person = person, .roles = BIT(ROLE_PERSON), .request = r->viewer.request};
	return person;
}

static bool subscribed(struct req *r, int64_t person)
{
	return person && choice_allows(r->db, person, PURPOSE_MARKETING);
}

static int ask_get(struct req *r)
{
	int64_t person = sent_to(r);

	unsubscribe_page(r->out, r, req_target(r), subscribed(r, person));
	return 200;
}

static int end_apply(struct req *r)
{
	const struct unsubscribe_form *f = r->form;
	struct choice_mask_row there;
	int64_t person = sent_to(r);

	if (!person || !choice_mask(r->db, (struct person_id){person}, &there))
		return problem(r, 410, TEXT(unsubscribe_gone));
	if (subscribed(r, person))
		choice_make(r->db, &(struct choosing){.person = person,
					   .purpose = S("marketing"),
					   .state = CONSENT_STATE_WITHDRAWN,
					   .method = CONSENT_METHOD_MAIL_LINK,
					   .locale = r->locale});
	if (f && f->page)
		return see(r, STR_FMT, STR_ARG(req_target(r)));
	answer_type(r, "text/plain; charset=utf-8");
	out_text_plain(r->out, TEXT(unsubscribe_done));
	out_char(r->out, '\n');
	return 200;
}

const struct route unsubscribe_routes[] = {
	{GET, "/unsubscribe/{person}", ANYONE, BIT(PURPOSE_CHOICES), PROOF_SIGNED, .get = ask_get},
	{POST, "/unsubscribe/{person}", ANYONE, BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC),
		PROOF_SIGNED, .form = &unsubscribe_form, .apply = end_apply},
	{0},
};
