/* search_live: publishing, following, making again. */
#include "market/catalogue/search_products.h"
#include "market/catalogue/search_read.h"

#include "gen/search.sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <stdatomic.h>

struct search_snapshot {
	struct arena *arena; /* this, and what is marked as replaced */
	struct search_index base, delta;
	const int64_t *sizes;
	atomic_int holders;
};

/* What the follower remembers; it runs on one thread. */
static struct {
	pthread_mutex_t mutex; /* of `now` alone */
	struct search_snapshot *now;
	struct store *store; /* whose index it is */
	int64_t seen;	     /* changes up to here are in base or delta */
	struct arena *arena; /* changed offers and products since the base */
	struct {
		struct offer_id *v;
		size_t n, cap;
	} ids;
	struct {
		struct product_id *v;
		size_t n, cap;
	} products;
	struct arena *making; /* an index in the making, or NULL */
	struct search_build *build;
	struct offer_id at;
	struct product_id product_at;
	struct search_names_at names;
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

static void segments(const struct search_snapshot *x, struct search_view *v)
{
	v->v[v->n++] = &x->base;
	if (x->delta.docs || x->delta.products_n)
		v->v[v->n++] = &x->delta;
	v->sizes = x->sizes;
}

struct search_view search_view_take(void)
{
	struct search_view v = {0};

	pthread_mutex_lock(&live.mutex);
	v.snapshot = live.now;
	if (v.snapshot)
		atomic_fetch_add(&v.snapshot->holders, 1);
	pthread_mutex_unlock(&live.mutex);
	if (v.snapshot)
		segments(v.snapshot, &v);
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

/* What the delta replaces. */
static void mark(struct search_snapshot *x)
{
	struct search_index *base = &x->base;

	if (live.ids.n)
		base->dead = arena_array(x->arena, uint64_t, (size_t)base->docs / 64 + 1);
	for (size_t i = 0; i < live.ids.n; i++) {
		uint32_t doc = search_index_doc(base, live.ids.v[i].v);

		if (doc != UINT32_MAX)
			base->dead[doc / 64] |= UINT64_C(1) << doc % 64;
	}
	if (live.products.n)
		base->dead_products =
			arena_array(x->arena, uint64_t, (size_t)base->products_n / 64 + 1);
	for (size_t i = 0; i < live.products.n; i++)
		search_products_replace(base, live.products.v[i].v);
}

/* Opens the files and marks in the base what the delta replaces. False if the base is not whole. */
static bool publish(struct store *s, bool with_delta, const char **why)
{
	struct arena *a = arena_make((size_t)256 << 20);
	struct search_snapshot *x = arena_new(a, struct search_snapshot), *old;
	struct search_view view = {0};
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
	if (with_delta)
		mark(x);
	segments(x, &view);
	x->sizes = search_products_sizes(a, &view);
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
	store_read_begin(s, db, a, (struct viewer){.roles = UINT64_C(1) << ROLE_INDEXER},
		SEARCH_INDEX_PURPOSES);
}

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
	live.names = (struct search_names_at){0};
	live.at = (struct offer_id){0};
	live.product_at = (struct product_id){0};
	store_read_end(&db);
}

static size_t read_products(struct db *db, bool whole)
{
	struct search_products_rows rows = search_products(db, live.product_at);

	if (whole && rows.n < LIST_ROWS_MAX)
		return rows.n;
	for (size_t i = 0; i < rows.n; i++)
		if (rows.v[i].published)
			search_build_product(live.build, rows.v[i].id.v, rows.v[i].category_id.v,
				rows.v[i].part_key);
	if (rows.n)
		live.product_at = rows.v[rows.n - 1].id;
	return rows.n;
}

/* A page of each; false when there are no more. whole: leaves a page that is not full for later. */
static bool make_page(struct store *s, struct arena *a, bool whole)
{
	struct db db;

	begin(s, &db, a);
	search_read_names(&db, live.build, &live.names);
	size_t offers = search_read_page(&db, live.build, &live.at, whole),
	       products = read_products(&db, whole);

	store_read_end(&db);
	return offers == LIST_ROWS_MAX || products == LIST_ROWS_MAX;
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
	memset(&live.ids, 0, sizeof live.ids);
	memset(&live.products, 0, sizeof live.products);
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
	if (!publish(s, false, &why))
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

static void note_product(struct product_id id)
{
	for (size_t i = live.products.n; i-- > 0 && i + 64 > live.products.n;)
		if (live.products.v[i].v == id.v)
			return;
	*ARENA_PUSH(live.arena, &live.products) = id;
}

/* Notes which offers and products changed; true if some did. */
static bool changes(struct store *s, struct arena *a)
{
	struct db db;
	int64_t offers_at = live.seen, products_at = live.seen;
	size_t before = live.ids.n + live.products.n;

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
			note_product(p.v[i].id);
			products_at = p.v[i].changed;
		}
		if (p.n < LIST_ROWS_MAX || live.ids.n + live.products.n > SEARCH_DELTA_MAX * 8)
			break;
	}
	store_read_end(&db);
	live.seen = offers_at > products_at ? offers_at : products_at;
	return live.ids.n + live.products.n > before;
}

static int by_number(const void *p, const void *q)
{
	int64_t x = *(const int64_t *)p, y = *(const int64_t *)q;

	return (x > y) - (x < y);
}

/* Growing, each once; how many are left. */
static size_t in_order(void *ids, size_t n)
{
	int64_t *v = ids;
	size_t kept = 0;

	if (n)
		qsort(v, n, sizeof *v, by_number);
	for (size_t i = 0; i < n; i++)
		if (!kept || v[kept - 1] != v[i])
			v[kept++] = v[i];
	return kept;
}

static void add_products(
	struct db *db, struct search_build *b, const struct product_id *v, size_t n)
{
	struct search_products_now_rows rows = search_products_now(db, v, n);

	for (size_t i = 0; i < rows.n; i++)
		search_build_product(
			b, rows.v[i].id.v, rows.v[i].category_id.v, rows.v[i].part_key);
}

static size_t part_of(size_t left)
{
	return left < SEARCH_READ_MAX ? left : SEARCH_READ_MAX;
}

static void make_delta(struct store *s, struct arena *a)
{
	struct arena *own = arena_make((size_t)SEARCH_BUILD_BYTES_MAX_MB << 20);
	struct search_build *b = search_build_start(own);
	struct search_names_at at = {0};
	struct db db;
	const char *why;

	live.ids.n = in_order(live.ids.v, live.ids.n);
	live.products.n = in_order(live.products.v, live.products.n);
	for (size_t i = 0; i == 0 || i < live.ids.n || i < live.products.n; i += SEARCH_READ_MAX) {
		begin(s, &db, a); /* no snapshot is held for long */
		if (!i)
			search_read_names(&db, b, &at);
		if (i < live.ids.n)
			search_read_offers(&db, b, live.ids.v + i, part_of(live.ids.n - i));
		if (i < live.products.n)
			add_products(&db, b, live.products.v + i, part_of(live.products.n - i));
		store_read_end(&db);
		arena_reset(a);
	}
	search_build_finish(b, path_of(a, s, "search-delta.idx").p, live.seen);
	arena_free(own);
	if (!publish(s, true, &why))
		fault(FAULT_OUTSIDE, "search: the index is %s", why);
}

static bool changed_too_much(void)
{
	size_t n = live.ids.n > live.products.n ? live.ids.n : live.products.n;
	size_t docs = live.now ? live.now->base.docs : 0;

	return n > SEARCH_DELTA_MAX && n > docs / 50;
}

/* At the first look at an installation: its file, or a new one. */
static bool open_first(struct store *s, struct arena *a)
{
	const char *why;

	search_close();
	live.store = s;
	forget_changes();
	live.made_us = clock_mono_us();
	if (publish(s, false, &why)) {
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
	memset(&live.ids, 0, sizeof live.ids);
	memset(&live.products, 0, sizeof live.products);
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
	.purposes = SEARCH_INDEX_PURPOSES,
	.every_s = 1,
	.each_server = true,
	.run = run};
