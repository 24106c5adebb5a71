/* search_lexeme: an offer and a query as the database's full text has them (decision 285).
 *
 * An offer's words stand as they are (search_text); everything else begins with a sign that no word
 * has:
 *	.		every offer
 *	#hb817		a part number, and each tail of it that starts where letters meet digits
 *	=hb817		a whole one
 *	:18=steel	a value of a facet; :-1=7 by its key
 *	~17+4, $0+21	the quarter of a decade that a number of a facet, or a price of a band of
 *			quantities, lies in
 *
 * A query asks for at least what search_match would find; what comes back is matched again. */
#ifndef KONTOR_SEARCH_LEXEME_H
#define KONTOR_SEARCH_LEXEME_H

#include "market/catalogue/search_build.h"
#include "market/catalogue/search_match.h"

/* Another way of writing: what was written before is made again. */
enum { SEARCH_LEXEME_FORMAT = 1, SEARCH_LEXEME_BYTES_MAX = 800 };

/* What the doc-th offer that came into b is found by; x: the same index, made. With WORDS_BETWEEN
 * between them, in a. */
str search_lexemes(
	struct arena *a, const struct search_build *b, const struct search_index *x, size_t doc);
/* The words, and the whole part numbers, that typing mistakes may have meant: all of b. */
size_t search_lexemes_words(struct arena *a, const struct search_build *b, str **words);
size_t search_lexemes_numbers(struct arena *a, const struct search_build *b, str **numbers);

/* The words but the one at `without` (SIZE_MAX: all of them) and the filters but those of the
 * facet `but` (FOUND_BY_ALL: all of them), as a tsquery. */
str search_lexeme_query(struct arena *a, const struct tokens *t, size_t without,
	const struct search_query *q, int64_t but);
/* One word, as search_match takes it. */
str search_lexeme_word(struct arena *a, const struct token *t);
str search_lexeme_exact(struct arena *a, str word);    /* that one and not what begins so */
str search_lexeme_number(struct arena *a, str number); /* that part number, whole */
/* Words that begin with `last`, and those before it; or part numbers that begin with key. */
str search_lexeme_begins(struct arena *a, const struct tokens *before, str last, str key);

#endif
