/* choice: inside this noun: the ledger, the words, the pages. */
#ifndef KONTOR_CHOICE_H
#define KONTOR_CHOICE_H

#include "market/rights/rights.h"

enum {
	CHOICE_PURPOSES_MAX = 64, /* a mask has no more bits */
	CHOICE_TEXT_BYTES_MAX = 16 << 10,
	CHOICE_LIST_MAX = 12, /* kinds of data, recipients, periods of one purpose */
	CHOICE_SALT_BYTES = 32,
	CHOICE_OVER_ROWS = 50, /* choice_over */
};

/* What the policy says of one purpose, for people. */
struct purpose_facts {
	const struct policy_purpose *u;
	struct text title, why, without; /* without: what happens without it; may be none */
	struct text basis;
	struct text data[CHOICE_LIST_MAX];
	str recipients[CHOICE_LIST_MAX];
	const struct policy_keep *keeps[CHOICE_LIST_MAX];
	const struct policy_table *keep_of[CHOICE_LIST_MAX];
	size_t data_n, recipients_n, keeps_n;
	bool used; /* some table may be read or written for it */
};
void purpose_facts(struct arena *a, const struct policy *p, const struct policy_purpose *u,
	struct purpose_facts *f);

/* A purpose as the pages name it. */
struct text choice_title_of(struct arena *a, str purpose);

/* The words that somebody is shown before deciding about a purpose, as one plain text. */
str purpose_words(struct arena *a, const struct locale *l, const struct purpose_facts *f);

/* The row of these words, made when there is none yet. On the writer, purpose choices. */
struct notice_text_id notice_of(struct db *db, const struct locale *l, str about, str text);

/* ---- the pages ---- */
struct choice_form {
	str seen; /* digest of the words that were shown */
	bool on;
	bool asked; /* on the page of a new version, which goes on from there */
};
extern const struct form choice_form;

struct choice_row { /* one purpose as the preference centre shows it */
	struct purpose_facts facts;
	enum choice_kind kind;
	int state; /* 0: nothing decided yet */
	bool on;
	bool waits; /* it means more now: off until there is an answer */
	bool off;   /* the installation does without this use: nobody is asked for it */
	str seen;
	instant at;
};
struct choice_field { /* something stored about the viewer, as "Your data" shows it */
	struct text label;
	const char *field; /* "person.name" */
	str value, change; /* change: where it is corrected, or none */
	struct text used;
};
struct choice_centre {
	struct choice_row *v;
	size_t n;
	struct choice_field fields[16];
	size_t fields_n;
	bool restricted;
	bool lapsed; /* a consent is over, and was not decided about since */
};

/* Words for what was decided, and how it was said. */
struct text choice_state_text(int state);
struct text choice_method_text(int method);

/* One purpose as it stands for the viewer; false: nothing is done under it with personal data.
 * Purpose choices. */
bool choice_row_read(struct req *r, const struct policy_purpose *u, struct choice_row *c);
/* The card of a purpose with its switch, or with yes and no where an answer is waited for; `asked`:
 * on the page of a new version. */
void choice_card(struct out *o, struct req *r, const struct choice_row *c, bool asked);

/* The state that a yes or a no leads to from `before`; 0: nothing was decided yet. */
enum consent_state choice_switched(enum choice_kind kind, bool on, int before);

/* Does this state leave the purpose on? 0: nothing was decided yet. */
bool choice_stands(const struct policy_purpose *u, int state);

#endif
