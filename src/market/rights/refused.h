/* refused: who asked for what is not theirs, and how often: kept for the weekly report.
 *
 * Told by src/web of each refusal (403, or 404 where only somebody signed in may come); counted in
 * memory, written by the job `audit`. Which row was asked for is not kept: to store it would tell
 * whoever reads the report of others. What was counted since the last writing is lost when the
 * program is killed. */
#ifndef KONTOR_RIGHTS_REFUSED_H
#define KONTOR_RIGHTS_REFUSED_H

#include "jobs/jobs.h"
#include "web/web.h"

enum {
	REFUSED_WAITING_MAX = 4096, /* kinds of refusals between two writings; more: nobody's */
	REFUSED_DAY_MAX = 30,	    /* more in a day by one are marked */
};

void refused_told(const struct refused *x); /* web_options.refused: quick, from any thread */
/* Writes what was counted; in the round of the job `audit`. */
void refused_write(struct store *s, const struct job *j, struct arena *a);

#endif
