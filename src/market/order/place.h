/* place: from a basket's group to an order, priced and reserved in one transaction. */
#ifndef KONTOR_PLACE_H
#define KONTOR_PLACE_H

#include "market/order/basket.h"

#include "gen/place.sql.h"

struct place_seen { /* the unit price that the buyer saw of one line, millionths */
	struct basket_line_id line;
	int64_t unit;
};
struct place_wish {
	struct address_id address, billing;
	str contact, phone, po_number, incoterm_place, note;
	int incoterm;
	int64_t seen;		/* the net total that the buyer saw, minor units; 0: did not look */
	struct form_rows lines; /* of struct place_seen */
};
extern const struct form place_form;

/* All that the page shows and the order is made of. */
struct placing {
	struct place_company_row company;
	struct place_person_row person;
	struct place_addresses_rows addresses;
	struct basket basket;
	const struct basket_group *group; /* NULL: nothing in the basket from there */
	struct quote_id *quotes; /* of each of its lines: the accepted quote whose price it takes */
	const struct place_wish *wish; /* as it was sent, on a page shown again; NULL: not yet */
	bool abroad;		       /* the addresses are of more than one country */
	int scheme;		       /* enum vat_scheme, for the buyer's own country */
	int64_t vat_millionths;
	money vat, total;
	struct place_address_row to, bill; /* of one that is being placed */
};

#endif
