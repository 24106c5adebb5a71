/* Full text inside the database (schema/pg/words.sql): filled by the house on the writer, asked
 * by the application through three functions. */
#include "../keys.h"
#include "pg.h"

#include <stdlib.h>

enum { SWEPT_MAX = 200 }; /* words at once */

enum ask {
	STAND,
	FIND,
	COUNT_OF,
	NEAR,
	NUMBERS,
	GONE,
	AT, /* from here on by the house, on the writer */
	REACH,
	FORGET,
	EMPTY,
	PUT,
	DROP,
	KNOWN,
	KNOWN_NUMBERS,
	SWEEP,
	ASKS
};

static const struct {
	const char *sql, *types;
} asks[ASKS] = {
	[STAND] = {"select kontor.words_stand($1)", "i"},
	[FIND] = {"select kontor.found($1, $2, $3)", "tii"},
	[COUNT_OF] = {"select kontor.counted($1, $2)", "ti"},
	[NEAR] = {"select kontor.near($1, $2)", "ti"},
	[NUMBERS] = {"select kontor.numbers($1)", "T"},
	[GONE] = {"select kontor.words_gone()", ""},
	[SWEEP] = {"select kontor.words_sweep($1)", "i"},
	[AT] = {"select format, offers, products, filled::int from kontor.words_at where one = 1",
		""},
	[REACH] = {"insert into kontor.words_at (one, format, offers, products, filled) values (1, "
		   "$1, $2, $3, $4 <> 0) on conflict (one) do update set format = $1, offers = $2, "
		   "products = $3, filled = $4 <> 0",
		"iiii"},
	[FORGET] = {"delete from kontor.words_at", ""},
	[EMPTY] = {"truncate kontor.words, kontor.word, kontor.number, kontor.gone", ""},
	[PUT] = {"insert into kontor.words (offer, quality, price, stock, words) select x.offer, "
		 "x.quality, x.price, x.stock, array_to_tsvector(string_to_array(x.words, "
		 "E'\\x1f')) from unnest($1, $2, $3, $4, $5) x (offer, quality, price, stock, "
		 "words) on conflict (offer) do update set quality = excluded.quality, price = "
		 "excluded.price, stock = excluded.stock, words = excluded.words",
		"IIIIT"},
	[DROP] = {"delete from kontor.words where offer in (select x from unnest($1) x)", "I"},
	[KNOWN] = {"insert into kontor.word (word) select x from unnest($1) x on conflict do "
		   "nothing",
		"T"},
	[KNOWN_NUMBERS] = {"insert into kontor.number (number) select x from unnest($1) x on "
			   "conflict do nothing",
		"T"},
};

bool store_words(const struct store *s)
{
	return s->words;
}

void pg_words_free(struct pg *g)
{
	for (int i = 0; g->words && i < ASKS; i++)
		prepared_end(g->words[i]);
	free(g->words);
	g->words = NULL;
}

static struct prepared *ask(struct db *db, enum ask what)
{
	struct pg *g = db->conn->pg;

	store_due();
	if (!db->conn->store->words)
		fault(FAULT_BUG, "this database has no room for full text");
	if (db->write != (what >= AT))
		fault(FAULT_BUG, "full text: %s", asks[what].sql);
	if (!g->words)
		g->words = calloc(ASKS, sizeof(struct prepared *));
	if (!g->words)
		fault(FAULT_MEMORY, "no memory for statements");
	if (g->words[what])
		prepared_reset(g->words[what]); /* whoever asked last may have been cut off */
	else
		g->words[what] = pg_statement(
			g, asks[what].sql, asks[what].types, db->write ? PG_HOUSE : PG_ANY, false);
	return g->words[what];
}

/* True: a row. Behind the last one it is reset. */
static bool next(struct prepared *p)
{
	enum prepared_step is = prepared_step(p);

	if (is == PREPARED_ROW)
		return true;
	if (is != PREPARED_DONE)
		prepared_fault(p, "full text");
	prepared_reset(p);
	return false;
}

static void run(struct prepared *p)
{
	while (next(p))
		;
}

/* ---- on the writer --------------------------------------------------------------------------- */
struct store_words_at db_words_at(struct db *db)
{
	struct prepared *p = ask(db, AT);
	struct store_words_at at = {0};

	while (next(p))
		at = (struct store_words_at){prepared_int(p, 0), prepared_int(p, 1),
			prepared_int(p, 2), prepared_int(p, 3) != 0};
	return at;
}

void db_words_reach(struct db *db, struct store_words_at at)
{
	struct store_words_at was = db_words_at(db);

	if (was.format != at.format)
		run(ask(db, EMPTY));
	struct prepared *p = ask(db, REACH);

	prepared_bind_int(p, 1, at.format);
	prepared_bind_int(p, 2, at.offers);
	prepared_bind_int(p, 3, at.products);
	prepared_bind_int(p, 4, at.filled);
	run(p);
}

void db_words_forget(struct db *db)
{
	run(ask(db, EMPTY));
	run(ask(db, FORGET));
}

/* One member of each row as a list. */
static void bind_members(struct db *db, struct prepared *p, int i, const struct store_words_row *v,
	size_t n, size_t member)
{
	int64_t *list = arena_array(db->arena, int64_t, n + 1);

	for (size_t k = 0; k < n; k++)
		memcpy(&list[k], (const char *)&v[k] + member, sizeof *list);
	prepared_bind_text(p, i, pg_ints(db->arena, list, n));
}

void db_words_put(struct db *db, const struct store_words_row *v, size_t n)
{
	struct prepared *p = ask(db, PUT);
	str *words = arena_array(db->arena, str, n + 1);

	if (!n)
		return;
	for (size_t i = 0; i < n; i++)
		words[i] = v[i].words;
	bind_members(db, p, 1, v, n, offsetof(struct store_words_row, offer));
	bind_members(db, p, 2, v, n, offsetof(struct store_words_row, quality));
	bind_members(db, p, 3, v, n, offsetof(struct store_words_row, price));
	bind_members(db, p, 4, v, n, offsetof(struct store_words_row, stock));
	prepared_bind_text(p, 5, pg_texts(db->arena, words, n));
	run(p);
}

void db_words_drop(struct db *db, const int64_t *offers, size_t n)
{
	struct prepared *p = ask(db, DROP);

	if (!n)
		return;
	prepared_bind_text(p, 1, pg_ints(db->arena, offers, n));
	run(p);
}

static void known(struct db *db, enum ask what, const str *v, size_t n)
{
	struct prepared *p = ask(db, what);

	if (!n)
		return;
	prepared_bind_text(p, 1, pg_texts(db->arena, v, n));
	run(p);
}

void db_words_known(struct db *db, const str *v, size_t n)
{
	known(db, KNOWN, v, n);
}

void db_words_numbers_known(struct db *db, const str *v, size_t n)
{
	known(db, KNOWN_NUMBERS, v, n);
}

static int64_t one_number(struct prepared *p)
{
	int64_t n = 0;

	while (next(p))
		n = prepared_int(p, 0);
	return n;
}

size_t db_words_sweep(struct db *db)
{
	struct prepared *p = ask(db, SWEEP);

	prepared_bind_int(p, 1, SWEPT_MAX);
	return (size_t)one_number(p);
}

void store_words_grown(struct store *s)
{
	pg_look_with(s, "select kontor.look_words()");
}

/* ---- in a read ------------------------------------------------------------------------------- */
enum store_words_stand db_words_stand(struct db *db, int64_t format)
{
	struct prepared *p = ask(db, STAND);

	prepared_bind_int(p, 1, format);
	return (enum store_words_stand)one_number(p);
}

bool db_words_gone(struct db *db)
{
	return one_number(ask(db, GONE)) != 0;
}

size_t db_words_find(struct db *db, str query, enum store_words_order by, int64_t *v, size_t most)
{
	struct prepared *p = ask(db, FIND);
	size_t n = 0;

	prepared_bind_text(p, 1, query);
	prepared_bind_int(p, 2, by);
	prepared_bind_int(p, 3, (int64_t)most);
	while (next(p))
		if (n < most)
			v[n++] = prepared_int(p, 0);
	return n;
}

int64_t db_words_count(struct db *db, str query, int64_t most)
{
	struct prepared *p = ask(db, COUNT_OF);

	prepared_bind_text(p, 1, query);
	prepared_bind_int(p, 2, most);
	return one_number(p);
}

static size_t texts(struct db *db, struct prepared *p, str *v, size_t most)
{
	size_t n = 0;

	while (next(p))
		if (n < most)
			v[n++] = str_dup(db->arena, prepared_text(p, 0));
	return n;
}

size_t db_words_near(struct db *db, str word, str *v, size_t most)
{
	struct prepared *p = ask(db, NEAR);

	prepared_bind_text(p, 1, word);
	prepared_bind_int(p, 2, (int64_t)most);
	return texts(db, p, v, most);
}

size_t db_words_numbers(struct db *db, const str *asked, size_t n, str *v, size_t most)
{
	struct prepared *p = ask(db, NUMBERS);

	prepared_bind_text(p, 1, pg_texts(db->arena, asked, n));
	return texts(db, p, v, most);
}
