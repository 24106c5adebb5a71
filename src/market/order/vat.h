/* vat: which value added tax an order between two businesses carries. */
#ifndef KONTOR_VAT_H
#define KONTOR_VAT_H

#include "base/base.h"
#include "gen/types.h"

struct vat {
	int scheme;	    /* enum vat_scheme */
	int64_t millionths; /* 190000 = 19 % */
};

/* The standard rate of a country (ISO 3166 alpha-2) in millionths; -1 if the table has none. */
int64_t vat_rate(str country);
bool vat_in_eu(str country);

/* Goods sent from the seller's to the buyer's country, between businesses.
 *
 * Same country: the country's own rate. Both in the EU's VAT area: reverse charge if the buyer has
 * a VAT identification number (Directive 2006/112/EC, Art. 138 and 196), else the seller's rate.
 * Out of the seller's country otherwise: export, no tax of the seller's (Art. 146). A seller in a
 * country that the table does not know charges none: the invoice says so. */
struct vat vat_of(str seller_country, str buyer_country, bool buyer_has_vat_id);

#endif
