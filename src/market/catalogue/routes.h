/* The catalogue's routes, for the program's list of them. */
#ifndef KONTOR_CATALOGUE_ROUTES_H
#define KONTOR_CATALOGUE_ROUTES_H

#include "web/web.h"

extern const struct route catalogue_routes[];
extern const struct route search_routes[]; /* ends with method 0 */

#endif
