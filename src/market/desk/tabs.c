/* The ways through the desk. */
#include "market/desk/view.h"

static const struct {
	enum desk_tab tab;
	int label; /* enum msg */
	const char *url;
} ways[] = {
	{DESK_OVERVIEW, MSG_desk_overview, "/desk"},
	{DESK_COMPANIES, MSG_desk_companies, "/desk/companies"},
	{DESK_OFFERS, MSG_desk_offers, "/desk/offers"},
	{DESK_ORDERS, MSG_desk_orders, "/desk/orders"},
	{DESK_MESSAGES, MSG_desk_messages, "/desk/messages"},
	{DESK_VISITS, MSG_visits_tab, "/desk/visits"},
	{DESK_JOBS, MSG_desk_jobs, "/desk/jobs"},
	{DESK_PROTECTION, MSG_audit_protection, "/desk/people"},
	{DESK_KEYS, MSG_desk_keys, "/desk/keys"},
	{DESK_SETTINGS, MSG_desk_settings, "/desk/settings"},
};

struct links desk_tabs(struct arena *a, enum desk_tab now)
{
	struct link *v = arena_array(a, struct link, COUNT(ways));

	for (size_t i = 0; i < COUNT(ways); i++)
		v[i] = (struct link){.label = {.msg = ways[i].label},
			.url = str_of(ways[i].url),
			.current = ways[i].tab == now};
	return (struct links){v, COUNT(ways)};
}
