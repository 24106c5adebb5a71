/* seen: the last products that this device looked at, in a cookie of the class personal: nothing of
 * it is stored here. Who did not agree has no list. */
#ifndef KONTOR_SEEN_H
#define KONTOR_SEEN_H

#include "market/catalogue/card.h"
#include "market/catalogue/shop.h"

enum { SEEN_MAX = 8 };
struct seen {
	struct card_list_row v[SEEN_MAX];
	size_t n;
};
/* The list, newest first, without `but` (0: with all). Products that are gone are left out. */
struct seen seen_list(struct req *r, int64_t but);
/* Puts a product first, if the visitor agreed to such a list. */
void seen_note(struct req *r, int64_t product);

#endif
