/* privacy: the published policy, its versions, the record of processing. All of it is printed from
 * the model that the program obeys. */
#ifndef KONTOR_PRIVACY_H
#define KONTOR_PRIVACY_H

#include "gen/privacy.sql.h"
#include "market/plain.h"

extern const struct route privacy_routes[];

/* What the pages print; set before the server starts, read only from then on. */
void privacy_policy(const struct policy *p);
/* At the start of the program: records a new version when the policy, or what the page says, is not
 * that of the newest one; suspends uses that wait for an answer. Returns the version in force. */
int64_t privacy_start(struct store *s);
const struct policy *privacy_model(void); /* what privacy_policy was given */

/* ---- what concerns one person: for notices and questions ------------------------------------ */
struct version_news {
	const struct privacy_changes_row *v; /* changes that touch the person, the oldest first */
	size_t n;
	int64_t version;	 /* the newest that they belong to */
	enum policy_class class; /* the gravest */
	uint64_t waits;		 /* purposes that wait for the person's answer */
};
/* What changed since the person last saw the policy and touches them. Reads under `account`. */
struct version_news policy_version_news(struct db *db, struct person_id person);
/* The person has seen (or answered) everything up to this version. On the writer, under `account`;
 * false: refused. */
bool policy_version_seen(struct db *db, struct person_id person, int64_t version);

/* ---- kinds of data, as people name them ------------------------------------------------------ */
enum kind {
	KIND_NAME,
	KIND_CONTACT,
	KIND_WORK,
	KIND_BUSINESS,
	KIND_ACCESS,
	KIND_WORDS,
	KIND_AUTHOR,
	KIND_TRADE,
	KIND_MONEY,
	KIND_DEVICE,
	KIND_CHOICE,
	KIND_SPECIAL,
	KIND_OTHER,
	KIND_COUNT
};
struct text privacy_kind(enum kind k);
unsigned privacy_group_kinds(const struct policy_group *g);
/* Masks of kinds: what a purpose can read, what a recipient gets, what a table holds. */
unsigned privacy_purpose_kinds(const struct policy *p, const struct policy_purpose *u);
unsigned privacy_recipient_kinds(const struct policy *p, const struct policy_recipient *r);
unsigned privacy_table_kinds(const struct policy_table *t);
bool privacy_says_country(struct arena *a, const struct policy_operator *p); /* in its address */
bool privacy_special(const struct policy *p); /* does any group hold a special category? */
bool privacy_transfer_used(const struct policy *p, const struct policy_transfer *t);

/* ---- words ---- */
/* A text of the model in the reader's language, or in English. */
str privacy_say(struct out *o, const struct policy *p, const char *kind, str name, const char *key,
	str english);
struct text privacy_event(str from);
struct text privacy_age(int64_t s);
struct text privacy_category(enum policy_category c);
struct text privacy_role(str role);
struct text privacy_use_title(char letter); /* of A6-1-x */
struct text privacy_class(enum policy_cookie_class c);
struct text privacy_footing(struct out *o, const struct policy_transfer *t);
struct text privacy_change_kind(int kind);
struct text privacy_change_class(int class);
struct text privacy_country(str code);
str privacy_kinds_listed(struct out *o, unsigned mask);
str privacy_countries_listed(struct out *o, const str *v, size_t n);
/* ---- what changed, in the reader's words (privacy_change.c) ---- */
/* "recipient.carrier.country.PL" by the name that people know it by, "Our carrier (Poland)". */
str privacy_named(struct out *o, str path);
/* The value of a fact: "P8Y" as "8 years". None for what says nothing to people: gates, numbers. */
struct text privacy_value(struct out *o, str path, str value);
/* Is the page in this language a translation of the English that stands there now? */
bool privacy_current(const struct locale *l);
/* What `privacy.translates` must say in a translation of today's English words. */
str privacy_mark(struct arena *a);
bool privacy_untranslated(const struct policy *p, const struct locale *l);

/* ---- the page ---- */
struct privacy_section {
	const char *id;
	struct text title;
};
extern const struct privacy_section privacy_sections[];
extern const size_t privacy_sections_n;

/* One version as a PDF: of its stored text, so the same bytes whenever it is asked for. */
struct privacy_pdf {
	int64_t number; /* 0: never recorded */
	instant since;
	str hash, body; /* body: as stored, in the language of the locale */
};
str privacy_pdf(struct arena *a, const struct locale *l, const struct privacy_pdf *v);

/* One version as it is shown. */
struct privacy_shown {
	int64_t number; /* 0: never recorded */
	instant since;
	str hash;
	bool newest;
	struct html body;
};
str privacy_pdf_path(struct arena *a, const struct privacy_shown *v);
#endif
