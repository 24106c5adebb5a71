/* Live events of orders and requests for quotation (doc/live.md). */
#ifndef KONTOR_MARKET_LIVE_H
#define KONTOR_MARKET_LIVE_H

#include "web/web.h"

extern const struct route live_routes[];

#endif
