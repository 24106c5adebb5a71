/* demo: the demonstration marketplace, made up from one fixed seed.
 *
 * The plan (who trades what, when) is made in memory first and is the same each time; only ids,
 * keys and the day it is counted from differ. Then it is written through registered statements
 * under the purposes setup, curation and stock. Nobody in it exists: see doc/demo.md. */
#ifndef KONTOR_DEMO_H
#define KONTOR_DEMO_H

#include "jobs/jobs.h"
#include "store/store.h"

#define DEMO_PASSWORD "kontor-demonstration"

struct demo_login {
	const char *what, *email;
};
/* Operator, buyer, supplier, both; ends with what NULL. All with DEMO_PASSWORD. */
extern const struct demo_login demo_logins[];

struct demo_count {
	int64_t companies, people, categories, products, offers, pictures, orders, lines, quotes;
};
/* Fills a new installation; faults with what is wrong. `progress` may be NULL. */
struct demo_count demo_fill(struct store *s, void (*progress)(const char *what, int done, int of));

/* Settings, from the command line (purpose setup): writes one, whether it is there or not. */
void demo_setting_write(struct store *s, int name, str value);
/* True if the installation says that it is a demonstration. */
bool demo_is(struct store *s);
/* The marketplace's clock of a demonstration, as it was left: at start, and by the job whenever
 * another server may have moved it. */
void demo_clock_apply(struct store *s);
/* Moves it on and keeps it; false: not a demonstration. */
bool demo_clock_move(struct store *s, int64_t seconds);
extern const struct job demo_clock_job;

#endif
