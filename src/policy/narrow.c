/* What an installation may take away, without building the program anew. It can switch off and
 * shorten; it names its own operator and partners; it can widen nothing. What the policy declares
 * in full as optional is off until an installation says on, and names whom it really is. */
#include "growing.h"

struct narrowing {
	struct reader r;
	struct policy *p; /* the copy */
};
#define WRONG(n, at, ...) policy_error((n)->r.a, (n)->r.e, (at), __VA_ARGS__)

/* ---- purposes ---------------------------------------------------------------------------- */
static void purposes_off(struct narrowing *x, const struct node *n)
{
	size_t count;
	str *v = map_texts(&x->r, n, &count);

	for (size_t i = 0; i < count; i++) {
		struct policy_purpose *u = NULL;

		for (size_t k = 0; k < x->p->purposes_n; k++)
			if (str_eq(x->p->purposes[k].name, v[i]))
				u = &x->p->purposes[k];
		if (!u)
			WRONG(x, n->at, "there is no purpose `" STR_FMT "` to switch off",
				STR_ARG(v[i]));
		else if (u->always)
			WRONG(x, n->at,
				"`" STR_FMT "` cannot be switched off: people's rights, the law or "
				"the program itself need it (%s:%d)",
				STR_ARG(v[i]), u->at.file, u->at.line);
		else {
			u->off = true;
			x->p->off |= UINT64_C(1) << u->bit;
		}
	}
}

/* ---- recipients -------------------------------------------------------------------------- */
struct recipient_file {
	bool off, on;
	str title, does, contract, limits, link;
	str *countries, *hosts;
	size_t countries_n, hosts_n;
};

static void part_of(struct narrowing *x, const struct node *n, const char *key, const str *whole,
	size_t whole_n, const str *v, size_t v_n)
{
	for (size_t i = 0; i < v_n; i++)
		if (!policy_has(whole, whole_n, v[i]))
			WRONG(x, yaml_get(n, key)->at,
				"`%s` may only leave out, and `" STR_FMT "` is not in the policy",
				key, STR_ARG(v[i]));
}

/* `on` is for what the policy declares as optional. */
static void switch_narrow(struct narrowing *x, const struct node *n, str name, bool optional,
	bool off, bool on, bool *planned)
{
	if (on && (off || !optional))
		WRONG(x, yaml_get(n, "on")->at,
			"`" STR_FMT
			"` is not optional in the policy: it cannot be switched on here",
			STR_ARG(name));
	*planned = off || (*planned && !(on && optional));
}

static void recipient_narrow(struct narrowing *x, struct policy_recipient *r, const struct node *n)
{
	static const struct key keys[] = {
		{"off", KEY_BOOL, ONE(struct recipient_file, off)},
		{"on", KEY_BOOL, ONE(struct recipient_file, on)},
		{"title", KEY_TEXT, ONE(struct recipient_file, title)},
		{"does", KEY_TEXT, ONE(struct recipient_file, does)},
		{"contract", KEY_TEXT, ONE(struct recipient_file, contract)},
		{"limits", KEY_TEXT, ONE(struct recipient_file, limits)},
		{"link", KEY_TEXT, ONE(struct recipient_file, link)},
		{"countries", KEY_TEXTS, MANY(struct recipient_file, countries)},
		{"hosts", KEY_TEXTS, MANY(struct recipient_file, hosts)},
	};
	struct recipient_file f = {0};

	if (!map_read(&x->r, n, "a recipient as narrowed", keys, COUNT(keys), &f))
		return;
	switch_narrow(x, n, r->name, r->optional, f.off, f.on, &r->planned);
	r->title = f.title.n ? f.title : r->title;
	r->does = f.does.n ? f.does : r->does;
	r->contract = f.contract.n ? f.contract : r->contract;
	r->limits = f.limits.n ? f.limits : r->limits;
	r->link = f.link.n ? f.link : r->link;
	if (f.countries_n) {
		if (!r->anywhere)
			part_of(x, n, "countries", r->countries, r->countries_n, f.countries,
				f.countries_n);
		r->anywhere = false;
		r->countries = f.countries;
		r->countries_n = f.countries_n;
	}
	if (f.hosts_n) {
		if (r->hosts_n) /* none in the policy: the installation names them */
			part_of(x, n, "hosts", r->hosts, r->hosts_n, f.hosts, f.hosts_n);
		r->hosts = f.hosts;
		r->hosts_n = f.hosts_n;
	}
}

/* ---- cookies, tags ----------------------------------------------------------------------- */
static void cookie_narrow(struct narrowing *x, struct policy_cookie *k, const struct node *n)
{
	struct cookie_file {
		bool off, on;
		str max_age;
	} f = {0};
	static const struct key keys[] = {
		{"off", KEY_BOOL, ONE(struct cookie_file, off)},
		{"on", KEY_BOOL, ONE(struct cookie_file, on)},
		{"max_age", KEY_TEXT, ONE(struct cookie_file, max_age)},
	};
	int64_t s;

	if (!map_read(&x->r, n, "a cookie as narrowed", keys, COUNT(keys), &f))
		return;
	if (f.off && k->class == COOKIE_ESSENTIAL)
		WRONG(x, n->at,
			"the cookie `" STR_FMT "` is essential: the program cannot work without it",
			STR_ARG(k->name));
	switch_narrow(x, n, k->name, k->optional, f.off, f.on, &k->planned);
	if (!f.max_age.n)
		return;
	s = str_eq(f.max_age, S("session")) ? 0 : policy_duration_s(f.max_age);
	if (s < 0 || (!s && !str_eq(f.max_age, S("session"))))
		WRONG(x, yaml_get(n, "max_age")->at,
			"`max_age` must be `session` or an ISO 8601 duration such as P30D");
	else if (k->max_age_s ? s > k->max_age_s : s > 0)
		WRONG(x, yaml_get(n, "max_age")->at,
			"the cookie `" STR_FMT
			"` may live shorter than the policy says, not longer",
			STR_ARG(k->name));
	else
		k->max_age_s = s;
}

static void tag_narrow(struct narrowing *x, struct policy_tag *t, const struct node *n)
{
	struct tag_file {
		bool off, on;
		str src, opens, link, opt_out;
		str *hosts;
		size_t hosts_n;
	} f = {0};
	static const struct key keys[] = {
		{"off", KEY_BOOL, ONE(struct tag_file, off)},
		{"on", KEY_BOOL, ONE(struct tag_file, on)},
		{"src", KEY_TEXT, ONE(struct tag_file, src)},
		{"opens", KEY_TEXT, ONE(struct tag_file, opens)},
		{"link", KEY_TEXT, ONE(struct tag_file, link)},
		{"opt_out", KEY_TEXT, ONE(struct tag_file, opt_out)},
		{"hosts", KEY_TEXTS, MANY(struct tag_file, hosts)},
	};

	if (!map_read(&x->r, n, "a tag as narrowed", keys, COUNT(keys), &f))
		return;
	switch_narrow(x, n, t->name, t->optional, f.off, f.on, &t->planned);
	if ((f.src.n || f.opens.n || f.hosts_n) && !t->optional)
		WRONG(x, n->at, "`" STR_FMT "` is not optional: what it loads is the policy's",
			STR_ARG(t->name));
	t->src = f.src.n ? f.src : t->src;
	t->opens = f.opens.n ? f.opens : t->opens;
	t->link = f.link.n ? f.link : t->link;
	t->opt_out = f.opt_out.n ? f.opt_out : t->opt_out;
	if (f.hosts_n) {
		t->hosts = f.hosts;
		t->hosts_n = f.hosts_n;
	}
}

/* ---- retention --------------------------------------------------------------------------- */
static void keep_narrow(struct narrowing *x, struct policy_table *t, const struct node *n)
{
	int64_t s;

	if (!map_kind(&x->r, n, NODE_TEXT, "a time to keep"))
		return;
	s = policy_duration_s(n->text);
	if (s < 0) {
		WRONG(x, n->at, "`" STR_FMT "` is not an ISO 8601 duration such as P8Y or P30D",
			STR_ARG(n->text));
		return;
	}
	if (!t->keeps_n)
		WRONG(x, n->at, "`" STR_FMT "` has no time to shorten", STR_ARG(t->name));
	for (size_t i = 0; i < t->keeps_n; i++) {
		if (s > policy_duration_s(t->keeps[i].duration))
			WRONG(x, n->at,
				"`" STR_FMT "` is kept for " STR_FMT
				" (%s:%d): an installation may keep it shorter, not longer",
				STR_ARG(t->name), STR_ARG(t->keeps[i].duration),
				t->keeps[i].at.file, t->keeps[i].at.line);
		t->keeps[i].duration = n->text;
	}
}

/* ---- the file ---------------------------------------------------------------------------- */
#define COPY(list) \
	do { \
		void *v = arena_alloc(a, p->list##_n + 1, sizeof *p->list); \
		if (p->list##_n) \
			memcpy(v, p->list, p->list##_n * sizeof *p->list); \
		q->list = v; \
	} while (0)

static struct policy *copy(struct arena *a, const struct policy *p)
{
	struct policy *q = arena_new(a, struct policy);

	*q = *p;
	COPY(purposes);
	COPY(recipients);
	COPY(cookies);
	COPY(tags);
	COPY(tables);
	for (size_t i = 0; i < q->tables_n; i++) {
		struct policy_keep *v =
			arena_array(a, struct policy_keep, q->tables[i].keeps_n + 1);

		if (q->tables[i].keeps_n)
			memcpy(v, q->tables[i].keeps, q->tables[i].keeps_n * sizeof *v);
		q->tables[i].keeps = v;
	}
	return q;
}

#define EACH(x, map, list, what, narrow) \
	do { \
		if (!(map) || !map_kind(&(x)->r, (map), NODE_MAP, "`" what "`")) \
			break; \
		for (size_t i = 0; i < (map)->n; i++) { \
			bool found = false; \
\
			for (size_t k = 0; k < (x)->p->list##_n && !found; k++) \
				if (str_eq((x)->p->list[k].name, (map)->keys[i].name)) { \
					narrow((x), &(x)->p->list[k], (map)->items[i]); \
					found = true; \
				} \
			if (!found) \
				WRONG((x), (map)->keys[i].at, \
					"`" STR_FMT "` is not in the policy: `" what \
					"` can only be narrowed", \
					STR_ARG((map)->keys[i].name)); \
		} \
	} while (0)

const struct policy *policy_narrow(struct arena *a, const struct policy *p,
	const struct policy_source *file, struct policy_errors *e)
{
	struct narrow_file {
		const struct node *off, *operator, * recipients, *cookies, *tags, *keep;
	} f = {0};
	static const struct key keys[] = {
		{"off", KEY_NODE, ONE(struct narrow_file, off)},
		{"operator", KEY_NODE, ONE(struct narrow_file, operator)},
		{"recipients", KEY_NODE, ONE(struct narrow_file, recipients)},
		{"cookies", KEY_NODE, ONE(struct narrow_file, cookies)},
		{"tags", KEY_NODE, ONE(struct narrow_file, tags)},
		{"keep", KEY_NODE, ONE(struct narrow_file, keep)},
	};
	struct policy *q = copy(a, p);
	struct narrowing x = {.r = {.a = a, .e = e, .p = q}, .p = q};
	struct growing g = {.r = x.r, .p = q};
	size_t before = e->n;
	const struct node *root = yaml_read(a, file, e);

	if (!root || root->bad || !map_read(&x.r, root, "narrow.yaml", keys, COUNT(keys), &f))
		return NULL;
	if (f.off)
		purposes_off(&x, f.off);
	if (f.operator) {
		q->operator.at =(struct place){0};
		read_operator(&g, f.operator);
	}
	EACH(&x, f.recipients, recipients, "recipients", recipient_narrow);
	EACH(&x, f.cookies, cookies, "cookies", cookie_narrow);
	EACH(&x, f.tags, tags, "tags", tag_narrow);
	EACH(&x, f.keep, tables, "keep", keep_narrow);
	if (e->n == before)
		policy_check_outside(a, q, e);
	if (e->n != before)
		return NULL;
	q->hash = policy_hash(a, q);
	return q;
}
