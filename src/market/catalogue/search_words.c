/* search_words: the words of offers go into the database as offers and products change, on one of
 * several servers at a time. */
#include "market/catalogue/search_database.h"
#include "market/catalogue/search_lexeme.h"
#include "market/catalogue/search_read.h"

#include "gen/search.sql.h"

enum { GROWN = 5000 /* written without a look at the tables */ };

/* What the job remembers; it runs on one thread. */
static struct {
	struct store *store;
	struct store_words_at at;
	size_t written;
} kept;

/* One piece: offers that changed, and what they are found by now. */
struct piece {
	struct store_words_at from, to;
	struct {
		int64_t *v;
		size_t n, cap;
	} ids, gone; /* gone: of them, those that may not be found any more */
	struct store_words_row *rows;
	size_t rows_n;
	str *words, *numbers; /* that are in them */
	size_t words_n, numbers_n;
	bool more, sweep, other; /* other: somebody else wrote since */
};

static size_t part(size_t left, size_t most)
{
	return left < most ? left : most;
}

/* ---- what changed ---------------------------------------------------------------------------- */
static void offers_changed(struct db *db, struct piece *p)
{
	struct search_offers_changed_rows o = search_offers_changed(db, p->from.offers);

	for (size_t i = 0; i < o.n && i < SEARCH_READ_MAX; i++) {
		*ARENA_PUSH(db->arena, &p->ids) = o.v[i].id.v;
		p->to.offers = o.v[i].changed;
	}
	p->more = o.n > SEARCH_READ_MAX;
}

static void products_changed(struct db *db, struct piece *p)
{
	struct search_products_changed_rows c = search_products_changed(db, p->from.products);
	size_t i = 0;

	for (; i < c.n && p->ids.n < SEARCH_READ_MAX; i++) {
		struct search_offers_of_rows o = search_offers_of(db, c.v[i].id);

		for (size_t k = 0; k < o.n; k++)
			*ARENA_PUSH(db->arena, &p->ids) = o.v[k].id.v;
		p->to.products = c.v[i].changed;
	}
	p->more |= i < c.n;
}

/* ---- as documents ---------------------------------------------------------------------------- */
static void rows_make(struct db *db, struct piece *p)
{
	struct arena *a = db->arena;
	struct search_build *b = search_build_start(a);
	struct search_names_at names = {0};
	struct search_index x = {0};

	search_read_names(db, b, &names);
	for (size_t i = 0; i < p->ids.n; i += SEARCH_READ_MAX)
		search_read_offers(db, b, (const struct offer_id *)(p->ids.v + i),
			part(p->ids.n - i, SEARCH_READ_MAX));
	search_build_memory(b, a, &x);
	p->rows_n = search_build_docs(b);
	p->rows = arena_array(a, struct store_words_row, p->rows_n + 1);
	for (size_t i = 0; i < p->rows_n; i++) {
		uint32_t doc = search_index_doc(&x, b->doc.v[i].offer);

		p->rows[i] = (struct store_words_row){.offer = b->doc.v[i].offer,
			.quality = b->doc.v[i].quality,
			.price = search_index_price(&x, doc, 1),
			.stock = b->doc.v[i].stock,
			.words = search_lexemes(a, b, &x, i)};
	}
	for (size_t i = 0; i < p->ids.n; i++)
		if (search_index_doc(&x, p->ids.v[i]) == UINT32_MAX)
			*ARENA_PUSH(a, &p->gone) = p->ids.v[i];
	p->words_n = search_lexemes_words(a, b, &p->words);
	p->numbers_n = search_lexemes_numbers(a, b, &p->numbers);
}

static void read_changes(struct store *s, struct arena *a, struct piece *p)
{
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = UINT64_C(1) << ROLE_INDEXER},
		SEARCH_INDEX_PURPOSES);
	offers_changed(&db, p);
	if (!p->ids.n)
		products_changed(&db, p);
	if (p->ids.n)
		rows_make(&db, p);
	else
		p->sweep = db_words_gone(&db);
	store_read_end(&db);
	p->to.filled |= !p->more && !p->ids.n;
}

/* ---- into the database ----------------------------------------------------------------------- */
static bool same(const struct store_words_at *x, const struct store_words_at *y)
{
	return x->format == y->format && x->offers == y->offers && x->products == y->products;
}

static bool write_changes(struct db *db, void *ctx)
{
	struct piece *p = ctx;
	struct store_words_at at = db_words_at(db);

	p->other = !same(&at, &p->from);
	if (p->other)
		return false;
	db_words_drop(db, p->gone.v, p->gone.n);
	for (size_t i = 0; i < p->rows_n; i += WORDS_ROWS_MAX)
		db_words_put(db, p->rows + i, part(p->rows_n - i, WORDS_ROWS_MAX));
	for (size_t i = 0; i < p->words_n; i += LIST_ROWS_MAX)
		db_words_known(db, p->words + i, part(p->words_n - i, LIST_ROWS_MAX));
	for (size_t i = 0; i < p->numbers_n; i += LIST_ROWS_MAX)
		db_words_numbers_known(db, p->numbers + i, part(p->numbers_n - i, LIST_ROWS_MAX));
	db_words_reach(db, p->to);
	return true;
}

/* Where others came to; words of another format begin anew. What changes from here on of products
 * is found by the product: before, each offer comes with its words. */
static bool read_at(struct db *db, void *ctx)
{
	struct store_words_at *at = ctx;
	struct search_product_newest_row newest;

	*at = db_words_at(db);
	if (at->format == SEARCH_LEXEME_FORMAT)
		return true;
	*at = (struct store_words_at){.format = SEARCH_LEXEME_FORMAT,
		.products = search_product_newest(db, &newest) ? newest.changed : 0};
	db_words_reach(db, *at);
	return true;
}

static bool sweep(struct db *db, void *ctx)
{
	(void)ctx;
	db_words_sweep(db);
	return true;
}

static bool follow(struct store *s, const struct job *j, struct arena *a)
{
	struct piece p = {0};

	if (kept.store != s) {
		if (!job_write(s, j, a, true, read_at, &kept.at))
			return true;
		kept.store = s;
		kept.written = 0;
		return true;
	}
	p.from = p.to = kept.at;
	read_changes(s, a, &p);
	if (same(&p.from, &p.to) && p.from.filled == p.to.filled)
		return p.sweep && job_write(s, j, a, true, sweep, NULL);
	if (!job_write(s, j, a, true, write_changes, &p)) {
		if (p.other)
			kept.store = NULL;
		return true;
	}
	kept.at = p.to;
	kept.written += p.rows_n;
	if (kept.written > GROWN && !p.more) {
		kept.written = 0;
		store_words_grown(s);
	}
	return p.more || p.ids.n || p.sweep;
}

/* Somebody asked for them, now or before: what stands in them follows what may be shown. */
static bool wanted(struct store *s, struct arena *a)
{
	struct db db;

	if (!store_words(s))
		return false;
	if (search_database_used() || kept.store == s)
		return true;
	store_read_begin(s, &db, a, (struct viewer){.roles = UINT64_C(1) << ROLE_INDEXER},
		SEARCH_INDEX_PURPOSES);
	bool stand = db_words_stand(&db, SEARCH_LEXEME_FORMAT) != WORDS_NONE;

	store_read_end(&db);
	return stand;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	return wanted(s, a) && follow(s, j, a);
}

const struct job search_words_job = {.name = "search_words",
	.role = ROLE_INDEXER,
	.purposes = SEARCH_INDEX_PURPOSES,
	.every_s = 1,
	.apart = true,
	.run = run};

static bool forget(struct db *db, void *ctx)
{
	(void)ctx;
	if (db_words_at(db).format)
		db_words_forget(db);
	return true;
}

void search_words_forget(struct store *s)
{
	struct arena *a = arena_make((size_t)1 << 20);
	struct write_unit u = {.viewer = {.roles = UINT64_C(1) << ROLE_INDEXER},
		.purposes = SEARCH_INDEX_PURPOSES,
		.arena = a,
		.apply = forget};
	enum write_result r = store_write_wait(s, &u);

	arena_free(a);
	kept.store = NULL;
	if (r != WRITE_DONE)
		fault(FAULT_STORE, "the words of search in the database could not be emptied");
}

void search_words_fill(struct store *s)
{
	struct arena *a = arena_make((size_t)256 << 20);

	kept.store = NULL;
	while (follow(s, &search_words_job, a))
		arena_reset(a);
	arena_free(a);
}
