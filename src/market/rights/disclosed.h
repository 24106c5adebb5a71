/* disclosed: who was given whose data: for the person, and for the desk. */
#ifndef KONTOR_RIGHTS_DISCLOSED_H
#define KONTOR_RIGHTS_DISCLOSED_H

#include "egress/egress.h"
#include "web/page.h"

#include "gen/disclosed.sql.h"

struct disclosed_query {
	int64_t before;
};
struct disclosed_target {
	str recipient, url, secret;
	bool inward;
};
extern const struct form disclosed_target_form;
extern const struct route disclosed_routes[];

/* For people: the recipient's title, in the page's language; the name itself where the policy no
 * longer knows it. */
str disclosed_recipient(struct out *o, const struct policy *p, str name);
void disclosed_policy(const struct policy *p); /* at the start */
const struct policy *disclosed_policy_get(void);

#endif
