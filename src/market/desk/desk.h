/* desk: where the operator runs the marketplace: admission, offers, orders, messages, settings.
 *
 * Charts read figures by day that a job of its own (role counter) keeps from the histories of
 * orders and companies: no request scans. Orders are shown without anything personal. See
 * doc/desk.md. */
#ifndef KONTOR_DESK_H
#define KONTOR_DESK_H

#include "jobs/jobs.h"
#include "web/page.h"

extern const struct route desk_routes[];
extern const struct job desk_figures;

/* What the operator says of itself; what is not set is {NULL, 0}. */
struct desk_settings {
	str name, email, phone, address, imprint;
	bool demonstration;
};
/* Reads them under the purpose public; false: nothing is set. */
bool desk_settings(struct db *db, struct desk_settings *s);
/* The operator's part of a page's frame: name, way to the desk, the line above a demonstration. */
void desk_frame(struct req *r, struct shell *s);

#endif
