/* Value added tax of orders between businesses. */
#include "market/order/vat.h"

/* Standard rates as in force in January 2026, millionths: EU members after the European
 * Commission's "VAT rates applied in the Member States"; others after their tax authorities. */
static const struct rate {
	char country[3];
	bool eu;
	int32_t millionths;
} rates[] = {
	{"AE", false, 50000},
	{"AT", true, 200000},
	{"AU", false, 100000},
	{"BE", true, 210000},
	{"BG", true, 200000},
	{"CH", false, 81000},
	{"CL", false, 190000},
	{"CN", false, 130000},
	{"CY", true, 190000},
	{"CZ", true, 210000},
	{"DE", true, 190000},
	{"DK", true, 250000},
	{"EE", true, 240000},
	{"EG", false, 140000},
	{"ES", true, 210000},
	{"FI", true, 255000},
	{"FR", true, 200000},
	{"GB", false, 200000},
	{"GR", true, 240000},
	{"HR", true, 250000},
	{"HU", true, 270000},
	{"ID", false, 110000},
	{"IE", true, 230000},
	{"IL", false, 180000},
	{"IN", false, 180000},
	{"IS", false, 240000},
	{"IT", true, 220000},
	{"JP", false, 100000},
	{"KR", false, 100000},
	{"LT", true, 210000},
	{"LU", true, 170000},
	{"LV", true, 210000},
	{"MA", false, 200000},
	{"MT", true, 180000},
	{"MX", false, 160000},
	{"NL", true, 210000},
	{"NO", false, 250000},
	{"NZ", false, 150000},
	{"PL", true, 230000},
	{"PT", true, 230000},
	{"RO", true, 210000},
	{"RS", false, 200000},
	{"SA", false, 150000},
	{"SE", true, 250000},
	{"SG", false, 90000},
	{"SI", true, 220000},
	{"SK", true, 230000},
	{"TH", false, 70000},
	{"TR", false, 200000},
	{"TW", false, 50000},
	{"UA", false, 200000},
	{"VN", false, 100000},
	{"ZA", false, 150000},
};

static const struct rate *rate_of(str country)
{
	size_t lo = 0, hi = COUNT(rates);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int c = str_cmp(country, (str){rates[mid].country, 2});

		if (!c)
			return &rates[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

int64_t vat_rate(str country)
{
	const struct rate *r = rate_of(country);

	return r ? r->millionths : -1;
}

bool vat_in_eu(str country)
{
	const struct rate *r = rate_of(country);

	return r && r->eu;
}

struct vat vat_of(str seller_country, str buyer_country, bool buyer_has_vat_id)
{
	const struct rate *seller = rate_of(seller_country), *buyer = rate_of(buyer_country);

	if (!seller)
		return (struct vat){VAT_SCHEME_OUTSIDE, 0};
	if (str_eq(seller_country, buyer_country))
		return (struct vat){VAT_SCHEME_DOMESTIC, seller->millionths};
	if (seller->eu && buyer && buyer->eu)
		return buyer_has_vat_id ? (struct vat){VAT_SCHEME_REVERSE_CHARGE, 0}
					: (struct vat){VAT_SCHEME_DOMESTIC, seller->millionths};
	return (struct vat){VAT_SCHEME_EXPORT, 0};
}
