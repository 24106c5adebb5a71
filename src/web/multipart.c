/* multipart/form-data (RFC 7578, RFC 2046 section 5.1), read as it comes: a file's bytes are kept
 * once, in the arena; nothing is looked at twice. Preamble and epilogue are skipped, as the RFC
 * wants. Refused: a part without a name, transfer encodings, folded or over-long part headers. */
#include "inner.h"

enum state {
	AT_PREAMBLE, /* before the first boundary */
	AT_EDGE,     /* behind a boundary: CR LF or -- */
	AT_HEADERS,
	AT_DATA,
	AT_END,
	AT_FAULT,
};
struct multipart {
	struct arena *arena;
	struct values *values;
	enum state state;
	char mark[80]; /* CR LF -- boundary */
	size_t mark_n;
	size_t held; /* bytes of mark matched so far, not yet given out as data */
	char line[REQ_PART_HEADER_BYTES_MAX]; /* header block or edge */
	size_t line_n;
	struct value *part;
	char *data;
	size_t data_n, data_cap;
};

struct multipart *multipart_make(struct arena *a, str content_type, struct values *v)
{
	struct multipart *m = arena_new(a, struct multipart);
	str params, boundary;

	media_type(content_type, &params);
	if (!media_param(a, params, S("boundary"), &boundary) || !boundary.n || boundary.n > 70)
		return NULL;
	m->arena = a;
	m->values = v;
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.p, boundary.n);
	m->mark_n = boundary.n + 4;
	m->held = 2; /* the first boundary may stand at the very beginning, without CR LF */
	return m;
}

static bool fail(struct multipart *m)
{
	m->state = AT_FAULT;
	return false;
}

static void data_add(struct multipart *m, const char *p, size_t n)
{
	if (!n)
		return;
	if (m->data_n + n > m->data_cap) {
		size_t cap = m->data_cap ? m->data_cap * 2 : 256;
		char *grown;

		while (cap < m->data_n + n)
			cap *= 2;
		grown = arena_alloc(m->arena, 1, cap + 1);
		if (m->data_n)
			memcpy(grown, m->data, m->data_n);
		m->data = grown;
		m->data_cap = cap;
	}
	memcpy(m->data + m->data_n, p, n);
	m->data_n += n;
}

static void part_close(struct multipart *m)
{
	if (m->part)
		m->part->text = m->data_n ? (str){m->data, m->data_n} : str_dup(m->arena, S(""));
	m->part = NULL;
	m->data = NULL;
	m->data_n = m->data_cap = 0;
}

/* form-data; name="x"; filename="y": quoted strings, backslash escapes; browsers write %22. */
static bool disposition(struct multipart *m, str value, struct value *v)
{
	str params;
	str kind = media_type(value, &params), name;

	if (!str_eq_nocase(kind, S("form-data")) ||
		!media_param(m->arena, params, S("name"), &name))
		return false;
	if (!name.n || name.n > REQ_FIELD_NAME_BYTES_MAX)
		return false;
	v->name = name;
	if (media_param(m->arena, params, S("filename"), &v->file_name))
		v->kind = VALUE_FILE;
	return true;
}

static bool headers_read(struct multipart *m)
{
	str rest = {m->line, m->line_n};
	struct value v = {.kind = VALUE_TEXT};
	bool named = false;

	while (rest.n) {
		str line = str_cut(&rest, '\n'), value = line, name;

		if (!line.n || line.p[line.n - 1] != '\r')
			return false;
		value.n--;
		if (!value.n)
			break;
		if (value.p[0] == ' ' || value.p[0] == '\t' || memchr(value.p, 0, value.n))
			return false;
		name = str_cut(&value, ':');
		value = str_trim(value);
		if (str_eq_nocase(name, S("Content-Disposition"))) {
			if (named || !disposition(m, value, &v))
				return false;
			named = true;
		} else if (str_eq_nocase(name, S("Content-Type"))) {
			v.claimed = str_dup(m->arena, value);
		} else if (str_eq_nocase(name, S("Content-Transfer-Encoding"))) {
			if (!str_eq_nocase(value, S("binary")) &&
				!str_eq_nocase(value, S("8bit")) &&
				!str_eq_nocase(value, S("7bit")))
				return false;
		}
	}
	if (!named || m->values->n >= REQ_VALUES_MAX)
		return false;
	m->part = ARENA_PUSH(m->arena, m->values);
	*m->part = v;
	return true;
}

static void data_take(struct multipart *m, const char *p, size_t n)
{
	if (m->part)
		data_add(m, p, n);
}

/* Data up to the next boundary. `held` bytes of the mark have matched; `before` of them came with
 * an earlier piece, so that they stand in the mark but not in p. What began like a boundary and was
 * none is data after all. CR stands only at the mark's head: a match can begin anew only at the
 * byte that broke it. */
static size_t feed_data(struct multipart *m, const char *p, size_t n)
{
	size_t before = m->held, i = 0;

	while (i < n) {
		if (p[i] == m->mark[m->held]) {
			i++;
			if (++m->held < m->mark_n)
				continue;
			data_take(m, p, i - (m->held - before));
			part_close(m);
			m->held = 0;
			m->line_n = 0;
			m->state = AT_EDGE;
			return i;
		}
		if (m->held) {
			data_take(m, m->mark, before); /* the rest of what was held stands in p */
			before = m->held = 0;
			continue;
		}
		const char *cr = memchr(p + i, '\r', n - i);

		i = cr ? (size_t)(cr - p) : n;
	}
	data_take(m, p, i - (m->held - before));
	return n;
}

static size_t feed_edge(struct multipart *m, const char *p)
{
	m->line[m->line_n++] = *p;
	/* blanks may follow a boundary (transport padding) */
	if (m->line_n == 1 && (*p == ' ' || *p == '\t')) {
		m->line_n = 0;
		return 1;
	}
	if (m->line_n < 2)
		return 1;
	if (!memcmp(m->line, "--", 2)) {
		m->state = AT_END;
	} else if (!memcmp(m->line, "\r\n", 2)) {
		m->state = AT_HEADERS;
		m->line_n = 0;
	} else {
		m->state = AT_FAULT;
	}
	return 1;
}

static size_t feed_headers(struct multipart *m, const char *p)
{
	if (m->line_n == sizeof m->line) {
		m->state = AT_FAULT;
		return 1;
	}
	m->line[m->line_n++] = *p;
	if (m->line_n >= 4 && !memcmp(m->line + m->line_n - 4, "\r\n\r\n", 4)) {
		m->state = headers_read(m) ? AT_DATA : AT_FAULT;
		m->held = 0;
	}
	return 1;
}

bool multipart_feed(struct multipart *m, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n) {
		switch (m->state) {
		case AT_PREAMBLE:
		case AT_DATA: i += feed_data(m, p + i, n - i); break;
		case AT_EDGE: i += feed_edge(m, p + i); break;
		case AT_HEADERS: i += feed_headers(m, p + i); break;
		case AT_END: return true;
		case AT_FAULT: return fail(m);
		}
	}
	return m->state != AT_FAULT;
}

bool multipart_end(struct multipart *m)
{
	return m->state == AT_END;
}
