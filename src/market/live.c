/* GET /events: which orders and requests of the member's company change, as kind and id. Nothing is
 * read for it; what changed is shown by the pages of both, through their guards. */
#include "market/live.h"

struct live_query {
	int64_t from;
};
FORM(live_query_form, struct live_query,
	{.name = "from",
		.kind = FIELD_INT,
		.min = 0,
		.max = INT64_MAX,
		AT(struct live_query, from),
		.label = MSG_live_from});

static int live_show(struct req *r)
{
	const struct live_query *q = r->form;

	return r->viewer.company ? live_open(r, q->from) : problem(r, 403, text_none());
}

#define MEMBERS \
	(BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_ADMIN) | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))

const struct route live_routes[] = {
	{GET, "/events", MEMBERS, BIT(PURPOSE_TRADE), PROOF_NONE, .form = &live_query_form,
		.get = live_show, .live = true},
	{0},
};
