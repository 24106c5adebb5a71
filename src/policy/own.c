/* Ownership: whose a row is, who else is shown it, and what becomes of it when they are erased. */
#include "read.h"

#define ONE(T, member) .offset = offsetof(T, member)
#define MANY(T, member) .offset = offsetof(T, member), .offset_n = offsetof(T, member##_n)
enum { PART_DEPTH_MAX = 8 };

/* ---- reading ----------------------------------------------------------------------------- */
static void edges_read(
	struct reader *r, const struct node *n, bool access, struct policy_table *t, size_t cap)
{
	static const char *const deletes[] = {"erase", "last", "anonymise", "keep", NULL};
	static const struct key keys[] = {
		{"by", KEY_TEXT, ONE(struct policy_own, by), .needed = true},
		{"when", KEY_NAME, ONE(struct policy_own, when)},
		{"redact", KEY_TEXTS, MANY(struct policy_own, redact)},
		{"on_delete", KEY_WORD, ONE(struct policy_own, on_delete), .min = ON_DELETE_ERASE,
			.words = deletes},
		{"anonymise", KEY_TEXTS, MANY(struct policy_own, anonymise)},
		{"because", KEY_TEXT, ONE(struct policy_own, because)},
	};

	if (!n || !map_kind(r, n, NODE_LIST, access ? "`access`" : "`own`"))
		return;
	for (size_t i = 0; i < n->n && t->owns_n < cap; i++) {
		struct policy_own o = {.access = access, .at = n->items[i]->at};

		if (!map_read(r, n->items[i], "an owner", keys, COUNT(keys), &o))
			continue;
		if (!o.on_delete && !access)
			policy_error(r->a, r->e, o.at,
				"an owner needs `on_delete`: what becomes of the row when they "
				"are erased? erase, last, anonymise or keep");
		if (!o.on_delete)
			o.on_delete = o.anonymise_n ? ON_DELETE_ANONYMISE : ON_DELETE_KEEP;
		t->owns[t->owns_n++] = o;
	}
}

static void fills_read(struct reader *r, const struct node *n, struct policy_table *t)
{
	if (!n || !map_kind(r, n, NODE_MAP, "`placeholder`"))
		return;
	t->fills = arena_array(r->a, struct policy_fill, n->n + 1);
	for (size_t i = 0; i < n->n; i++)
		if (map_name(r, n->keys[i].name, n->keys[i].at) &&
			map_kind(r, n->items[i], NODE_TEXT, "what a column holds"))
			t->fills[t->fills_n++] =
				(struct policy_fill){n->keys[i].name, n->items[i]->text};
}

void owns_read(struct reader *r, const struct own_file *f, struct policy_table *t)
{
	size_t own_n = f->own && f->own->kind == NODE_LIST ? f->own->n : 0,
	       access_n = f->access && f->access->kind == NODE_LIST ? f->access->n : 0,
	       cap = own_n + access_n;

	t->owns = arena_array(r->a, struct policy_own, cap + 1);
	edges_read(r, f->own, false, t, cap);
	edges_read(r, f->access, true, t, cap);
	fills_read(r, f->placeholder, t);
}

/* ---- subjects and paths ------------------------------------------------------------------ */
bool policy_is_personal(const struct policy_column *k)
{
	return k->dpv.n || k->type.kind == TYPE_SEALED || k->type.kind == TYPE_BLIND;
}

bool policy_tells_restricted(const struct policy_table *t)
{
	return str_eq(t->subject, S("id")) && policy_column(t, S("restricted"));
}

bool policy_is_subject(const struct policy_table *t)
{
	if (str_eq(t->subject, S("id")))
		return true;
	for (size_t i = 0; i < t->groups_n; i++)
		if (str_eq(t->groups[i].subject, S("id")))
			return true;
	for (size_t i = 0; i < t->columns_n; i++)
		if (t->columns[i].dpv.n && str_eq(t->columns[i].subject, S("id")))
			return true;
	return false;
}

const struct policy_table *policy_id_table(const struct policy *p, str id_type)
{
	for (size_t i = 0; i < p->tables_n; i++) {
		const struct policy_column *k = policy_column(&p->tables[i], S("id"));

		if (k && k->type.kind == TYPE_ID && str_eq(k->type.name, id_type))
			return &p->tables[i];
	}
	return NULL;
}

const struct policy_fill *policy_fill_of(const struct policy_table *t, str column)
{
	for (size_t i = 0; t && i < t->fills_n; i++)
		if (str_eq(t->fills[i].column, column))
			return &t->fills[i];
	return NULL;
}

static bool astray(struct arena *a, str *why, const char *fmt, str x, const struct policy_table *t)
{
	MUST(t); /* a path that went astray began somewhere */
	*why = str_fmt(a, fmt, STR_ARG(x), STR_ARG(t->name));
	return false;
}

/* One step of a path: `order`, over order_id; or `membership(company_id)`, back over its column. */
static bool hop_read(struct arena *a, const struct policy *p, const struct policy_table *t,
	str step, struct policy_hop *h, str *why)
{
	str rest = step, name = str_cut(&rest, '(');
	const struct policy_column *k;

	if (rest.p) {
		if (!rest.n || rest.p[rest.n - 1] != ')')
			return astray(a, why, "`" STR_FMT "` lacks its bracket (from " STR_FMT ")",
				step, t);
		*h = (struct policy_hop){policy_table(p, name), str_sub(rest, 0, rest.n - 1), true};
		k = policy_column(h->table, h->column);
		if (!k || k->type.kind != TYPE_ID || policy_id_table(p, k->type.name) != t)
			return astray(a, why,
				"`" STR_FMT "` is no table with a column that points to " STR_FMT,
				step, t);
		return true;
	}
	k = policy_column(t, name);
	if (!k)
		k = policy_column(t, str_fmt(a, STR_FMT "_id", STR_ARG(name)));
	h->table = k && k->type.kind == TYPE_ID ? policy_id_table(p, k->type.name) : NULL;
	if (!h->table)
		return astray(a, why,
			"`" STR_FMT "` leads nowhere: " STR_FMT
			" has no such column with the id of a table",
			step, t);
	h->column = k->name;
	h->back = false;
	return true;
}

bool policy_path(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	struct policy_path *path, str *why)
{
	str rest = text;

	*path = (struct policy_path){0};
	for (;;) {
		str step = str_cut(&rest, '.');

		if (!rest.p) {
			path->end = policy_column(t, step);
			return path->end ? true
					 : astray(a, why, "`" STR_FMT "` is no column of " STR_FMT,
						   step, t);
		}
		if (path->n == POLICY_HOPS_MAX)
			return astray(
				a, why, "`" STR_FMT "` is too long a way from " STR_FMT, text, t);
		if (!hop_read(a, p, t, step, &path->v[path->n], why))
			return false;
		t = path->v[path->n++].table;
	}
}

const struct policy_table *policy_path_subject(
	const struct policy *p, const struct policy_table *t, const struct policy_path *path)
{
	const struct policy_table *last = path->n ? path->v[path->n - 1].table : t, *s;

	if (!path->end || path->end->type.kind != TYPE_ID)
		return NULL;
	s = str_eq(path->end->name, S("id")) ? last : policy_id_table(p, path->end->type.name);
	return s && policy_is_subject(s) ? s : NULL;
}

/* ---- checks ------------------------------------------------------------------------------ */
struct owning {
	struct arena *a;
	struct policy *p;
	struct policy_errors *e;
	struct policy_table *t;
};
#define WRONG(c, at, ...) policy_error((c)->a, (c)->e, (at), __VA_ARGS__)

/* What stands in a column when it is emptied: nothing, what the policy says, or a placeholder. */
static bool emptiable(const struct owning *c, const struct policy_column *k)
{
	const struct policy_table *s =
		k->type.kind == TYPE_ID ? policy_id_table(c->p, k->type.name) : NULL;

	return k->null || policy_fill_of(c->t, k->name) ||
	       (s && s->fills_n && !str_eq(k->name, S("id")));
}

/* Everything personal in a row that is about the subject at the end of `by`. */
static void anonymise_all(struct owning *c, struct policy_own *o)
{
	const struct policy_table *t = c->t;

	o->anonymise = arena_array(c->a, str, t->columns_n + 1);
	for (size_t i = 0; i < t->columns_n; i++) {
		const struct policy_column *k = &t->columns[i];
		str rest = k->type.with, group = str_cut(&rest, '.');
		const struct policy_group *g =
			policy_group(t, k->type.kind == TYPE_BLIND ? group : k->name);
		str subject = g ? g->subject : k->subject;

		if (str_eq(k->name, S("id")))
			continue;
		if ((policy_is_personal(k) && str_eq(subject, o->by)) || str_eq(k->name, o->by))
			o->anonymise[o->anonymise_n++] = k->name;
	}
}

static void edge_check(struct owning *c, struct policy_own *o)
{
	struct policy_path path;
	str why;
	const struct policy_column *when = policy_column(c->t, o->when);

	if (!policy_path(c->a, c->p, c->t, o->by, &path, &why)) {
		WRONG(c, o->at, "the owner " STR_FMT, STR_ARG(why));
		return;
	}
	if (!policy_path_subject(c->p, c->t, &path))
		WRONG(c, o->at,
			"the owner `" STR_FMT
			"` is nobody: the path must end at a table whose subject is its own id",
			STR_ARG(o->by));
	if (o->when.n && (!when || when->type.kind != TYPE_BOOL))
		WRONG(c, o->at, "`when: " STR_FMT "` is no bool column of " STR_FMT,
			STR_ARG(o->when), STR_ARG(c->t->name));
	if (o->on_delete == ON_DELETE_KEEP && !o->access && !o->because.n && !c->t->keeps_n)
		WRONG(c, o->at,
			"why is " STR_FMT
			" kept when its owner is erased? It needs `because`, or a keep",
			STR_ARG(c->t->name));
	if (o->on_delete == ON_DELETE_LAST && o->access)
		WRONG(c, o->at, "who is only shown a row cannot be its last owner");
	if (o->on_delete == ON_DELETE_ANONYMISE && !o->anonymise_n)
		anonymise_all(c, o);
	for (size_t i = 0; i < o->redact_n; i++)
		if (!policy_column(c->t, o->redact[i]))
			WRONG(c, o->at, "`" STR_FMT "` is no column of " STR_FMT,
				STR_ARG(o->redact[i]), STR_ARG(c->t->name));
	for (size_t i = 0; i < o->anonymise_n; i++) {
		const struct policy_column *k = policy_column(c->t, o->anonymise[i]);

		if (!k || str_eq(k->name, S("id")))
			WRONG(c, o->at, "`" STR_FMT "` of " STR_FMT " cannot be anonymised",
				STR_ARG(o->anonymise[i]), STR_ARG(c->t->name));
		else if (!emptiable(c, k))
			WRONG(c, k->at,
				"`" STR_FMT
				"` is to be anonymised, so it may be null, or `placeholder` says "
				"what it holds then",
				STR_ARG(k->name));
	}
}

static bool covered(const struct policy_table *t, str subject, str column)
{
	for (size_t i = 0; i < t->owns_n; i++)
		if (str_eq(t->owns[i].by, subject) || str_eq(t->owns[i].by, column))
			return true;
	return false;
}

/* Rows without a word about their owners: the table's subject takes them along, and what they say
 * of others goes with those. A log that is linked by digests stays; the keys take its words. */
static void derive(struct owning *c, str subject, struct place at)
{
	struct policy_table *t = c->t;
	struct policy_own *o, *v;
	struct policy_path path;
	str why;

	if (!subject.n || str_eq(subject, S("none")) || covered(t, subject, subject))
		return;
	v = arena_array(c->a, struct policy_own, t->owns_n + 2);
	if (t->owns_n)
		memcpy(v, t->owns, t->owns_n * sizeof *v);
	t->owns = v;
	o = &t->owns[t->owns_n++];
	*o = (struct policy_own){.by = subject, .at = at};
	if (str_eq(subject, t->subject) && !str_eq(subject, S("id")))
		o->on_delete = ON_DELETE_ERASE;
	else
		o->on_delete = ON_DELETE_ANONYMISE;
	if (policy_path(c->a, c->p, t, subject, &path, &why) &&
		!policy_path_subject(c->p, t, &path))
		t->owns_n--; /* said where it is checked that somebody is reached */
}

static void reached(struct owning *c, str subject, str column, struct place at)
{
	if (!subject.n || str_eq(subject, S("none")) || covered(c->t, subject, column))
		return;
	WRONG(c, at,
		"`" STR_FMT "` is about `" STR_FMT "`, and no owner of " STR_FMT
		" leads there: no answer would show it, no erasure would find it",
		STR_ARG(column), STR_ARG(subject), STR_ARG(c->t->name));
}

static void coverage(struct owning *c, bool derived)
{
	struct policy_table *t = c->t;

	for (size_t pass = derived ? 0 : 1; pass < 2; pass++) {
		for (size_t i = 0; i < t->columns_n; i++) {
			const struct policy_column *k = &t->columns[i];

			if (!k->dpv.n || k->type.kind == TYPE_SEALED)
				continue;
			if (pass)
				reached(c, k->subject, k->name, k->at);
			else
				derive(c, k->subject, k->at);
		}
		for (size_t i = 0; i < t->groups_n; i++) {
			if (pass)
				reached(c, t->groups[i].subject, t->groups[i].name,
					t->groups[i].at);
			else
				derive(c, t->groups[i].subject, t->groups[i].at);
		}
	}
}

static void part_check(struct owning *c)
{
	const struct policy_table *t = c->t;

	for (int depth = 0; t && t->part_of.n; depth++) {
		const struct policy_column *k = policy_column(t, t->part_of);
		const struct policy_table *whole =
			k && k->type.kind == TYPE_ID ? policy_id_table(c->p, k->type.name) : NULL;

		if (!whole || whole == t || depth == PART_DEPTH_MAX) {
			WRONG(c, t->at,
				"`part_of: " STR_FMT "` is no column of " STR_FMT
				" that names its whole",
				STR_ARG(t->part_of), STR_ARG(t->name));
			return;
		}
		t = whole;
	}
}

static void fills_check(struct owning *c)
{
	for (size_t i = 0; i < c->t->fills_n; i++) {
		struct policy_fill *f = &c->t->fills[i];
		const struct policy_column *k = policy_column(c->t, f->column);
		const struct policy_enum *en =
			k && k->type.kind == TYPE_ENUM ? policy_enum(c->p, k->type.name) : NULL;
		int64_t v;
		bool fine = k && (k->type.kind == TYPE_TEXT ||
					 (k->type.kind == TYPE_BLOB && !f->value.n) ||
					 (en && policy_has(en->values, en->n, f->value)) ||
					 ((k->type.kind == TYPE_INT || k->type.kind == TYPE_BOOL ||
						  k->type.kind == TYPE_TIME) &&
						 str_int(f->value, &v)));

		if (!fine)
			WRONG(c, c->t->at,
				"the placeholder cannot hold `" STR_FMT "` in `" STR_FMT "`",
				STR_ARG(f->value), STR_ARG(f->column));
	}
	if (!c->t->fills_n || !policy_is_subject(c->t))
		return;
	for (size_t i = 0; i < c->t->columns_n; i++) {
		const struct policy_column *k = &c->t->columns[i];

		if (!k->null && !str_eq(k->name, S("id")) && k->type.kind != TYPE_TIME &&
			!policy_fill_of(c->t, k->name))
			WRONG(c, k->at,
				"`placeholder` of " STR_FMT " must say what `" STR_FMT "` holds",
				STR_ARG(c->t->name), STR_ARG(k->name));
	}
}

void policy_check_own(struct arena *a, struct policy *p, struct policy_errors *e)
{
	struct owning c = {.a = a, .p = p, .e = e};

	for (size_t i = 0; i < p->tables_n; i++) {
		c.t = &p->tables[i];
		part_check(&c);
		fills_check(&c);
		coverage(&c, !c.t->owns_n);
		for (size_t k = 0; k < c.t->owns_n; k++)
			edge_check(&c, &c.t->owns[k]);
	}
}

/* ---- in words ---------------------------------------------------------------------------- */
static str list(struct arena *a, str s, const char *before, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s = str_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(s), i ? ", " : before, STR_ARG(v[i]));
	return s;
}

str policy_own_text(struct arena *a, const struct policy_table *t)
{
	static const char *const deletes[] = {[ON_DELETE_ERASE] = "erased",
		[ON_DELETE_LAST] = "erased with the last",
		[ON_DELETE_ANONYMISE] = "anonymised",
		[ON_DELETE_KEEP] = "kept"};
	str s = S("");

	for (size_t i = 0; i < t->owns_n; i++) {
		const struct policy_own *o = &t->owns[i];

		s = str_fmt(a, STR_FMT STR_FMT " %s " STR_FMT "%s" STR_FMT ", then %s", STR_ARG(s),
			STR_ARG(t->name), o->access ? "shown to" : "owned by", STR_ARG(o->by),
			o->when.n ? " when " : "", STR_ARG(o->when), deletes[o->on_delete]);
		s = list(a, s, " less ", o->anonymise, o->anonymise_n);
		s = list(a, s, ", answers leave out ", o->redact, o->redact_n);
		s = str_fmt(a, STR_FMT "%s" STR_FMT "\n", STR_ARG(s), o->because.n ? ": " : "",
			STR_ARG(o->because));
	}
	if (t->part_of.n)
		s = str_fmt(a, STR_FMT STR_FMT " part of " STR_FMT "\n", STR_ARG(s),
			STR_ARG(t->name), STR_ARG(t->part_of));
	for (size_t i = 0; i < t->fills_n; i++)
		s = str_fmt(a, STR_FMT STR_FMT "." STR_FMT " emptied is " STR_FMT "\n", STR_ARG(s),
			STR_ARG(t->name), STR_ARG(t->fills[i].column), STR_ARG(t->fills[i].value));
	return s;
}
