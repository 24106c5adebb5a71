static const char *a = "select id from trade.orders <b>";
