/* The files under policy/ to the model. What must hold between files is asked in check.c. */
#include "growing.h"
#include "../base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Calls `one` for each entry of a map of named things. */
static void each_named(struct growing *g, const struct node *n, const char *what,
	void (*one)(struct growing *, str name, struct place at, const struct node *))
{
	if (!map_kind(&g->r, n, NODE_MAP, what))
		return;
	for (size_t i = 0; i < n->n; i++)
		if (map_name(&g->r, n->keys[i].name, n->keys[i].at))
			one(g, n->keys[i].name, n->keys[i].at, n->items[i]);
}

/* ---- types: ids and enums ---------------------------------------------------------------- */
static void ids_read(struct growing *g, const struct node *n)
{
	size_t count;
	str *v = map_texts(&g->r, n, &count);

	for (size_t i = 0; i < count; i++) {
		bool fine = map_name(&g->r, v[i], n->at);

		if (fine && !str_ends(v[i], S("_id"))) {
			policy_error(g->r.a, g->r.e, n->at, "the id `" STR_FMT "` must end in _id",
				STR_ARG(v[i]));
			fine = false;
		}
		for (size_t k = 0; k < g->p->ids_n && fine; k++)
			if (str_eq(g->p->ids[k], v[i])) {
				policy_error(g->r.a, g->r.e, n->at,
					"the id `" STR_FMT "` is declared twice", STR_ARG(v[i]));
				fine = false;
			}
		if (fine)
			*GROW(g, ids) = v[i];
	}
}

static bool enum_value_fine(str v)
{
	bool fine = v.n && v.n <= 60 && ((v.p[0] | 32) >= 'a' && (v.p[0] | 32) <= 'z');

	for (size_t i = 0; i < v.n && fine; i++)
		fine = ((v.p[i] | 32) >= 'a' && (v.p[i] | 32) <= 'z') ||
		       (v.p[i] >= '0' && v.p[i] <= '9') || v.p[i] == '_';
	return fine;
}

static void enum_read(struct growing *g, str name, struct place at, const struct node *n)
{
	struct policy_enum *e = GROW(g, enums);

	*e = (struct policy_enum){.name = name, .at = at};
	if (!map_kind(&g->r, n, NODE_LIST, "an enum"))
		return;
	e->values = map_texts(&g->r, n, &e->n);
	if (!e->n)
		policy_error(g->r.a, g->r.e, n->at, "the enum `" STR_FMT "` has no values",
			STR_ARG(name));
	for (size_t i = 0; i < e->n; i++) {
		if (!enum_value_fine(e->values[i]))
			policy_error(g->r.a, g->r.e, n->at,
				"`" STR_FMT "` is not a name for a value", STR_ARG(e->values[i]));
		for (size_t k = 0; k < i; k++)
			if (str_eq_nocase(e->values[i], e->values[k]))
				policy_error(g->r.a, g->r.e, n->at,
					"the enum `" STR_FMT "` has the value `" STR_FMT "` twice",
					STR_ARG(name), STR_ARG(e->values[i]));
	}
}

/* ---- roles and purposes ------------------------------------------------------------------ */
static void role_read(struct growing *g, str name, struct place at, const struct node *n)
{
	static const char *const kinds[] = {"visitor", "member", "operator", "principal", NULL};
	static const struct key keys[] = {
		{"bit", KEY_INT, ONE(struct policy_role, bit), .needed = true, .min = 0, .max = 62},
		{"kind", KEY_WORD, ONE(struct policy_role, kind), .needed = true,
			.min = ROLE_KIND_VISITOR, .words = kinds},
	};
	struct policy_role *r = GROW(g, roles);

	*r = (struct policy_role){.name = name, .at = at};
	map_read(&g->r, n, "a role", keys, COUNT(keys), r);
}

/* Not said: as the law has it, absolute against direct marketing, assessed on Art. 6(1)(f). */
static enum policy_objection objection_of(const struct policy_purpose *p)
{
	if (str_eq(p->dpv, S("dpv:DirectMarketing")))
		return OBJECTION_ABSOLUTE;
	return str_eq(p->basis, S("A6-1-f")) ? OBJECTION_ASSESSED : OBJECTION_NO;
}

struct purpose_file {
	struct policy_purpose purpose;
	int objection;
	str *opens;
	size_t opens_n;
};

static void opens_read(
	struct growing *g, const struct purpose_file *f, struct policy_purpose *p, struct place at)
{
	for (size_t i = 0; i < f->opens_n; i++) {
		p->opens_restricted |= str_eq(f->opens[i], S("restricted"));
		p->opens_held |= str_eq(f->opens[i], S("held"));
		if (!str_eq(f->opens[i], S("restricted")) && !str_eq(f->opens[i], S("held")))
			policy_error(g->r.a, g->r.e, at,
				"`opens` may list restricted and held, not `" STR_FMT "`",
				STR_ARG(f->opens[i]));
	}
}

static void purpose_read(struct growing *g, str name, struct place at, const struct node *n)
{
	static const char *const objections[] = {"no", "assessed", "absolute", NULL};
	static const struct key keys[] = {
		{"bit", KEY_INT, ONE(struct purpose_file, purpose.bit), .needed = true, .min = 0,
			.max = 62},
		{"title", KEY_TEXT, ONE(struct purpose_file, purpose.title)},
		{"why", KEY_TEXT, ONE(struct purpose_file, purpose.why), .needed = true},
		{"dpv", KEY_TEXT, ONE(struct purpose_file, purpose.dpv), .needed = true},
		{"basis", KEY_TEXT, ONE(struct purpose_file, purpose.basis), .needed = true},
		{"lia", KEY_NAME, ONE(struct purpose_file, purpose.lia)},
		{"without", KEY_TEXT, ONE(struct purpose_file, purpose.without)},
		{"renew", KEY_TEXT, ONE(struct purpose_file, purpose.renew)},
		{"objection", KEY_WORD, ONE(struct purpose_file, objection), .min = OBJECTION_NO,
			.words = objections},
		{"opens", KEY_TEXTS, MANY(struct purpose_file, opens)},
		{"compatible_with", KEY_TEXTS, MANY(struct purpose_file, purpose.compatible_with)},
		{"test", KEY_TEXT, ONE(struct purpose_file, purpose.compatible_test)},
		{"staff", KEY_BOOL, ONE(struct purpose_file, purpose.staff)},
		{"always", KEY_BOOL, ONE(struct purpose_file, purpose.always)},
		{"roles", KEY_TEXTS, MANY(struct purpose_file, purpose.role_names), .needed = true},
	};
	struct purpose_file f = {.purpose = {.name = name, .at = at}, .objection = -1};

	map_read(&g->r, n, "a purpose", keys, COUNT(keys), &f);
	f.purpose.title = f.purpose.title.n ? f.purpose.title : name;
	f.purpose.objection =
		f.objection < 0 ? objection_of(&f.purpose) : (enum policy_objection)f.objection;
	if (f.opens_n)
		opens_read(g, &f, &f.purpose, yaml_get(n, "opens")->at);
	*GROW(g, purposes) = f.purpose;
}

/* ---- tables ------------------------------------------------------------------------------ */
static bool type_argument(str s, const char *word, str *argument)
{
	size_t n = strlen(word);

	if (s.n < n + 3 || memcmp(s.p, word, n) != 0 || s.p[n] != '(' || s.p[s.n - 1] != ')')
		return false;
	*argument = str_trim(str_sub(s, n + 1, s.n - n - 2));
	return argument->n != 0;
}

/* Ids and enums may be declared in files that are read later: their kind is settled in check.c. */
static void type_read(str s, struct type *t)
{
	static const struct {
		const char *word;
		enum type_kind kind;
	} plain[] = {{"int", TYPE_INT}, {"bool", TYPE_BOOL}, {"text", TYPE_TEXT},
		{"blob", TYPE_BLOB}, {"time", TYPE_TIME}, {"sealed", TYPE_SEALED}};

	*t = (struct type){.kind = TYPE_ID, .name = s};
	for (size_t i = 0; i < COUNT(plain); i++)
		if (str_eq(s, str_of(plain[i].word)))
			*t = (struct type){.kind = plain[i].kind};
	if (type_argument(s, "money", &t->with))
		*t = (struct type){.kind = TYPE_MONEY, .with = t->with};
	else if (type_argument(s, "price", &t->with))
		*t = (struct type){.kind = TYPE_PRICE, .with = t->with};
	else if (type_argument(s, "blind", &t->with))
		*t = (struct type){.kind = TYPE_BLIND, .with = t->with};
}

struct column_file {
	struct policy_column column;
	str type;
	int store;
};

static void columns_read(struct reader *r, const struct node *n, struct policy_table *t)
{
	static const char *const stores[] = {"published", "keyed", NULL};
	static const struct key keys[] = {
		{"type", KEY_TEXT, ONE(struct column_file, type), .needed = true},
		{"null", KEY_BOOL, ONE(struct column_file, column.null)},
		{"store", KEY_WORD, ONE(struct column_file, store), .min = 1, .words = stores},
		{"dpv", KEY_TEXT, ONE(struct column_file, column.dpv)},
		{"subject", KEY_TEXT, ONE(struct column_file, column.subject)},
	};

	if (!map_kind(r, n, NODE_MAP, "`columns`"))
		return;
	t->columns = arena_array(r->a, struct policy_column, n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct column_file c = {.column = {.name = n->keys[i].name, .at = n->keys[i].at}};

		if (!map_name(r, c.column.name, c.column.at) || n->items[i]->bad)
			continue;
		if (n->items[i]->kind == NODE_TEXT)
			c.type = n->items[i]->text;
		else if (!map_read(r, n->items[i], "a column", keys, COUNT(keys), &c))
			continue;
		type_read(c.type, &c.column.type);
		c.column.published = c.store == 1;
		c.column.keyed = c.store == 2;
		t->columns[t->columns_n++] = c.column;
	}
}

struct group_file {
	struct policy_group group;
	const struct node *fields;
};

static void group_fields_read(struct reader *r, const struct node *n, struct policy_group *g)
{
	if (!map_kind(r, n, NODE_MAP, "`fields`"))
		return;
	if (!n->n)
		policy_error(r->a, r->e, n->at, "the group `" STR_FMT "` has no fields",
			STR_ARG(g->name));
	g->fields = arena_array(r->a, struct policy_field, n->n + 1);
	for (size_t i = 0; i < n->n; i++)
		if (map_name(r, n->keys[i].name, n->keys[i].at) &&
			map_kind(r, n->items[i], NODE_TEXT, "a field's DPV identifier")) {
			g->fields[g->n] = (struct policy_field){.name = n->keys[i].name,
				.dpv = n->items[i]->text,
				.number = (int)i + 1,
				.at = n->items[i]->at};
			g->n++;
		}
}

static void groups_read(struct reader *r, const struct node *n, struct policy_table *t)
{
	static const struct key keys[] = {
		{"fields", KEY_NODE, ONE(struct group_file, fields), .needed = true},
		{"subject", KEY_TEXT, ONE(struct group_file, group.subject)},
		{"key", KEY_TEXT, ONE(struct group_file, group.key)},
		{"required", KEY_TEXT, ONE(struct group_file, group.required)},
		{"special", KEY_TEXT, ONE(struct group_file, group.special)},
		{"consent", KEY_NAME, ONE(struct group_file, group.consent)},
		{"record", KEY_NAME, ONE(struct group_file, group.record)},
		{"guardian", KEY_NAME, ONE(struct group_file, group.guardian)},
	};

	if (!map_kind(r, n, NODE_MAP, "`groups`"))
		return;
	t->groups = arena_array(r->a, struct policy_group, n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct group_file g = {.group = {.name = n->keys[i].name, .at = n->keys[i].at}};

		if (!map_name(r, g.group.name, g.group.at) ||
			!map_read(r, n->items[i], "a group", keys, COUNT(keys), &g))
			continue;
		if (str_eq(g.group.required, S("no")))
			g.group.required = (str){0};
		if (g.fields)
			group_fields_read(r, g.fields, &g.group);
		if (!g.group.subject.n)
			g.group.subject = t->subject;
		t->groups[t->groups_n++] = g.group;
	}
}

struct grant_file {
	struct policy_grant grant;
	const struct node *read, *insert, *update;
};

/* [a, b], or `all`: every column. `id` is never updated, so `update: all` leaves it out. */
static str *columns_named(struct reader *r, const struct node *n, const struct policy_table *t,
	bool update, size_t *count)
{
	str *v;

	*count = 0;
	if (!n)
		return NULL;
	if (n->kind != NODE_TEXT || !str_eq(n->text, S("all")))
		return map_texts(r, n, count);
	v = arena_array(r->a, str, t->columns_n + 1);
	for (size_t i = 0; i < t->columns_n; i++)
		if (!update || !str_eq(t->columns[i].name, S("id")))
			v[(*count)++] = t->columns[i].name;
	return v;
}

static void grants_read(struct reader *r, const struct node *n, struct policy_table *t)
{
	static const struct key keys[] = {
		{"read", KEY_NODE, ONE(struct grant_file, read)},
		{"using", KEY_TEXTS, MANY(struct grant_file, grant.using)},
		{"insert", KEY_NODE, ONE(struct grant_file, insert)},
		{"check", KEY_TEXT, ONE(struct grant_file, grant.check)},
		{"update", KEY_NODE, ONE(struct grant_file, update)},
		{"delete", KEY_BOOL, ONE(struct grant_file, grant.may_delete)},
		{"consent", KEY_NAME, ONE(struct grant_file, grant.consent)},
		{"lag", KEY_BOOL, ONE(struct grant_file, grant.lag)},
	};

	if (!map_kind(r, n, NODE_MAP, "`purposes` of a table"))
		return;
	t->grants = arena_array(r->a, struct policy_grant, n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct grant_file g = {.grant = {.purpose = n->keys[i].name, .at = n->keys[i].at}};

		if (!map_read(r, n->items[i], "a table's purpose", keys, COUNT(keys), &g))
			continue;
		g.grant.using_at = g.grant.check_at = g.grant.at;
		if (g.grant.using_n)
			g.grant.using_at = yaml_get(n->items[i], "using")->at;
		if (g.grant.check.n)
			g.grant.check_at = yaml_get(n->items[i], "check")->at;
		g.grant.columns = columns_named(r, g.read, t, false, &g.grant.columns_n);
		g.grant.insert = columns_named(r, g.insert, t, false, &g.grant.insert_n);
		g.grant.update = columns_named(r, g.update, t, true, &g.grant.update_n);
		t->grants[t->grants_n++] = g.grant;
	}
}

static void keeps_read(struct reader *r, const struct node *n, struct policy_table *t)
{
	static const char *const thens[] = {"erase", "anonymise", NULL};
	static const struct key keys[] = {
		{"from", KEY_TEXT, ONE(struct policy_keep, from), .needed = true},
		{"for", KEY_TEXT, ONE(struct policy_keep, duration), .needed = true},
		{"because", KEY_TEXT, ONE(struct policy_keep, because), .needed = true},
		{"then", KEY_WORD, ONE(struct policy_keep, then), .needed = true, .min = KEEP_ERASE,
			.words = thens},
	};

	if (!map_kind(r, n, NODE_LIST, "`keep`"))
		return;
	t->keeps = arena_array(r->a, struct policy_keep, n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct policy_keep k = {.at = n->items[i]->at};

		if (map_read(r, n->items[i], "a keep", keys, COUNT(keys), &k))
			t->keeps[t->keeps_n++] = k;
	}
}

struct table_file {
	struct policy_table table;
	const struct node *ids, *enums, *columns, *groups, *purposes, *keep;
	struct own_file own;
};

static void table_read(struct growing *g, const struct node *n)
{
	static const struct key keys[] = {
		{"table", KEY_NAME, ONE(struct table_file, table.name), .needed = true},
		{"about", KEY_TEXT, ONE(struct table_file, table.about), .needed = true},
		{"subject", KEY_TEXT, ONE(struct table_file, table.subject)},
		{"single_row", KEY_BOOL, ONE(struct table_file, table.single_row)},
		{"generated", KEY_BOOL, ONE(struct table_file, table.generated)},
		{"chain", KEY_NAME, ONE(struct table_file, table.chain)},
		{"unchained", KEY_TEXTS, MANY(struct table_file, table.unchained)},
		{"ids", KEY_NODE, ONE(struct table_file, ids)},
		{"enums", KEY_NODE, ONE(struct table_file, enums)},
		{"columns", KEY_NODE, ONE(struct table_file, columns), .needed = true},
		{"groups", KEY_NODE, ONE(struct table_file, groups)},
		{"purposes", KEY_NODE, ONE(struct table_file, purposes)},
		{"keep", KEY_NODE, ONE(struct table_file, keep)},
		{"own", KEY_NODE, ONE(struct table_file, own.own)},
		{"access", KEY_NODE, ONE(struct table_file, own.access)},
		{"placeholder", KEY_NODE, ONE(struct table_file, own.placeholder)},
		{"part_of", KEY_NAME, ONE(struct table_file, table.part_of)},
	};
	struct table_file f = {.table = {.at = yaml_get(n, "table")->at}};
	struct policy_table *t;

	map_read(&g->r, n, "a table file", keys, COUNT(keys), &f);
	if (f.ids)
		ids_read(g, f.ids);
	if (f.enums)
		each_named(g, f.enums, "`enums`", enum_read);
	t = GROW(g, tables);
	*t = f.table;
	if (f.columns)
		columns_read(&g->r, f.columns, t);
	if (f.groups)
		groups_read(&g->r, f.groups, t);
	if (f.purposes)
		grants_read(&g->r, f.purposes, t);
	if (f.keep)
		keeps_read(&g->r, f.keep, t);
	owns_read(&g->r, &f.own, t);
}

/* ---- files ------------------------------------------------------------------------------- */
/* Every list or map that may stand in a file without a table. */
static const struct shared_key {
	const char *name;
	void (*one)(struct growing *, str name, struct place at, const struct node *);
	void (*whole)(struct growing *, const struct node *);
} shared_keys[] = {
	{"purposes", .one = purpose_read}, {"roles", .one = role_read}, {"ids", .whole = ids_read},
	{"enums", .one = enum_read}, {"recipients", .one = read_recipient},
	{"cookies", .one = read_cookie}, {"mails", .one = read_mail},
	{"operator", .whole = read_operator}, {"interests", .one = read_interest},
	{"transfers", .one = read_transfer}, {"regions", .one = read_region},
	{"authorities", .one = read_authority}, {"tags", .one = read_tag},
	{"translations", .one = read_translations}, {"minors", .whole = read_minors},
	{"collections", .one = read_collection}, {"scopes", .one = read_scope},
	{"table", .whole = NULL}, /* for the list of what is known */
};

static void shared_read(struct growing *g, const struct node *n)
{
	struct key keys[COUNT(shared_keys)];
	const struct node *v[COUNT(shared_keys)] = {0};

	for (size_t i = 0; i < COUNT(keys); i++)
		keys[i] = (struct key){
			shared_keys[i].name, KEY_NODE, .offset = i * sizeof(const struct node *)};
	if (!map_read(&g->r, n, "a policy file", keys, COUNT(keys), v))
		return;
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (v[i] && shared_keys[i].one)
			each_named(g, v[i], str_fmt(g->r.a, "`%s`", shared_keys[i].name).p,
				shared_keys[i].one);
		else if (v[i] && shared_keys[i].whole)
			shared_keys[i].whole(g, v[i]);
	}
}

static int source_cmp(const void *x, const void *y)
{
	const struct policy_source *a = x, *b = y;

	return strcmp(a->name, b->name);
}

/* In the order of names, so that the model does not depend on how a folder is listed. */
static struct policy_source *sorted(struct arena *a, const struct policy_source *files, size_t n)
{
	struct policy_source *v = arena_array(a, struct policy_source, n + 1);

	if (n)
		memcpy(v, files, n * sizeof *v);
	qsort(v, n, sizeof *v, source_cmp);
	return v;
}

const struct policy *policy_read(
	struct arena *a, const struct policy_source *files, size_t n, struct policy_errors *e)
{
	struct policy *p = arena_new(a, struct policy);
	struct growing g = {.r = {.a = a, .e = e, .p = p}, .p = p, .dpv = dpv_make(a)};
	size_t before = e->n;
	bool whole = true;

	if (n > POLICY_FILES_MAX) {
		policy_error(a, e, (struct place){files[0].name, 1, 1}, "over %d policy files",
			POLICY_FILES_MAX);
		return NULL;
	}
	files = sorted(a, files, n);
	for (size_t i = 0; i < n; i++) {
		const struct node *root;

		if (str_ends(str_of(files[i].name), S(".csv"))) {
			dpv_read(g.dpv, &files[i], e);
			continue;
		}
		root = yaml_read(a, &files[i], e);
		whole &= root && !root->bad && root->kind == NODE_MAP;
		if (root && yaml_get(root, "table"))
			table_read(&g, root);
		else if (root)
			shared_read(&g, root);
	}
	if (whole) /* with a file missing, what others say of it would seem wrong */
		policy_check(a, p, g.dpv, e);
	if (e->n != before)
		return NULL;
	p->hash = policy_hash(a, p);
	return p;
}

/* ---- a folder ---------------------------------------------------------------------------- */
struct sources {
	struct policy_source *v;
	size_t n, cap;
};

static void file_add(struct arena *a, struct sources *s, const char *path, struct policy_errors *e)
{
	struct place at = {path, 1, 1};
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *p;
	size_t size, n;

	if (!f || fstat(fileno(f), &st) != 0) {
		policy_error(a, e, at, "cannot be opened: %s", strerror(errno));
		if (f)
			fclose(f);
		return;
	}
	/* one byte over the limit, so that the reader sees and reports it */
	size = st.st_size > POLICY_FILE_BYTES_MAX ? POLICY_FILE_BYTES_MAX + 1 : (size_t)st.st_size;
	p = arena_alloc(a, 1, size + 1);
	n = fread(p, 1, size, f);
	if (ferror(f))
		policy_error(a, e, at, "cannot be read: %s", strerror(errno));
	else
		*ARENA_PUSH(a, s) = (struct policy_source){path, (str){p, n}};
	fclose(f);
}

static bool folder_add(
	struct arena *a, struct sources *s, str dir, const char *suffix, struct policy_errors *e)
{
	DIR *d = opendir(dir.p);
	struct dirent *entry;

	if (!d)
		return false;
	while ((entry = readdir(d)) != NULL) {
		str name = str_of(entry->d_name);

		if (name.p[0] != '.' && str_ends(name, str_of(suffix)))
			file_add(a, s, str_fmt(a, "%s/%s", dir.p, name.p).p, e);
	}
	closedir(d);
	return true;
}

const struct policy *policy_read_dir(struct arena *a, const char *dir, struct policy_errors *e)
{
	struct sources s = {0};
	size_t before = e->n;

	if (!folder_add(a, &s, str_of(dir), ".yaml", e)) {
		policy_error(
			a, e, (struct place){dir, 0, 0}, "cannot be opened: %s", strerror(errno));
		return NULL;
	}
	folder_add(a, &s, str_fmt(a, "%s/tables", dir), ".yaml", e);
	folder_add(a, &s, str_fmt(a, "%s/dpv", dir), ".csv", e);
	if (!s.n)
		policy_error(a, e, (struct place){dir, 0, 0}, "holds no policy files (*.yaml)");
	if (e->n != before)
		return NULL;
	return policy_read(a, s.v, s.n, e);
}
