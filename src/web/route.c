/* Routes: the tables are compiled into one tree by segments; a table with a mistake does not
 * start. */
#include "inner.h"

struct node {
	str text; /* a fixed segment, or what follows the parameter: ".pdf" of {order}.pdf */
	struct node *fixed; /* sorted by text */
	struct node *param; /* longest ending first */
	size_t fixed_n, fixed_cap, param_n, param_cap;
	const struct routed *by_method[DELETE + 1];
};
struct routes {
	struct node root;
	struct routed *v;
	size_t n, cap;
};

const char *method_name(enum method m)
{
	return m == POST ? "POST" : m == DELETE ? "DELETE" : "GET";
}

noreturn static void refuse(const struct route *r, const char *why)
{
	fault(FAULT_BUG, "route %s %s: %s", method_name(r->method), r->path ? r->path : "?", why);
}

/* "person.email", "company.name" or "person.work.job_title" as the policy declares it. */
static bool declared(const struct policy *p, const char *data)
{
	str rest = str_of(data), first = str_cut(&rest, '.'), name = str_cut(&rest, '.');
	const struct policy_table *t = policy_table(p, first);
	const struct policy_group *g = t ? policy_group(t, name) : NULL;

	if (!rest.p)
		return t && policy_column(t, name);
	for (size_t i = 0; g && i < g->n; i++)
		if (str_eq(g->fields[i].name, rest))
			return true;
	return false;
}

static bool may_be_personal(enum field_kind k)
{
	return k == FIELD_TEXT || k == FIELD_LONG || k == FIELD_EMAIL || k == FIELD_PASSWORD ||
	       k == FIELD_DATE || k == FIELD_FILE;
}

static void check_data(const struct route *r, const struct field *d, const struct policy *p)
{
	if (d->data && strcmp(d->data, NOT_PERSONAL) != 0 && !declared(p, d->data))
		fault(FAULT_BUG,
			"route %s: its field `%s` is said to be %s, which policy/ does not declare",
			r->path, d->name, d->data);
	if (!d->data && r->method != GET && may_be_personal(d->kind))
		fault(FAULT_BUG,
			"route %s: its field `%s` may be personal: say in `data` what it is in "
			"policy/, or NOT_PERSONAL",
			r->path, d->name);
}

bool form_collects(const struct form *f)
{
	for (size_t i = 0; f && i < f->fields_n; i++)
		if ((f->fields[i].data && strcmp(f->fields[i].data, NOT_PERSONAL) != 0) ||
			form_collects(f->fields[i].rows))
			return true;
	return false;
}

static void check_form(const struct route *r, const struct form *f, const struct policy *p)
{
	if (f->files && r->method == GET)
		refuse(r, "a GET takes no files");
	for (size_t i = 0; i < f->fields_n; i++) {
		const struct field *d = &f->fields[i];

		if (!d->name || !d->label)
			refuse(r, "a field of its form has no label");
		if ((d->kind == FIELD_ENUM && !d->choices) || (d->kind == FIELD_CODE && !d->codes))
			refuse(r, "a field of its form has no choices");
		if ((d->kind == FIELD_MONEY || d->kind == FIELD_PRICE) && !d->with)
			refuse(r, "an amount of its form names no currency field");
		if (d->kind == FIELD_FILE && !f->files)
			refuse(r, "its form takes a file but is not declared with FORM_FILES");
		if (d->kind == FIELD_ROWS) {
			if (!d->rows || d->max <= 0)
				refuse(r, "rows of its form have no sub-form or no limit");
			check_form(r, d->rows, p);
		}
		check_data(r, d, p);
	}
}

static void check_route(const struct route *r, const struct policy *p)
{
	if (!r->path || r->path[0] != '/')
		refuse(r, "a path begins with a slash");
	if (r->method < GET || r->method > DELETE)
		refuse(r, "the method is GET, POST or DELETE");
	if (!r->who)
		refuse(r, "nobody may use it: who is 0");
	if (!r->purposes)
		refuse(r, "it declares no purposes");
	if (r->method == GET && !r->get)
		refuse(r, "a GET needs a get handler");
	if (r->method == GET && (r->prepare || r->apply))
		refuse(r, "a GET only reads: no prepare, no apply");
	if (r->method != GET && !r->prepare && !r->apply)
		refuse(r, "a POST or DELETE needs prepare or apply");
	if (r->method == DELETE && r->proof != PROOF_MESSAGE)
		refuse(r, "browsers send no DELETE: its proof is a signed message");
	if (r->method == GET && r->proof == PROOF_MESSAGE)
		refuse(r, "a GET has no body that could be signed");
	if (!r->proof)
		refuse(r, "it declares no proof");
	if (r->method == POST && r->proof == PROOF_NONE && (!r->because || !r->because[0]))
		refuse(r, "a POST without proof needs its reason in because");
	if (r->live && (r->method != GET || r->who & BIT(ROLE_VISITOR)))
		refuse(r, "what stays open is a GET, and belongs to somebody");
	if (r->slow && !r->prepare)
		refuse(r, "slow speaks of prepare, which is missing");
	if (r->form)
		check_form(r, r->form, p);
}

static struct node *node_add(struct arena *a, struct node *up, str text, bool param)
{
	struct node **list = param ? &up->param : &up->fixed;
	size_t *n = param ? &up->param_n : &up->fixed_n,
	       *cap = param ? &up->param_cap : &up->fixed_cap, i;

	for (i = 0; i < *n; i++) {
		int c = param ? (int)text.n - (int)(*list)[i].text.n
			      : str_cmp((*list)[i].text, text);

		if (str_eq((*list)[i].text, text))
			return &(*list)[i];
		if (c > 0)
			break;
	}
	if (*n == *cap)
		*list = arena_grow(a, *list, sizeof **list, *n, cap);
	memmove(*list + i + 1, *list + i, (*n - i) * sizeof **list);
	(*list)[i] = (struct node){.text = text};
	(*n)++;
	return &(*list)[i];
}

static struct node *segment_add(struct arena *a, struct node *at, str segment, struct routed *r)
{
	if (segment.n && segment.p[0] == '{') {
		str rest = str_sub(segment, 1, segment.n), name = str_cut(&rest, '}');

		if (!rest.p || !name.n || str_has(rest, '{'))
			refuse(r->route,
				"a parameter is written {name}, with at most an ending behind it");
		if (r->params_n == REQ_PATH_PARAMS_MAX)
			refuse(r->route, "too many parameters");
		for (size_t i = 0; i < r->params_n; i++)
			if (str_eq(str_of(r->params[i]), name))
				refuse(r->route, "two parameters of one name");
		r->params[r->params_n++] = str_dup(a, name).p;
		return node_add(a, at, str_dup(a, rest), true);
	}
	if (!segment.n || str_has(segment, '{') || str_has(segment, '}'))
		refuse(r->route, "an empty segment, or a brace inside one");
	return node_add(a, at, str_dup(a, segment), false);
}

static void route_add(struct arena *a, struct routes *t, const struct route *route,
	struct routed *r, const struct policy *p)
{
	struct node *at = &t->root;
	str rest = str_of(route->path + 1);
	size_t depth = 0;

	check_route(route, p);
	r->route = route;
	while (rest.n) {
		bool more = str_has(rest, '/');
		str segment = str_cut(&rest, '/');

		if (++depth > REQ_PATH_SEGMENTS_MAX)
			refuse(route, "the path is too deep");
		at = segment_add(a, at, segment, r);
		if (more && !rest.n)
			refuse(route, "a path does not end in a slash");
	}
	if (at->by_method[route->method])
		refuse(route, "there is another route of this method and shape");
	at->by_method[route->method] = r;
}

struct routes *routes_make(
	struct arena *a, const struct route *const *tables, const struct policy *p)
{
	struct routes *t = arena_new(a, struct routes);
	size_t n = 0;

	for (size_t i = 0; tables[i]; i++)
		for (const struct route *r = tables[i]; r->method; r++)
			n++;
	if (n > ROUTES_MAX)
		fault(FAULT_BUG, "%zu routes are over the limit of %d", n, ROUTES_MAX);
	t->v = arena_array(a, struct routed, n + 1);
	for (size_t i = 0; tables[i]; i++)
		for (const struct route *r = tables[i]; r->method; r++) {
			t->v[t->n].index = t->n;
			route_add(a, t, r, &t->v[t->n], p);
			t->n++;
		}
	return t;
}

size_t routes_count(const struct routes *r)
{
	return r->n;
}

const struct routed *routes_at(const struct routes *r, size_t i)
{
	return &r->v[i];
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool percent_decode(struct arena *a, str s, bool plus_is_blank, str *out)
{
	char *p;
	size_t n = 0;

	if (!str_has(s, '%') && !(plus_is_blank && str_has(s, '+'))) {
		*out = str_dup(a, s.p ? s : S(""));
		return memchr(out->p, 0, out->n) == NULL;
	}
	p = arena_alloc(a, 1, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int hi = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1;
			int lo = s.n - i > 2 ? hex_digit(s.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return false;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		if (!c)
			return false;
		p[n++] = c;
	}
	*out = (str){p, n};
	return true;
}

static bool segment_clean(str s)
{
	if (!s.n || str_eq(s, S(".")) || str_eq(s, S("..")) || !str_utf8(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

struct path_split {
	str v[REQ_PATH_SEGMENTS_MAX];
	size_t n;
};

static enum match path_split(struct arena *a, str path, struct path_split *s)
{
	str rest = str_sub(path, 1, path.n);

	if (path.n == 1)
		return MATCH_FOUND;
	for (;;) {
		bool more = str_has(rest, '/');
		str raw = str_cut(&rest, '/');

		if (s->n == REQ_PATH_SEGMENTS_MAX)
			return MATCH_NONE;
		if (!raw.n)
			return MATCH_NONE; /* "//" and a slash at the end name nothing */
		if (!percent_decode(a, raw, false, &s->v[s->n]) || !segment_clean(s->v[s->n]))
			return MATCH_BAD_PATH;
		s->n++;
		if (!more)
			return MATCH_FOUND;
	}
}

struct walk {
	const struct path_split *path;
	enum method method;
	const struct routed *found;
	unsigned allow;
	str value[REQ_PATH_PARAMS_MAX];
};

static const struct node *fixed_find(const struct node *at, str text)
{
	size_t lo = 0, hi = at->fixed_n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(at->fixed[mid].text, text);

		if (!c)
			return &at->fixed[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Fixed segments go before parameters; a dead end steps back. The depth is limited by the
 * path's. */
static bool walk(struct walk *w, const struct node *at, size_t depth, size_t values)
{
	const struct node *next;

	if (depth == w->path->n) {
		for (int m = GET; m <= DELETE; m++)
			if (at->by_method[m])
				w->allow |= 1u << m;
		w->found = at->by_method[w->method];
		return w->found != NULL;
	}
	str s = w->path->v[depth];

	next = fixed_find(at, s);
	if (next && walk(w, next, depth + 1, values))
		return true;
	for (size_t i = 0; i < at->param_n; i++) {
		str end = at->param[i].text;

		if (s.n <= end.n || !str_ends(s, end) || values == REQ_PATH_PARAMS_MAX)
			continue;
		w->value[values] = str_sub(s, 0, s.n - end.n);
		if (walk(w, &at->param[i], depth + 1, values + 1))
			return true;
	}
	return false;
}

enum match routes_match(const struct routes *r, struct arena *a, enum method m, str path,
	const struct routed **found, struct params *p, unsigned *allow)
{
	struct path_split split = {0};
	struct walk w = {.path = &split, .method = m};
	enum match split_result = path_split(a, path, &split);

	if (split_result != MATCH_FOUND)
		return split_result;
	if (!walk(&w, &r->root, 0, 0)) {
		*allow = w.allow;
		return w.allow ? MATCH_OTHER_METHOD : MATCH_NONE;
	}
	*found = w.found;
	p->n = w.found->params_n;
	for (size_t i = 0; i < p->n; i++) {
		p->name[i] = w.found->params[i];
		p->value[i] = str_dup(a, w.value[i]);
	}
	return MATCH_FOUND;
}
