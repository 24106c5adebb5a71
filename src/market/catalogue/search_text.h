/* search_text: how text becomes words, the same way for the catalogue and for what is typed.
 *
 * Letters of Latin, Greek and Cyrillic lose case and accents; digits and letters stay together
 * ("10kω", "lqfp", "7x7"); a point stays between digits and zeros behind it go ("3.0" is "3");
 * Han, kana and Hangul come as pairs of neighbours. A number with a unit also comes without it
 * ("100nf": "100n"), because that is how it is typed. */
#ifndef KONTOR_SEARCH_TEXT_H
#define KONTOR_SEARCH_TEXT_H

#include "base/base.h"

enum { SEARCH_WORD_BYTES_MAX = 40 };

struct search_words {
	const unsigned char *p, *end;
	uint32_t before; /* the ideograph before, or 0 */
	bool single;	 /* emit single ideographs too: for the catalogue's side */
	char word[SEARCH_WORD_BYTES_MAX + 8];
	char extra[SEARCH_WORD_BYTES_MAX + 8];
	size_t extra_n;
};
void search_words_start(struct search_words *w, str text, bool catalogue);
/* The next word, valid until the next call; false at the end. */
bool search_words_next(struct search_words *w, str *word);

#endif
