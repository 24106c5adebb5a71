/* The person's side of an order: asked to agree to it, told of it. */
#include "market/rights/access.h"
#include "market/rights/choice.h"
#include "market/rights/disclosed.h"
#include "market/rights/handover.h"

#include "gen/handover.html.h"

int handover_asked_get(struct req *r)
{
	struct handover_asked_rows v = handover_asked(r->db);

	handover_asked_page(r->out, r, &v, db_policy(r->db));
	return 200;
}

/* The words that they agree to, as the page shows them: kept with the ledger's row. */
static str words(struct req *r, const struct handover_asked_one_row *h)
{
	struct out o;

	out_init(&o, r->arena, 1024, 16 << 10, r->locale);
	out_text_plain(&o, TEXT(handover_words, h->paper.addressee,
				   disclosed_recipient(&o, db_policy(r->db), h->recipient),
				   access_fields_words(&o, db_policy(r->db), h->tables)));
	out_lit(&o, " ");
	out_str(&o, h->paper.why);
	return out_view(&o);
}

static struct consent_event_id ledger(
	struct req *r, const struct handover_asked_one_row *h, enum consent_state state)
{
	return choice_case(r->db,
		&(struct choosing){.person = r->viewer.person,
			.purpose = S("handing"),
			.state = state,
			.method = CONSENT_METHOD_ACCOUNT,
			.locale = r->locale},
		words(r, h));
}

static bool note(struct req *r, struct handover_id id, enum handover_happening event)
{
	return handover_event_own(
		       r->db, (struct handover_event_id){id_make()}, id, event, clock_now()) == 1;
}

/* Yes, no, or no after all: as long as nothing has left. */
int handover_answer(struct req *r)
{
	struct handover_id id = {path_id(r, "handover")};
	int event = handover_happening_of(path_str(r, "answer"));
	struct handover_asked_one_row h;

	if ((event != HANDOVER_HAPPENING_AGREE && event != HANDOVER_HAPPENING_REFUSE) ||
		!handover_asked_one(r->db, id, &h) || h.ground != HANDOVER_GROUND_CONSENT)
		return 404;
	if (process_ask(&handover_process, (int)h.state, event,
		    (struct actor){.roles = r->viewer.roles & BIT(ROLE_PERSON)}, NULL)
			.answer != PROCESS_YES)
		return problem(r, 409, TEXT(handover_not_now));
	if (event == HANDOVER_HAPPENING_AGREE) {
		if (h.consent_id.v ||
			handover_agree(r->db, id, ledger(r, &h, CONSENT_STATE_GIVEN)) != 1)
			return problem(r, 409, TEXT(handover_not_now));
	} else {
		ledger(r, &h, h.consent_id.v ? CONSENT_STATE_WITHDRAWN : CONSENT_STATE_REFUSED);
		if (handover_refuse(r->db, id, clock_now()) != 1)
			return problem(r, 409, TEXT(handover_not_now));
	}
	if (!note(r, id, (enum handover_happening)event))
		return problem(r, 409, TEXT(handover_not_now));
	return done(r, 200, S("/account/disclosures/asked"),
		event == HANDOVER_HAPPENING_AGREE ? TEXT(handover_agreed) : TEXT(handover_refused),
		NULL, NULL);
}
