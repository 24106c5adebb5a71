/* Trees of nodes to structs, driven by tables of keys. */
#include "map.h"
#include "../base/limits.h"

bool map_kind(struct reader *r, const struct node *n, enum node_kind kind, const char *what)
{
	static const char *const is[] = {[NODE_TEXT] = "a plain value",
		[NODE_LIST] = "a list",
		[NODE_MAP] = "a map (key: value)"};

	if (n->bad)
		return false;
	if (n->kind == kind)
		return true;
	policy_error(r->a, r->e, n->at, "%s must be %s, and is %s", what, is[kind], is[n->kind]);
	return false;
}

bool map_name(struct reader *r, str name, struct place at)
{
	bool fine = name.n && name.n <= 60 && name.p[0] >= 'a' && name.p[0] <= 'z';

	for (size_t i = 0; i < name.n && fine; i++)
		fine = (name.p[i] >= 'a' && name.p[i] <= 'z') ||
		       (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '_';
	if (!fine)
		policy_error(r->a, r->e, at,
			"`" STR_FMT
			"` is not a name: a letter, then letters, digits or _, lower case",
			STR_ARG(name));
	return fine;
}

str *map_texts(struct reader *r, const struct node *n, size_t *count)
{
	str *v;
	size_t k = 0;

	*count = 0;
	if (n->bad || (n->kind == NODE_MAP && !map_kind(r, n, NODE_LIST, "this")))
		return NULL;
	if (n->kind == NODE_TEXT) {
		v = arena_array(r->a, str, 1);
		v[0] = n->text;
		*count = 1;
		return v;
	}
	v = arena_array(r->a, str, n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		if (!map_kind(r, n->items[i], NODE_TEXT, "an element"))
			continue;
		if (!n->items[i]->text.n)
			policy_error(r->a, r->e, n->items[i]->at, "an empty element");
		else
			v[k++] = n->items[i]->text;
	}
	*count = k;
	return v;
}

static bool bool_read(str s, bool *v)
{
	*v = str_eq(s, S("yes")) || str_eq(s, S("true"));
	return *v || str_eq(s, S("no")) || str_eq(s, S("false"));
}

static str words_text(struct arena *a, const char *const *words)
{
	str s = S("");

	for (size_t i = 0; words[i]; i++)
		s = str_fmt(a, STR_FMT "%s%s", STR_ARG(s), i ? ", " : "", words[i]);
	return s;
}

static void word_read(struct reader *r, const struct node *n, const struct key *k, void *at)
{
	for (int i = 0; k->words[i]; i++)
		if (str_eq(n->text, str_of(k->words[i]))) {
			*(int *)at = k->min + i;
			return;
		}
	policy_error(r->a, r->e, n->at, "`%s` must be one of %.*s, and is `" STR_FMT "`", k->name,
		STR_ARG(words_text(r->a, k->words)), STR_ARG(n->text));
}

static void value_read(struct reader *r, const struct node *n, const struct key *k, char *into)
{
	void *at = into + k->offset;
	int64_t v;
	str what = str_fmt(r->a, "`%s`", k->name);

	if (k->kind == KEY_NODE) {
		*(const struct node **)at = n;
		return;
	}
	if (k->kind == KEY_TEXTS) {
		*(str **)at = map_texts(r, n, (size_t *)(void *)(into + k->offset_n));
		return;
	}
	if (!map_kind(r, n, NODE_TEXT, what.p))
		return;
	if (k->kind == KEY_TEXT || (k->kind == KEY_NAME && map_name(r, n->text, n->at)))
		*(str *)at = n->text;
	else if (k->kind == KEY_WORD)
		word_read(r, n, k, at);
	else if (k->kind == KEY_BOOL && !bool_read(n->text, at))
		policy_error(r->a, r->e, n->at, "`%s` must be yes or no, and is `" STR_FMT "`",
			k->name, STR_ARG(n->text));
	else if (k->kind == KEY_INT && (!str_int(n->text, &v) || v < k->min || v > k->max))
		policy_error(r->a, r->e, n->at,
			"`%s` must be a number from %d to %d, and is `" STR_FMT "`", k->name,
			k->min, k->max, STR_ARG(n->text));
	else if (k->kind == KEY_DATE && (n->text.n != 10 || !instant_parse(n->text, at)))
		policy_error(r->a, r->e, n->at,
			"`%s` must be a date such as 2026-03-01, and is `" STR_FMT "`", k->name,
			STR_ARG(n->text));
	else if (k->kind == KEY_INT)
		*(int *)at = (int)v;
}

static const struct key *key_of(const struct key *keys, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(name, str_of(keys[i].name)))
			return &keys[i];
	return NULL;
}

bool map_read(struct reader *r, const struct node *n, const char *what, const struct key *keys,
	size_t keys_n, void *into)
{
	str known = S("");

	if (!map_kind(r, n, NODE_MAP, what))
		return false;
	for (size_t i = 0; i < keys_n; i++)
		known = str_fmt(r->a, STR_FMT "%s%s", STR_ARG(known), i ? ", " : "", keys[i].name);
	for (size_t i = 0; i < n->n; i++) {
		const struct key *k = key_of(keys, keys_n, n->keys[i].name);

		if (k)
			value_read(r, n->items[i], k, into);
		else
			policy_error(r->a, r->e, n->keys[i].at,
				"%s has no key `" STR_FMT "`; it may have: " STR_FMT, what,
				STR_ARG(n->keys[i].name), STR_ARG(known));
	}
	for (size_t i = 0; i < keys_n; i++)
		if (keys[i].needed && !yaml_get(n, keys[i].name))
			policy_error(r->a, r->e, n->at, "%s needs `%s`", what, keys[i].name);
	return true;
}
