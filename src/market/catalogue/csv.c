/* csv: one row at a time out of a sliding buffer. */
#include "market/catalogue/csv.h"

enum { READ_BYTES = 256 << 10 };

struct csv {
	ssize_t (*read)(void *, void *, size_t);
	void *ctx;
	char *buf, *plain; /* plain: unescaped fields of the row */
	size_t from, to;   /* unread bytes in buf */
	int64_t line;
	bool begun, ended, broken, told;
	str field[CSV_FIELDS_MAX];
};

struct csv *csv_make(struct arena *a, ssize_t (*read)(void *, void *, size_t), void *ctx)
{
	struct csv *c = arena_new(a, struct csv);

	c->read = read;
	c->ctx = ctx;
	c->buf = arena_array(a, char, CSV_ROW_BYTES_MAX + READ_BYTES);
	c->plain = arena_array(a, char, CSV_ROW_BYTES_MAX + CSV_FIELDS_MAX);
	c->line = 1;
	return c;
}

/* More bytes behind those that are there; false at the end. */
static bool more(struct csv *c)
{
	ssize_t got;

	if (c->ended)
		return false;
	if (c->from) {
		memmove(c->buf, c->buf + c->from, c->to - c->from);
		c->to -= c->from;
		c->from = 0;
	}
	got = c->read(c->ctx, c->buf + c->to, READ_BYTES);
	if (got <= 0) {
		c->ended = true;
		c->broken = got < 0;
		return false;
	}
	c->to += (size_t)got;
	return true;
}

/* Finds the row's end: the number of its bytes without the line's end. */
static enum csv_result extent(struct csv *c, size_t *n, size_t *lines)
{
	size_t i = 0;
	bool quoted = false;

	*lines = 0;
	for (;;) {
		const char *p = c->buf + c->from;
		size_t have = c->to - c->from;

		for (; i < have; i++) {
			if (p[i] == '"') {
				quoted = !quoted; /* a doubled one closes and opens */
			} else if (p[i] == '\n') {
				++*lines;
				if (!quoted) {
					*n = i;
					return CSV_ROW;
				}
			}
		}
		if (have > CSV_ROW_BYTES_MAX - 1) {
			*n = have;
			return quoted ? CSV_UNCLOSED : CSV_TOO_LONG;
		}
		if (!more(c)) {
			*n = c->to - c->from;
			return quoted ? CSV_UNCLOSED : *n ? CSV_ROW : CSV_END;
		}
	}
}

/* A quoted field from *p (behind its opening quote) on; *p ends behind the closing one. */
static bool quoted_field(const char **p, const char *end, char **w)
{
	for (;;) {
		const char *q = memchr(*p, '"', (size_t)(end - *p));

		if (!q)
			return false;
		memcpy(*w, *p, (size_t)(q - *p));
		*w += q - *p;
		*p = q + 1;
		if (*p == end || **p != '"')
			return true;
		*(*w)++ = '"';
		++*p;
	}
}

static enum csv_result split(struct csv *c, struct csv_row *row)
{
	const char *p = row->raw.p, *end = p + row->raw.n;
	char *w = c->plain;

	for (row->n = 0;; p++) {
		char *start = w;

		row->bad = row->n;
		if (row->n == CSV_FIELDS_MAX)
			return CSV_TOO_MANY;
		if (p < end && *p == '"') {
			p++;
			if (!quoted_field(&p, end, &w))
				return CSV_UNCLOSED;
			if (p < end && *p != ',')
				return CSV_BAD_QUOTE;
		} else {
			const char *q = memchr(p, ',', (size_t)(end - p));
			size_t n = (size_t)((q ? q : end) - p);

			if (memchr(p, '"', n))
				return CSV_BAD_QUOTE;
			memcpy(w, p, n);
			w += n;
			p += n;
		}
		c->field[row->n++] = (str){start, (size_t)(w - start)};
		*w++ = 0;
		if (p == end)
			return CSV_ROW;
	}
}

/* Behind a bad row, reading goes on at the line after its first one. */
static void skip_line(struct csv *c)
{
	for (;;) {
		char *nl = memchr(c->buf + c->from, '\n', c->to - c->from);

		if (nl) {
			c->from = (size_t)(nl - c->buf) + 1;
			c->line++;
			return;
		}
		c->from = c->to;
		if (!more(c))
			return;
	}
}

static void skip_mark(struct csv *c)
{
	while (c->to < 3 && more(c))
		;
	if (c->to >= 3 && !memcmp(c->buf, "\xef\xbb\xbf", 3))
		c->from = 3;
	c->begun = true;
}

enum csv_result csv_next(struct csv *c, struct csv_row *row)
{
	size_t n, lines, step;
	enum csv_result r;

	*row = (struct csv_row){0};
	if (!c->begun)
		skip_mark(c);
	do {
		r = extent(c, &n, &lines);
		if (c->ended && c->broken && !c->told && r != CSV_ROW) {
			c->told = true;
			row->line = c->line;
			c->from = c->to;
			return CSV_CUT_OFF;
		}
		if (c->ended && c->broken && c->from + n == c->to &&
			r == CSV_ROW) { /* its end is missing */
			c->told = true;
			row->line = c->line;
			c->from = c->to;
			return CSV_CUT_OFF;
		}
		if (r == CSV_END)
			return r;
		row->line = c->line;
		row->raw = (str){c->buf + c->from, n};
		if (r != CSV_ROW) {
			skip_line(c);
			return r;
		}
		if (n && row->raw.p[n - 1] == '\r')
			row->raw.n--;
		step = n + (c->from + n < c->to); /* the last line may lack its end */
		c->from += step;
		c->line += (int64_t)lines;
	} while (!row->raw.n); /* empty lines say nothing */
	row->field = c->field;
	r = split(c, row);
	if (r != CSV_ROW && lines > 1) { /* several lines hung together by a stray quote */
		c->from -= step;
		c->line -= (int64_t)lines;
		skip_line(c);
	}
	return r;
}
