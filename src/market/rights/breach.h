/* breach: whom a breach of personal data touches, the 72 hours, the drafts of the notices. */
#ifndef KONTOR_RIGHTS_BREACH_H
#define KONTOR_RIGHTS_BREACH_H

#include "egress/egress.h"
#include "jobs/jobs.h"
#include "web/page.h"

#include "gen/breach.sql.h"

enum { BREACH_CLOCK_S = 72 * 3600, BREACH_SLICE = 500, BREACH_PEOPLE_MAX = 4000000 };

struct breach_scope {
	instant found, from, until; /* when it became known; the window */
	str tables;		    /* names, with commas */
	int64_t key, staff;	    /* or: whose key; or: a member of staff who looked */
	str nature;
};
struct breach_words {
	str nature, effects, measures;
};
struct breach_form {
	instant found, from, until;
	str tables, key, staff, nature;
};
extern const struct form breach_form, breach_words_form;
extern const struct route breach_routes[];
extern const struct job breach_job;

/* Is the scope one that can be counted? NULL, or what is wrong with it (program text). */
const char *breach_wrong(const struct policy *p, const struct breach_scope *scope);
struct breach_id breach_begin(struct db *db, const struct breach_scope *scope);
/* The personal columns of those tables: "person.name person.email"; for a key: of all it seals. */
str breach_fields(struct arena *a, const struct policy *p, str tables, bool key);
/* Counts whom the breaches that wait touch; true: it did some. */
bool breach_count(struct store *s, struct arena *a);
/* The notice to the authority (GDPR Art. 33(3)), as far as it is known. */
str breach_draft(struct arena *a, const struct locale *l, const struct policy *p,
	const struct policy_operator *own, const struct breach_one_row *b);

#endif
