/* Two policies compared, fact by fact, and what each difference asks of people.
 *
 * Wider means: a new purpose, recipient, country, field, special category, a weaker basis, longer
 * retention, more rows or more people who may look. Wider is told, or asked where the use rests on
 * consent. Narrower and other words ask nothing. */
#include "read.h"

#include <stdlib.h>

const char *const policy_class_names[] = {"editorial", "notice", "consent", NULL};

enum { PARTS_MAX = 8 };
struct diff {
	struct arena *a;
	const struct policy_facts *before, *after;
	struct policy_changes out;
};
struct at { /* one difference, its path in parts: table orders keep 01 for */
	struct diff *d;
	str path, before, after, part[PARTS_MAX];
	size_t parts;
};

/* ---- facts of either side ---------------------------------------------------------------- */
static str fact(const struct policy_facts *f, str path)
{
	size_t from = 0, to = f->n;

	while (from < to) {
		size_t mid = (from + to) / 2;
		int c = str_cmp(f->v[mid].path, path);

		if (!c)
			return f->v[mid].value;
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return (str){0};
}

#define FACT(x, side, ...) fact((x)->d->side, str_fmt((x)->d->a, __VA_ARGS__))

static bool on_consent(const struct at *x, str purpose)
{
	return str_eq(FACT(x, after, "purpose." STR_FMT ".basis", STR_ARG(purpose)), S("A6-1-a"));
}

/* Is a column personal? It has an identifier, or is sealed. */
static bool personal(const struct at *x, str table, str column)
{
	return FACT(x, after, "table." STR_FMT ".column." STR_FMT ".dpv", STR_ARG(table),
		       STR_ARG(column))
		       .n ||
	       str_starts(FACT(x, after, "table." STR_FMT ".column." STR_FMT ".type",
				  STR_ARG(table), STR_ARG(column)),
		       S("sealed"));
}

static bool planned(const struct at *x)
{
	return FACT(
		x, after, STR_FMT "." STR_FMT ".planned", STR_ARG(x->part[0]), STR_ARG(x->part[1]))
		.n;
}

/* Does one of a recipient's purposes rest on consent? Then that purpose. */
static str consent_of(const struct at *x, str recipient)
{
	str head = str_fmt(x->d->a, "recipient." STR_FMT ".purpose.", STR_ARG(recipient));

	for (size_t i = 0; i < x->d->after->n; i++) {
		str path = x->d->after->v[i].path;

		if (str_starts(path, head) && on_consent(x, str_sub(path, head.n, path.n)))
			return str_sub(path, head.n, path.n);
	}
	return (str){0};
}

static bool any_under(const struct policy_facts *f, str name)
{
	str head = name;

	for (size_t i = 0; i < f->n; i++)
		if (str_starts(f->v[i].path, head) && f->v[i].path.n > head.n &&
			f->v[i].path.p[head.n] == '.')
			return true;
	return false;
}

/* ---- what a difference is ---------------------------------------------------------------- */
struct verdict {
	enum policy_class class;
	enum policy_change_kind kind;
	enum policy_touched touched;
	str of, purpose;
};
static const struct verdict words = {CLASS_EDITORIAL, CHANGE_WORDS, TOUCHED_NOBODY, {0}, {0}},
			    narrower = {CLASS_EDITORIAL, CHANGE_NARROWER, TOUCHED_NOBODY, {0}, {0}};

static struct verdict told(enum policy_change_kind kind, enum policy_touched touched, str of)
{
	return (struct verdict){CLASS_NOTICE, kind, touched, of, {0}};
}

/* A use of data by a purpose: those who agreed to it are asked again, or it is told. */
static struct verdict used(const struct at *x, enum policy_change_kind kind, str purpose,
	enum policy_touched touched, str of)
{
	if (on_consent(x, purpose))
		return (struct verdict){CLASS_CONSENT, kind, TOUCHED_CONSENTERS, purpose, purpose};
	return told(kind, touched, of);
}

static struct verdict basis(const struct at *x)
{
	bool now = str_eq(x->after, S("A6-1-a")), was = str_eq(x->before, S("A6-1-a"));
	str purpose = x->part[1];

	if (!x->after.n)
		return narrower;
	if (str_eq(x->after, S("none")))
		return words;
	if (!x->before.n)
		return now ? (struct verdict){CLASS_CONSENT, CHANGE_PURPOSE, TOUCHED_EVERYONE, {0},
				     purpose}
			   : told(CHANGE_PURPOSE, TOUCHED_EVERYONE, (str){0});
	if (now || was) /* who said no was promised that no is an answer */
		return (struct verdict){
			CLASS_CONSENT, CHANGE_BASIS, TOUCHED_EVERYONE, {0}, purpose};
	return told(CHANGE_BASIS, TOUCHED_EVERYONE, (str){0});
}

static int objection_rank(str s)
{
	return str_eq(s, S("absolute")) ? 2 : str_eq(s, S("assessed")) ? 1 : 0;
}

static struct verdict purpose(const struct at *x)
{
	str key = x->part[2];

	if (str_eq(key, S("basis")))
		return basis(x);
	if (str_eq(key, S("off"))) {
		if (x->after.n)
			return narrower;
		return on_consent(x, x->part[1]) ? (struct verdict){CLASS_CONSENT, CHANGE_PURPOSE,
							   TOUCHED_EVERYONE, {0}, x->part[1]}
						 : told(CHANGE_PURPOSE, TOUCHED_EVERYONE, (str){0});
	}
	if (str_eq(key, S("objection")))
		return objection_rank(x->after) < objection_rank(x->before)
			       ? told(CHANGE_BASIS, TOUCHED_EVERYONE, (str){0})
			       : narrower;
	if (str_eq(key, S("dpv")))
		return used(x, CHANGE_PURPOSE, x->part[1], TOUCHED_EVERYONE, (str){0});
	if (str_eq(key, S("opens")) || str_eq(key, S("compatible_with")))
		return x->after.n ? told(CHANGE_WHO, TOUCHED_EVERYONE, (str){0}) : narrower;
	if (str_eq(key, S("staff")))
		return x->after.n ? narrower : told(CHANGE_WHO, TOUCHED_EVERYONE, (str){0});
	if (str_eq(key, S("role"))) {
		str kind = FACT(x, after, "role." STR_FMT ".kind", STR_ARG(x->part[3]));

		if (!x->after.n)
			return narrower;
		return str_eq(kind, S("3")) /* principal: the program itself */
			       ? words
			       : used(x, CHANGE_WHO, x->part[1], TOUCHED_EVERYONE, (str){0});
	}
	return words;
}

static struct verdict grant(const struct at *x)
{
	str table = x->part[1], use = x->part[3], key = x->part[4];
	bool any = false;
	str head = str_fmt(
		x->d->a, "table." STR_FMT ".grant." STR_FMT ".read.", STR_ARG(table), STR_ARG(use));

	if (str_eq(key, S("read"))) {
		if (!x->after.n)
			return narrower;
		return personal(x, table, x->part[5])
			       ? used(x, CHANGE_USE, use, TOUCHED_SUBJECTS, table)
			       : words;
	}
	for (size_t i = 0; i < x->d->after->n && !any; i++)
		any = str_starts(x->d->after->v[i].path, head) &&
		      personal(x, table, str_sub(x->d->after->v[i].path, head.n, 999));
	if (str_eq(key, S("consent"))) {
		if (x->after.n)
			return narrower;
		return (struct verdict){CLASS_CONSENT, CHANGE_USE, TOUCHED_SUBJECTS, table, use};
	}
	if (str_eq(key, S("using")) && any)
		return used(x, CHANGE_WHO, use, TOUCHED_SUBJECTS, table);
	return words;
}

static struct verdict keep(const struct at *x)
{
	str table = x->part[1], key = x->part[4];

	if (str_eq(key, S("because")))
		return words;
	if (str_eq(key, S("for")) && x->before.n && x->after.n &&
		policy_duration_s(x->after) <= policy_duration_s(x->before))
		return policy_duration_s(x->after) < policy_duration_s(x->before) ? narrower
										  : words;
	if (str_eq(key, S("then")) && str_eq(x->after, S("erase")))
		return narrower;
	return told(CHANGE_LONGER, TOUCHED_SUBJECTS, table);
}

static struct verdict table(const struct at *x)
{
	str name = x->part[1], key = x->part[2], last = x->part[4];

	if (str_eq(key, S("grant")))
		return grant(x);
	if (str_eq(key, S("keep")))
		return keep(x);
	if (str_eq(key, S("group")) && str_eq(last, S("special")))
		return x->after.n ? (struct verdict){CLASS_CONSENT, CHANGE_SPECIAL,
					    TOUCHED_SUBJECTS, name, {0}}
				  : narrower;
	if (str_eq(key, S("group")) && str_eq(last, S("field")))
		return x->after.n ? told(CHANGE_FIELD, TOUCHED_SUBJECTS, name) : narrower;
	if (str_eq(key, S("group")) && str_eq(last, S("required")))
		return x->after.n && !x->before.n ? told(CHANGE_FIELD, TOUCHED_EVERYONE, (str){0})
						  : words;
	if (str_eq(key, S("column")) && (str_eq(last, S("dpv")) || str_eq(last, S("published")) ||
						str_eq(last, S("subject"))))
		return x->after.n ? told(CHANGE_FIELD, TOUCHED_SUBJECTS, name) : narrower;
	return words;
}

static struct verdict recipient(const struct at *x)
{
	static const struct {
		const char *key;
		enum policy_change_kind kind;
	} wider[] = {{"country", CHANGE_COUNTRY}, {"instrument", CHANGE_COUNTRY},
		{"field", CHANGE_MORE_OUT}, {"purpose", CHANGE_MORE_OUT}, {"role", CHANGE_MORE_OUT},
		{"category", CHANGE_MORE_OUT}, {"title", CHANGE_RECIPIENT},
		{"planned", CHANGE_RECIPIENT}};
	bool fresh = !FACT(x, before, "recipient." STR_FMT ".title", STR_ARG(x->part[1])).n;
	str key = x->part[2], asks;

	if (planned(x)) /* nothing is sent to it */
		return x->before.n ? narrower : words;
	if (!str_eq(key, S("planned")) && !x->after.n)
		return narrower;
	for (size_t i = 0; i < COUNT(wider); i++) {
		enum policy_change_kind kind = fresh ? CHANGE_RECIPIENT : wider[i].kind;

		if (!str_eq(key, str_of(wider[i].key)))
			continue;
		asks = consent_of(x, x->part[1]);
		if (asks.n)
			return (struct verdict){
				CLASS_CONSENT, kind, TOUCHED_CONSENTERS, asks, asks};
		return str_eq(key, S("field")) ? told(kind, TOUCHED_SUBJECTS, x->part[3])
					       : told(kind, TOUCHED_EVERYONE, (str){0});
	}
	return words;
}

/* Terms that later data must meet: fewer of them is more data. */
static struct verdict collection(const struct at *x)
{
	static const char *const terms[] = {"never", "consent", "shared", "asks", "need", "only"};
	str key = x->part[2];

	for (size_t i = 0; i < COUNT(terms); i++)
		if (str_eq(key, str_of(terms[i])) && x->before.n &&
			any_under(x->d->after,
				str_fmt(x->d->a, "collection." STR_FMT, STR_ARG(x->part[1]))))
			return told(CHANGE_FIELD, TOUCHED_EVERYONE, (str){0});
	return words;
}

static struct verdict transfer(const struct at *x)
{
	str key = x->part[2];

	if (!x->after.n)
		return narrower;
	if (x->before.n && (str_eq(key, S("kind")) || str_eq(key, S("article")) ||
				   str_eq(key, S("module")) || str_eq(key, S("importer"))))
		return told(CHANGE_COUNTRY, TOUCHED_EVERYONE, (str){0});
	return words;
}

/* Cookies and tags. A class is 1 for essential; a higher one is a thing that people may refuse. */
static struct verdict cookie(const struct at *x)
{
	str key = x->part[2], class = FACT(x, after, STR_FMT "." STR_FMT ".class",
				      STR_ARG(x->part[0]), STR_ARG(x->part[1]));
	struct verdict wider = str_eq(class, S("1"))
				       ? told(CHANGE_COOKIE, TOUCHED_EVERYONE, (str){0})
				       : (struct verdict){CLASS_CONSENT, CHANGE_COOKIE,
						 TOUCHED_EVERYONE, {0}, {0}};
	int64_t was = 0, is = 0;

	if (planned(x))
		return words;
	if (str_eq(key, S("planned")))
		return x->after.n ? narrower : wider;
	if (!x->after.n)
		return narrower;
	if (str_eq(key, S("max_age_s"))) {
		MUST(!x->before.n || str_int(x->before, &was));
		MUST(str_int(x->after, &is));
		return is > was ? wider : narrower;
	}
	if (str_eq(key, S("class")) && x->before.n)
		return str_cmp(x->after, x->before) > 0
			       ? narrower
			       : told(CHANGE_COOKIE, TOUCHED_EVERYONE, (str){0});
	if (str_eq(key, S("class")) || str_eq(key, S("party")) || str_eq(key, S("serves")) ||
		str_eq(key, S("host")) || str_eq(key, S("cookie")) || str_eq(key, S("kind")) ||
		str_eq(key, S("src")))
		return wider;
	return words;
}

static struct verdict mail(const struct at *x)
{
	str to = FACT(x, after, "mail." STR_FMT ".recipient", STR_ARG(x->part[1]));
	str use = FACT(x, after, "mail." STR_FMT ".purpose", STR_ARG(x->part[1]));

	if (!x->after.n)
		return narrower;
	if (!str_eq(x->part[2], S("field")))
		return words;
	/* what the recipient gets already is no news, whichever mail carries it */
	if (FACT(x, before, "recipient." STR_FMT ".field." STR_FMT "." STR_FMT, STR_ARG(to),
		    STR_ARG(x->part[3]), STR_ARG(x->part[4]))
			.n ||
		!personal(x, x->part[3], x->part[4]))
		return words;
	return used(x, CHANGE_MORE_OUT, use, TOUCHED_SUBJECTS, x->part[3]);
}

static struct verdict around(const struct at *x)
{
	str kind = x->part[0], key = x->part[1];
	int64_t was, is;

	if (str_eq(kind, S("operator")) && (str_eq(key, S("name")) || str_eq(key, S("country"))))
		return told(CHANGE_OPERATOR, TOUCHED_EVERYONE, (str){0});
	if (str_eq(kind, S("interest")) && x->before.n && x->after.n &&
		(str_eq(x->part[2], S("interest")) || str_eq(x->part[2], S("whose"))))
		return told(CHANGE_BASIS, TOUCHED_EVERYONE, (str){0});
	if (str_eq(kind, S("minors")) && str_eq(key, S("age")))
		return str_int(x->before, &was) && str_int(x->after, &is) && is >= was
			       ? words
			       : told(CHANGE_WHO, TOUCHED_EVERYONE, (str){0});
	if (str_eq(kind, S("region")) && str_eq(x->part[2], S("country")) && !x->after.n)
		return told(CHANGE_WHO, TOUCHED_EVERYONE, (str){0});
	return words;
}

static struct verdict verdict(const struct at *x)
{
	static const struct {
		const char *kind;
		struct verdict (*of)(const struct at *);
	} judges[] = {{"purpose", purpose}, {"table", table}, {"recipient", recipient},
		{"transfer", transfer}, {"cookie", cookie}, {"tag", cookie}, {"mail", mail},
		{"collection", collection}};

	for (size_t i = 0; i < COUNT(judges); i++)
		if (str_eq(x->part[0], str_of(judges[i].kind)))
			return judges[i].of(x);
	return around(x);
}

/* ---- going through both ------------------------------------------------------------------ */
static void change_add(struct diff *d, str path, str before, str after)
{
	struct at x = {.d = d, .path = path, .before = before, .after = after};
	struct verdict v;
	str rest = path;

	while (rest.n && x.parts < PARTS_MAX)
		x.part[x.parts++] = str_cut(&rest, '.');
	v = verdict(&x);
	*ARENA_PUSH(d->a, &d->out) = (struct policy_change){.path = path,
		.before = before,
		.after = after,
		.class = v.class,
		.kind = v.kind,
		.touched = v.touched,
		.of = v.of,
		.purpose = v.purpose};
	if (v.class > d->out.class)
		d->out.class = v.class;
}

/* The name that a path stands under: purpose.trade of purpose.trade.why. */
static str name_of(str path)
{
	str rest = path;

	str_cut(&rest, '.');
	str_cut(&rest, '.');
	return rest.n ? str_sub(path, 0, path.n - rest.n - 1) : path;
}

/* Things that are wholly new or wholly gone are one change: the gravest of their facts. */
static void fold(struct diff *d)
{
	struct policy_changes out = {.class = d->out.class};
	str name = {0};
	bool whole = false;

	for (size_t i = 0; i < d->out.n; i++) {
		struct policy_change c = d->out.v[i];
		str at = name_of(c.path);

		if (!str_eq(at, name)) {
			name = at;
			whole = !str_eq(at, c.path) && !str_starts(at, S("operator")) &&
				(!any_under(d->before, at) || !any_under(d->after, at));
			if (whole) {
				c.path = at;
				*ARENA_PUSH(d->a, &out) = c;
				continue;
			}
		}
		if (!whole)
			*ARENA_PUSH(d->a, &out) = c;
		else if (c.class > out.v[out.n - 1].class) {
			c.path = at;
			out.v[out.n - 1] = c;
		}
	}
	d->out = out;
}

struct policy_changes policy_diff(
	struct arena *a, const struct policy_facts *before, const struct policy_facts *after)
{
	struct diff d = {.a = a, .before = before, .after = after};
	size_t i = 0, k = 0;

	while (i < before->n || k < after->n) {
		int c = i == before->n	? 1
			: k == after->n ? -1
					: str_cmp(before->v[i].path, after->v[k].path);

		if (c < 0)
			change_add(&d, before->v[i].path, before->v[i].value, (str){0});
		else if (c > 0)
			change_add(&d, after->v[k].path, (str){0}, after->v[k].value);
		else if (!str_eq(before->v[i].value, after->v[k].value))
			change_add(&d, after->v[k].path, before->v[i].value, after->v[k].value);
		i += c <= 0;
		k += c >= 0;
	}
	fold(&d);
	return d.out;
}

/* ---- as text ----------------------------------------------------------------------------- */
static str shown(struct arena *a, str s)
{
	return s.n > 60 ? str_fmt(a, "%.57s...", s.p) : s.n ? s : S("nothing");
}

str policy_changes_text(struct arena *a, const struct policy_changes *c)
{
	static const char *const kinds[CHANGE_KIND_COUNT_] = {[CHANGE_WORDS] = "words only",
		[CHANGE_NARROWER] = "narrower",
		[CHANGE_PURPOSE] = "a new purpose",
		[CHANGE_BASIS] = "another basis, or a weaker right to object",
		[CHANGE_USE] = "a purpose uses more data",
		[CHANGE_FIELD] = "more data is collected",
		[CHANGE_SPECIAL] = "a special category of data",
		[CHANGE_LONGER] = "kept longer, or in another way",
		[CHANGE_RECIPIENT] = "a new recipient",
		[CHANGE_MORE_OUT] = "a recipient gets more",
		[CHANGE_COUNTRY] = "another country, or another instrument",
		[CHANGE_COOKIE] = "a cookie or tag is new or does more",
		[CHANGE_WHO] = "more may look, or at more rows",
		[CHANGE_OPERATOR] = "another operator"};
	size_t count[CLASS_CONSENT + 1] = {0};
	str s = S("");

	for (int class = CLASS_CONSENT; class >= CLASS_EDITORIAL; class --)
		for (size_t i = 0; i < c->n; i++) {
			const struct policy_change *x = &c->v[i];
			str who = S("");

			if ((int)x->class != class)
				continue;
			count[class]++;
			if (x->touched == TOUCHED_EVERYONE)
				who = S("; touches everyone");
			else if (x->touched == TOUCHED_SUBJECTS)
				who = str_fmt(a, "; touches the people whose data is in " STR_FMT,
					STR_ARG(x->of));
			else if (x->touched == TOUCHED_CONSENTERS)
				who = str_fmt(a, "; touches those who agreed to " STR_FMT,
					STR_ARG(x->of));
			if (x->purpose.n)
				who = str_fmt(a, STR_FMT "; " STR_FMT " waits for their answer",
					STR_ARG(who), STR_ARG(x->purpose));
			s = str_fmt(a,
				STR_FMT "%-9s " STR_FMT ": " STR_FMT " -> " STR_FMT
					"\n          %s" STR_FMT "\n",
				STR_ARG(s), policy_class_names[class - 1], STR_ARG(x->path),
				STR_ARG(shown(a, x->before)), STR_ARG(shown(a, x->after)),
				kinds[x->kind], STR_ARG(who));
		}
	return str_fmt(a, STR_FMT "%zu change%s: %zu for consent, %zu for notice, %zu editorial\n",
		STR_ARG(s), c->n, c->n == 1 ? "" : "s", count[CLASS_CONSENT], count[CLASS_NOTICE],
		count[CLASS_EDITORIAL]);
}
