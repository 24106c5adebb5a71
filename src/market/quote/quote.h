/* quote: a buyer asks one supplier what an offer costs on other terms, the supplier answers.
 *
 * One request is about one offer. The last quote stands in the request, each one in its history,
 * which both parties see. The states are one table (quote_process.c) that drives the buttons, the
 * API, the clock and the diagram in doc/quote.md. An accepted quote gives the next order of
 * that quantity its price (order/place.c). */
#ifndef KONTOR_QUOTE_H
#define KONTOR_QUOTE_H

#include "jobs/jobs.h"
#include "market/process.h"
#include "web/web.h"

#include "gen/quote.sql.h"

enum { QUOTE_SIDE_BUYER = 1, QUOTE_SIDE_SELLER = 2 };
enum {
	QUOTE_ANSWER_DAYS = 30, /* asked: then the request expires */
	QUOTE_VALID_DAYS = 90,	/* the longest that a quote can hold; it expires with its own day */
	QUOTE_LEAD_DAYS_MAX = 730,
	QUOTE_OPEN_MAX = 100, /* requests of one company that wait for an answer */
	QUOTE_QUANTITY_MAX = 1000000000,
};

/* What the table's guards are handed: a request, as the transaction sees it. */
struct quote_thing {
	struct quote_by_id_row q;
	instant now;
};
/* What a supplier quotes. */
struct quote_terms {
	int64_t quantity, micro, lead_days; /* micro: millionths of the offer's currency, each */
	instant valid_until;		    /* its last day */
};
extern const struct process quote_process;
extern const struct route quote_routes[];

/* The request as far as the viewer is a party to it; false: not found. */
bool quote_load(struct db *db, struct quote_id id, struct quote_thing *t);
/* Which side the viewer's company stands on, with the viewer's roles. */
struct actor quote_actor(const struct viewer *v, const struct quote_thing *t);
/* On the writer: does `event` if the table and its guard allow it: stores terms (NULL: none), moves
 * the state, sets the due time, writes the history. `words` may be none; both parties see them. */
struct process_step quote_do(struct db *db, struct quote_thing *t, int event,
	const struct quote_terms *terms, str words);
/* When a quote that holds through this day is over. */
instant quote_end(instant valid_until);

/* Messages for a state, an event of the history, and the event on its button (none: no button). */
struct text quote_state_text(int state);
struct text quote_event_text(int event);
struct text quote_do_text(int event);
int quote_state_tone(int state); /* enum tone */

/* The job that ends requests whose time has come: a principal of its own (role timers). */
extern const struct job quote_timers;

#endif
