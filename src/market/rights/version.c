/* Versions of the policy: when one begins, what it asks of whom. */
#include "market/rights/privacy.h"

#include "gen/privacy.html.h"

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
	const struct policy *policy;
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

static bool version_write(struct db *db, void *ctx)
{
	struct version *v = ctx;
	instant now = clock_now();

	if (privacy_add(db, (struct policy_version_id){id_make()}, v->number, v->hash, now,
		    (enum version_class)v->class, v->facts, v->page_en, v->page_de) != 1)
		return false;
	for (size_t i = 0; i < v->changes.n; i++) {
		const struct policy_change *c = &v->changes.v[i];

		if (privacy_change_add(db, (struct policy_change_id){id_make()}, v->number, c->path,
			    c->before.p ? c->before : S(""), c->after.p ? c->after : S(""),
			    (enum version_class)c->class, c->kind, c->touched,
			    c->of.p ? c->of : S(""), bit_of(v, c->purpose)) != 1)
			return false;
	}
	return true;
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

static bool compare(struct store *s, struct version *v)
{
	struct privacy_newest_facts_row old = {0};
	struct policy_facts before = {0}, after;
	struct db db;
	bool any, same;

	store_read_begin(s, &db, v->a, (struct viewer){.roles = BIT(ROLE_SETUP)}, SETUP);
	any = privacy_newest_facts(&db, &old);
	store_read_end(&db);
	v->number = old.number + 1;
	v->class = CLASS_EDITORIAL;
	same = any && str_eq(old.hash, v->hash) && str_eq(old.page_en, v->page_en) &&
	       str_eq(old.page_de, v->page_de);
	if (same)
		return false;
	if (any && policy_facts_parse(v->a, old.facts, &before)) {
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

int64_t privacy_start(struct store *s)
{
	struct version v = {.policy = store_policy(s), .a = arena_make(VERSION_ARENA_BYTES_MAX)};
	struct policy_facts f = policy_facts(v.a, v.policy);
	int64_t number;

	v.facts = policy_facts_text(v.a, &f);
	v.hash = (str){(const char *)v.policy->hash.b, sizeof v.policy->hash.b};
	v.page_en = page_of(&v, "en");
	v.page_de = page_of(&v, "de");
	if (compare(s, &v)) {
		/* the uses stop before the version begins: cut off between, it is done again */
		for (int bit = 0; bit < 63; bit++)
			if (v.waits >> bit & 1)
				suspend(s, &v, bit);
		write(s, &v, version_write);
		LOG(LOG_INFO, "policy_version", LOG_I("number", v.number),
			LOG_S("class", str_of(policy_class_names[v.class - CLASS_EDITORIAL])),
			LOG_I("changes", (int64_t)v.changes.n));
	} else {
		v.number--;
	}
	number = v.number;
	arena_free(v.a);
	return number;
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

struct version_news policy_version_news(struct db *db, struct person_id person)
{
	struct privacy_waits_rows waits = privacy_waits(db, person);
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
		if (c->touched == TOUCHED_NOBODY)
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

bool policy_version_answered(struct db *db, struct person_id person, int purpose)
{
	return privacy_answered(db, person, purpose) == 1;
}
