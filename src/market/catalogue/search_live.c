/* search_live: publishing, following, making again. */
#include "market/catalogue/search_live.h"
#include "gen/search.sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <stdatomic.h>

#define INDEX_PURPOSES (UINT64_C(1) << PURPOSE_INDEX | UINT64_C(1) << PURPOSE_PUBLIC)

struct search_snapshot {
	struct arena *arena; /* this, and what is marked as replaced */
	struct search_index base, delta;
	atomic_int holders;
};

/* What the follower remembers; it runs on one thread. */
static struct {
	pthread_mutex_t mutex; /* of `now` alone */
	struct search_snapshot *now;
	struct store *store; /* whose index it is */
	int64_t seen;	     /* changes up to here are in base or delta */
	struct arena *arena; /* changed offers since the base */
	struct {
		struct offer_id *v;
		size_t n, cap;
	} ids;
	struct arena *making; /* an index in the making, or NULL */
	struct search_build *build;
	struct offer_id at;
	struct names_at {
		struct category_id category;
		struct attribute_id attribute;
	} names;      /* how far these are read */
	int64_t from; /* changes up to here are in it */
	int64_t made_us;
} live = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- publishing -------------------------------------------------------------------------------
 * */

static void drop(struct search_snapshot *x)
{
	struct arena *a = x->arena;

	if (atomic_fetch_sub(&x->holders, 1) != 1)
		return;
	search_index_close(&x->delta);
	search_index_close(&x->base);
	arena_free(a);
}

struct search_view search_view_take(void)
{
	struct search_view v = {0};

	pthread_mutex_lock(&live.mutex);
	v.snapshot = live.now;
	if (v.snapshot)
		atomic_fetch_add(&v.snapshot->holders, 1);
	pthread_mutex_unlock(&live.mutex);
	if (v.snapshot) {
		v.v[v.n++] = &v.snapshot->base;
		if (v.snapshot->delta.docs)
			v.v[v.n++] = &v.snapshot->delta;
	}
	return v;
}

void search_view_give(struct search_view *v)
{
	if (v->snapshot)
		drop(v->snapshot);
	*v = (struct search_view){0};
}

static str path_of(struct arena *a, struct store *s, const char *name)
{
	return str_fmt(a, "%s/%s", store_dir(s), name);
}

/* Opens the files and marks in the base what the delta replaces. False if the base is not whole. */
static bool publish(struct store *s, const struct offer_id *replaced, size_t n, bool with_delta,
	const char **why)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct search_snapshot *x = arena_new(a, struct search_snapshot), *old;
	const char *delta_why;

	x->arena = a;
	atomic_init(&x->holders, 1);
	if (!search_index_open(path_of(a, s, "search.idx").p, &x->base, why)) {
		arena_free(a);
		return false;
	}
	if (with_delta &&
		!search_index_open(path_of(a, s, "search-delta.idx").p, &x->delta, &delta_why))
		fault(FAULT_OUTSIDE, "search: the index of changes is %s", delta_why);
	if (n)
		x->base.dead = arena_array(a, uint64_t, (size_t)x->base.docs / 64 + 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t doc = search_index_doc(&x->base, replaced[i].v);

		if (doc != UINT32_MAX)
			x->base.dead[doc / 64] |= UINT64_C(1) << doc % 64;
	}
	pthread_mutex_lock(&live.mutex);
	old = live.now;
	live.now = x;
	pthread_mutex_unlock(&live.mutex);
	if (old)
		drop(old);
	return true;
}

/* ---- reading the database ---- */

static void begin(struct store *s, struct db *db, struct arena *a)
{
	store_read_begin(
		s, db, a, (struct viewer){.roles = UINT64_C(1) << ROLE_INDEXER}, INDEX_PURPOSES);
}

/* What is new among them: an import makes some while the index is made. */
static void read_names(struct db *db, struct search_build *b, struct names_at *at)
{
	for (bool more = true; more;) {
		struct search_categories_rows c = search_categories(db, at->category);

		for (size_t i = 0; i < c.n;
			i++) /* top down: a parent's id is below its children's */
			search_build_category(b, c.v[i].id.v, c.v[i].parent_id.v, c.v[i].name);
		if (c.n)
			at->category = c.v[c.n - 1].id;
		more = c.n == LIST_ROWS_MAX;
	}
	for (bool more = true; more;) {
		struct search_attributes_rows t = search_attributes(db, at->attribute);

		for (size_t i = 0; i < t.n; i++)
			search_build_attribute(b, t.v[i].id.v, t.v[i].name, t.v[i].unit,
				(int)t.v[i].kind, t.v[i].facet);
		if (t.n)
			at->attribute = t.v[t.n - 1].id;
		more = t.n == LIST_ROWS_MAX;
	}
}

#define DOCUMENT(r) \
	(&(struct search_doc){.offer = (r)->id.v, \
		.company = (r)->company_id.v, \
		.category = (r)->category_id.v, \
		.company_name = (r)->company_name, \
		.sku = (r)->sku, \
		.part_number = (r)->part_number, \
		.gtin = (r)->gtin, \
		.maker = (r)->manufacturer, \
		.title = (r)->title, \
		.description = (r)->description, \
		.attributes = (r)->attributes, \
		.tiers = (r)->tiers, \
		.currency = (r)->currency, \
		.stock = (r)->free, \
		.pictures = (int)(r)->pictured})

static int64_t newest(struct db *db)
{
	struct search_offer_newest_row o;
	struct search_product_newest_row p;
	int64_t at = 0;

	if (search_offer_newest(db, &o))
		at = o.changed;
	if (search_product_newest(db, &p) && p.changed > at)
		at = p.changed;
	return at;
}

/* ---- the whole ---- */

static void make_start(struct store *s, struct arena *a)
{
	struct db db;

	live.making = arena_make((size_t)SEARCH_BUILD_BYTES_MAX_MB << 20);
	begin(s, &db, a);
	live.from = newest(&db); /* what changes from here on is found by the follower */
	live.build = search_build_start(live.making);
	live.names = (struct names_at){0};
	live.at = (struct offer_id){0};
	store_read_end(&db);
}

/* One page; false when there are no more. whole: leaves a page that is not full for later. */
static bool make_page(struct store *s, struct arena *a, bool whole)
{
	struct db db;

	begin(s, &db, a);
	read_names(&db, live.build, &live.names);
	struct search_page_rows rows = search_page(&db, live.at);

	store_read_end(&db);
	if (whole && rows.n < LIST_ROWS_MAX)
		return false;
	for (size_t i = 0; i < rows.n; i++)
		if (rows.v[i].company_state == COMPANY_STATE_ACTIVE)
			search_build_add(live.build, DOCUMENT(&rows.v[i]));
	if (rows.n)
		live.at = rows.v[rows.n - 1].id;
	return rows.n == LIST_ROWS_MAX;
}

static void make_stop(void)
{
	arena_free(live.making);
	live.making = NULL;
	live.build = NULL;
}

static void forget_changes(void)
{
	if (!live.arena)
		live.arena = arena_make((size_t)64 << 20);
	arena_reset(live.arena);
	live.ids.v = NULL;
	live.ids.n = live.ids.cap = 0;
}

static void make_finish(struct store *s, struct arena *a)
{
	const char *why;
	size_t docs = search_build_docs(live.build);

	search_build_finish(live.build, path_of(a, s, "search.idx").p, live.from);
	make_stop();
	forget_changes();
	live.seen = live.from;
	live.made_us = clock_mono_us();
	if (!publish(s, NULL, 0, false, &why))
		fault(FAULT_OUTSIDE, "search: the index just made is %s", why);
	LOG(LOG_INFO, "search index made", LOG_I("offers", docs));
}

void search_make_start(struct store *s, struct arena *a)
{
	search_close();
	live.store = s;
	make_start(s, a);
}

bool search_make_page(struct store *s, struct arena *a)
{
	arena_reset(a);
	return make_page(s, a, true);
}

void search_make_finish(
	struct store *s, struct arena *a, bool unchanged, void (*say)(void *, int64_t), void *ctx)
{
	for (bool more = true; more;) {
		arena_reset(a);
		if (unchanged) {
			struct db db;

			begin(s, &db, a);
			live.from = newest(&db);
			store_read_end(&db);
		}
		more = make_page(s, a, false);
		if (say)
			say(ctx, (int64_t)search_build_docs(live.build));
	}
	make_finish(s, a);
}

void search_remake(struct store *s, struct arena *a, void (*say)(void *, int64_t), void *ctx)
{
	search_make_start(s, a);
	search_make_finish(s, a, false, say, ctx);
}

/* ---- changes ---- */

static void note(struct offer_id id)
{
	for (size_t i = live.ids.n;
		i-- > 0 && i + 64 > live.ids.n;) /* bursts touch the same ones */
		if (live.ids.v[i].v == id.v)
			return;
	*ARENA_PUSH(live.arena, &live.ids) = id;
}

/* Notes which offers changed; true if some did. */
static bool changes(struct store *s, struct arena *a)
{
	struct db db;
	int64_t offers_at = live.seen, products_at = live.seen;
	size_t before = live.ids.n;

	begin(s, &db, a);
	for (;;) {
		struct search_offers_changed_rows o = search_offers_changed(&db, offers_at);

		for (size_t i = 0; i < o.n; i++) {
			note(o.v[i].id);
			offers_at = o.v[i].changed;
		}
		if (o.n < LIST_ROWS_MAX || live.ids.n > SEARCH_DELTA_MAX * 8)
			break;
	}
	for (;;) {
		struct search_products_changed_rows p = search_products_changed(&db, products_at);

		for (size_t i = 0; i < p.n; i++) {
			struct search_offers_of_rows o = search_offers_of(&db, p.v[i].id);

			for (size_t k = 0; k < o.n; k++)
				note(o.v[k].id);
			products_at = p.v[i].changed;
		}
		if (p.n < LIST_ROWS_MAX || live.ids.n > SEARCH_DELTA_MAX * 8)
			break;
	}
	store_read_end(&db);
	live.seen = offers_at > products_at ? offers_at : products_at;
	return live.ids.n > before;
}

static int by_id(const void *p, const void *q)
{
	const struct offer_id *x = p, *y = q;

	return (x->v > y->v) - (x->v < y->v);
}

static void make_delta(struct store *s, struct arena *a)
{
	struct arena *own = arena_make((size_t)SEARCH_BUILD_BYTES_MAX_MB << 20);
	struct search_build *b;
	struct names_at at = {0};
	struct db db;
	const char *why;
	size_t kept = 0;

	qsort(live.ids.v, live.ids.n, sizeof *live.ids.v, by_id);
	for (size_t i = 0; i < live.ids.n; i++)
		if (!kept || live.ids.v[kept - 1].v != live.ids.v[i].v)
			live.ids.v[kept++] = live.ids.v[i];
	live.ids.n = kept;
	begin(s, &db, a);
	b = search_build_start(own);
	read_names(&db, b, &at);
	for (size_t i = 0; i < live.ids.n; i++) {
		struct search_document_row r;

		if (i % 1000 == 999) { /* no snapshot is held for long */
			store_read_end(&db);
			arena_reset(a);
			begin(s, &db, a);
		}
		if (search_document(&db, live.ids.v[i], &r))
			search_build_add(b, DOCUMENT(&r));
	}
	store_read_end(&db);
	search_build_finish(b, path_of(a, s, "search-delta.idx").p, live.seen);
	arena_free(own);
	if (!publish(s, live.ids.v, live.ids.n, true, &why))
		fault(FAULT_OUTSIDE, "search: the index is %s", why);
}

static bool changed_too_much(void)
{
	size_t docs = live.now ? live.now->base.docs : 0;

	return live.ids.n > SEARCH_DELTA_MAX && live.ids.n > docs / 50;
}

/* At the first look at an installation: its file, or a new one. */
static bool open_first(struct store *s, struct arena *a)
{
	const char *why;

	search_close();
	live.store = s;
	forget_changes();
	live.made_us = clock_mono_us();
	if (publish(s, NULL, 0, false, &why)) {
		live.seen = live.now->base.head->changed;
		return true;
	}
	LOG(LOG_INFO, "search index is made anew", LOG_S("why", str_of(why)));
	make_start(s, a);
	return true;
}

bool search_follow(struct store *s, struct arena *a)
{
	if (live.store != s)
		return open_first(s, a);
	if (live.build) {
		for (int i = 0; i < SEARCH_SLICE_PAGES; i++) {
			arena_reset(a);
			if (!make_page(s, a, false)) {
				make_finish(s, a);
				break;
			}
		}
		return true;
	}
	if (changes(s, a) && !changed_too_much()) {
		make_delta(s, a);
		return false;
	}
	if (changed_too_much() || clock_mono_us() - live.made_us > SEARCH_REMAKE_S * SECOND_US) {
		make_start(s, a);
		return true;
	}
	return false;
}

void search_close(void)
{
	struct search_snapshot *old;

	pthread_mutex_lock(&live.mutex);
	old = live.now;
	live.now = NULL;
	pthread_mutex_unlock(&live.mutex);
	if (old)
		drop(old);
	if (live.making)
		make_stop();
	arena_free(live.arena);
	live.arena = NULL;
	live.ids.v = NULL;
	live.ids.n = live.ids.cap = 0;
	live.store = NULL;
	live.seen = 0;
}

static atomic_int held;

void search_hold(bool on)
{
	atomic_fetch_add(&held, on ? 1 : -1);
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	(void)j;
	return atomic_load(&held) ? false : search_follow(s, a);
}

const struct job search_job = {.name = "search",
	.role = ROLE_INDEXER,
	.purposes = INDEX_PURPOSES,
	.every_s = 1,
	.each_server = true,
	.run = run};
