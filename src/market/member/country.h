/* country: the closed list of countries, for forms and addresses. */
#ifndef KONTOR_COUNTRY_H
#define KONTOR_COUNTRY_H

#include "web/web.h"

extern const struct code countries[]; /* ends with code NULL: for FIELD_CODE */
struct text country_name(str code);   /* msg 0: not a country */
/* The same in the reader's language, as part of a longer line; the code if it is no country. */
str country_shown(struct arena *a, const struct locale *l, str code);
str country_currency(str code); /* ISO 4217; "EUR" for what is not a country */

#endif
