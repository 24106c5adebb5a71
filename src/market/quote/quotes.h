/* quotes: the pages of requests for quotation. */
#ifndef KONTOR_QUOTES_H
#define KONTOR_QUOTES_H

#include "market/quote/quote.h"

/* The list of one side, one page of it. */
struct quotes_list {
	bool received;
	int state; /* 0: all */
	const struct quote_asked_row *v;
	size_t n;
	struct quote_id next; /* 0: no more */
};
enum { QUOTE_CHOICES_MAX = 8 };
/* One request with all that its page shows. */
struct quotes_view {
	struct quote_thing t;
	struct quote_events_rows events;
	struct actor who;
	struct process_step choices[QUOTE_CHOICES_MAX];
	size_t choices_n;
};
/* What is asked, and by whom. */
struct quotes_ask {
	struct quote_offer_row offer;
	struct quote_product_row product;
	struct quote_own_row own;
	int64_t quantity; /* that was looked at on the product's page; 0: none */
};

struct quote_wish {
	int64_t quantity, wish; /* wish: millionths of `currency`, each; 0: none */
	str currency, country, words;
	instant needed;
};
struct quote_answer {
	int64_t quantity, price, lead; /* price: millionths of `currency`, each */
	str currency, words;
	instant valid;
};
struct quote_act {
	str words;
};
extern const struct form quote_wish_form, quote_answer_form, quote_act_form;

#endif
