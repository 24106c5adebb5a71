#include "web/web.h"
#include <sqlite3.h>
#include <microhttpd.h>
