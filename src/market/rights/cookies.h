/* cookies: the page on which a visitor allows and refuses kinds of cookies, at any time. */
#ifndef KONTOR_COOKIES_H
#define KONTOR_COOKIES_H

#include "web/page.h"

struct cookies_chosen {
	str all; /* "yes" or "no": the two buttons that answer for every class */
	bool statistics, personal, marketing;
	str next;
};
/* One class of cookies as the page shows it. */
struct cookies_class {
	int class;
	const char *field; /* of the form; NULL: essential, nothing to choose */
	struct text name, about;
	size_t used, off; /* cookies and tags that the policy has: in use here, and switched off */
	bool agreed;
};
struct cookies_embed { /* what a visitor asks to see of another site */
	str address, how, next;
};
struct cookies_stop {
	str tag;
};
enum { COOKIES_CLASSES = 4 };
extern const struct form cookies_form, cookies_embed_form, cookies_stop_form;
extern const struct route cookies_routes[];

/* What the page prints; set before the server starts. */
void cookies_policy(const struct policy *p);
/* "session", "180 days" … */
struct text cookies_age(int64_t seconds);
/* "script", "picture" …; none for what is never printed. */
struct text cookies_kind(enum policy_tag_kind kind);

#endif
