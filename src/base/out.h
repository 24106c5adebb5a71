/* out: a growing buffer, and the writers that put a value into a place.
 *
 * The place decides the escaping. Templates (tool/tmplc) call OUT_TEXT, OUT_ATTR, OUT_URL,
 * OUT_PATH or OUT_QUERY by where the value stands; the type of the value picks how it is printed
 * (numbers, money and dates in the reader's language). `struct html` is the only raw type and is
 * made only by this room and the text formatter. */
#ifndef KONTOR_OUT_H
#define KONTOR_OUT_H

#include "base.h"

/* How a reader wants numbers, dates and messages: see lang/README.md. */
struct locale {
	const char *tag;     /* BCP 47: "en", "de" */
	int lang;	     /* index into the message tables */
	char decimal, group; /* group is 0x20-free: ',' '.' or '\'' */
	const char
		*date; /* "d mon y" or "d. mon y": d day, mon month's short name, m month, y year */
	const char *const *months; /* 12 short names */
	bool rtl;
	int64_t offset_s; /* the reader's time zone: seconds east of UTC */
};
extern const struct locale locales[]; /* generated from lang/; [0] is English; ends with tag NULL */
const struct locale *locale_of(
	str tag); /* best match of a tag or an Accept-Language value; never NULL */

/* Born with its maximum: passing it faults (FAULT_MEMORY). */
struct out {
	char *p;
	size_t n, cap, max;
	struct arena *arena;
	const struct locale *locale;
};
void out_init(struct out *o, struct arena *a, size_t first, size_t max, const struct locale *l);
void out_more(struct out *o, size_t n); /* makes room for n bytes more; for out_bytes */
static inline void out_bytes(struct out *o, const void *p, size_t n)
{
	if (n > o->cap - o->n)
		out_more(o, n);
	if (n)
		memcpy(o->p + o->n, p, n);
	o->n += n;
}
#define out_lit(o, s) out_bytes((o), "" s, sizeof(s) - 1)
void out_str(struct out *o, str s); /* as it is: for machine formats only */
void out_char(struct out *o, char c);
void out_fmt(struct out *o, const char *fmt, ...) PRINTF_LIKE(2, 3);
str out_view(const struct out *o);
void out_cut(struct out *o, size_t n); /* back to n bytes */

struct html {
	str s;
};

/* ---- messages ------------------------------------------------------------------------------
 * enum msg and the tables are generated from lang/ (build/gen/lang.h). A message has places {1},
 * {2} and plural choices {1|one|other}; its values are printed and escaped like any other value. */
struct msg_arg {
	enum { ARG_NONE, ARG_STR, ARG_INT, ARG_MONEY, ARG_PRICE, ARG_DATE, ARG_MSG } kind;
	str s;
	int64_t i;
	money m;
	struct price p;
};
str msg_template(const struct locale *l, int msg); /* generated */
struct text { /* a message with its values, to be kept and printed later (form errors, flashes) */
	int msg;
	struct msg_arg arg[4];
};
static inline struct text text_none(void)
{
	return (struct text){0};
}
struct msg_arg arg_str(str s);
struct msg_arg arg_cstr(const char *s);
struct msg_arg arg_int(int64_t i);
struct msg_arg arg_money(money m);
struct msg_arg arg_price(struct price p);
struct msg_arg arg_date(instant t);
/* Another message, without values: TEXT(order_is, arg_msg(MSG_paid)) */
struct msg_arg arg_msg(int msg);
struct msg_arg arg_same(struct msg_arg a);
#define ARG(x) \
	_Generic((x), str: arg_str, char *: arg_cstr, const char *: arg_cstr, int: arg_int, \
		unsigned: arg_int, long: arg_int, unsigned long: arg_int, long long: arg_int, \
		money: arg_money, struct price: arg_price, instant: arg_date, \
		struct msg_arg: arg_same)(x)
/* MSG(order_placed, number) as a struct text: in lang/ the key is written order.placed */
#define TEXT(key, ...) \
	((struct text){ \
		.msg = MSG_##key + TEXT_CHECK_(MSG_VALUES_##key == TEXT_COUNT_(__VA_ARGS__)), \
		.arg = {__VA_OPT__(TEXT_ARGS_(__VA_ARGS__))}})
#define TEXT_COUNT_(...) TEXT_COUNT_PICK_(__VA_ARGS__ __VA_OPT__(, ) 4, 3, 2, 1, 0)
#define TEXT_COUNT_PICK_(a, b, c, d, n, ...) n
#define TEXT_CHECK_(cond) \
	(0 * (int)sizeof(struct { \
		_Static_assert(cond, "the message takes another number of values: see lang/"); \
		int unused; \
	}))
#define TEXT_ARGS_(...) TEXT_PICK_(__VA_ARGS__, TEXT_4_, TEXT_3_, TEXT_2_, TEXT_1_)(__VA_ARGS__)
#define TEXT_PICK_(a, b, c, d, n, ...) n
#define TEXT_1_(a) ARG(a)
#define TEXT_2_(a, b) ARG(a), ARG(b)
#define TEXT_3_(a, b, c) ARG(a), ARG(b), ARG(c)
#define TEXT_4_(a, b, c, d) ARG(a), ARG(b), ARG(c), ARG(d)

/* ---- values as the reader wants them, unescaped (plain text: mail, PDF, CSV use them too) -- */
void out_int(struct out *o, int64_t v);		   /* 1,234,567 */
void out_int_plain(struct out *o, int64_t v);	   /* 1234567 */
void out_money(struct out *o, money m);		   /* EUR 1,234.50 */
void out_price(struct out *o, struct price p);	   /* up to six decimals, at least the exponent's */
void out_date(struct out *o, instant t);	   /* 3 Mar 2026 */
void out_moment(struct out *o, instant t);	   /* 3 Mar 2026, 14:05 */
void out_text_plain(struct out *o, struct text t); /* the message, values unescaped */

/* For machines: a point, no grouping, no currency. */
void out_money_plain(struct out *o, money m);	     /* 1234.50 */
void out_price_plain(struct out *o, struct price p); /* 0.0021 */
/* What they all stand on: v / 10^digits with at least `least` digits behind the decimal sign (zeros
 * at the end beyond that are dropped); group 0: none. */
void out_grouped(struct out *o, int64_t v, int digits, int least, char decimal, char group);

/* ---- places --------------------------------------------------------------------------------
 * text: between tags. attr: inside a double-quoted attribute. url: a whole URL at the start of
 * href or src: only "/path", "#x", "?x", http(s): and mailto: pass, anything else prints "#".
 * path: one segment, percent-encoded; "." and "..", which browsers resolve even when encoded,
 * print "_". query: one value, percent-encoded. */
void esc_text_str(struct out *o, str s);
void esc_text_cstr(struct out *o, const char *s);
void esc_text_int(struct out *o, int64_t v); /* grouped */
void esc_text_money(struct out *o, money m); /* <bdi> is the template's business */
void esc_text_price(struct out *o, struct price p);
void esc_text_date(struct out *o, instant t);
void esc_text_text(struct out *o, struct text t);
void esc_text_html(struct out *o, struct html h);
void esc_attr_str(struct out *o, str s);
void esc_attr_cstr(struct out *o, const char *s);
void esc_attr_int(struct out *o, int64_t v);  /* plain digits */
void esc_attr_date(struct out *o, instant t); /* RFC 3339, for datetime= */
void esc_attr_text(struct out *o, struct text t);
void esc_url_str(struct out *o, str s);
void esc_url_cstr(struct out *o, const char *s);
void esc_part_str(struct out *o, str s); /* one path segment or one query value */
void esc_part_cstr(struct out *o, const char *s);
void esc_part_int(struct out *o, int64_t v); /* plain digits */
void esc_path_str(struct out *o, str s);
void esc_path_cstr(struct out *o, const char *s);

/* The generated header gen/types.h extends these lists with every typed id (printed as id_text). */
#ifndef OUT_ID_TEXT
#define OUT_ID_TEXT
#define OUT_ID_ATTR
#define OUT_ID_PART
#endif
#define OUT_TEXT(o, x) \
	_Generic((x), str: esc_text_str, char *: esc_text_cstr, const char *: esc_text_cstr, \
		int: esc_text_int, unsigned: esc_text_int, long: esc_text_int, \
		unsigned long: esc_text_int, long long: esc_text_int, \
		money: esc_text_money, struct price: esc_text_price, instant: esc_text_date, \
		struct text: esc_text_text, struct html: esc_text_html OUT_ID_TEXT)((o), (x))
#define OUT_ATTR(o, x) \
	_Generic((x), str: esc_attr_str, char *: esc_attr_cstr, const char *: esc_attr_cstr, \
		int: esc_attr_int, unsigned: esc_attr_int, long: esc_attr_int, \
		unsigned long: esc_attr_int, long long: esc_attr_int, \
		instant: esc_attr_date, struct text: esc_attr_text OUT_ID_ATTR)((o), (x))
#define OUT_URL(o, x) \
	_Generic((x), str: esc_url_str, char *: esc_url_cstr, const char *: esc_url_cstr)((o), (x))
#define OUT_PATH(o, x) \
	_Generic((x), str: esc_path_str, char *: esc_path_cstr, const char *: esc_path_cstr, \
		int: esc_part_int, unsigned: esc_part_int, long: esc_part_int, \
		unsigned long: esc_part_int, long long: esc_part_int \
		OUT_ID_PART)((o), (x))
#define OUT_QUERY(o, x) \
	_Generic((x), str: esc_part_str, char *: esc_part_cstr, const char *: esc_part_cstr, \
		int: esc_part_int, unsigned: esc_part_int, long: esc_part_int, \
		unsigned long: esc_part_int, long long: esc_part_int \
		OUT_ID_PART)((o), (x))

/* ---- JSON ----------------------------------------------------------------------------------
 * Commas are the writer's business. Integers beyond 2^53 and ids are strings; money is
 * {"amount": "12.50", "currency": "EUR"}; instants are RFC 3339 strings. */
struct json {
	struct out *o;
	bool comma;
};
struct json json_to(struct out *o);
void json_open(struct json *j);	 /* { */
void json_close(struct json *j); /* } */
void json_list(struct json *j);	 /* [ */
void json_end(struct json *j);	 /* ] */
void json_key(struct json *j, const char *key);
void json_str(struct json *j, str s); /* p == NULL prints null */
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_none(struct json *j); /* null; jansson owns the name json_null */
void json_money(struct json *j, money m);
void json_price(struct json *j, struct price p);
void json_time(struct json *j, instant t); /* TIME_NONE prints null */
void json_id(struct json *j, int64_t id);  /* 0 prints null */

#endif
