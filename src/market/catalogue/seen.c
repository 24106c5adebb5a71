/* The products looked at last: ids in a cookie, newest first, joined by dots. */
#include "market/catalogue/seen.h"

static const char cookie[] = "kontor_seen";

static size_t seen_ids(struct req *r, int64_t v[SEEN_MAX])
{
	str rest = cookie_kept(r, cookie);
	size_t n = 0;

	while (rest.n && n < SEEN_MAX)
		n += id_parse(str_cut(&rest, '.'), &v[n]);
	return n;
}

struct seen seen_list(struct req *r, int64_t but)
{
	struct seen s = {.n = 0};
	struct product_id asked[SEEN_MAX];
	int64_t ids[SEEN_MAX];
	size_t n = seen_ids(r, ids), asked_n = 0;

	for (size_t i = 0; i < n; i++)
		if (ids[i] != but)
			asked[asked_n++] = (struct product_id){ids[i]};
	struct card_list_rows cards = cards_read(r->db, asked, asked_n);

	for (size_t i = 0; i < asked_n; i++) {
		const struct card_list_row *c = card_of(&cards, asked[i]);

		if (c)
			s.v[s.n++] = *c;
	}
	return s;
}

void seen_note(struct req *r, int64_t product)
{
	int64_t ids[SEEN_MAX];
	size_t n = seen_ids(r, ids), kept = 1;
	struct out o;

	if (!(cookie_choice(r).agreed & 1u << COOKIE_PERSONAL))
		return;
	out_init(&o, r->arena, 128, 256, NULL);
	out_str(&o, id_text(r->arena, product));
	for (size_t i = 0; i < n && kept < SEEN_MAX; i++)
		if (ids[i] != product) {
			out_char(&o, '.');
			out_str(&o, id_text(r->arena, ids[i]));
			kept++;
		}
	answer_cookie(r, cookie, out_view(&o));
}
