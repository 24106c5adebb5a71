/* All of store.c once more, with the keys in a database of their own. */
#define KEYS_OF_FRESH rows_keys()
#include "test/pg/store.c" /* NOLINT(bugprone-suspicious-include) */
