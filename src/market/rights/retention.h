/* retention: what the policy's `keep:` says is over goes, by a job, in batches; the desk sees what
 * went when, because of which rule. */
#ifndef KONTOR_RIGHTS_RETENTION_H
#define KONTOR_RIGHTS_RETENTION_H

#include "jobs/jobs.h"
#include "web/page.h"

#include "gen/retention.sql.h"

extern const struct route retention_routes[];
extern const struct job retention_job;

/* Carries out everything that is due, with a report of each batch; the units carried out. For the
 * job and for tests. */
size_t retention_run(struct store *s, struct arena *a);

void retention_policy(const struct policy *p); /* whose rules the desk shows */

struct retention_query {
	int64_t before;
};
extern const struct form retention_query;

#endif
