/* search_database: the same search, asked of full text inside the database (PostgreSQL) instead of
 * the server's own index (decision 285).
 *
 * Two stages: the database says which offers have the words and pass the filters, the best so many
 * of them; an index of these alone, made in memory for this one answer, matches them again, ranks
 * them, counts facets and says why. If there are more than so many, counts are "at least". */
#ifndef KONTOR_SEARCH_DATABASE_H
#define KONTOR_SEARCH_DATABASE_H

#include "market/catalogue/search_live.h"

enum {
	SEARCH_DATABASE_HITS_MAX = 1000,  /* that are looked at */
	SEARCH_DATABASE_OTHERS_MAX = 2000 /* for counts of facets whose values are alternatives */
};

/* This server searches so from now on. Once one does, the job `search_words` keeps the words, on
 * whichever server, until search_words_forget(). */
void search_database_use(bool on);
void search_words_forget(struct store *s);
bool search_database_used(void);
/* Does it, and are the words there? In a read. */
bool search_database_there(struct db *db);
/* An index of the offers that have the words of text: how facets are called, which units they
 * have. In the handle's arena; there is nothing to give back. */
struct search_view search_database_view(struct db *db, str text);
/* As search_run(). *view becomes the index of what was found. */
struct search_result search_database_run(
	struct db *db, const struct search_query *q, struct search_view *view);
/* As search_suggest(). */
size_t search_database_suggest(
	struct db *db, str text, struct search_suggestion out[SEARCH_SUGGESTIONS]);

extern const struct job search_words_job;
/* All that is due now, by hand: for tests. */
void search_words_fill(struct store *s);

#endif
