/* visits: our own statistics. No cookie, no fingerprint, nothing that leads to anybody: what web
 * tells of a page that was shown is added up in memory and written as sums. See doc/cookies.md. */
#ifndef KONTOR_VISITS_H
#define KONTOR_VISITS_H

#include "jobs/jobs.h"
#include "market/desk/country_of.h"
#include "web/page.h"

enum {
	VISITORS_MAX = 1 << 16,	      /* remembered at once; beyond it pages alone are counted */
	VISIT_NAMES_MAX = 200,	      /* different names of one kind a day; the rest is "other" */
	VISIT_NAME_BYTES_MAX = 80,    /* of a referrer's host */
	VISIT_SESSION_S = 30 * 60,    /* silence that ends a session */
	VISIT_FORGET_S = 8 * 60 * 60, /* silence after which a visitor is a new one */
	VISIT_DAYS = 30,	      /* shown on the desk */
};

/* For web_options.shown: counts one page. Any thread. */
void visits_shown(const struct shown *s);
/* Writes what was counted since the last time; forgets visitors that were silent for 8 hours. */
extern const struct job visits_job;
extern const struct route visits_routes[];

/* What the desk shows. */
struct visits_view {
	struct text day[VISIT_DAYS];
	int64_t views[VISIT_DAYS], visitors[VISIT_DAYS], sessions[VISIT_DAYS];
	struct visits_top {
		struct text title, label[12];
		int64_t n[12];
		size_t rows;
	} top[7];
	bool by_address; /* countries are told by a database of networks, not by the language */
};

/* For tests: forgets everything, as a restart does; how many visitors are remembered. */
void visits_forget(void);
size_t visits_remembered(void);

#endif
