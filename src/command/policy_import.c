/* Drafts of policy files from a file of fideslang. What stands there is carried over; what a policy
 * needs and fideslang does not say is drafted and listed, what it says and a policy does not is
 * listed too, each with its line. */
#include "base/out.h"
#include "command/policy_out.h"
#include "policy/embedded.h"
#include "policy/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { IMPORT_BYTES_MAX = 1 << 20, DRAFT_BYTES_MAX = 1 << 20, IMPORT_BITS = 62 };

struct import {
	struct arena *a;
	const char *folder;
	const struct node *root;
	struct policy_errors wrong, lost;
	int bits, files;
	bool dry; /* looks for mistakes, writes nothing */
	bool interests, people;
};
#define WRONG(x, at, ...) policy_error((x)->a, &(x)->wrong, (at), __VA_ARGS__)
#define LOST(x, at, ...) policy_error((x)->a, &(x)->lost, (at), __VA_ARGS__)

/* ---- reading -------------------------------------------------------------------------------- */
static str text_of(struct import *x, const struct node *map, const char *key)
{
	const struct node *n = yaml_get(map, key);

	if (!n)
		return S("");
	if (n->kind != NODE_TEXT) {
		WRONG(x, n->at, "`%s` must be a plain value", key);
		return S("");
	}
	return n->text;
}

/* A list, also an empty one; NULL when it is not there or is none. */
static const struct node *list_of(struct import *x, const struct node *map, const char *key)
{
	const struct node *n = yaml_get(map, key);

	if (n && n->kind != NODE_LIST) {
		WRONG(x, n->at, "`%s` must be a list", key);
		return NULL;
	}
	return n;
}

static bool holds(const struct node *list, str word)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->items[i]->kind == NODE_TEXT && str_eq(list->items[i]->text, word))
			return true;
	return false;
}

static bool is_name(str s)
{
	bool fine = s.n && s.n <= 60 && s.p[0] >= 'a' && s.p[0] <= 'z';

	for (size_t i = 0; i < s.n && fine; i++)
		fine = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
		       s.p[i] == '_';
	return fine;
}

static str name_of(struct import *x, const struct node *map, const char *key)
{
	str s = text_of(x, map, key);

	if (!is_name(s))
		WRONG(x, map->at,
			"`%s` must be a name (a letter, then letters, digits or _, lower case), "
			"and "
			"is `" STR_FMT "`",
			key, STR_ARG(s));
	return s;
}

/* What is not among these keys has no place in a policy. */
static void keys_known(struct import *x, const struct node *map, const char *const *known)
{
	for (size_t i = 0; i < map->n; i++) {
		const char *const *k = known;

		while (*k && !str_eq(map->keys[i].name, str_of(*k)))
			k++;
		if (!*k)
			LOST(x, map->keys[i].at, "`" STR_FMT "` has no equivalent and is left out",
				STR_ARG(map->keys[i].name));
	}
}

static const struct node *maps_of(struct import *x, const struct node *map, const char *key)
{
	const struct node *l = list_of(x, map, key);

	for (size_t i = 0; l && i < l->n; i++)
		if (l->items[i]->kind != NODE_MAP) {
			WRONG(x, l->items[i]->at, "an element of `%s` must be a map", key);
			return NULL;
		}
	return l;
}

/* ---- writing -------------------------------------------------------------------------------- */
static bool file_write(struct import *x, const char *name, str text)
{
	str path = str_fmt(x->a, "%s/%s", x->folder, name);

	if (x->dry)
		return true;
	FILE *f = fopen(path.p, "wx");

	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f)) {
		fprintf(stderr, "kontor policy: %s: %s\n", path.p, strerror(errno));
		return false;
	}
	x->files++;
	return true;
}

static void quoted(struct out *o, str s)
{
	struct json j = json_to(o);

	json_str(&j, s.n ? s : S("to be said"));
}

/* The DPV identifier behind a field: named in its description, or its category's. */
static str dpv_of(struct import *x, const struct node *field)
{
	const struct node *categories = list_of(x, field, "data_categories");
	str said = text_of(x, field, "description"), dpv;

	if (str_starts(said, S("pd:")) || str_starts(said, S("kt:")) || str_starts(said, S("dpv:")))
		return said;
	if (!categories || !categories->n)
		return S("");
	dpv = categories->items[0]->kind == NODE_TEXT
		      ? fides_category_dpv(categories->items[0]->text)
		      : S("");
	if (!dpv.n) {
		LOST(x, categories->items[0]->at,
			"the category `" STR_FMT "` has no equivalent: dpv:PersonalData is drafted",
			STR_ARG(categories->items[0]->text));
		dpv = S("dpv:PersonalData");
	}
	return dpv;
}

static bool integer(struct import *x, const struct node *field)
{
	const struct node *meta = yaml_get(field, "fides_meta");

	return meta && meta->kind == NODE_MAP &&
	       str_eq(text_of(x, meta, "data_type"), S("integer"));
}

struct draft {
	const struct node *set, *fields;
	str name, subject, event, duration, because;
	struct out columns, groups;
	bool own_id;  /* the table of people itself */
	bool drafted; /* the column with whose the row is was not there */
};

/* "consignee.name" is a field of the group consignee; a personal text alone a group of its own. */
static str group_of(str field)
{
	str rest = field;

	return str_cut(&rest, '.');
}

static void group_add(struct import *x, struct draft *d, str group)
{
	bool first = true;

	out_fmt(&d->groups, "  " STR_FMT ": {fields: {", STR_ARG(group));
	for (size_t i = 0; i < d->fields->n; i++) {
		const struct node *f = d->fields->items[i];
		str name = text_of(x, f, "name"), rest = name, dpv = dpv_of(x, f);

		if (!str_eq(str_cut(&rest, '.'), group) || !dpv.n)
			continue;
		out_fmt(&d->groups, "%s" STR_FMT ": \"" STR_FMT "\"", first ? "" : ", ",
			STR_ARG(rest.n ? rest : S("value")), STR_ARG(dpv));
		first = false;
	}
	out_fmt(&d->groups, "}, subject: " STR_FMT "}\n", STR_ARG(d->subject));
	out_fmt(&d->columns, "  " STR_FMT ": {type: sealed, null: yes}\n", STR_ARG(group));
}

static bool group_before(struct import *x, const struct draft *d, size_t i, str group)
{
	for (size_t k = 0; k < i; k++)
		if (str_eq(group_of(text_of(x, d->fields->items[k], "name")), group))
			return true;
	return false;
}

static void field_add(struct import *x, struct draft *d, size_t i)
{
	static const char *const known[] = {
		"name", "description", "data_categories", "fides_meta", NULL};
	const struct node *f = d->fields->items[i];
	str name = text_of(x, f, "name"), dpv = dpv_of(x, f), rest = name, group;

	keys_known(x, f, known);
	group = str_cut(&rest, '.');
	if (!is_name(group) || (rest.n && !is_name(rest))) {
		WRONG(x, f->at,
			"`name` of a field must be a name or group.name, and is `" STR_FMT "`",
			STR_ARG(name));
		return;
	}
	if (str_eq(name, S("id")))
		return;
	if (!rest.n && dpv.n && integer(x, f))
		out_fmt(&d->columns, "  " STR_FMT ": {type: %s, null: yes, dpv: \"" STR_FMT "\"}\n",
			STR_ARG(name), str_eq(dpv, S("kt:Author")) ? "person_id" : "int",
			STR_ARG(dpv));
	else if (dpv.n && !group_before(x, d, i, group))
		group_add(x, d, group);
	else if (!dpv.n)
		LOST(x, f->at, "the field `" STR_FMT "` is about nobody and is left out",
			STR_ARG(name));
}

/* Whose the rows are: the first id of a person among the fields, or one that is drafted. */
static void subject_find(struct import *x, struct draft *d)
{
	d->own_id = str_eq(d->name, S("person"));
	d->subject = d->own_id ? S("id") : S("person_id");
	d->drafted = true;
	for (size_t i = 0; i < d->fields->n && !d->own_id; i++)
		if (str_eq(dpv_of(x, d->fields->items[i]), S("kt:Author")) &&
			integer(x, d->fields->items[i])) {
			str name = text_of(x, d->fields->items[i], "name");

			if (!is_name(name))
				continue;
			d->subject = name;
			d->drafted = false;
			LOST(x, d->fields->items[i]->at,
				"`" STR_FMT "` is taken for whose the rows of `" STR_FMT "` are",
				STR_ARG(name), STR_ARG(d->name));
			return;
		}
}

struct named {
	str *v;
	size_t n, cap;
};

static void named_add(struct import *x, struct named *w, str s)
{
	for (size_t i = 0; i < w->n; i++)
		if (str_eq(w->v[i], s))
			return;
	*ARENA_PUSH(x->a, w) = s;
}

static bool any_of(struct import *x, const struct node *use, const struct node *field)
{
	const struct node *data = list_of(x, use, "data_categories"),
			  *of = list_of(x, field, "data_categories");

	for (size_t i = 0; of && i < of->n; i++)
		if (of->items[i]->kind == NODE_TEXT && holds(data, of->items[i]->text))
			return true;
	return false;
}

/* A column is read as a whole: is all that it holds of the use's categories? */
static bool whole(struct import *x, const struct draft *d, const struct node *use, str column)
{
	for (size_t i = 0; i < d->fields->n; i++)
		if (str_eq(group_of(text_of(x, d->fields->items[i], "name")), column) &&
			!any_of(x, use, d->fields->items[i]))
			return false;
	return true;
}

/* A use reads of a table what is of its categories. */
static void grant_write(
	struct import *x, struct out *o, const struct draft *d, const struct node *use)
{
	struct named w = {0};

	for (size_t i = 0; i < d->fields->n; i++)
		if (whole(x, d, use, group_of(text_of(x, d->fields->items[i], "name"))))
			named_add(x, &w, group_of(text_of(x, d->fields->items[i], "name")));
	out_fmt(o, "  " STR_FMT ": {read: [id", STR_ARG(text_of(x, use, "name")));
	for (size_t i = 0; i < w.n; i++)
		if (!str_eq(w.v[i], S("id")))
			out_fmt(o, ", " STR_FMT, STR_ARG(w.v[i]));
	out_lit(o, "]}\n");
}

static void grants_write(struct import *x, struct out *o, const struct draft *d)
{
	const struct node *systems = maps_of(x, x->root, "system");

	out_lit(o, "purposes:\n");
	for (size_t i = 0; systems && i < systems->n; i++) {
		const struct node *uses = maps_of(x, systems->items[i], "privacy_declarations");

		for (size_t k = 0; uses && k < uses->n; k++)
			if (holds(list_of(x, uses->items[k], "dataset_references"), d->name))
				grant_write(x, o, d, uses->items[k]);
	}
}

/* "P10Y after person.closed_at: tax law": the event becomes a column of the draft. */
static void keep_find(struct import *x, struct draft *d)
{
	const struct node *meta = yaml_get(d->set, "meta");
	str because = meta && meta->kind == NODE_MAP ? text_of(x, meta, "retention") : S(""),
	    event = str_cut(&because, ':'), duration = str_cut(&event, ' ');

	while (str_has(event, '.'))
		(void)str_cut(&event, '.');
	if (str_starts(event, S("after ")))
		event = str_sub(event, 6, event.n);
	d->event = is_name(event) ? event : S("closed_at");
	d->because = str_trim(because);
	d->duration = duration;
	if (policy_duration_s(duration) >= 0)
		return;
	LOST(x, d->set->at, "how long `" STR_FMT "` is kept is not said: P1Y is drafted",
		STR_ARG(d->name));
	d->duration = S("P1Y");
}

static void keep_write(struct out *o, const struct draft *d)
{
	out_fmt(o, "keep: [{from: " STR_FMT ", for: " STR_FMT ", because: ", STR_ARG(d->event),
		STR_ARG(d->duration));
	quoted(o, d->because);
	out_lit(o, ", then: erase}]\n");
}

static bool table_write(struct import *x, struct draft *d)
{
	struct out o;

	out_init(&o, x->a, 4096, DRAFT_BYTES_MAX, locales);
	out_fmt(&o, "table: " STR_FMT "\nabout: ", STR_ARG(d->name));
	quoted(&o, text_of(x, d->set, "description"));
	out_fmt(&o, "\nsubject: " STR_FMT "\n", STR_ARG(d->subject));
	if (!d->own_id)
		out_fmt(&o, "ids: [" STR_FMT "_id]\n", STR_ARG(d->name));
	out_fmt(&o, "columns:\n  id: " STR_FMT "_id\n", STR_ARG(d->name));
	if (!d->own_id && d->drafted)
		out_lit(&o, "  person_id: {type: person_id, null: yes}\n");
	out_str(&o, out_view(&d->columns));
	out_fmt(&o, "  " STR_FMT ": {type: time, null: yes}\n", STR_ARG(d->event));
	if (d->groups.n) {
		out_lit(&o, "groups:\n");
		out_str(&o, out_view(&d->groups));
	}
	grants_write(x, &o, d);
	keep_write(&o, d);
	return file_write(
		x, str_fmt(x->a, "tables/" STR_FMT ".yaml", STR_ARG(d->name)).p, out_view(&o));
}

static bool set_import(struct import *x, const struct node *set)
{
	static const char *const known[] = {"fides_key", "organization_fides_key", "name",
		"description", "meta", "collections", NULL};
	const struct node *all = maps_of(x, set, "collections");
	struct draft d = {.set = set};

	keys_known(x, set, known);
	if (!all || !all->n) {
		WRONG(x, set->at, "a dataset needs `collections`");
		return true;
	}
	for (size_t i = 0; i < all->n; i++) {
		d.name = name_of(x, all->items[i], "name");
		d.fields = maps_of(x, all->items[i], "fields");
		if (!d.fields || !is_name(d.name))
			continue;
		out_init(&d.columns, x->a, 1024, DRAFT_BYTES_MAX, locales);
		out_init(&d.groups, x->a, 1024, DRAFT_BYTES_MAX, locales);
		subject_find(x, &d);
		keep_find(x, &d);
		x->people |= d.own_id;
		for (size_t f = 0; f < d.fields->n; f++)
			field_add(x, &d, f);
		if (x->wrong.n == 0 && !table_write(x, &d))
			return false;
	}
	return true;
}

/* ---- purposes ------------------------------------------------------------------------------- */
struct purposes {
	struct out list, interests;
	str names[IMPORT_BITS];
};

static bool purpose_known(const struct import *x, const struct purposes *v, str name)
{
	for (int i = 0; i < x->bits; i++)
		if (str_eq(v->names[i], name))
			return true;
	return false;
}

/* The exact purpose stands among the features when we wrote the file. */
static str purpose_dpv(struct import *x, const struct node *use)
{
	const struct node *features = list_of(x, use, "features");
	str dpv = fides_use_dpv(text_of(x, use, "data_use"));

	for (size_t i = 0; features && i < features->n; i++)
		if (features->items[i]->kind == NODE_TEXT &&
			str_starts(features->items[i]->text, S("dpv:")))
			return features->items[i]->text;
	if (!dpv.n) {
		LOST(x, use->at,
			"the data use `" STR_FMT "` has no equivalent: dpv:CommercialPurpose is "
			"drafted",
			STR_ARG(text_of(x, use, "data_use")));
		dpv = S("dpv:CommercialPurpose");
	}
	return dpv;
}

static void interest_add(struct import *x, struct purposes *v, str name)
{
	if (str_find(out_view(&v->interests), str_fmt(x->a, "  " STR_FMT ":", STR_ARG(name))) !=
		(size_t)-1)
		return;
	out_fmt(&v->interests,
		"  " STR_FMT
		": {title: \"to be said\", whose: controller, interest: \"to be said\", "
		"necessity: \"to be said\", balance: \"to be said\", safeguards: [\"to be said\"], "
		"decided: 2026-01-01}\n",
		STR_ARG(name));
}

static void purpose_import(struct import *x, struct purposes *v, const struct node *use)
{
	static const char *const known[] = {"name", "data_categories", "data_use", "data_subjects",
		"dataset_references", "features", "legal_basis_for_processing",
		"impact_assessment_location", "retention_period", "data_shared_with_third_parties",
		"third_parties", NULL};
	str name = name_of(x, use, "name"), said = text_of(x, use, "legal_basis_for_processing"),
	    basis = fides_basis_letter(said);

	if (!is_name(name) || purpose_known(x, v, name))
		return;
	keys_known(x, use, known);
	if (x->bits == IMPORT_BITS) {
		WRONG(x, use->at, "over %d purposes", IMPORT_BITS);
		return;
	}
	if (!basis.n) {
		WRONG(x, use->at,
			"`" STR_FMT
			"` needs `legal_basis_for_processing`, one of Consent, Contract, "
			"Legal obligations, Vital interests, Public interest, Legitimate interests",
			STR_ARG(name));
		return;
	}
	v->names[x->bits] = name;
	out_fmt(&v->list,
		"  " STR_FMT ": {bit: %d, why: \"to be said\", dpv: " STR_FMT ", basis: " STR_FMT,
		STR_ARG(name), x->bits++, STR_ARG(purpose_dpv(x, use)), STR_ARG(basis));
	if (str_eq(basis, S("A6-1-f"))) {
		str lia = text_of(x, use, "impact_assessment_location");

		lia = is_name(lia) ? lia : name;
		out_fmt(&v->list, ", lia: " STR_FMT, STR_ARG(lia));
		interest_add(x, v, lia);
	}
	out_fmt(&v->list, "%s, roles: [draft]}\n",
		str_eq(basis, S("A6-1-a")) ? ", without: \"to be said\"" : "");
}

static bool purposes_write(struct import *x)
{
	const struct node *systems = maps_of(x, x->root, "system");
	struct purposes *v = arena_new(x->a, struct purposes);

	out_init(&v->list, x->a, 4096, DRAFT_BYTES_MAX, locales);
	out_init(&v->interests, x->a, 4096, DRAFT_BYTES_MAX, locales);
	for (size_t i = 0; systems && i < systems->n; i++) {
		const struct node *uses = maps_of(x, systems->items[i], "privacy_declarations");

		for (size_t k = 0; uses && k < uses->n; k++)
			purpose_import(x, v, uses->items[k]);
	}
	if (x->wrong.n)
		return true;
	return file_write(x, "purposes.yaml",
		str_fmt(x->a, "purposes:\n" STR_FMT "%s" STR_FMT, STR_ARG(out_view(&v->list)),
			v->interests.n ? "interests:\n" : "", STR_ARG(out_view(&v->interests))));
}

/* ---- recipients: systems that read no data set ---------------------------------------------- */
static bool reads_sets(struct import *x, const struct node *system)
{
	const struct node *uses = maps_of(x, system, "privacy_declarations");

	for (size_t k = 0; uses && k < uses->n; k++)
		if (yaml_get(uses->items[k], "dataset_references"))
			return true;
	return false;
}

static bool category_is(str s)
{
	for (const char *const *k = policy_category_names; *k; k++)
		if (str_eq(s, str_of(*k)))
			return true;
	return false;
}

static bool is_country(str s)
{
	return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

static void tags_write(struct import *x, const struct node *system, struct out *o)
{
	const struct node *tags = list_of(x, system, "tags");
	str category = S("by_consent");
	bool any = false;

	for (size_t i = 0; tags && i < tags->n; i++)
		if (tags->items[i]->kind == NODE_TEXT && category_is(tags->items[i]->text))
			category = tags->items[i]->text;
	out_fmt(o, "    category: " STR_FMT "\n    countries: [", STR_ARG(category));
	for (size_t i = 0; tags && i < tags->n; i++)
		if (tags->items[i]->kind == NODE_TEXT && is_country(tags->items[i]->text)) {
			out_fmt(o, "%s\"" STR_FMT "\"", any ? ", " : "",
				STR_ARG(tags->items[i]->text));
			any = true;
		}
	out_str(o, any ? S("]\n") : S("any]\n"));
	if (!any)
		LOST(x, system->at, "where it is, is not said: countries: any is drafted");
}

/* The columns of the drafts that hold what the use names by its categories. */
static void columns_find(struct import *x, const struct node *use, const struct node *all,
	struct named *w, bool judge)
{
	for (size_t k = 0; all && k < all->n; k++) {
		const struct node *fields = maps_of(x, all->items[k], "fields");
		str table = text_of(x, all->items[k], "name");

		for (size_t f = 0; fields && f < fields->n; f++)
			if (any_of(x, use, fields->items[f]) &&
				(!judge || str_eq(table, S("company"))))
				named_add(x, w,
					str_fmt(x->a, STR_FMT "." STR_FMT, STR_ARG(table),
						STR_ARG(text_of(x, fields->items[f], "name"))));
	}
}

static void uses_write(struct import *x, const struct node *system, struct out *o, bool judge)
{
	const struct node *uses = maps_of(x, system, "privacy_declarations"),
			  *sets = maps_of(x, x->root, "dataset");
	struct named w = {0};

	out_lit(o, "    purposes: [");
	for (size_t i = 0; uses && i < uses->n; i++) {
		out_fmt(o, "%s" STR_FMT, i ? ", " : "",
			STR_ARG(text_of(x, uses->items[i], "name")));
		for (size_t k = 0; sets && k < sets->n; k++)
			columns_find(x, uses->items[i], maps_of(x, sets->items[k], "collections"),
				&w, judge);
	}
	out_lit(o, "]\n    planned: yes\n    fields: [");
	for (size_t i = 0; i < w.n; i++)
		out_fmt(o, "%s" STR_FMT, i ? ", " : "", STR_ARG(w.v[i]));
	out_str(o, w.n ? S("]\n") : judge ? S("company.id]\n") : S("as_ordered]\n"));
	LOST(x, system->at,
		"which fields it gets is said by categories alone: every field of them is drafted");
}

static void recipient_import(struct import *x, const struct node *system, struct out *o)
{
	static const char *const known[] = {"fides_key", "organization_fides_key", "system_type",
		"name", "description", "privacy_policy", "responsibility", "tags",
		"does_international_transfers", "privacy_declarations", NULL};
	str name = name_of(x, system, "fides_key"), link = text_of(x, system, "privacy_policy");
	bool processor = holds(list_of(x, system, "responsibility"), S("Processor"));

	keys_known(x, system, known);
	out_fmt(o, "  " STR_FMT ":\n    title: ", STR_ARG(name));
	quoted(o, text_of(x, system, "name"));
	out_lit(o, "\n    does: ");
	quoted(o, text_of(x, system, "description"));
	out_fmt(o, "\n    role: %s\n", processor ? "processor" : "controller");
	if (processor)
		out_lit(o, "    contract: \"to be said\"\n");
	if (link.n) {
		out_lit(o, "    link: ");
		quoted(o, link);
		out_char(o, '\n');
	}
	bool judge = holds(list_of(x, system, "tags"), S("credit_risk"));

	if (processor && holds(list_of(x, system, "tags"), S("analytics")))
		out_lit(o, "    limits: \"to be said\"\n");
	if (judge)
		out_lit(o, "    only_when: to_be_said\n");
	tags_write(x, system, o);
	uses_write(x, system, o, judge);
}

static bool recipients_write(struct import *x)
{
	const struct node *systems = maps_of(x, x->root, "system");
	size_t n = 0;
	struct out o;

	out_init(&o, x->a, 4096, DRAFT_BYTES_MAX, locales);
	out_lit(&o, "recipients:\n");
	for (size_t i = 0; systems && i < systems->n; i++) {
		if (reads_sets(x, systems->items[i]))
			continue;
		recipient_import(x, systems->items[i], &o);
		n++;
	}
	return x->wrong.n || !n || file_write(x, "recipients.yaml", out_view(&o));
}

/* ---- all of it ------------------------------------------------------------------------------ */
static bool around_write(struct import *x)
{
	bool fine = file_write(x, "roles.yaml", S("roles:\n  draft: {bit: 0, kind: operator}\n")) &&
		    file_write(x, "types.yaml", S("ids: [person_id]\n"));

	for (size_t i = 0; i < embedded_policy_n && fine; i++) {
		str name = str_of(embedded_policy[i].name), last = name;

		while (str_has(last, '/'))
			(void)str_cut(&last, '/');
		if (str_ends(name, S(".csv")))
			fine = file_write(x, str_fmt(x->a, "dpv/" STR_FMT, STR_ARG(last)).p,
				embedded_policy[i].text);
	}
	if (fine && !x->people)
		fine = file_write(x, "tables/person.yaml",
			S("table: person\nabout: \"to be said\"\nsubject: id\ncolumns:\n  id: "
			  "person_id\n  closed_at: {type: time, null: yes}\n"));
	return fine;
}

static bool drafts_write(struct import *x)
{
	static const char *const known[] = {"dataset", "system", NULL};
	const struct node *sets = maps_of(x, x->root, "dataset");

	keys_known(x, x->root, known);
	for (size_t i = 0; sets && i < sets->n; i++)
		if (!set_import(x, sets->items[i]))
			return false;
	return purposes_write(x) && recipients_write(x) && (x->wrong.n || around_write(x));
}

static bool folders_make(const char *folder)
{
	char path[4000];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s", folder,
			(const char *[]){"", "/tables", "/dpv"}[i]);
		if (mkdir(path, 0777)) {
			fprintf(stderr,
				"kontor policy: %s: %s; name a folder that is not there yet\n",
				path, strerror(errno));
			return false;
		}
	}
	return true;
}

static bool file_read(struct arena *a, const char *path, str *text)
{
	FILE *f = fopen(path, "rb");
	char *p = arena_alloc(a, 1, IMPORT_BYTES_MAX + 2);

	if (!f) {
		fprintf(stderr, "kontor policy: %s: %s\n", path, strerror(errno));
		return false;
	}
	*text = (str){p, fread(p, 1, IMPORT_BYTES_MAX + 1, f)};
	fclose(f);
	return true;
}

/* Each once: a field is looked at more than once. */
static void list_say(FILE *f, const struct policy_errors *e, const char *kind)
{
	for (size_t i = 0; i < e->n; i++) {
		bool said = false;

		for (size_t k = 0; k < i && !said; k++)
			said = e->v[k].at.line == e->v[i].at.line &&
			       e->v[k].at.column == e->v[i].at.column &&
			       str_eq(e->v[k].text, e->v[i].text);
		if (!said)
			fprintf(f, "%s:%d:%d: %s: " STR_FMT "\n", e->v[i].at.file, e->v[i].at.line,
				e->v[i].at.column, kind, STR_ARG(e->v[i].text));
	}
}

static int drafts_check(struct import *x)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read_dir(x->a, x->folder, &e);

	list_say(stdout, &x->lost, "note");
	printf("Written: %d files in %s.\n", x->files, x->folder);
	if (p)
		printf("The drafts hold. Search them for \"to be said\".\n");
	else
		printf("%sWhat the drafts still need stands above.\n",
			policy_errors_text(x->a, &e).p);
	return 0;
}

int policy_import(struct arena *a, const char *file, const char *folder)
{
	struct import x = {.a = a, .folder = folder};
	struct policy_source source = {.name = file};

	if (!file_read(a, file, &source.text))
		return 1;
	x.root = yaml_read(a, &source, &x.wrong);
	if (!x.wrong.n && x.root->kind != NODE_MAP)
		WRONG(&x, x.root->at,
			"this is no file of fideslang: a map with dataset and system");
	struct import looking = x;

	looking.dry = true;
	if (!x.wrong.n)
		(void)drafts_write(&looking);
	if (looking.wrong.n) {
		list_say(stderr, &looking.wrong, "error");
		fprintf(stderr, "kontor policy: nothing was written: mend these first\n");
		return 1;
	}
	return folders_make(folder) && drafts_write(&x) ? drafts_check(&x) : 1;
}
