/* The strict YAML subset: libyaml's events to a small tree. */
#include "yaml.h"
#include "../base/limits.h"

#include <yaml.h>

struct reading {
	struct arena *a;
	struct policy_errors *e;
	const struct policy_source *file;
	yaml_parser_t *parser;
	str *lines; /* for what libyaml does not tell: how a value was written */
	size_t lines_n;
	size_t nodes;
	bool stop;
	yaml_event_t held; /* the scalar at hand: its text is libyaml's until it is copied */
	bool holding;
};

static struct place place_of(const struct reading *r, yaml_mark_t m)
{
	return (struct place){r->file->name, (int)m.line + 1, (int)m.column + 1};
}

static void mistake(struct reading *r, yaml_mark_t m, const char *what)
{
	policy_error(r->a, r->e, place_of(r, m), "%s", what);
}

/* libyaml counts columns in characters. */
static str from_mark(const struct reading *r, yaml_mark_t m)
{
	str l = m.line < r->lines_n ? r->lines[m.line] : S("");
	size_t i = 0;

	for (size_t c = 0; i < l.n && c < m.column; c++)
		do
			i++;
		while (i < l.n && (l.p[i] & 0xc0) == 0x80);
	return str_sub(l, i, l.n);
}

/* What stands in the line before a mark, without blanks. */
static str before_mark(const struct reading *r, yaml_mark_t m)
{
	str l = m.line < r->lines_n ? r->lines[m.line] : S("");

	return str_trim(str_sub(l, 0, l.n - from_mark(r, m).n));
}

/* The bytes: UTF-8, no tabs, no control characters, at most POLICY_FILE_BYTES_MAX. */
static bool bytes_fine(struct reading *r)
{
	str rest = r->file->text, l;
	struct place at = {r->file->name, 1, 1};
	bool fine = true;
	struct {
		str *v;
		size_t n, cap;
	} lines = {0};

	if (rest.n > POLICY_FILE_BYTES_MAX) {
		policy_error(r->a, r->e, at, "the file has over %d bytes", POLICY_FILE_BYTES_MAX);
		return false;
	}
	while (rest.n) {
		l = str_cut(&rest, '\n');
		*ARENA_PUSH(r->a, &lines) = l;
		if (!str_utf8(l)) {
			policy_error(r->a, r->e, at, "not UTF-8, or a NUL byte");
			return false; /* columns mean nothing here */
		}
		for (size_t i = 0; i < l.n && fine; i++)
			if ((unsigned char)l.p[i] < ' ' || l.p[i] == 0x7f) {
				at.column = (int)str_chars(str_sub(l, 0, i)) + 1;
				policy_error(r->a, r->e, at,
					l.p[i] == '\t'	 ? "a tab: indent with blanks"
					: l.p[i] == '\r' ? "a carriage return: lines end with a "
							   "line feed alone"
							 : "a control character");
				fine = false;
			}
		at.line++;
		at.column = 1;
	}
	r->lines = lines.v;
	r->lines_n = lines.n;
	return fine;
}

static bool next(struct reading *r, yaml_event_t *ev)
{
	if (r->stop)
		return false;
	if (!yaml_parser_parse(r->parser, ev)) {
		const char *what = r->parser->problem ? r->parser->problem : "cannot be read";

		if (r->parser->error == YAML_MEMORY_ERROR)
			fault(FAULT_MEMORY, "no memory to read %s", r->file->name);
		if (r->parser->context)
			policy_error(r->a, r->e, place_of(r, r->parser->problem_mark),
				"%s (%s at line %d)", what, r->parser->context,
				(int)r->parser->context_mark.line + 1);
		else
			mistake(r, r->parser->problem_mark, what);
		r->stop = true;
		return false;
	}
	return true;
}

static struct node *node_make(struct reading *r, enum node_kind kind, const yaml_event_t *ev)
{
	struct node *n = arena_new(r->a, struct node);

	if (++r->nodes > POLICY_NODES_MAX && !r->stop) {
		policy_error(r->a, r->e, place_of(r, ev->start_mark), "over %d values in one file",
			POLICY_NODES_MAX);
		r->stop = true;
	}
	n->kind = kind;
	n->at = place_of(r, ev->start_mark);
	return n;
}

/* Properties in front of a value: &anchor, !tag. Also "!", which libyaml drops. */
static void no_properties(struct reading *r, struct node *n, const yaml_event_t *ev, bool anchor)
{
	str s = from_mark(r, ev->start_mark);

	if (anchor || str_starts(s, S("&")))
		mistake(r, ev->start_mark, "anchors are not part of the policy language");
	else if (str_starts(s, S("!")))
		mistake(r, ev->start_mark, "tags are not part of the policy language");
	else
		return;
	n->bad = true;
}

static struct node *scalar(struct reading *r, const yaml_event_t *ev)
{
	struct node *n = node_make(r, NODE_TEXT, ev);
	str v = {(const char *)ev->data.scalar.value, ev->data.scalar.length};
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

	no_properties(r, n, ev, ev->data.scalar.anchor != NULL);
	if (v.n > POLICY_TEXT_BYTES_MAX) {
		policy_error(r->a, r->e, n->at, "a text of over %d bytes", POLICY_TEXT_BYTES_MAX);
		n->bad = true;
		v.n = 0;
	}
	if (!str_utf8(v)) { /* "\0" or half a character, written as an escape */
		mistake(r, ev->start_mark, "an escape that stands for no text");
		n->bad = true;
		v.n = 0;
	}
	if (plain && ev->end_mark.line != ev->start_mark.line && !n->bad) {
		mistake(r, ev->start_mark,
			"plain text must end in its line: is a colon missing below? else put it in "
			"quotes");
		n->bad = true;
	}
	n->text = str_dup(r->a, v);
	return n;
}

static struct node *value(struct reading *r, yaml_event_t *ev, int depth);

static bool too_deep(struct reading *r, const yaml_event_t *ev, int depth)
{
	if (depth < POLICY_DEPTH_MAX)
		return false;
	policy_error(
		r->a, r->e, place_of(r, ev->start_mark), "more than %d levels", POLICY_DEPTH_MAX);
	r->stop = true;
	return true;
}

struct values {
	struct node **v;
	size_t n, cap;
};

static struct node *list(struct reading *r, yaml_event_t *first, int depth)
{
	struct node *n = node_make(r, NODE_LIST, first);
	struct values items = {0};
	yaml_event_t ev;

	no_properties(r, n, first, first->data.sequence_start.anchor != NULL);
	if (too_deep(r, first, depth))
		return n;
	while (next(r, &ev)) {
		if (ev.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&ev);
			break;
		}
		/* elements are pointers, as meant: NOLINTNEXTLINE(bugprone-sizeof-expression) */
		*ARENA_PUSH(r->a, &items) = value(r, &ev, depth + 1);
	}
	n->items = items.v;
	n->n = items.n;
	return n;
}

/* Reads a key; false if it is not one that can be kept. */
static bool key_read(struct reading *r, yaml_event_t *ev, size_t n, const struct node_key *known,
	struct node_key *key, int depth)
{
	struct node *k = value(r, ev, depth + 1);

	*key = (struct node_key){k->text, k->at};
	if (k->bad)
		return false;
	if (k->kind != NODE_TEXT || !k->text.n) {
		policy_error(r->a, r->e, k->at, "a key must be a word");
		return false;
	}
	if (str_eq(k->text, S("<<"))) {
		policy_error(r->a, r->e, k->at, "merge keys are not part of the policy language");
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (str_eq(known[i].name, k->text)) {
			policy_error(r->a, r->e, k->at,
				"the key `" STR_FMT "` stands here already, in line %d",
				STR_ARG(k->text), known[i].at.line);
			return false;
		}
	return true;
}

static bool quoted_at(const struct reading *r, yaml_mark_t m)
{
	str s = from_mark(r, m);

	return s.n && str_has(S("'\"|>"), s.p[0]);
}

static struct node *map(struct reading *r, yaml_event_t *first, int depth)
{
	struct node *n = node_make(r, NODE_MAP, first);
	struct values items = {0};
	struct {
		struct node_key *v;
		size_t n, cap;
	} keys = {0};
	yaml_event_t ev;

	no_properties(r, n, first, first->data.mapping_start.anchor != NULL);
	if (too_deep(r, first, depth))
		return n;
	while (next(r, &ev)) {
		struct node_key key;
		struct node *v;
		bool fine;

		if (ev.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&ev);
			break;
		}
		fine = !str_ends(before_mark(r, ev.start_mark), S("?"));
		if (!fine)
			mistake(r, ev.start_mark, "`? key` is not part of the policy language");
		fine &= key_read(r, &ev, keys.n, keys.v, &key, depth);
		if (!next(r, &ev))
			break;
		v = value(r, &ev, depth + 1);
		if (!fine)
			continue;
		if (v->kind == NODE_TEXT && !v->text.n && !v->bad && !quoted_at(r, ev.start_mark)) {
			policy_error(r->a, r->e, key.at, "`" STR_FMT "` has no value",
				STR_ARG(key.name));
			v->bad = true;
		}
		*ARENA_PUSH(r->a, &keys) = key;
		/* elements are pointers, as meant: NOLINTNEXTLINE(bugprone-sizeof-expression) */
		*ARENA_PUSH(r->a, &items) = v;
	}
	n->keys = keys.v;
	n->items = items.v;
	n->n = keys.n;
	return n;
}

static struct node *value(struct reading *r, yaml_event_t *ev, int depth)
{
	struct node *n;

	if (ev->type == YAML_SCALAR_EVENT) {
		r->held = *ev;
		r->holding = true;
		n = scalar(r, ev);
		r->holding = false;
	} else if (ev->type == YAML_SEQUENCE_START_EVENT) {
		n = list(r, ev, depth);
	} else if (ev->type == YAML_MAPPING_START_EVENT) {
		n = map(r, ev, depth);
	} else {
		n = node_make(r, NODE_TEXT, ev);
		n->bad = true;
		if (ev->type == YAML_ALIAS_EVENT)
			mistake(r, ev->start_mark, "aliases are not part of the policy language");
		else
			mistake(r, ev->start_mark, "a value is missing");
	}
	yaml_mark_t start = ev->start_mark;

	yaml_event_delete(ev);
	ev->start_mark = start; /* callers look at how the value began */
	return n;
}

static struct node *document(struct reading *r)
{
	struct node *root = NULL;
	yaml_event_t ev;

	while (next(r, &ev)) {
		yaml_event_type_t type = ev.type;

		if (type == YAML_DOCUMENT_START_EVENT &&
			(!ev.data.document_start.implicit ||
				ev.data.document_start.version_directive || root)) {
			mistake(r, ev.start_mark,
				"a file is one document without marks (--- and %) of its own");
			r->stop = root != NULL;
		}
		if (type == YAML_DOCUMENT_END_EVENT && !ev.data.document_end.implicit)
			mistake(r, ev.start_mark,
				"a file is one document without an end mark (...)");
		if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
			type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT)
			root = value(r, &ev, 0);
		else
			yaml_event_delete(&ev);
		if (type == YAML_STREAM_END_EVENT)
			break;
	}
	return root;
}

/* The parser's memory is not the arena's: it is given back in any case. */
static struct node *document_or_fault(struct reading *r)
{
	struct fault_point fp;
	struct node *volatile root = NULL;

	if (FAULT_TRY(fp)) {
		root = document(r);
		FAULT_END(fp);
		yaml_parser_delete(r->parser);
		return root;
	}
	if (r->holding)
		yaml_event_delete(&r->held);
	yaml_parser_delete(r->parser);
	fault(fp.kind, "%s", fp.what);
}

struct node *yaml_read(struct arena *a, const struct policy_source *file, struct policy_errors *e)
{
	yaml_parser_t parser;
	struct reading r = {.a = a, .e = e, .file = file, .parser = &parser};
	struct node *root;
	size_t before = e->n;

	if (!bytes_fine(&r))
		return NULL;
	if (!yaml_parser_initialize(&parser))
		fault(FAULT_MEMORY, "no memory for the YAML reader");
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)file->text.p, file->text.n);
	root = document_or_fault(&r);
	if (root && r.stop)
		root->bad = true; /* a part of a file says other things than the file */
	if (!root && e->n == before)
		policy_error(a, e, (struct place){file->name, 1, 1}, "the file holds nothing");
	return root;
}

const struct node *yaml_get(const struct node *map_node, const char *key)
{
	for (size_t i = 0; map_node && map_node->kind == NODE_MAP && i < map_node->n; i++)
		if (str_eq(map_node->keys[i].name, str_of(key)))
			return map_node->items[i];
	return NULL;
}
