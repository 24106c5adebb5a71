/* market: what the marketplace does, as the commands see it. */
#ifndef KONTOR_MARKET_H
#define KONTOR_MARKET_H

#include "egress/egress.h"
#include "jobs/jobs.h"
#include "web/web.h"

/* Every route of the program, one table per district, NULL-ended. */
extern const struct route *const market_routes[];

/* What must hold of every route, or the program does not start: it belongs to exactly one privacy
 * policy, and none that is for staff alone asks for a password. Faults with what is wrong. */
void market_check(const struct policy *p, const struct route *const *tables);

/* Fills what web asks the market for: the page's frame, who a token or a session stands for. */
void market_web(struct web_options *o, const struct policy *p);

/* What the outbox job sends with, from here on. */
void market_mail(const struct egress_options *o);

/* What runs by the clock, NULL-ended. */
extern const struct job *const market_jobs[];

#endif
