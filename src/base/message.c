/* Values and messages as a reader wants them: numbers, money and dates by locale, messages of
 * lang/ with their places and plural choices. */
#include "out.h"

static void two(struct out *o, int v)
{
	out_bytes(o, (char[]){(char)('0' + v / 10 % 10), (char)('0' + v % 10)}, 2);
}

void out_int(struct out *o, int64_t v)
{
	out_grouped(o, v, 0, 0, o->locale->decimal, o->locale->group);
}

/* A zeroed amount has no currency: an optional column that was NULL prints nothing. */
void out_money(struct out *o, money m)
{
	if (!m.currency[0] && !m.minor)
		return;
	int e = currency_exponent(str_of(m.currency));

	MUST(e >= 0);
	out_str(o, str_of(m.currency));
	out_char(o, ' ');
	out_grouped(o, m.minor, e, e, o->locale->decimal, o->locale->group);
}

void out_price(struct out *o, struct price p)
{
	if (!p.currency[0] && !p.micro)
		return;
	int e = currency_exponent(str_of(p.currency));

	MUST(e >= 0);
	out_str(o, str_of(p.currency));
	out_char(o, ' ');
	out_grouped(o, p.micro, 6, e, o->locale->decimal, o->locale->group);
}

static struct civil local(const struct out *o, instant t)
{
	return civil_of(instant_add(t, o->locale->offset_s * SECOND_US));
}

static void date(struct out *o, struct civil c)
{
	str form = str_of(o->locale->date);

	for (size_t i = 0; i < form.n; i++) {
		str rest = str_sub(form, i, form.n);

		if (str_starts(rest, S("mon"))) {
			out_str(o, str_of(o->locale->months[c.month - 1]));
			i += 2;
		} else if (form.p[i] == 'd') {
			out_int_plain(o, c.day);
		} else if (form.p[i] == 'm') {
			two(o, c.month);
		} else if (form.p[i] == 'y') {
			out_int_plain(o, c.year);
		} else {
			out_char(o, form.p[i]);
		}
	}
}

void out_date(struct out *o, instant t)
{
	if (instant_is(t))
		date(o, local(o, t));
}

void out_moment(struct out *o, instant t)
{
	if (!instant_is(t))
		return;
	struct civil c = local(o, t);

	date(o, c);
	out_lit(o, ", ");
	two(o, c.hour);
	out_char(o, ':');
	two(o, c.minute);
}

struct msg_arg arg_str(str s)
{
	return (struct msg_arg){.kind = ARG_STR, .s = s};
}

struct msg_arg arg_cstr(const char *s)
{
	return arg_str(str_of(s));
}

struct msg_arg arg_int(int64_t i)
{
	return (struct msg_arg){.kind = ARG_INT, .i = i};
}

struct msg_arg arg_money(money m)
{
	return (struct msg_arg){.kind = ARG_MONEY, .m = m};
}

struct msg_arg arg_price(struct price p)
{
	return (struct msg_arg){.kind = ARG_PRICE, .p = p};
}

struct msg_arg arg_date(instant t)
{
	return (struct msg_arg){.kind = ARG_DATE, .i = t.us};
}

struct msg_arg arg_msg(int msg)
{
	return (struct msg_arg){.kind = ARG_MSG, .i = msg};
}

struct msg_arg arg_same(struct msg_arg a)
{
	return a;
}

static void arg(struct out *o, struct msg_arg a)
{
	switch (a.kind) {
	case ARG_NONE: break;
	case ARG_STR: out_str(o, a.s); break;
	case ARG_INT: out_int(o, a.i); break;
	case ARG_MONEY: out_money(o, a.m); break;
	case ARG_PRICE: out_price(o, a.p); break;
	case ARG_DATE: out_date(o, (instant){a.i}); break;
	case ARG_MSG: out_str(o, msg_template(o->locale, (int)a.i)); break;
	}
}

/* Where the choice ends: at the next | or } that is not inside a place of its own. */
static size_t choice_end(str s, size_t i)
{
	for (int depth = 0; i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		else if (s.p[i] == '}' && depth-- == 0)
			break;
		else if (s.p[i] == '|' && depth == 0)
			break;
	}
	return i;
}

/* langc has checked the form, so what is not a place is text. */
static void expand(struct out *o, str s, const struct msg_arg *args)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '{' || i + 2 >= s.n || s.p[i + 1] < '1' || s.p[i + 1] > '4') {
			out_char(o, s.p[i]);
			continue;
		}
		const struct msg_arg *a = &args[s.p[i + 1] - '1'];

		i += 2;
		if (s.p[i] != '|') {
			arg(o, *a);
			continue;
		}
		bool one = a->kind == ARG_INT && a->i == 1;
		size_t first = choice_end(s, i + 1), second = choice_end(s, first + 1);

		if (one)
			expand(o, str_sub(s, i + 1, first - i - 1), args);
		else
			expand(o, str_sub(s, first + 1, second - first - 1), args);
		i = second;
	}
}

void out_text_plain(struct out *o, struct text t)
{
	if (t.msg)
		expand(o, msg_template(o->locale, t.msg), t.arg);
}

/* Quality in thousandths (RFC 9110, 12.4.2); what is malformed counts as 0. */
static int quality(str params)
{
	while (params.p) {
		str one = str_trim(str_cut(&params, ';'));

		if (!str_starts(one, S("q=")) && !str_starts(one, S("Q=")))
			continue;
		str v = str_sub(one, 2, one.n);
		int q = 0, unit = 1000;

		if (!v.n || v.n > 5 || (v.p[0] != '0' && v.p[0] != '1') ||
			(v.n > 1 && v.p[1] != '.'))
			return 0;
		for (size_t i = 0; i < v.n; i++) {
			if (i == 1)
				continue;
			if (v.p[i] < '0' || v.p[i] > '9')
				return 0;
			q += (v.p[i] - '0') * unit;
			unit /= 10;
		}
		return q > 1000 ? 0 : q;
	}
	return 1000;
}

static const struct locale *locale_named(str tag)
{
	str language = str_cut(&tag, '-');

	if (str_eq(language, S("*")))
		return &locales[0];
	for (const struct locale *l = locales; l->tag; l++)
		if (str_eq_nocase(language, str_of(l->tag)))
			return l;
	return NULL;
}

const struct locale *locale_of(str tag)
{
	const struct locale *best = &locales[0];
	int best_q = 0;

	while (tag.p) {
		str params = str_cut(&tag, ',');
		const struct locale *l = locale_named(str_trim(str_cut(&params, ';')));
		int q = l ? quality(params) : 0;

		if (q > best_q) {
			best = l;
			best_q = q;
		}
	}
	return best;
}
