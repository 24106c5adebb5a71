/* The journey of search once more, asked of full text inside the database: the same pages. */
#define SEARCH_IN_DATABASE true
#include "test/journey/search.c"
