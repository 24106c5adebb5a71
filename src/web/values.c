/* Values: names and texts out of a query, an urlencoded body or JSON, before a form looks at
 * them. */
#include "inner.h"

#include <jansson.h>
#include <stdlib.h>

struct value *values_find(const struct values *v, str name)
{
	for (size_t i = 0; i < v->n; i++)
		if (str_eq(v->v[i].name, name))
			return &v->v[i];
	return NULL;
}

str values_text(const struct values *v, str name)
{
	const struct value *x = values_find(v, name);

	return x ? x->text : (str){NULL, 0};
}

enum parsed values_urlencoded(struct arena *a, str body, struct values *v)
{
	while (body.n) {
		str pair = str_cut(&body, '&'), value = pair, name = str_cut(&value, '=');

		if (!pair.n)
			continue;
		if (v->n >= REQ_VALUES_MAX)
			return PARSED_TOO_MANY;
		if (name.n > REQ_FIELD_NAME_BYTES_MAX * 3)
			return PARSED_BAD;
		struct value *x = ARENA_PUSH(a, v);

		x->kind = VALUE_TEXT;
		if (!percent_decode(a, name, true, &x->name) ||
			!percent_decode(a, value, true, &x->text))
			return PARSED_BAD;
		if (x->name.n > REQ_FIELD_NAME_BYTES_MAX)
			return PARSED_BAD;
	}
	return PARSED;
}

/* ---- JSON -------------------------------------------------------------------------------- */

/* The parser's own recursion is bounded before it begins. */
static bool depth_good(str s)
{
	int depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				text = false;
		} else if (c == '"') {
			text = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return false;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return true;
}

struct flat {
	struct arena *arena;
	struct values *values;
	enum parsed result;
	bool dotted;
};

static struct value *flat_push(struct flat *f, str name, enum value_kind kind)
{
	static struct value spare;

	if (f->values->n >= REQ_VALUES_MAX || name.n > REQ_FIELD_NAME_BYTES_MAX) {
		f->result = f->values->n >= REQ_VALUES_MAX ? PARSED_TOO_MANY : PARSED_BAD;
		return &spare;
	}
	struct value *v = ARENA_PUSH(f->arena, f->values);

	v->name = name;
	v->kind = kind;
	return v;
}

static void flatten(struct flat *f, str name, json_t *j);

static void flatten_object(struct flat *f, str name, json_t *j)
{
	const char *key;
	json_t *child;

	json_object_foreach(j, key, child)
	{
		/* a dot in a key would forge the name of another field */
		if ((strchr(key, '.') && !f->dotted) || !key[0]) {
			f->result = PARSED_BAD;
			return;
		}
		flatten(f,
			name.n ? str_fmt(f->arena, STR_FMT ".%s", STR_ARG(name), key)
			       : str_dup(f->arena, str_of(key)),
			child);
		if (f->result != PARSED)
			return;
	}
}

static void flatten(struct flat *f, str name, json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT: flatten_object(f, name, j); return;
	case JSON_ARRAY:
		flat_push(f, name, VALUE_LIST);
		for (size_t i = 0; i < json_array_size(j) && f->result == PARSED; i++)
			flatten(f, str_fmt(f->arena, STR_FMT ".%zu", STR_ARG(name), i),
				json_array_get(j, i));
		return;
	case JSON_STRING:
		flat_push(f, name, VALUE_TEXT)->text =
			str_dup(f->arena, (str){json_string_value(j), json_string_length(j)});
		return;
	case JSON_INTEGER:
		flat_push(f, name, VALUE_NUMBER)->text =
			str_fmt(f->arena, "%lld", (long long)json_integer_value(j));
		return;
	case JSON_REAL: /* no field takes a fraction as a JSON number: amounts are texts */
		flat_push(f, name, VALUE_NUMBER)->text = str_dup(f->arena, S("fraction"));
		return;
	case JSON_TRUE: flat_push(f, name, VALUE_TRUE); return;
	case JSON_FALSE: flat_push(f, name, VALUE_FALSE); return;
	case JSON_NULL: flat_push(f, name, VALUE_NULL); return;
	}
}

static enum parsed json_parse(struct arena *a, str body, struct values *v, str *why, bool dotted)
{
	struct flat f = {.arena = a, .values = v, .result = PARSED, .dotted = dotted};
	struct fault_point fp;
	json_error_t e;
	json_t *volatile root = NULL;

	v->json = true;
	*why = (str){NULL, 0};
	if (!str_trim(body).n)
		return PARSED;
	if (!depth_good(body)) {
		*why = S("nested too deeply");
		return PARSED_BAD;
	}
	root = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &e);
	if (!root) {
		*why = str_fmt(a, "line %d, column %d: not well-formed", e.line, e.column);
		return PARSED_BAD;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		*why = S("an object is expected");
		return PARSED_BAD;
	}
	if (FAULT_TRY(fp)) {
		flatten(&f, S(""), root);
		FAULT_END(fp);
	} else {
		json_decref(root); /* jansson's memory is not the arena's */
		fault(fp.kind, "%s", fp.what);
	}
	json_decref(root);
	if (f.result == PARSED_BAD)
		*why = S("a name is empty, too long or holds a dot");
	return f.result;
}

enum parsed values_json(struct arena *a, str body, struct values *v, str *why)
{
	return json_parse(a, body, v, why, false);
}

enum parsed values_message(struct arena *a, str body, struct values *v, str *why)
{
	return json_parse(a, body, v, why, true);
}
