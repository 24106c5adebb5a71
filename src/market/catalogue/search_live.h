/* search_live: the index of a running installation, kept in step with the database.
 *
 * DIR/search.idx holds the catalogue as it was when the file was made; DIR/search-delta.idx what
 * changed since of offers and products, made anew with every burst of changes. When the delta
 * grows, or the file is missing, damaged or from another version, the whole is made again beside
 * the old one, in slices, and takes its place in one step: searching goes on meanwhile.
 *
 * Whoever changes an offer or a product sets its `changed` to id_make() on the writer; that is how
 * changes are found. Stock that orders take does not count as a change: pages show it from the
 * database, the filter follows with the next making (SEARCH_REMAKE_S). */
#ifndef KONTOR_SEARCH_LIVE_H
#define KONTOR_SEARCH_LIVE_H

#include "jobs/jobs.h"
#include "market/catalogue/search.h"

enum {
	SEARCH_SEGMENTS_MAX = 2,
	SEARCH_READ_MAX = 500, /* offers of a burst of changes that are read at once */
	SEARCH_REMAKE_S = 6 * 3600,
	SEARCH_DELTA_MAX =
		4000, /* changed offers; above that, and above a fiftieth, all is made again */
	SEARCH_SLICE_PAGES = 8, /* of a thousand offers, in one piece of the job */
};

struct search_view { /* stays whole until it is given back, whatever is published meanwhile */
	const struct search_index *v[SEARCH_SEGMENTS_MAX];
	size_t n;	      /* 0: there is no index yet */
	const int64_t *sizes; /* search_products_sizes() */
	struct search_snapshot *snapshot;
};
struct search_view search_view_take(void);
void search_view_give(struct search_view *view);

/* One bounded piece of following the database; true: there is more to do. */
bool search_follow(struct store *s, struct arena *a);
/* The same by hand, while an import adds offers: start, then whole pages as they are there (false:
 * not yet), then the rest. unchanged: nothing that was read has changed since, so what is there at
 * the end is all in it. */
void search_make_start(struct store *s, struct arena *a);
bool search_make_page(struct store *s, struct arena *a);
void search_make_finish(struct store *s, struct arena *a, bool unchanged,
	void (*say)(void *ctx, int64_t offers), void *ctx);
/* Makes the whole index now and publishes it: for commands and tests. say may be NULL; it gets the
 * offers that are in. */
void search_remake(
	struct store *s, struct arena *a, void (*say)(void *ctx, int64_t offers), void *ctx);
/* While held, the follower leaves changes alone: an import would have it start over and over. */
void search_hold(bool on);
/* Forgets the installation: before another one is opened in the same process. */
void search_close(void);

extern const struct job search_job;

#endif
