/* told: who hears of a new version of the policy, and how: editorial ones stand on the page alone,
 * of others those whom they touch are told by mail and in their account, and asked where a use
 * rests on their consent. */
#ifndef KONTOR_TOLD_H
#define KONTOR_TOLD_H

#include "market/rights/choice.h"
#include "market/rights/privacy.h"

#include "gen/told.sql.h"

struct told_form {
	int64_t version;
};
extern const struct form told_form;

struct told_view {
	struct version_news news;
	struct choice_row *asks; /* purposes that wait for an answer, or are new and on consent */
	size_t asks_n;
	str next; /* where the viewer wanted to go, when signing in led here */
};
#endif
