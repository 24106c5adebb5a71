/* Walking chains: every link is made anew from its row and compared; every signature is looked at;
 * what was said about a person is opened where its key still stands and compared with the row's
 * commitment. Nothing that is opened leaves this file. */
#include "inside.h"

#include <sodium.h>
#include <stdio.h>

struct walk {
	struct store *s;
	struct store_conn *c;
	struct chain chain;
	struct arena *a; /* of one batch */
	void (*say)(void *ctx, const char *line);
	void *ctx;
	struct digest head;
	int64_t number, newest; /* of the link passed last; the highest id of a linked row */
	int64_t rows, opened, closed, waiting, heads;
	bool broken, committed; /* a row had a commitment: all behind it must have one */
	struct {
		int64_t id, owner;
		str sealed, commitment;
	} asked[CHAIN_BATCH]; /* commitments to compare when the batch was read */
	size_t asked_n;
};

static void broken(struct walk *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void broken(struct walk *w, const char *fmt, ...)
{
	char what[400], line[500];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	snprintf(line, sizeof line, "chain " STR_FMT ": BROKEN: %s", STR_ARG(w->chain.table->name),
		what);
	w->say(w->ctx, line);
	w->broken = true;
}

static str blob_of(struct arena *a, struct prepared *st, int col)
{
	str v = prepared_blob(st, col);

	return v.p ? str_dup(a, v) : v;
}

/* ---- what a row says of a person ---- */
static bool erased(struct store_conn *c, int64_t owner)
{
	struct prepared *st = house_start(c, HOUSE_SUBJECT_GET);

	prepared_bind_int(st, 1, owner);
	bool is = house_step(c, HOUSE_SUBJECT_GET) && prepared_int(st, 0) == SUBJECT_ERASED;

	prepared_reset(st);
	return is;
}

static void content_check(struct walk *w, size_t i, struct arena *a)
{
	const struct policy_group *g = w->chain.group;
	const char *table = str_dup(a, w->chain.table->name).p, *group = str_dup(a, g->name).p;
	struct fault_point fp;
	str id = id_text(a, w->asked[i].id);
	str record = {0};

	if (FAULT_TRY(fp)) {
		if (w->asked[i].sealed.p)
			record = unseal(w->c, a, table, group, w->asked[i].id, w->asked[i].owner,
				w->asked[i].sealed);
		FAULT_END(fp);
	} else {
		broken(w, "row " STR_FMT ": its content does not open: %s", STR_ARG(id), fp.what);
		return;
	}
	if (!record.p && erased(w->c, w->asked[i].owner)) {
		w->closed++;
		return;
	}
	if (!record.p) {
		broken(w, "row " STR_FMT ": its content is gone, and its subject was not erased",
			STR_ARG(id));
		return;
	}
	if (!str_eq(chain_commitment(a, record), w->asked[i].commitment))
		broken(w, "row " STR_FMT ": its content is not what was committed to", STR_ARG(id));
	w->opened++;
}

/* ---- links ---- */
static int commitment_column(const struct chain *ch)
{
	for (size_t i = 0; i < ch->covered_n; i++)
		if (str_eq(ch->covered[i]->name, ch->table->chain))
			return (int)i;
	return 0;
}

enum { AT_LINK, AT_NUMBER, AT_HEAD, AT_ROW, AT_SEALED, AT_OWNER, AT_COVERED };

static bool link_check(struct walk *w, struct prepared *st)
{
	int64_t id = prepared_int(st, AT_LINK), n = prepared_int(st, AT_NUMBER);
	str name = id_text(w->a, id), head = blob_of(w->a, st, AT_HEAD);

	if (n != w->number + 1) {
		broken(w, "link %lld follows link %lld", (long long)n, (long long)w->number);
		return false;
	}
	if (prepared_null(st, AT_ROW)) {
		broken(w, "row " STR_FMT " (link %lld) is missing", STR_ARG(name), (long long)n);
		return false;
	}
	w->head = chain_next(w->a, &w->chain, w->head, st, AT_COVERED);
	if (!str_eq(head, (str){(const char *)w->head.b, sizeof w->head.b})) {
		broken(w, "row " STR_FMT " (link %lld) was changed or moved", STR_ARG(name),
			(long long)n);
		return false;
	}
	w->number = n;
	w->rows++;
	w->newest = id > w->newest ? id : w->newest;
	str commitment = blob_of(w->a, st, AT_COVERED + commitment_column(&w->chain));

	if (w->chain.group && !commitment.p && w->committed)
		broken(w, "row " STR_FMT " commits to nothing", STR_ARG(name));
	if (w->chain.group && commitment.p) {
		w->committed = true;
		w->asked[w->asked_n].id = id;
		w->asked[w->asked_n].owner = prepared_int(st, AT_OWNER);
		w->asked[w->asked_n].sealed = blob_of(w->a, st, AT_SEALED);
		w->asked[w->asked_n++].commitment = commitment;
	}
	return true;
}

/* A signed head that stands at the link just passed must say the same. */
static void heads_check(struct walk *w, int64_t from, int64_t to)
{
	struct prepared *st = chain_start(w->c,
		"select h.id, h.number, h.head, h.at, h.cut, h.signature,"
		" l.head from r_chain_head h left join r_chain_link l on l.chain = h.chain and"
		" l.number = h.number where h.chain = ?1 and h.number > ?2 and h.number <= ?3"
		" order by h.number");
	str name = w->chain.table->name;

	prepared_bind_text(st, 1, name);
	prepared_bind_int(st, 2, from);
	prepared_bind_int(st, 3, to);
	while (chain_step(w->c, st)) {
		struct chain_head h = {.number = prepared_int(st, 1),
			.at_us = prepared_int(st, 3),
			.cut = prepared_int(st, 4)};
		str head = blob_of(w->a, st, 2), sig = blob_of(w->a, st, 5);

		if (head.n == sizeof h.head.b && sig.n == sizeof h.signature) {
			memcpy(h.head.b, head.p, head.n);
			memcpy(h.signature, sig.p, sig.n);
		}
		if (!chain_head_good(w->s, w->a, &w->chain, &h))
			broken(w, "the signature at link %lld is not ours", (long long)h.number);
		else if (!h.cut && !str_eq(head, blob_of(w->a, st, 6)))
			broken(w, "link %lld is not what was signed", (long long)h.number);
		w->heads++;
	}
	prepared_end(st);
}

/* Where the chain begins: at its start, or at a head that was signed for a cut. */
static bool begin(struct walk *w)
{
	struct chain_head h, last;
	bool cut = chain_head_read(w->c,
		"select id, number, head, at, cut, signature from r_chain_head where chain = ?1 and"
		" cut <> 0 order by number desc limit 1",
		&w->chain, 0, &h);

	w->head = chain_first(&w->chain);
	if (cut) {
		if (!chain_head_good(w->s, w->a, &w->chain, &h)) {
			broken(w, "the signature of the cut at link %lld is not ours",
				(long long)h.number);
			return false;
		}
		w->head = h.head;
		w->number = h.number;
	}
	struct prepared *st = chain_start(w->c, "select coalesce(max(number), 0) from r_chain_link"
						" where chain = ?1");
	str name = w->chain.table->name;

	prepared_bind_text(st, 1, name);
	int64_t links = chain_step(w->c, st) ? prepared_int(st, 0) : 0;

	prepared_end(st);
	if (chain_head_read(w->c, CHAIN_HEAD_LAST, &w->chain, 0, &last) && !last.cut &&
		last.number > links)
		broken(w, "links behind %lld are missing: %lld were signed", (long long)links,
			(long long)last.number);
	return true;
}

static bool batch(struct walk *w)
{
	struct prepared *st = chain_start(w->c, w->chain.linked);
	str name = w->chain.table->name;
	int64_t from = w->number;
	bool fine = true;

	w->asked_n = 0;
	prepared_bind_text(st, 1, name);
	prepared_bind_int(st, 2, w->number);
	while (fine && chain_step(w->c, st))
		fine = link_check(w, st);
	prepared_end(st);
	for (size_t i = 0; i < w->asked_n; i++)
		content_check(w, i, w->a);
	heads_check(w, from, w->number);
	return fine && w->number > from;
}

/* Rows that no link leads to: new ones wait for the job, others were put there by somebody else. */
static bool strange(struct walk *w, int64_t *from)
{
	struct prepared *st = chain_start(w->c, w->chain.strange);
	str name = w->chain.table->name;
	int n = 0;

	prepared_bind_int(st, 1, *from);
	prepared_bind_text(st, 2, name);
	while (chain_step(w->c, st)) {
		n++;
		*from = prepared_int(st, 0);
		if (prepared_int(st, 1))
			continue;
		if (*from > w->newest - ((int64_t)CHAIN_LATE_S * 1000 << ID_TIME_SHIFT))
			w->waiting++;
		else
			broken(w, "row " STR_FMT " was put in, no link leads to it",
				STR_ARG(id_text(w->a, *from)));
	}
	prepared_end(st);
	return n == CHAIN_BATCH;
}

static void walk_chain(struct walk *w)
{
	int64_t from = 0;
	bool more = true, done = false;
	char line[300];

	for (bool begun = false; more;) {
		struct db db;

		store_read_begin(w->s, &db, w->a, (struct viewer){0}, 0);
		w->c = db.conn;
		if (!begun)
			more = begin(w);
		begun = true;
		if (more && !done)
			done = !batch(w);
		else if (more)
			more = strange(w, &from);
		store_read_end(&db);
		arena_reset(w->a);
	}
	snprintf(line, sizeof line,
		"chain " STR_FMT ": %s: %lld links, %lld heads signed, %lld contents opened,"
		" %lld of erased subjects, %lld rows wait",
		STR_ARG(w->chain.table->name), w->broken ? "broken" : "good", (long long)w->rows,
		(long long)w->heads, (long long)w->opened, (long long)w->closed,
		(long long)w->waiting);
	w->say(w->ctx, line);
}

bool store_chain_check(
	struct store *s, struct arena *a, void (*say)(void *ctx, const char *line), void *ctx)
{
	struct arena *one = arena_make((size_t)64 << 20);
	struct fault_point fp;
	volatile bool good = true;

	if (FAULT_TRY(fp)) {
		for (size_t i = 0; i < s->policy->tables_n; i++) {
			struct walk *w = arena_new(a, struct walk);

			if (!s->policy->tables[i].chain.n)
				continue;
			*w = (struct walk){.s = s,
				.a = one,
				.say = say,
				.ctx = ctx,
				.chain = chain_of(a, &s->policy->tables[i])};
			walk_chain(w);
			good = good && !w->broken;
		}
		FAULT_END(fp);
	} else {
		arena_free(one);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(one);
	return good;
}

/* ---- heads for elsewhere ---- */
str store_chain_heads(struct store *s, struct arena *a)
{
	struct db db;
	str out = S("");

	store_read_begin(s, &db, a, (struct viewer){0}, 0);
	for (size_t i = 0; i < s->policy->tables_n; i++) {
		struct chain_head h;

		if (!s->policy->tables[i].chain.n)
			continue;
		struct chain ch = chain_of(a, &s->policy->tables[i]);

		if (chain_head_read(db.conn, CHAIN_HEAD_LAST, &ch, 0, &h))
			out = str_fmt(a, STR_FMT STR_FMT " %lld " STR_FMT " %lld %d " STR_FMT "\n",
				STR_ARG(out), STR_ARG(ch.table->name), (long long)h.number,
				STR_ARG(hex_of(a, h.head.b, sizeof h.head.b)), (long long)h.at_us,
				h.cut, STR_ARG(hex_of(a, h.signature, sizeof h.signature)));
	}
	store_read_end(&db);
	return out;
}

static bool line_parse(str line, str *table, struct chain_head *h)
{
	int64_t cut;

	*table = str_cut(&line, ' ');
	bool fine = str_int(str_cut(&line, ' '), &h->number) &&
		    hex_parse(str_cut(&line, ' '), h->head.b, sizeof h->head.b) &&
		    str_int(str_cut(&line, ' '), &h->at_us) && str_int(str_cut(&line, ' '), &cut) &&
		    hex_parse(line, h->signature, sizeof h->signature);

	h->cut = fine && cut;
	return fine;
}

/* The link that the line names must be there, or be cut off by a later cut. */
bool store_chain_holds(struct store *s, struct arena *a, str line)
{
	struct chain_head h = {0}, cut;
	struct db db;
	str table;

	if (!line_parse(line, &table, &h))
		return false;
	const struct policy_table *t = policy_table(s->policy, table);

	if (!t || !t->chain.n)
		return false;
	struct chain ch = chain_of(a, t);

	if (!chain_head_good(s, a, &ch, &h))
		return false;
	store_read_begin(s, &db, a, (struct viewer){0}, 0);
	struct prepared *st =
		chain_start(db.conn, "select head from r_chain_link where chain = ?1 and"
				     " number = ?2");

	prepared_bind_text(st, 1, table);
	prepared_bind_int(st, 2, h.number);
	bool holds =
		chain_step(db.conn, st)
			? str_eq(blob_of(a, st, 0), (str){(const char *)h.head.b, sizeof h.head.b})
			: chain_head_read(db.conn,
				  "select id, number, head, at, cut, signature from r_chain_head"
				  " where chain = ?1 and number >= ?2 and cut <> 0 limit 1",
				  &ch, h.number, &cut) &&
				  chain_head_good(s, a, &ch, &cut);

	prepared_end(st);
	store_read_end(&db);
	return holds;
}
