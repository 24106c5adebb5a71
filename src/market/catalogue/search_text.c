/* search_text: folding and cutting. */
#include "market/catalogue/search_text.h"

/* Letters of Latin-1 (U+00C0..U+00FF) and Latin Extended-A (U+0100..U+017F) without their marks. */
static const char latin1[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";
static const char latin_a[] = "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllllllln"
			      "nnnnnnnnoooooooorrrrrrssss"
			      "ssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

enum letter { SPACE, LETTER, DIGIT, IDEOGRAPH };

static uint32_t decode(const unsigned char **p, const unsigned char *end)
{
	const unsigned char *s = *p;
	uint32_t c = s[0];
	int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	if (c < 0x80) {
		*p = s + 1;
		return c;
	}
	if (end - s <= more) { /* cannot be: texts are checked when they come in */
		*p = end;
		return ' ';
	}
	c &= 0x3fu >> more;
	for (int i = 1; i <= more; i++)
		c = c << 6 | (s[i] & 0x3f);
	*p = s + more + 1;
	return c;
}

static size_t encode(char *o, uint32_t c)
{
	if (c < 0x80) {
		o[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		o[0] = (char)(0xc0 | c >> 6);
		o[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		o[0] = (char)(0xe0 | c >> 12);
		o[1] = (char)(0x80 | (c >> 6 & 0x3f));
		o[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	o[0] = (char)(0xf0 | c >> 18);
	o[1] = (char)(0x80 | (c >> 12 & 0x3f));
	o[2] = (char)(0x80 | (c >> 6 & 0x3f));
	o[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static enum letter fold_wide(uint32_t *c)
{
	uint32_t x = *c;

	if (x >= 0xff01 && x <= 0xff5e) {
		/* full-width forms */
		*c = x - 0xfee0;
		return SPACE; /* asked again as ASCII */
	}
	if ((x >= 0x3400 && x <= 0x9fff) || (x >= 0x3041 && x <= 0x30ff) ||
		(x >= 0xac00 && x <= 0xd7af) || (x >= 0x20000 && x <= 0x3ffff))
		return IDEOGRAPH;
	if (x == 0x2103) { /* ℃ */
		*c = 'c';
		return LETTER;
	}
	if (x == 0x2126) { /* Ohm sign */
		*c = 0x3c9;
		return LETTER;
	}
	if ((x >= 0x2000 && x <= 0x2bff) || (x >= 0x3000 && x <= 0x303f) || x >= 0xe000)
		return SPACE;
	return LETTER;
}

static enum letter fold(uint32_t *c)
{
	uint32_t x = *c;

	if (x > 0x2000) {
		enum letter k = fold_wide(c);

		if (k != SPACE || *c == x)
			return k;
		x = *c;
	}
	if (x < 0x80) {
		if (x >= 'A' && x <= 'Z')
			*c = x + 32;
		return x >= '0' && x <= '9' ? DIGIT : (*c >= 'a' && *c <= 'z') ? LETTER : SPACE;
	}
	if (x == 0xb5 || x == 0x3bc || x == 0x39c) { /* micro */
		*c = 'u';
		return LETTER;
	}
	if (x < 0xc0 || x == 0xd7 || x == 0xf7)
		return SPACE;
	if (x < 0x100)
		*c = (unsigned char)latin1[x - 0xc0];
	else if (x < 0x180)
		*c = (unsigned char)latin_a[x - 0x100];
	else if (x >= 0x391 && x <= 0x3a9)
		*c = x + 0x20;
	else if (x >= 0x410 && x <= 0x42f)
		*c = x + 0x20;
	else if (x >= 0x400 && x <= 0x40f)
		*c = x + 0x50;
	return LETTER;
}

void search_words_start(struct search_words *w, str text, bool catalogue)
{
	w->p = (const unsigned char *)text.p;
	w->end = w->p + text.n;
	w->before = 0;
	w->single = catalogue;
	w->extra_n = 0;
}

/* "3.0" -> "3", "2.50mm" -> "2.5mm": zeros that end a fraction say nothing. */
static size_t shorten(char *s, size_t n)
{
	size_t i = 0, end, keep;

	while (i < n && s[i] >= '0' && s[i] <= '9')
		i++;
	if (!i || i >= n || s[i] != '.')
		return n;
	end = i + 1;
	while (end < n && s[end] >= '0' && s[end] <= '9')
		end++;
	keep = end;
	while (keep > i && (s[keep - 1] == '0' || s[keep - 1] == '.'))
		keep--;
	memmove(s + keep, s + end, n - end);
	return n - (end - keep);
}

/* A number whose unit carries a prefix is also typed without the unit: "10kω", "100nf", "4.7uh". */
static void without_unit(struct search_words *w, size_t n)
{
	const char *s = w->word;
	size_t i = 0, unit;

	while (i < n && ((s[i] >= '0' && s[i] <= '9') || s[i] == '.'))
		i++;
	if (!i || i + 1 >= n || !strchr("pnumkg", s[i]))
		return;
	unit = n - i - 1;
	if ((unit == 1 && strchr("fhva", s[i + 1])) ||
		(unit == 2 && !memcmp(s + i + 1, "\xcf\x89", 2)) ||
		(unit == 2 && !memcmp(s + i + 1, "hz", 2))) {
		memcpy(w->extra, s, i + 1);
		w->extra_n = i + 1;
	}
}

static bool ideograph(struct search_words *w, uint32_t c, str *word)
{
	size_t n = 0, one;
	const unsigned char *next = w->p;
	uint32_t after = next < w->end ? decode(&next, w->end) : ' ';
	bool lone = !w->before && fold(&after) != IDEOGRAPH;

	if (w->before)
		n = encode(w->word, w->before);
	one = encode(w->word + n, c);
	if (w->before) {
		if (w->single) {
			memcpy(w->extra, w->word + n, one);
			w->extra_n = one;
		}
		n += one;
	} else if (w->single || lone) {
		n = one;
	}
	w->before = c;
	*word = (str){w->word, n};
	return n != 0;
}

bool search_words_next(struct search_words *w, str *word)
{
	size_t n = 0;
	bool digit = false;

	if (w->extra_n) {
		*word = (str){w->extra, w->extra_n};
		w->extra_n = 0;
		return true;
	}
	while (w->p < w->end) {
		const unsigned char *at = w->p;
		uint32_t c = decode(&w->p, w->end);
		enum letter k = fold(&c);

		if (k == IDEOGRAPH) {
			if (n) {
				w->p = at;
				break;
			}
			if (ideograph(w, c, word))
				return true;
			continue;
		}
		w->before = 0;
		if (k == SPACE && c == '.' && digit && w->p < w->end && *w->p >= '0' &&
			*w->p <= '9')
			k = LETTER; /* a decimal point */
		if (k == SPACE || n >= SEARCH_WORD_BYTES_MAX - 4) {
			if (n)
				break;
			continue;
		}
		digit = k == DIGIT;
		if (at[0] == 0xc3 && at[1] == 0x9f) /* ß */
			n += encode(w->word + n, c);
		n += encode(w->word + n, c);
	}
	if (!n)
		return false;
	n = shorten(w->word, n);
	without_unit(w, n);
	*word = (str){w->word, n};
	return true;
}
