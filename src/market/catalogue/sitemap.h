/* sitemap: what search engines are told of: public categories, products and suppliers. */
#ifndef KONTOR_SITEMAP_H
#define KONTOR_SITEMAP_H

#include "jobs/jobs.h"
#include "web/web.h"

#include "gen/sitemap.sql.h"

enum {
	/* products or companies that a part spans; fewer may be public */
	MAP_PART_PRODUCTS = 2000,
	MAP_PART_SUPPLIERS = 1000,
	MAP_ADDRESSES_MAX = 50000, /* in one part, as sitemaps.org has it; and parts in the index */
	MAP_ASKED = 250,	   /* products of a part that are asked for at once */
	MAP_ASKED_OFFERS = 4,	   /* of each, so at most LIST_ROWS_MAX */
	MAP_AT_ONCE = 4,	   /* parts that one piece of the job notes */
};

extern const struct form sitemap_form;
int sitemap_show(struct req *r); /* /sitemap.xml: the index, or one part */
int robots_show(struct req *r);	 /* /robots.txt */
/* Notes where each part begins, as the catalogue grows. */
extern const struct job sitemap_job;

#endif
