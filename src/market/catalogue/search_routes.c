/* The routes of search. */
#include "market/catalogue/search_page.h"
#include "market/catalogue/routes.h"

#define PUBLIC BIT(PURPOSE_PUBLIC)
#define MEMBERS \
	(BIT(ROLE_ADMIN) | BIT(ROLE_BUYER) | BIT(ROLE_SALES) | BIT(ROLE_FINANCE) | BIT(ROLE_VIEWER))

const struct route search_routes[] = {
	{GET, "/search", ANYONE, PUBLIC, PROOF_NONE, .form = &search_form, .get = search_show,
		.lag = LAG_ALL},
	{GET, "/search/suggest", ANYONE, PUBLIC, PROOF_NONE, .form = &suggest_form,
		.get = search_suggest_show, .lag = LAG_ALL},
	{GET, "/api/v1/search", MEMBERS, PUBLIC, PROOF_BEARER, .form = &search_form,
		.get = search_show, .answers = &search_item_desc, .list = true,
		.about = "Offers by words and filters, best first, with what they can be filtered "
			 "by"},
	{GET, "/api/v1/search/suggest", MEMBERS, PUBLIC, PROOF_BEARER, .form = &suggest_form,
		.get = search_suggest_show, .answers = &search_item_desc, .list = true,
		.about = "What could be meant by what is typed"},
	{0},
};
