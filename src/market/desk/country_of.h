/* country_of: the country of a network, by a database that the operator's system brings: Debian's
 * package geoip-database (country edition of GeoIP Legacy). Nothing finer than a country is in it,
 * and what is asked are truncated networks. Without the package no country is known. */
#ifndef KONTOR_COUNTRY_OF_H
#define KONTOR_COUNTRY_OF_H

#include "base/base.h"

/* "192.0.2.0/24" or "2001:db8:1::/48" to "DE"; empty: not known. Any thread. */
str visits_country(str network);
/* Is there a database? */
bool visits_country_known(void);
/* Reads GeoIP.dat and GeoIPv6.dat of this folder, once and for all; what is damaged is not used.
 * Before the server starts; tests may call it again. False: there was none. */
bool visits_countries(const char *folder);

#endif
