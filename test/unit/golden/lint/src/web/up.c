#include "../egress/egress.h"
#include "../market/market.h"
#include <sqlite3.h>
#include <microhttpd.h>
#include "gen/lang.h"
