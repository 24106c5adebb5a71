/* DPV: the identifiers of the W3C Data Privacy Vocabulary that a policy may use. */
#include "read.h"
#include "../base/limits.h"

struct term {
	str id, kind, parent;
	struct place at;
};
struct dpv {
	struct arena *a;
	struct term *v;
	size_t n, cap;
};

struct dpv *dpv_make(struct arena *a)
{
	struct dpv *d = arena_new(a, struct dpv);

	d->a = a;
	return d;
}

static const struct term *term_of(const struct dpv *d, str id)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_eq(d->v[i].id, id))
			return &d->v[i];
	return NULL;
}

static bool kind_known(str k)
{
	return str_eq(k, S("purpose")) || str_eq(k, S("data")) || str_eq(k, S("basis")) ||
	       str_eq(k, S("term")) || str_eq(k, S("justification"));
}

void dpv_read(struct dpv *d, const struct policy_source *file, struct policy_errors *e)
{
	str rest = file->text;
	struct place at = {file->name, 0, 1};

	if (rest.n > POLICY_FILE_BYTES_MAX || !str_utf8(rest)) {
		policy_error(d->a, e, (struct place){file->name, 1, 1},
			"not UTF-8, or over %d bytes", POLICY_FILE_BYTES_MAX);
		return;
	}
	while (rest.n) {
		str line = str_cut(&rest, '\n');
		struct term t = {.id = str_cut(&line, ','),
			.kind = str_cut(&line, ','),
			.parent = str_cut(&line, ',')};

		at.line++;
		t.at = at;
		if (at.line == 1 && str_eq(t.id, S("id")))
			continue;
		if (!str_has(t.id, ':') || !kind_known(t.kind) || line.n)
			policy_error(d->a, e, at,
				"a line is `prefix:Name,purpose|data|basis|justification|term,"
				"parent`");
		else if (term_of(d, t.id))
			policy_error(d->a, e, at, "`" STR_FMT "` stands in the list already",
				STR_ARG(t.id));
		else
			*ARENA_PUSH(d->a, d) = t;
	}
}

void dpv_done(struct dpv *d, struct policy_errors *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct term *t = &d->v[i], *up = term_of(d, t->parent);

		if (str_starts(t->id, S("kt:")) &&
			(!up || str_starts(up->id, S("kt:")) || !str_eq(up->kind, t->kind)))
			policy_error(d->a, e, t->at,
				"`" STR_FMT
				"` needs a parent of W3C DPV of its own kind, and has `" STR_FMT
				"`",
				STR_ARG(t->id), STR_ARG(t->parent));
	}
}

void dpv_check(struct dpv *d, str id, const char *kind, struct place at, struct policy_errors *e)
{
	const struct term *t = term_of(d, id), *best = NULL;
	size_t least = (size_t)-1;

	if (t && str_eq(t->kind, str_of(kind)))
		return;
	if (t) {
		policy_error(d->a, e, at,
			"`" STR_FMT "` is a DPV identifier of kind " STR_FMT
			", and one of kind %s is needed",
			STR_ARG(id), STR_ARG(t->kind), kind);
		return;
	}
	for (size_t i = 0; i < d->n; i++) {
		size_t far =
			policy_distance(id, d->v[i].id) + 2 * !str_eq(d->v[i].kind, str_of(kind));

		if (far < least) {
			least = far;
			best = &d->v[i];
		}
	}
	if (best)
		policy_error(d->a, e, at,
			"`" STR_FMT
			"` is not a DPV identifier of the list; the nearest is `" STR_FMT "`",
			STR_ARG(id), STR_ARG(best->id));
	else
		policy_error(d->a, e, at,
			"`" STR_FMT
			"` cannot be checked: there is no list of DPV identifiers (dpv/terms.csv)",
			STR_ARG(id));
}
