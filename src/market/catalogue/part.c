/* part: how part numbers are compared. */
#include "market/catalogue/catalogue.h"

/* ASCII letters and digits; bytes of other scripts stay as they are, so that a part number in
 * Chinese or Cyrillic is still found by itself. */
str part_key(struct arena *a, str part_number)
{
	char *p = arena_array(a, char, part_number.n + 1), *w = p;

	for (size_t i = 0; i < part_number.n; i++) {
		unsigned char c = (unsigned char)part_number.p[i];

		if (c >= 'A' && c <= 'Z')
			*w++ = (char)(c + 32);
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
			*w++ = (char)c;
	}
	return (str){p, (size_t)(w - p)};
}
