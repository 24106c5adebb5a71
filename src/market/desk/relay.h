/* relay: pages shown to visitors who agreed to statistics, for an outside analytics service that
 * the operator switched on (a tag of kind relay). They wait in memory, a minute long, with the
 * truncated network and nothing else of the visitor, and leave through egress. Off, nothing is
 * kept. */
#ifndef KONTOR_RELAY_H
#define KONTOR_RELAY_H

#include "jobs/jobs.h"
#include "web/web.h"

enum {
	RELAY_VIEWS_MAX = 1000,	    /* that wait; what comes when they are full is lost */
	RELAY_TEXT_BYTES_MAX = 120, /* of a page's path, of the kind of browser */
	RELAY_TRIES_MAX = 10,	    /* then what waits is dropped */
};

void relay_policy(const struct policy *p); /* before the server starts: is one switched on? */
void relay_shown(const struct shown *s);   /* any thread */
extern const struct job relay_job;

#endif
