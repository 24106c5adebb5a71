/* Places of HTML and how a value is written into each: OWASP's contextual encoding, the URL
 * rules of the WHATWG URL standard. */
#include "out.h"

/* Text and double-quoted attributes need the same five bytes at most; one function serves both. */
static void escaped(struct out *o, str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		str as;

		switch (s.p[i]) {
		case '&': as = S("&amp;"); break;
		case '<': as = S("&lt;"); break;
		case '>': as = S("&gt;"); break;
		case '"': as = S("&quot;"); break;
		case '\'': as = S("&#39;"); break;
		default: continue;
		}
		out_bytes(o, s.p + from, i - from);
		out_str(o, as);
		from = i + 1;
	}
	if (s.n > from)
		out_bytes(o, s.p + from, s.n - from);
}

void esc_text_str(struct out *o, str s)
{
	escaped(o, s);
}

void esc_text_cstr(struct out *o, const char *s)
{
	escaped(o, str_of(s));
}

void esc_text_int(struct out *o, int64_t v)
{
	out_int(o, v);
}

void esc_text_money(struct out *o, money m)
{
	out_money(o, m);
}

void esc_text_price(struct out *o, struct price p)
{
	out_price(o, p);
}

void esc_text_date(struct out *o, instant t)
{
	out_date(o, t);
}

/* The message is printed into the free end of the buffer's arena, then escaped as one: its own
 * text and the values in it are all plain text. */
void esc_text_text(struct out *o, struct text t)
{
	struct out plain;

	out_init(&plain, o->arena, 256, o->max, o->locale);
	out_text_plain(&plain, t);
	escaped(o, out_view(&plain));
}

void esc_text_html(struct out *o, struct html h)
{
	out_str(o, h.s);
}

void esc_attr_str(struct out *o, str s)
{
	escaped(o, s);
}

void esc_attr_cstr(struct out *o, const char *s)
{
	escaped(o, str_of(s));
}

void esc_attr_int(struct out *o, int64_t v)
{
	out_int_plain(o, v);
}

void esc_attr_date(struct out *o, instant t)
{
	out_str(o, instant_iso(o->arena, t));
}

void esc_attr_text(struct out *o, struct text t)
{
	esc_text_text(o, t);
}

/* Browsers drop tabs and line ends inside a URL and read a backslash as a slash, so that
 * "/\t/host" and "/\host" lead to another host; both are refused, as is "//host". */
static bool url_safe(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	if (!s.n)
		return false;
	if (s.p[0] == '/')
		return s.n == 1 || s.p[1] != '/';
	if (s.p[0] == '#' || s.p[0] == '?')
		return true;
	return str_eq_nocase(str_sub(s, 0, 8), S("https://")) ||
	       str_eq_nocase(str_sub(s, 0, 7), S("http://")) ||
	       str_eq_nocase(str_sub(s, 0, 7), S("mailto:"));
}

void esc_url_str(struct out *o, str s)
{
	escaped(o, url_safe(s) ? s : S("#"));
}

void esc_url_cstr(struct out *o, const char *s)
{
	esc_url_str(o, str_of(s));
}

/* RFC 3986: everything but the unreserved characters. */
void esc_part_str(struct out *o, str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '.' || c == '_' || c == '~')
			out_char(o, (char)c);
		else
			out_bytes(o, (char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
	}
}

void esc_part_cstr(struct out *o, const char *s)
{
	esc_part_str(o, str_of(s));
}

void esc_part_int(struct out *o, int64_t v)
{
	out_int_plain(o, v);
}

void esc_path_str(struct out *o, str s)
{
	if (str_eq(s, S(".")) || str_eq(s, S("..")))
		s = S("_");
	esc_part_str(o, s);
}

void esc_path_cstr(struct out *o, const char *s)
{
	esc_path_str(o, str_of(s));
}
