/* Versions of the policy: when one begins, what it asks of whom. */
#include "market/rights/privacy.h"

#include "gen/privacy.html.h"
#include "gen/told.sql.h"
#include "market/desk/desk.h"
#include "market/rights/rights.h"

enum { VERSION_ARENA_BYTES_MAX = 128 << 20 };
#define SETUP (BIT(PURPOSE_SETUP) | BIT(PURPOSE_PUBLIC))

/* ---- is the translation still of this English? ------------------------------------------- */
/* The digest of all English words of the page. */
str privacy_mark(struct arena *a)
{
	struct out o;

	out_init(&o, a, 1 << 14, PAGE_BYTES_MAX, locale_of(S("en")));
	for (int m = MSG_privacy_basis; m <= MSG_privacy_years; m++)
		esc_text_text(&o, (struct text){.msg = m});
	return policy_text_mark(a, out_view(&o));
}

bool privacy_current(const struct locale *l)
{
	struct arena *a;
	struct out o;
	bool same;

	if (l->lang == 0)
		return true;
	a = arena_make(1 << 20);
	out_init(&o, a, 64, 1 << 10, l);
	esc_text_text(&o, TEXT(privacy_translates));
	same = str_eq(out_view(&o), privacy_mark(a));
	arena_free(a);
	return same;
}

/* ---- a new version ----------------------------------------------------------------------- */
struct version {
	const struct policy *policy; /* with the operator as the desk says it */
	struct policy said;
	struct arena *a;
	int64_t number;
	str hash, facts, page_en, page_de;
	struct policy_changes changes;
	enum policy_class class;
	/* people who agreed to a purpose that now means more */
	uint64_t waits;
	struct privacy_agreed_rows people;
	int bit;
};

static str page_of(const struct version *v, const char *tag)
{
	struct out o;

	out_init(&o, v->a, 1 << 16, PAGE_BYTES_MAX, locale_of(str_of(tag)));
	privacy_body(&o, v->policy);
	return out_view(&o);
}

static int bit_of(const struct version *v, str purpose)
{
	const struct policy_purpose *u = policy_purpose(v->policy, purpose);

	return u ? u->bit : -1;
}

/* On the desk the same rows are written under its own purpose. */
struct pen {
	int64_t (*version)(struct db *, struct policy_version_id, int64_t number, str hash,
		instant at, enum version_class, str facts, str en, str de);
	int64_t (*change)(struct db *, struct policy_change_id, int64_t number, str path,
		str before, str after, enum version_class, int64_t kind, int64_t touched, str about,
		int64_t purpose);
};

static bool rows_write(struct db *db, const struct version *v, struct pen pen)
{
	if (pen.version(db, (struct policy_version_id){id_make()}, v->number, v->hash, clock_now(),
		    (enum version_class)v->class, v->facts, v->page_en, v->page_de) != 1)
		return false;
	for (size_t i = 0; i < v->changes.n; i++) {
		const struct policy_change *c = &v->changes.v[i];

		if (pen.change(db, (struct policy_change_id){id_make()}, v->number, c->path,
			    c->before.p ? c->before : S(""), c->after.p ? c->after : S(""),
			    (enum version_class)c->class, c->kind, c->touched,
			    c->of.p ? c->of : S(""), bit_of(v, c->purpose)) != 1)
			return false;
	}
	return true;
}

static bool version_write(struct db *db, void *ctx)
{
	return rows_write(db, ctx, (struct pen){privacy_add, privacy_change_add});
}

/* The use stops for these people, and a row says that it waits for them. */
static bool suspend_write(struct db *db, void *ctx)
{
	struct version *v = ctx;

	for (size_t i = 0; i < v->people.n; i++) {
		struct person_id person = v->people.v[i].id;

		/* 0: it waits already, since an earlier version */
		(void)!privacy_wait_add(db, (struct policy_wait_id){id_make()}, person, v->bit,
			v->number, clock_now());
		if (privacy_suspend(db, person, v->people.v[i].mask & ~(INT64_C(1) << v->bit)) != 1)
			return false;
	}
	return true;
}

static void write(struct store *s, struct version *v, bool (*apply)(struct db *, void *))
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = SETUP,
		.arena = v->a,
		.apply = apply,
		.ctx = v};

	if (store_write_wait(s, &u) != WRITE_DONE)
		fault(FAULT_STORE, "the new version of the policy cannot be recorded: %s",
			u.fault.what);
}

static void suspend(struct store *s, struct version *v, int bit)
{
	struct person_id after = {0};

	v->bit = bit;
	do {
		struct db db;

		store_read_begin(s, &db, v->a, (struct viewer){.roles = BIT(ROLE_SETUP)}, SETUP);
		v->people = privacy_agreed(&db, INT64_C(1) << bit, after);
		store_read_end(&db);
		if (!v->people.n)
			break;
		write(s, v, suspend_write);
		after = v->people.v[v->people.n - 1].id;
	} while (true);
}

/* What a version would say today. */
static void version_make(struct version *v, struct db *db, const struct policy *p, struct arena *a)
{
	struct policy_facts f;

	v->a = a;
	v->said = *p;
	v->said.operator= desk_controller(db);
	v->policy = &v->said;
	f = policy_facts(a, v->policy);
	v->facts = policy_facts_text(a, &f);
	struct digest *d = arena_new(a, struct digest);

	*d = digest_of(v->facts);
	v->hash = (str){(const char *)d->b, sizeof d->b};
	v->page_en = page_of(v, "en");
	v->page_de = page_of(v, "de");
}

/* The number, the changes and the class of what follows this version; number 0: there was none.
 * False: nothing changed. */
static bool compare(struct version *v, const struct privacy_newest_facts_row *old)
{
	struct policy_facts before = {0}, after = {0};

	v->number = old->number + 1;
	v->class = CLASS_EDITORIAL;
	if (old->number && str_eq(old->hash, v->hash) && str_eq(old->page_en, v->page_en) &&
		str_eq(old->page_de, v->page_de))
		return false;
	if (old->number && policy_facts_parse(v->a, old->facts, &before)) {
		after = policy_facts(v->a, v->policy);
		v->changes = policy_diff(v->a, &before, &after);
		if (v->changes.class)
			v->class = v->changes.class;
	}
	for (size_t i = 0; i < v->changes.n; i++) {
		const struct policy_change *c = &v->changes.v[i];
		int bit = bit_of(v, c->purpose);

		if (c->class == CLASS_CONSENT && bit >= 0)
			v->waits |= UINT64_C(1) << bit;
	}
	return true;
}

static void told_log(const struct version *v)
{
	LOG(LOG_INFO, "policy_version", LOG_I("number", v->number),
		LOG_S("class", str_of(policy_class_names[v->class - CLASS_EDITORIAL])),
		LOG_I("changes", (int64_t)v->changes.n));
}

int64_t privacy_start(struct store *s)
{
	struct version v = {.a = arena_make(VERSION_ARENA_BYTES_MAX)};
	struct privacy_newest_facts_row old = {0};
	struct arena *a = v.a;
	int64_t number;
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(ROLE_SETUP)}, SETUP);
	version_make(&v, &db, store_policy(s), a);
	(void)!privacy_newest_facts(&db, &old);
	store_read_end(&db);
	if (compare(&v, &old)) {
		/* the uses stop before the version begins: cut off between, it is done again */
		for (int bit = 0; bit < 63; bit++)
			if (v.waits >> bit & 1)
				suspend(s, &v, bit);
		write(s, &v, version_write);
		told_log(&v);
	} else {
		v.number--;
	}
	number = v.number;
	arena_free(a);
	return number;
}

void privacy_operator_said(struct db *db)
{
	struct privacy_said_newest_rows newest = privacy_said_newest(db);
	struct version v = {0};

	if (!newest.n)
		return; /* the start of the server records the first */
	struct privacy_newest_facts_row old = {.number = newest.v[0].number,
		.hash = newest.v[0].hash,
		.facts = newest.v[0].facts,
		.page_en = newest.v[0].page_en,
		.page_de = newest.v[0].page_de};

	version_make(&v, db, db_policy(db), db->arena);
	if (!compare(&v, &old))
		return;
	MUST(rows_write(db, &v, (struct pen){privacy_said_add, privacy_said_change_add}));
	told_log(&v);
}

/* ---- one person's news ------------------------------------------------------------------- */
static int64_t seen_number(struct db *db, struct person_id person)
{
	struct privacy_seen_row seen;
	struct privacy_person_since_row since;
	struct privacy_number_at_row at;

	if (privacy_seen(db, person, &seen))
		return seen.number;
	if (privacy_person_since(db, person, &since) &&
		privacy_number_at(db, since.created_at, &at))
		return at.number;
	return 0;
}

/* Is the person's data in the table, as the round found that told them of the version? */
static bool concerned(const struct told_mine_rows *told, int64_t number, str table)
{
	for (size_t i = 0; i < told->n; i++)
		for (str rest = told->v[i].about; told->v[i].number == number && rest.n;)
			if (str_eq(str_cut(&rest, ','), table))
				return true;
	return false;
}

struct version_news policy_version_news(struct db *db, struct person_id person)
{
	struct privacy_waits_rows waits = privacy_waits(db, person);
	struct told_mine_rows told = told_mine(db);
	struct privacy_changes_rows all = privacy_changes(db, seen_number(db, person));
	struct version_news news = {0};
	struct privacy_changes_row *v =
		arena_array(db->arena, struct privacy_changes_row, all.n + 1);

	for (size_t i = 0; i < waits.n; i++)
		news.waits |= UINT64_C(1) << waits.v[i].purpose;
	for (size_t i = 0; i < all.n; i++) {
		const struct privacy_changes_row *c = &all.v[i];

		if (c->touched == TOUCHED_CONSENTERS &&
			(c->purpose < 0 || !(news.waits >> c->purpose & 1)))
			continue; /* never agreed, or answered meanwhile */
		if (c->touched == TOUCHED_NOBODY ||
			(c->touched == TOUCHED_SUBJECTS && !concerned(&told, c->number, c->about)))
			continue;
		if (c->touched == TOUCHED_EVERYONE && c->purpose >= 0)
			news.waits |= UINT64_C(1) << c->purpose;
		if ((enum policy_class)c->class > news.class)
			news.class = (enum policy_class)c->class;
		if (c->number > news.version)
			news.version = c->number;
		v[news.n++] = *c;
	}
	news.v = v;
	return news;
}

bool policy_version_seen(struct db *db, struct person_id person, int64_t version)
{
	struct privacy_seen_row seen;

	if (!privacy_seen(db, person, &seen))
		return privacy_seen_add(db, (struct policy_seen_id){id_make()}, person, version,
			       clock_now()) == 1;
	return seen.number >= version || privacy_seen_set(db, person, version, clock_now()) == 1;
}
