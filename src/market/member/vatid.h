/* vatid: VAT identification numbers, as far as they can be told right from wrong without asking
 * anybody: form and check digits. */
#ifndef KONTOR_VATID_H
#define KONTOR_VATID_H

#include "base/base.h"

enum vatid {
	VATID_GOOD = 1,	     /* form and, where the country's rule is public, check digits */
	VATID_FORM,	     /* not of the form that this country's numbers have */
	VATID_DIGITS,	     /* right form, wrong check digits: mistyped */
	VATID_OTHER_COUNTRY, /* begins with another country's letters */
	VATID_UNKNOWN,	     /* a country whose form is not known here: taken as it is */
};
/* `typed` may hold blanks, dots and dashes and the letters in either case; *clean is what to store:
 * upper case, with the country's letters (EL for Greece, CHE for Switzerland). `country` is ISO
 * 3166-1. Rules: European Commission, VIES "VAT number algorithms", and the Swiss (UID) and
 * Norwegian (organisasjonsnummer) registers' own. */
enum vatid vatid_check(struct arena *a, str country, str typed, str *clean);

#endif
