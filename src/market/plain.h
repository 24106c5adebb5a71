/* plain: the imprint, and words for what the policy says. */
#ifndef KONTOR_PLAIN_H
#define KONTOR_PLAIN_H

#include "web/page.h"

extern const struct route plain_routes[];

/* What the pages print; set before the server starts, read only from then on. */
void plain_policy(const struct policy *p);
const struct policy_operator *plain_operator(void);

/* Where this marketplace is reached, "https://market.example", by the server's own setting. Set
 * before it serves; empty: not known. */
void plain_base_set(const char *url);
str plain_base(void);

/* What a language calls itself: "Deutsch". */
str plain_own_name(struct arena *a, const struct locale *l);

/* "P10Y" in words; the text as it is if it is not whole years, months or days. */
struct text plain_duration(str iso);
struct text plain_basis(str basis);

#endif
