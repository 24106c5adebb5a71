/* import_load: reading on one thread, writing on the writer, a few batches between them. */
#include "market/catalogue/import_load.h"
#include "market/catalogue/import_names.h"
#include "market/catalogue/import_report.h"
#include "market/catalogue/search_live.h"
#include "gen/import.sql.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIT_(x) (UINT64_C(1) << (x))
#define IMPORT_PURPOSES \
	(BIT_(PURPOSE_PUBLIC) | BIT_(PURPOSE_SELLING) | BIT_(PURPOSE_INDEX) | \
		BIT_(PURPOSE_CURATION))

enum {
	BATCHES = 4, /* between reader and writer */
	BATCH_ROWS_MAX = 1000,
	BATCH_ROWS_FIRST = 50,
	/* of WRITE_SLICE_MS: one that meets a slow moment stays below it */
	BATCH_TARGET_US = 12000,
	BATCH_TURN_TARGET_US = 50000, /* a tenth of TURN_MS_MAX, since each costs rounds */
	BATCH_BYTES_MAX = 64 << 20,
	INDEX_BYTES_MAX = 256 << 20,
	SAY_EVERY_US = 250000,
};

struct load_row {
	struct import_row row;
	struct category_id category;
	str attributes;
	bool again; /* a row before it in the same batch has its SKU */
};
struct batch {
	struct load *load;
	struct arena *arena, *work; /* rows; what the writer needs */
	struct write_unit unit;
	struct load_row *v;
	size_t n;
	struct new_names names;
	int64_t line, refused; /* of the file, up to the end of this batch */
	int64_t added, changed, same, us;
	int64_t counted[3]; /* of the load, before this one's own were */
	bool last, waiting; /* given to the writer, not yet answered */
	enum write_result result;
};
struct load {
	struct store *store;
	struct arena *arena;
	const struct import_order *order;
	struct import_progress *p;
	struct viewer viewer;
	struct company_id company;
	struct names_all names;
	struct import_report report;
	struct import_run_id run;
	struct import_run_last_row before; /* what an earlier reading of the file stored */
	bool others;			   /* other companies keep products */
	struct batch batch[BATCHES];
	size_t rows_in_batch;
	int64_t line, left_out;
	struct arena *indexing; /* NULL: not while reading */
	int64_t indexed;	/* added offers that are in the index */
	bool grown;		/* the engine was told that its tables are no longer empty */
	int64_t start_us, said_us;
	pthread_mutex_t mutex; /* of the batches' answers */
	pthread_cond_t answered;
	/* the writer's alone */
	bool broken; /* a batch failed: those behind it must not be stored */
	int64_t added, changed, same;
};

/* ---- on the writer ---- */

static str digest_bytes(const struct digest *d)
{
	return (str){(const char *)d->b, sizeof d->b};
}

static int by_text(str a, str b)
{
	int d = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int by_sku(const void *a, const void *b)
{
	return by_text(((const struct import_offers_row *)a)->sku,
		((const struct import_offers_row *)b)->sku);
}

static int by_part(const void *a, const void *b)
{
	const struct import_products_like_row *x = a, *y = b;
	int d = by_text(x->part_key, y->part_key);

	d = d ? d : by_text(x->manufacturer, y->manufacturer);
	return d ? d : (x->id.v > y->id.v) - (x->id.v < y->id.v);
}

/* What a batch needs to know of what is stored, asked at once. */
struct stored {
	struct import_offers_rows offers;	/* by SKU */
	struct import_products_like_rows likes; /* by part, the oldest of each first */
	bool all_likes;				/* else each row asks for itself */
};

static struct stored ask(struct db *db, const struct batch *b)
{
	struct stored s = {.all_likes = true};
	str *texts = arena_array(db->arena, str, b->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		texts[i] = b->v[i].row.sku;
	s.offers = import_offers(db, texts, b->n);
	if (s.offers.n)
		qsort(s.offers.v, s.offers.n, sizeof *s.offers.v, by_sku);
	for (size_t i = 0; i < b->n && b->load->others; i++)
		if (b->v[i].row.key.n && b->v[i].row.maker.n)
			texts[n++] = b->v[i].row.key;
	if (n)
		s.likes = import_products_like(db, texts, n);
	s.all_likes = s.likes.n < LIST_ROWS_MAX;
	if (s.likes.n)
		qsort(s.likes.v, s.likes.n, sizeof *s.likes.v, by_part);
	return s;
}

static const struct import_offers_row *offer_of(
	struct db *db, const struct stored *s, const struct load_row *r)
{
	const struct import_offers_row key = {.sku = r->row.sku};
	struct import_offers_rows again;

	if (!r->again)
		return s->offers.n ? bsearch(&key, s->offers.v, s->offers.n, sizeof key, by_sku)
				   : NULL;
	again = import_offers(db, &r->row.sku, 1);
	return again.n ? again.v : NULL;
}

static struct product_id product_like(
	struct db *db, const struct stored *s, const struct import_row *x)
{
	struct import_product_like_row one;
	size_t from = 0, to = s->likes.n;

	if (!x->maker.n || !x->key.n)
		return (struct product_id){0};
	if (!s->all_likes)
		return import_product_like(db, x->key, x->maker, &one) ? one.id
								       : (struct product_id){0};
	while (from < to) { /* the first that is not before it */
		const struct import_products_like_row key = {x->key, x->maker, {0}};
		size_t mid = (from + to) / 2;

		if (by_part(&s->likes.v[mid], &key) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < s->likes.n && str_eq(s->likes.v[from].part_key, x->key) &&
			       str_eq(s->likes.v[from].manufacturer, x->maker)
		       ? s->likes.v[from].id
		       : (struct product_id){0};
}

static void add(struct db *db, const struct stored *s, const struct load_row *r)
{
	const struct import_row *x = &r->row;
	struct product_id product = product_like(db, s, x);
	int64_t now = id_make();
	instant at = clock_now();

	if (!product.v) {
		product.v = id_make_with(db->viewer.company);
		import_product_add(db, product, r->category, x->part_number, x->key, x->maker,
			x->title, x->description, r->attributes, x->gtin, x->hs_code, x->origin,
			(struct maybe_int){x->weight_grams >= 0, x->weight_grams}, at, now);
	}
	import_offer_add(db, (struct offer_id){id_make_with(db->viewer.company)}, product, x->sku,
		x->currency, (enum unit)x->unit, tiers_text(db->arena, &x->tiers),
		x->tiers.v[0].micro, x->min_quantity, x->step_quantity, x->lead_days, x->stock,
		(enum incoterm)x->incoterm, x->incoterm_place, x->ships_from, at, now,
		digest_bytes(&x->digest));
}

static void change(struct db *db, const struct load_row *r, const struct import_offers_row *o)
{
	const struct import_row *x = &r->row;
	int64_t now = id_make();

	if (o->own.v)
		import_product_set(db, o->own, r->category, x->part_number, x->key, x->maker,
			x->title, x->description, r->attributes, x->gtin, x->hs_code, x->origin,
			(struct maybe_int){x->weight_grams >= 0, x->weight_grams}, now);
	import_offer_set(db, o->id, x->currency, (enum unit)x->unit,
		tiers_text(db->arena, &x->tiers), x->tiers.v[0].micro, x->min_quantity,
		x->step_quantity, x->lead_days, x->stock, (enum incoterm)x->incoterm,
		x->incoterm_place, x->ships_from, now, digest_bytes(&x->digest));
}

static void store_rows(struct db *db, struct batch *b)
{
	struct stored s = ask(db, b);

	for (size_t i = 0; i < b->n; i++) {
		const struct load_row *r = &b->v[i];
		const struct import_offers_row *o = offer_of(db, &s, r);

		if (o && o->digest.n == sizeof r->row.digest.b &&
			!memcmp(o->digest.p, r->row.digest.b, o->digest.n)) {
			b->same++;
		} else if (o) {
			change(db, r, o);
			b->changed++;
		} else {
			add(db, &s, r);
			b->added++;
		}
	}
}

static bool apply(struct db *db, void *ctx)
{
	struct batch *b = ctx;
	struct load *l = b->load;
	int64_t start = clock_mono_us();

	if (l->broken)
		return false;
	l->broken = true; /* until it went well: a fault leaves it so */
	b->added = b->changed = b->same = 0;
	memcpy(b->counted, (int64_t[]){l->added, l->changed, l->same}, sizeof b->counted);
	if (!names_store(db, &b->names))
		return false;
	if (b->n)
		store_rows(db, b);
	l->added += b->added;
	l->changed += b->changed;
	l->same += b->same;
	import_run_set(db, l->run, b->last ? IMPORT_STATE_DONE : IMPORT_STATE_RUNNING, b->line,
		l->before.added + l->added, l->before.changed + l->changed,
		l->before.same + l->same, b->refused, b->last ? clock_now() : TIME_NONE);
	db_settle(db);
	b->us = clock_mono_us() - start;
	l->broken = false;
	return true;
}

static void apply_again(void *ctx)
{
	const struct batch *b = ctx;
	struct load *l = b->load;

	l->broken = false;
	l->added = b->counted[0];
	l->changed = b->counted[1];
	l->same = b->counted[2];
}

static void answered(struct write_unit *u, enum write_result result)
{
	struct batch *b = u->ctx;
	struct load *l = b->load;

	pthread_mutex_lock(&l->mutex);
	b->result = result;
	b->waiting = false;
	if (result != WRITE_DONE)
		l->broken = true;
	pthread_cond_broadcast(&l->answered);
	pthread_mutex_unlock(&l->mutex);
}

/* ---- the reader's side ---- */

static void say(struct load *l, bool now)
{
	int64_t t = clock_mono_us();

	if (!l->order->say || (!now && t - l->said_us < SAY_EVERY_US))
		return;
	l->said_us = t;
	l->p->us = t - l->start_us;
	l->order->say(l->order->ctx, l->p);
}

/* The index takes what is stored while the reader would only wait. Rows that changed would be in
 * it as
 * they were: then it is made at the end. */
static bool index_behind(const struct load *l)
{
	return l->indexing && !l->p->changed && l->p->added - l->indexed >= LIST_ROWS_MAX;
}

static void index_some(struct load *l)
{
	if (!l->grown && l->p->added >= LIST_ROWS_MAX) {
		l->grown = true;
		store_grown(
			l->store); /* else each page below is read by the plan of an empty table */
	}
	if (index_behind(l) && search_make_page(l->store, l->indexing))
		l->indexed += LIST_ROWS_MAX;
	else
		l->indexed += index_behind(l) ? LIST_ROWS_MAX / 4 : 0; /* not all are seen yet */
}

/* Waits until the batch was answered; false if the import cannot go on. */
static bool settle(struct load *l, struct batch *b, str *why)
{
	pthread_mutex_lock(&l->mutex);
	while (b->waiting) {
		pthread_mutex_unlock(&l->mutex);
		index_some(l);
		pthread_mutex_lock(&l->mutex);
		if (b->waiting && !index_behind(l))
			pthread_cond_wait(&l->answered, &l->mutex);
	}
	pthread_mutex_unlock(&l->mutex);
	if (!b->n && !b->last)
		return true;
	switch (b->result) {
	case WRITE_DONE: break;
	case WRITE_REFUSED:
		*why = S("the catalogue changed under the import; start it again, it goes on where "
			 "it stopped");
		return false;
	case WRITE_FAULTED:
	case WRITE_LOST:
		*why = str_fmt(l->arena, "%s; start it again, it goes on where it stopped",
			b->unit.fault.what);
		return false;
	case WRITE_BUSY:
		*why = S("the store takes no more writes; start it again later, it goes on where "
			 "it stopped");
		return false;
	}
	l->p->added += b->added;
	l->p->changed += b->changed;
	l->p->same += b->same;
	if (b->us > 0 && b->n) {
		int64_t target = store_turns(l->store) ? BATCH_TURN_TARGET_US : BATCH_TARGET_US,
			fits = (int64_t)b->n * target / b->us;

		l->rows_in_batch = fits < 16		   ? 16
				   : fits > BATCH_ROWS_MAX ? BATCH_ROWS_MAX
							   : (size_t)fits;
	}
	b->n = 0;
	b->last = false;
	return true;
}

static int by_sku_and_place(const void *a, const void *b)
{
	const struct load_row *x = *(struct load_row *const *)a, *y = *(struct load_row *const *)b;
	int d = by_text(x->row.sku, y->row.sku);

	return d ? d : (x > y) - (x < y);
}

/* A SKU that stands twice in a batch is new once and a change then. */
static void mark_again(struct batch *b)
{
	struct load_row **v = arena_array(b->arena, struct load_row *, b->n + 1);

	for (size_t i = 0; i < b->n; i++)
		v[i] = &b->v[i];
	qsort(v, b->n, sizeof(struct load_row *), by_sku_and_place);
	for (size_t i = 1; i < b->n; i++)
		v[i]->again = str_eq(v[i]->row.sku, v[i - 1]->row.sku);
}

static void give(struct load *l, struct batch *b, bool last)
{
	mark_again(b);
	b->line = l->line;
	b->refused = l->p->refused;
	b->last = last;
	b->waiting = true;
	b->result = WRITE_LOST;
	arena_reset(b->work);
	b->unit = (struct write_unit){.viewer = l->viewer,
		.patient = true,
		.purposes = IMPORT_PURPOSES,
		.arena = b->work,
		.apply = apply,
		.again = apply_again,
		.done = answered,
		.ctx = b};
	store_write(l->store, &b->unit);
}

static bool free_batch(struct load *l, struct batch **next, str *why)
{
	static const struct new_names none;
	struct batch *b = *next ? *next + 1 : l->batch;

	if (b == l->batch + BATCHES)
		b = l->batch;
	if (!settle(l, b, why))
		return false;
	arena_reset(b->arena);
	b->v = arena_array(b->arena, struct load_row, BATCH_ROWS_MAX);
	b->names = none;
	*next = b;
	return true;
}

static bool take_row(struct load *l, struct batch *b, const struct import_row *row)
{
	struct load_row *r = &b->v[b->n++];

	l->left_out += row->left_out != 0;
	r->row = *row;
	r->again = false;
	r->category.v = names_category(
		l->arena, &l->names, &b->names, b->arena, row->category, row->subcategory);
	r->attributes = names_attributes(
		l->arena, &l->names, &b->names, b->arena, row->attributes, row->attributes_n);
	return b->n == l->rows_in_batch;
}

static bool read_all(struct load *l, struct import *in, struct import_file *f, str *why)
{
	struct batch *b = NULL;
	struct import_row row;
	struct import_refusal no;
	enum import_result r;

	if (!free_batch(l, &b, why))
		return false;
	while ((r = import_next(in, b->arena, &row, &no)) != IMPORT_END) {
		l->p->rows++;
		l->line = r == IMPORT_ROW ? row.line : no.line;
		if (r == IMPORT_REFUSED) {
			l->p->refused++;
			report_add(&l->report, &no);
		} else if (row.line > l->before.rows_done && take_row(l, b, &row)) {
			give(l, b, false);
			if (!free_batch(l, &b, why))
				return false;
			import_file_place(f, &l->p->bytes, &l->p->bytes_of);
			say(l, false);
		}
		if (l->p->rows % 256 == 0 && !b->n) { /* nothing to store: memory is free again */
			arena_reset(b->arena);
			b->v = arena_array(b->arena, struct load_row, BATCH_ROWS_MAX);
			say(l, false);
		}
	}
	give(l, b, true);
	for (size_t i = 0; i < BATCHES; i++) {
		b = b + 1 == l->batch + BATCHES ? l->batch : b + 1;
		if (!settle(l, b, why))
			return false;
	}
	return true;
}

/* ---- before ---- */

static bool whole_digest(const char *path, struct digest *d, str *why, struct arena *a)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		*why = str_fmt(a, "%s cannot be read: %s", path,
			fd < 0 ? strerror(errno) : "it is empty or no file");
		if (fd >= 0)
			close(fd);
		return false;
	}
	*d = digest_of((str){p, (size_t)st.st_size});
	munmap(p, (size_t)st.st_size);
	close(fd);
	return true;
}

static bool find_company(struct load *l, struct db *db, str *why)
{
	str name = l->order->company ? str_of(l->order->company) : S("");
	struct import_company_row c;
	struct import_company_named_rows n;

	if (l->order->company_id) {
		l->company.v = l->order->company_id;
	} else if (import_company(db, name, &c)) {
		l->company = c.id;
	} else {
		n = import_company_named(db, name);
		if (n.n != 1) {
			*why = str_fmt(l->arena,
				n.n ? "several companies are called \"%s\"; give the name in its "
				      "address"
				    : "there is no company \"%s\"; give its name as shown or as in "
				      "its address",
				l->order->company);
			return false;
		}
		l->company = n.v[0].id;
	}
	l->viewer = (struct viewer){.company = l->company.v, .roles = BIT_(ROLE_IMPORTER)};
	return true;
}

struct start {
	struct load *l;
	str file_name, source;
};

static bool start_run(struct db *db, void *ctx)
{
	struct start *s = ctx;

	import_run_add(db, s->l->run, s->file_name, s->source, clock_now());
	return true;
}

static bool prepare(struct load *l, str *why)
{
	struct arena *a = l->arena;
	struct db db;
	struct digest d;
	const char *slash = strrchr(l->order->file, '/');
	struct import_products_before_row before;
	struct import_products_behind_row behind;
	bool found;

	if (!whole_digest(l->order->file, &d, why, a))
		return false;
	store_read_begin(
		l->store, &db, a, (struct viewer){.roles = BIT_(ROLE_IMPORTER)}, IMPORT_PURPOSES);
	found = find_company(l, &db, why);
	store_read_end(&db);
	if (!found)
		return false;
	store_read_begin(l->store, &db, a, l->viewer, IMPORT_PURPOSES);
	names_load(a, &l->names, &db);
	l->others = import_products_before(&db, &before) || import_products_behind(&db, &behind);
	if (import_run_last(&db, digest_bytes(&d), &l->before) &&
		l->before.state != IMPORT_STATE_DONE)
		l->run = l->before.id;
	else
		l->before = (struct import_run_last_row){0};
	store_read_end(&db);
	if (l->run.v) {
		if (l->order->note)
			l->order->note(l->order->ctx,
				str_fmt(a, "going on behind line %lld, where it stopped",
					(long long)l->before.rows_done)
					.p);
		return true;
	}
	struct start s = {l, str_of(slash ? slash + 1 : l->order->file), digest_bytes(&d)};
	struct arena *work = arena_make(1 << 20);
	struct write_unit u = {.viewer = l->viewer,
		.purposes = IMPORT_PURPOSES,
		.arena = work,
		.apply = start_run,
		.ctx = &s};

	l->run.v = id_make_with(l->viewer.company);
	found = store_write_wait(l->store, &u) == WRITE_DONE;
	arena_free(work);
	if (!found)
		*why = str_fmt(a, "the import cannot be noted: %s",
			u.fault.what[0] ? u.fault.what : "refused");
	return found;
}

static struct import_names enum_names(struct arena *a)
{
	str *units = arena_array(a, str, UNIT_COUNT), *terms = arena_array(a, str, INCOTERM_COUNT);

	for (int i = 0; i < UNIT_COUNT; i++)
		units[i] = unit_name(i + 1);
	for (int i = 0; i < INCOTERM_COUNT; i++)
		terms[i] = incoterm_name(i + 1);
	return (struct import_names){units, terms, UNIT_COUNT, INCOTERM_COUNT};
}

static void indexed(void *ctx, int64_t offers)
{
	struct load *l = ctx;

	l->p->offers_indexed = offers;
	say(l, false);
}

static bool load_file(struct load *l, str *why)
{
	const char *cannot;
	struct import_names names = enum_names(l->arena);
	struct import_file *f = import_file_open(l->arena, l->order->file, &cannot);
	struct import *in;
	bool good = false;

	if (!f) {
		*why = str_fmt(l->arena, "%s cannot be read: %s", l->order->file, cannot);
		return false;
	}
	in = import_open(l->arena, import_file_read, f, &names, why);
	if (in)
		good = read_all(l, in, f, why);
	import_file_place(f, &l->p->bytes, &l->p->bytes_of);
	import_file_close(f);
	return good;
}

/* Nothing may be under way when memory goes. */
static void close_load(struct load *l)
{
	str ignored;

	l->indexing = (arena_free(l->indexing), NULL);
	for (size_t i = 0; i < BATCHES; i++) {
		if (l->batch[i].waiting)
			(void)settle(l, &l->batch[i], &ignored);
		arena_free(l->batch[i].arena);
		arena_free(l->batch[i].work);
	}
	search_hold(false);
	report_end(&l->report);
}

static void make_index(struct load *l)
{
	struct arena *work = arena_make(INDEX_BYTES_MAX);

	if (!l->p->changed && !l->before.id.v)
		search_make_finish(l->store, work, true, indexed, l);
	else
		search_remake(l->store, work, indexed, l);
	arena_free(work);
}

static void notes(const struct load *l)
{
	struct arena *a = l->arena;

	if (!l->order->note)
		return;
	if (l->report.made)
		l->order->note(l->order->ctx,
			str_fmt(a, "refused rows are listed in %s", l->report.path.p).p);
	if (l->left_out)
		l->order->note(l->order->ctx,
			str_fmt(a, "in %lld rows attributes whose value is a list were left out",
				(long long)l->left_out)
				.p);
}

bool import_load(struct store *s, struct arena *a, const struct import_order *o,
	struct import_progress *p, str *why)
{
	struct load *l = arena_new(a, struct load);
	struct fault_point fp;
	volatile bool good = false;

	*p = (struct import_progress){.offers_indexed = -1};
	*l = (struct load){.store = s,
		.arena = a,
		.order = o,
		.p = p,
		.rows_in_batch = BATCH_ROWS_FIRST,
		.start_us = clock_mono_us(),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.answered = PTHREAD_COND_INITIALIZER};
	if (!prepare(l, why))
		return false;
	for (size_t i = 0; i < BATCHES; i++) {
		l->batch[i].load = l;
		l->batch[i].arena = arena_make(BATCH_BYTES_MAX);
		l->batch[i].work = arena_make(BATCH_BYTES_MAX);
	}
	report_start(&l->report, a, o->file, o->report);
	search_hold(true);
	if (FAULT_TRY(fp)) {
		if (o->index) {
			l->indexing = arena_make(INDEX_BYTES_MAX);
			search_make_start(s, l->indexing);
		}
		good = load_file(l, why);
		FAULT_END(fp);
		close_load(l);
	} else {
		close_load(l);
		fault(fp.kind, "%s", fp.what);
	}
	if (p->added + p->changed > LIST_ROWS_MAX)
		store_grown(s);
	notes(l);
	if (good && o->index && (p->added || p->changed || l->before.id.v))
		make_index(l);
	say(l, true);
	return good;
}
