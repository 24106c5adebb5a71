/* What may happen to a request for quotation, in one table. */
#include "market/quote/quote.h"

#define BUYERS (BIT(ROLE_BUYER) | BIT(ROLE_ADMIN))
#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define CLOCK BIT(ROLE_TIMERS)
#define DAYS(n) ((int64_t)(n)*86400)

/* The clock comes by once a minute: a quote is over when its last day is. */
static int holds(const void *thing)
{
	const struct quote_thing *t = thing;

	return t->now.us < quote_end(t->q.valid_until).us ? MSG_NONE : MSG_quote_over;
}

#define S_(x) QUOTE_STATE_##x
#define E_(x) QUOTE_HAPPENING_##x

static const struct transition rows[] = {
	{0, E_(ASK), S_(ASKED), BUYERS, QUOTE_SIDE_BUYER},

	{S_(ASKED), E_(QUOTE), S_(QUOTED), SELLERS, QUOTE_SIDE_SELLER, .ask = true},
	{S_(ASKED), E_(DECLINE), S_(DECLINED), SELLERS, QUOTE_SIDE_SELLER, .ask = true},
	{S_(ASKED), E_(WITHDRAW), S_(WITHDRAWN), BUYERS, QUOTE_SIDE_BUYER, .ask = true},
	{S_(ASKED), E_(EXPIRE), S_(EXPIRED), CLOCK, .after_s = DAYS(QUOTE_ANSWER_DAYS)},

	{S_(QUOTED), E_(QUOTE), S_(QUOTED), SELLERS, QUOTE_SIDE_SELLER, .ask = true},
	{S_(QUOTED), E_(ACCEPT), S_(ACCEPTED), BUYERS, QUOTE_SIDE_BUYER, .guard = holds,
		.ask = true},
	{S_(QUOTED), E_(REFUSE), S_(REFUSED), BUYERS, QUOTE_SIDE_BUYER, .ask = true},
	{S_(QUOTED), E_(EXPIRE), S_(EXPIRED), CLOCK, .after_s = DAYS(QUOTE_VALID_DAYS)},
};

const struct process quote_process = PROCESS("quote", rows, quote_state_name, quote_happening_name);
