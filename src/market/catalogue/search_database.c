/* search_database: what is asked of the database, and what is made of its answer. */
#include "market/catalogue/search_database.h"
#include "market/catalogue/search_lexeme.h"
#include "market/catalogue/search_read.h"
#include "market/catalogue/search_text.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
	NEAR = 64,	      /* words that a typing mistake may have meant */
	MADE_OF_MB_MAX = 256, /* of an index of one answer */
	WITHOUT_TRIED_MAX = 4 /* words that are left out in turn: each makes an index */
};

/* What was found, for the index of one answer. */
struct candidates {
	struct offer_id *v;
	size_t n, cap;
};

static enum store_words_order order_of(enum search_sort sort)
{
	switch (sort) {
	case SEARCH_BY_PRICE: return WORDS_BY_PRICE;
	case SEARCH_BY_STOCK: return WORDS_BY_STOCK;
	case SEARCH_BY_NEWEST: return WORDS_BY_NEWEST;
	case SEARCH_BY_RELEVANCE: break;
	}
	return WORDS_BY_QUALITY;
}

/* How many came. */
static size_t find(
	struct db *db, struct candidates *c, str query, enum search_sort sort, size_t most)
{
	int64_t *v = arena_array(db->arena, int64_t, most + 1);
	size_t n = db_words_find(db, query, order_of(sort), v, most);

	for (size_t i = 0; i < n; i++)
		*ARENA_PUSH(db->arena, c) = (struct offer_id){v[i]};
	return n;
}

/* ---- the index of one answer ----------------------------------------------------------------- */
static int by_id(const void *p, const void *q)
{
	const struct offer_id *x = p, *y = q;

	return (x->v > y->v) - (x->v < y->v);
}

static void each_once(struct candidates *c)
{
	size_t n = 0;

	if (c->n)
		qsort(c->v, c->n, sizeof *c->v, by_id);
	for (size_t i = 0; i < c->n; i++)
		if (!n || c->v[n - 1].v != c->v[i].v)
			c->v[n++] = c->v[i];
	c->n = n;
}

/* What it is made of goes into the handle's arena, the index itself into `answer`. */
static void index_make(struct db *db, struct arena *answer, struct candidates *c,
	const struct search_query *q, struct search_index *x)
{
	struct search_build *b = search_build_start(db->arena);

	each_once(c);
	search_build_some(b);
	search_read_names_found(db, b);
	for (size_t i = 0; i < q->filters_n; i++)
		if (q->filters[i].range)
			search_build_number(b, q->filters[i].facet);
	for (size_t i = 0; i < c->n; i += SEARCH_READ_MAX)
		search_read_found(
			db, b, c->v + i, c->n - i < SEARCH_READ_MAX ? c->n - i : SEARCH_READ_MAX);
	search_build_memory(b, answer, x);
}

static struct search_view view_of(struct db *db, struct candidates *c, const struct search_query *q)
{
	struct arena *answer = db->arena;
	struct search_index *x = arena_new(answer, struct search_index);
	struct arena *made_of = arena_make((size_t)MADE_OF_MB_MAX << 20);
	struct fault_point fp;

	fp.kind = 0;
	db->arena = made_of;
	if (FAULT_TRY(fp)) {
		index_make(db, answer, c, q, x);
		FAULT_END(fp);
		fp.kind = 0;
	}
	db->arena = answer;
	arena_free(made_of);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return (struct search_view){.v = {x}, .n = 1};
}

struct search_view search_database_view(struct db *db, str text)
{
	const struct search_query q = {.text = text, .price_min = -1, .price_max = -1};
	struct candidates c = {0};
	struct tokens t;

	tokens_read(db->arena, NULL, 0, text, &t);
	find(db, &c, search_lexeme_query(db->arena, &t, SIZE_MAX, &q, FOUND_BY_ALL),
		SEARCH_BY_RELEVANCE, SEARCH_DATABASE_HITS_MAX);
	return view_of(db, &c, &q);
}

/* ---- typing mistakes ------------------------------------------------------------------------- */
/* All that may have been meant, in the order in which one is preferred to another. */
struct changes {
	struct arena *a;
	str *v;
	size_t n, cap;
};

static void change(void *ctx, const char *p, size_t n)
{
	struct changes *c = ctx;

	*ARENA_PUSH(c->a, c) = str_dup(c->a, (str){p, n});
}

static bool among(const str *v, size_t n, str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

/* The commonest word of those near this one that a change makes of it; {NULL, 0}: there is none. */
static str word_meant(struct db *db, str word, const struct changes *c)
{
	str near[NEAR], best = {NULL, 0};
	size_t n = db_words_near(db, word, near, NEAR);
	int64_t most = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!among(near, n, c->v[i]) || (best.n && str_eq(best, c->v[i])))
			continue;
		int64_t docs = db_words_count(
			db, search_lexeme_exact(db->arena, c->v[i]), SEARCH_TOTAL_MORE);

		if (docs > most) {
			most = docs;
			best = c->v[i];
		}
	}
	return best;
}

/* Part numbers are as common as each other: the first that an offer has. */
static str number_meant(struct db *db, const struct changes *c)
{
	str known[NEAR];

	for (size_t from = 0; from < c->n; from += LIST_ROWS_MAX) {
		size_t asked = c->n - from < LIST_ROWS_MAX ? c->n - from : LIST_ROWS_MAX;
		size_t n = db_words_numbers(db, c->v + from, asked, known, NEAR);

		for (size_t i = from; n && i < from + asked; i++)
			if (among(known, n, c->v[i]) &&
				db_words_count(db, search_lexeme_number(db->arena, c->v[i]), 1))
				return c->v[i];
	}
	return (str){NULL, 0};
}

static bool correct_one(struct db *db, struct token *t)
{
	struct changes c = {.a = db->arena};
	str other = {NULL, 0};
	size_t digits = 0;

	if (t->word.n < SPELL_BYTES_MIN || t->word.n > SEARCH_WORD_BYTES_MAX ||
		db_words_count(db, search_lexeme_word(db->arena, t), 1))
		return false;
	for (size_t i = 0; i < t->word.n; i++)
		digits += t->word.p[i] >= '0' && t->word.p[i] <= '9';
	spell_changes(t->word, change, &c);
	if (digits < t->word.n)
		other = word_meant(db, t->word, &c);
	if (!other.n && digits && t->word.n > SPELL_BYTES_MIN)
		other = number_meant(db, &c);
	if (!other.n)
		return false;
	t->word = other;
	return true;
}

/* True: something was. */
static bool correct(struct db *db, struct tokens *t)
{
	bool any = false;

	for (size_t i = 0; i < t->n; i++)
		any |= correct_one(db, &t->v[i]);
	return any;
}

static str words_of(struct arena *a, const struct tokens *t)
{
	str s = {NULL, 0};

	for (size_t i = 0; i < t->n; i++)
		s = i ? str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(s), STR_ARG(t->v[i].word))
		      : t->v[i].word;
	return s;
}

/* ---- a search -------------------------------------------------------------------------------- */
struct searching {
	struct db *db;
	struct search_query q;
	struct tokens t;
	struct candidates c;
	struct search_view view;
	struct search_result r;
	bool cut; /* there are more than were looked at */
};

/* Values of a facet that is filtered by are counted as if it were not; those of them that nothing
 * of the rest has are known, too. */
static void search_beside(struct searching *s, const struct tokens *t)
{
	const struct search_query *q = &s->q;
	const size_t each = SEARCH_DATABASE_OTHERS_MAX / (q->filters_n + 1);

	for (size_t i = 0; q->facets && i < q->filters_n; i++) {
		const struct search_query one = {.filters = &q->filters[i],
			.filters_n = 1,
			.price_min = -1,
			.price_max = -1};
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before |= q->filters[k].facet == q->filters[i].facet;
		if (!before && q->filters[i].facet != SEARCH_CATEGORY)
			find(s->db, &s->c,
				search_lexeme_query(
					s->db->arena, t, SIZE_MAX, q, q->filters[i].facet),
				SEARCH_BY_RELEVANCE, each);
		if (!q->filters[i].range)
			find(s->db, &s->c,
				search_lexeme_query(s->db->arena, &(struct tokens){0}, SIZE_MAX,
					&one, FOUND_BY_ALL),
				SEARCH_BY_RELEVANCE, 1);
	}
}

/* What there is of all these words; false: nothing. */
static bool search(struct searching *s, const struct tokens *t)
{
	s->c = (struct candidates){0};
	s->cut = find(s->db, &s->c,
			 search_lexeme_query(s->db->arena, t, SIZE_MAX, &s->q, FOUND_BY_ALL),
			 s->q.sort, SEARCH_DATABASE_HITS_MAX) == SEARCH_DATABASE_HITS_MAX;
	search_beside(s, t);
	s->view = view_of(s->db, &s->c, &s->q);
	s->q.tokens = t;
	s->r = search_run(s->db->arena, s->view.v, s->view.n, &s->q);
	return s->r.total > 0;
}

static struct tokens without(const struct tokens *t, size_t left_out)
{
	struct tokens rest = *t;

	memmove(&rest.v[left_out], &rest.v[left_out + 1],
		(rest.n - left_out - 1) * sizeof rest.v[0]);
	rest.n--;
	return rest;
}

/* Leaves out the word whose absence finds most. The database counts what may be: it is looked
 * at, the most first, until none that is left may be more than what there is. */
static void search_without_one(struct searching *s)
{
	struct arena *a = s->db->arena;
	int64_t may[SEARCH_TOKENS_MAX] = {0}, most = 0;
	struct searching best = *s;
	size_t first = 0; /* of words that are in the way alike, as search_run takes them */

	for (size_t i = 0; i < s->t.n; i++)
		may[i] = db_words_count(s->db,
			search_lexeme_query(a, &s->t, i, &s->q, FOUND_BY_ALL), SEARCH_TOTAL_MORE);
	for (size_t tried = 0; tried < s->t.n && tried < WITHOUT_TRIED_MAX; tried++) {
		struct tokens *rest = arena_new(a, struct tokens);
		size_t i = 0;

		for (size_t k = 1; k < s->t.n; k++)
			if (may[k] > may[i])
				i = k;
		if (may[i] < 1 || may[i] < most)
			break;
		may[i] = 0;
		*rest = without(&s->t, i);
		if (search(s, rest) && (s->r.total > most || (s->r.total == most && i < first))) {
			most = s->r.total;
			first = i;
			s->r.left_out = s->t.v[i].word;
			best = *s;
		}
	}
	*s = best;
}

/* The best of them alone were looked at. */
static void at_least(struct search_result *r)
{
	r->more = true;
	for (size_t i = 0; i < r->facets_n; i++)
		for (size_t k = 0; k < r->facets[i].n; k++)
			r->facets[i].v[k].more = true;
}

/* Where this server has an index of all offers; {NULL, 0}: then that of what is found will do. */
static str currency_of_all(struct arena *a)
{
	struct search_view view = search_view_take();
	str is = search_currency(view.v, view.n);
	char code[8];
	size_t n = is.n < sizeof code ? is.n : 0;

	if (n)
		memcpy(code, is.p, n); /* a copy in the arena may fault, and the view stay taken */
	search_view_give(&view);
	return n ? str_dup(a, (str){code, n}) : (str){NULL, 0};
}

struct search_result search_database_run(
	struct db *db, const struct search_query *q, struct search_view *view)
{
	struct searching s = {.db = db, .q = *q};
	int64_t began = clock_mono_us();

	if (!q->currency.n)
		s.q.currency = currency_of_all(db->arena);
	tokens_read(db->arena, NULL, 0, q->text, &s.t);
	if (!search(&s, &s.t)) {
		if (correct(db, &s.t)) {
			s.t.read_as = words_of(db->arena, &s.t);
			search(&s, &s.t);
		}
		if (!s.r.total && s.t.n > 1)
			search_without_one(&s);
	}
	if (s.cut)
		at_least(&s.r);
	*view = s.view;
	s.r.took_us = clock_mono_us() - began;
	return s.r;
}

size_t search_database_suggest(
	struct db *db, str text, struct search_suggestion out[SEARCH_SUGGESTIONS])
{
	struct candidates c = {0};
	struct tokens t;

	tokens_read(db->arena, NULL, 0, text, &t);
	if (!t.n)
		return 0;
	str last = t.v[t.n - 1].word;

	t.n--;
	find(db, &c, search_lexeme_begins(db->arena, &t, last, t.key), SEARCH_BY_RELEVANCE,
		SEARCH_DATABASE_HITS_MAX);
	struct search_view view = view_of(db, &c, &(struct search_query){0});

	return search_suggest(db->arena, view.v, view.n, text, out);
}

/* ---- whether --------------------------------------------------------------------------------- */
static atomic_bool used, filled;

void search_database_use(bool on)
{
	atomic_store(&used, on);
	atomic_store(&filled, false);
}

bool search_database_used(void)
{
	return atomic_load(&used);
}

bool search_database_there(struct db *db)
{
	if (!atomic_load(&used))
		return false;
	if (!atomic_load(&filled) && db_words_stand(db, SEARCH_LEXEME_FORMAT) == WORDS_ALL)
		atomic_store(&filled, true);
	return atomic_load(&filled);
}
