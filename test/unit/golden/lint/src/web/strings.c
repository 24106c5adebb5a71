static const char *a = "select id, name from trade.orders";
static const char *b = "Select a country";
static const char *c = "update trade.orders set state = 1";
static const char *d = "INSERT INTO x VALUES (1)";
static const char *e = "<p class=\"x\">";
static const char *f = "a < b and c > d, <name@host>";
static const char *g = "</table>";
/* "<b>select id from x</b>" */
