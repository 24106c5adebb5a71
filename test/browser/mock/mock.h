/* mock: the pages of the marketplace with sample data, drawn by the real templates. They show how
 * pages are put together, and are what the browser tests look at without a server. */
#ifndef KONTOR_MOCK_H
#define KONTOR_MOCK_H

#include "web/page.h"

#define T(s) AS_TEXT(S(s))
#define LINK(l, u, ...) \
	{ \
		.label = T(l), .url = S(u), __VA_ARGS__ \
	}
#define LINKS(...) \
	((struct links){ \
		(const struct link[]){__VA_ARGS__}, COUNT(((const struct link[]){__VA_ARGS__}))})
static inline money eur(int64_t minor)
{
	return (money){minor, "EUR"};
}
static inline struct price eur_each(int64_t micro)
{
	return (struct price){micro, "EUR"};
}
static inline instant day(int month, int d, int hour, int minute)
{
	return instant_of((struct civil){
		.year = 2026, .month = month, .day = d, .hour = hour, .minute = minute});
}
struct mock_offer { /* the form of an offer */
	str sku, title, about, unit, country;
	int64_t moq, step, price, stock, lead;
	bool sample;
	str terms, since;
};
extern const struct form mock_offer_form, mock_sign_form;

#include "gen/mock_shop.html.h"
#include "gen/mock_own.html.h"
#include "gen/mock_desk.html.h"
#endif
