/* import_names: looked up by the reader, stored by the writer. */
#include "market/catalogue/import_names.h"
#include "gen/import.sql.h"

static uint64_t hash_of(str s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

static struct known_name *slot_of(struct names_known *k, str name)
{
	size_t at = hash_of(name) & (k->slots - 1);

	while (k->slot[at].name.p && !str_eq(k->slot[at].name, name))
		at = (at + 1) & (k->slots - 1);
	return &k->slot[at];
}

static struct known_name *known(struct arena *a, struct names_known *k, str name)
{
	if (k->n * 2 >= k->slots) {
		struct known_name *old = k->slot;
		size_t n = k->slots;

		k->slots = n ? n * 2 : 1024;
		k->slot = arena_array(a, struct known_name, k->slots);
		for (size_t i = 0; i < n; i++)
			if (old[i].name.p)
				*slot_of(k, old[i].name) = old[i];
	}
	return slot_of(k, name);
}

static void learn(struct arena *a, struct names_known *k, str name, int64_t id, int depth)
{
	struct known_name *x = known(a, k, name);

	k->n += !x->name.p;
	*x = (struct known_name){str_dup(a, name), id, depth};
}

void names_load(struct arena *a, struct names_all *k, struct db *db)
{
	for (struct category_id at = {0};;) {
		struct import_categories_rows c = import_categories(db, at);

		for (size_t i = 0; i < c.n; i++)
			learn(a, &k->categories, c.v[i].path, c.v[i].id.v, (int)c.v[i].depth);
		if (c.n < LIST_ROWS_MAX)
			break;
		at = c.v[c.n - 1].id;
	}
	for (struct attribute_id at = {0};;) {
		struct import_attributes_rows t = import_attributes(db, at);

		for (size_t i = 0; i < t.n; i++) {
			learn(a, &k->attributes, t.v[i].name, t.v[i].id.v, 0);
			k->attribute_last = t.v[i].id.v;
		}
		if (t.n < LIST_ROWS_MAX)
			break;
		at = t.v[t.n - 1].id;
	}
}

static struct known_name *category(struct arena *a, struct names_all *k, struct new_names *made,
	struct arena *batch, str path, str name, int64_t parent, int depth)
{
	struct known_name *x = known(a, &k->categories, path);

	if (!x->name.p) {
		struct new_category *c = ARENA_PUSH(batch, &made->categories);

		*c = (struct new_category){
			id_make(), parent, str_dup(batch, name), str_dup(batch, path), depth};
		learn(a, &k->categories, path, c->id, depth);
		x = known(a, &k->categories, path);
	}
	return x;
}

int64_t names_category(struct arena *a, struct names_all *k, struct new_names *made,
	struct arena *batch, str top, str below)
{
	struct known_name *x = category(a, k, made, batch, top, top, 0, 1);

	if (!below.n)
		return x->id;
	return category(a, k, made, batch,
		str_fmt(batch, STR_FMT " / " STR_FMT, STR_ARG(top), STR_ARG(below)), below, x->id,
		x->depth + 1)
		->id;
}

static int64_t attribute(
	struct arena *a, struct names_all *k, struct new_names *made, struct arena *batch, str name)
{
	struct known_name *x = known(a, &k->attributes, name);

	if (!x->name.p) {
		struct new_attribute *t = ARENA_PUSH(batch, &made->attributes);

		*t = (struct new_attribute){++k->attribute_last, str_dup(batch, name)};
		learn(a, &k->attributes, name, t->id, 0);
		return t->id;
	}
	return x->id;
}

str names_attributes(struct arena *a, struct names_all *k, struct new_names *made,
	struct arena *batch, const struct import_attribute *v, size_t n)
{
	size_t bytes = 0;
	char *p, *w;

	for (size_t i = 0; i < n; i++)
		bytes += v[i].value.n + 22;
	p = w = arena_array(batch, char, bytes + 1);
	for (size_t i = 0; i < n; i++) {
		int64_t id = attribute(a, k, made, batch, v[i].name);
		char digits[24], *d = digits + sizeof digits;

		do
			*--d = (char)('0' + id % 10);
		while (id /= 10);
		memcpy(w, d, (size_t)(digits + sizeof digits - d));
		w += digits + sizeof digits - d;
		*w++ = '\t';
		memcpy(w, v[i].value.p, v[i].value.n);
		w += v[i].value.n;
		*w++ = '\n';
	}
	return (str){p, (size_t)(w - p)};
}

bool names_store(struct db *db, const struct new_names *made)
{
	for (size_t i = 0; i < made->categories.n; i++) {
		const struct new_category *c = &made->categories.v[i];

		if (import_category_add(db, (struct category_id){c->id},
			    (struct category_id){c->parent}, c->name, c->path, c->depth,
			    c->id) != 1)
			return false;
	}
	for (size_t i = 0; i < made->attributes.n; i++)
		if (import_attribute_add(db, (struct attribute_id){made->attributes.v[i].id},
			    made->attributes.v[i].name, made->attributes.v[i].id) != 1)
			return false;
	return true;
}
