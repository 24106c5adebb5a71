/* card: a product as lists show it: words and first picture. */
#ifndef KONTOR_CARD_H
#define KONTOR_CARD_H

#include "gen/card.sql.h"

enum { CARDS_MAX = 500 }; /* as many as card_list answers */

/* By id; products that are not to be seen are left out. At most CARDS_MAX are asked for. */
struct card_list_rows cards_read(struct db *db, const struct product_id *v, size_t n);
/* NULL: not there. */
const struct card_list_row *card_of(const struct card_list_rows *c, struct product_id id);
/* Those of n rows, `bytes` apart, that have no title yet; product and title are the first row's. */
struct card_list_rows cards_missing(
	struct db *db, const struct product_id *product, const str *title, size_t n, size_t bytes);

#endif
