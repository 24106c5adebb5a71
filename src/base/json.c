/* JSON out (RFC 8259). */
#include "out.h"

struct json json_to(struct out *o)
{
	return (struct json){o, false};
}

static struct out *value(struct json *j)
{
	if (j->comma)
		out_char(j->o, ',');
	j->comma = true;
	return j->o;
}

void json_open(struct json *j)
{
	out_char(value(j), '{');
	j->comma = false;
}

void json_close(struct json *j)
{
	out_char(j->o, '}');
	j->comma = true;
}

void json_list(struct json *j)
{
	out_char(value(j), '[');
	j->comma = false;
}

void json_end(struct json *j)
{
	out_char(j->o, ']');
	j->comma = true;
}

static void quoted(struct out *o, str s)
{
	size_t from = 0;

	out_char(o, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		out_bytes(o, s.p + from, i - from);
		from = i + 1;
		if (c == '\n')
			out_lit(o, "\\n");
		else if (c == '\t')
			out_lit(o, "\\t");
		else if (c < 0x20)
			out_fmt(o, "\\u%04x", c);
		else
			out_bytes(o, (char[]){'\\', (char)c}, 2);
	}
	if (s.n > from)
		out_bytes(o, s.p + from, s.n - from);
	out_char(o, '"');
}

void json_key(struct json *j, const char *key)
{
	quoted(value(j), str_of(key));
	out_char(j->o, ':');
	j->comma = false;
}

void json_str(struct json *j, str s)
{
	if (s.p)
		quoted(value(j), s);
	else
		json_none(j);
}

/* Readers that keep numbers as doubles are exact up to 2^53. */
void json_int(struct json *j, int64_t v)
{
	const int64_t exact = INT64_C(1) << 53;
	bool far = v > exact || v < -exact;

	value(j);
	if (far)
		out_char(j->o, '"');
	out_int_plain(j->o, v);
	if (far)
		out_char(j->o, '"');
}

void json_bool(struct json *j, bool v)
{
	out_str(value(j), v ? S("true") : S("false"));
}

void json_none(struct json *j)
{
	out_lit(value(j), "null");
}

static void amount_end(struct json *j, const char *currency)
{
	out_lit(j->o, "\",\"currency\":\"");
	out_str(j->o, str_of(currency));
	out_lit(j->o, "\"}");
}

void json_money(struct json *j, money m)
{
	if (!m.currency[0]) {
		json_none(j);
		return;
	}
	out_lit(value(j), "{\"amount\":\"");
	out_money_plain(j->o, m);
	amount_end(j, m.currency);
}

void json_price(struct json *j, struct price p)
{
	if (!p.currency[0]) {
		json_none(j);
		return;
	}
	out_lit(value(j), "{\"amount\":\"");
	out_price_plain(j->o, p);
	amount_end(j, p.currency);
}

void json_time(struct json *j, instant t)
{
	if (!instant_is(t)) {
		json_none(j);
		return;
	}
	json_str(j, instant_iso(j->o->arena, t));
}

void json_id(struct json *j, int64_t id)
{
	if (!id) {
		json_none(j);
		return;
	}
	json_str(j, id_text(j->o->arena, id));
}
