/* card: products as lists show them. */
#include "market/catalogue/card.h"

struct card_list_rows cards_read(struct db *db, const struct product_id *v, size_t n)
{
	MUST(n <= CARDS_MAX);
	return n ? card_list(db, v, n) : (struct card_list_rows){0};
}

const struct card_list_row *card_of(const struct card_list_rows *c, struct product_id id)
{
	size_t from = 0, to = c->n;

	while (from < to) {
		size_t mid = (from + to) / 2;

		if (c->v[mid].id.v == id.v)
			return &c->v[mid];
		if (c->v[mid].id.v < id.v)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

struct card_list_rows cards_missing(
	struct db *db, const struct product_id *product, const str *title, size_t n, size_t bytes)
{
	struct product_id *v = arena_array(db->arena, struct product_id, n + 1);
	size_t wanted = 0;

	for (size_t i = 0; i < n; i++) {
		const struct product_id *id =
			(const void *)((const char *)(const void *)product + i * bytes);
		const str *has = (const void *)((const char *)(const void *)title + i * bytes);

		if (!has->p && id->v)
			v[wanted++] = *id;
	}
	return cards_read(db, v, wanted);
}
