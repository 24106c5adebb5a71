/* The workload of `kontor bench gdpr`. */
#include "command/gdpr.h"

#include "gen/choice.sql.h"
#include "gen/colleague.sql.h"
#include "gen/deliver.sql.h"
#include "gen/demo.sql.h"
#include "gen/disclosed.sql.h"
#include "gen/gdpr.sql.h"
#include "gen/person.sql.h"
#include "egress/egress.h"
#include "market/rights/rights.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdatomic.h>
#include <time.h>

enum {
	PER_COMPANY = 10,
	LOAD_SLICE = 200,
	PURPOSE_PERCENT = 4, /* of 25 purposes one */
	OBJECTED_PERCENT = 1,
	DECIDED_PERCENT = 1,
	DISCLOSURES = 10000, /* lines of the log, to be read */
	LOG_LINES_MAX = 1000,
	LOG_PAGE = 50,
	BY_ROW_OPERATIONS = 5,
	ARENA_BYTES = 64 << 20,
	CHECK_EVERY = 16, /* operations between two looks at the progress */
};
#define ZIPF_THETA 0.99
/* A choice is recorded with who runs the marketplace: that is public. */
#define CHOOSES (BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC))
#define MEMBER (BIT(ROLE_PERSON) | BIT(ROLE_ADMIN) | BIT(ROLE_BUYER))

const char *const gdpr_role_name[GDPR_ROLES] = {"customer", "processor", "controller", "regulator"};

static struct {
	struct arena *arena;
	int64_t *people, *companies, n;
	atomic_bool *gone;
	double zeta, zeta2, alpha, eta; /* YCSB's generator of Zipf's distribution */
} all;

/* ---- loading ----------------------------------------------------------------------------- */

struct loading {
	const struct gdpr *g;
	int64_t from;
};

static bool must_write(const struct gdpr *g, struct arena *a, struct viewer v, uint64_t purposes,
	bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	struct write_unit u = {
		.viewer = v, .purposes = purposes, .arena = a, .apply = apply, .ctx = ctx};
	enum write_result r = store_write_wait(g->store, &u);

	if (r == WRITE_FAULTED)
		fault(u.fault.kind, "%s", u.fault.what);
	return r == WRITE_DONE;
}

static bool person_make(struct db *db, int64_t i, int64_t id)
{
	struct person_name name = {.name = str_fmt(db->arena, "Person Number %lld", (long long)i)};
	struct person_email email = {
		.email = str_fmt(db->arena, "person-%lld@gdpr.bench.example", (long long)i)};
	struct person_phone phone = {.phone = S("+49 40 123456")};
	struct person_work work = {.job_title = S("Purchasing"), .department = S("Materials")};

	return demo_person_add(db, (struct person_id){id}, &name, &email, email.email, &phone,
		       &work, S("en"), (int64_t)choice_mask_new(db_policy(db)), 0,
		       clock_now()) == 1;
}

static bool company_make(struct db *db, int64_t c, int64_t founder)
{
	struct company_registration registration = {.number = S("HRB 4711")};
	struct company_tax tax = {.vat_id = S("DE136695976")};
	str slug = str_fmt(db->arena, "gdpr-%lld", (long long)c);
	instant now = clock_now();

	return demo_company_add(db, (struct company_id){all.companies[c]}, slug, slug, S("GmbH"),
		       S("DE"), false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_OTHER,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://example.com"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax,
		       (struct person_id){founder}, now, now, TIME_NONE) == 1;
}

static bool member_make(struct db *db, int64_t c, int64_t person)
{
	return demo_membership_add(db, (struct membership_id){id_make()},
		       (struct company_id){all.companies[c]}, (struct person_id){person},
		       (int64_t)(BIT(ROLE_ADMIN) | BIT(ROLE_BUYER)), clock_now()) == 1;
}

static bool people_apply(struct db *db, void *ctx)
{
	struct loading *l = ctx;

	for (int64_t i = l->from; i < l->from + LOAD_SLICE && i < l->g->records; i++) {
		int64_t c = i / PER_COMPANY;

		all.people[i] = id_make();
		if (!person_make(db, i, all.people[i]))
			return false;
		if (i % PER_COMPANY == 0) {
			all.companies[c] = id_make();
			if (!company_make(db, c, all.people[i]))
				return false;
		}
		if (!member_make(db, c, all.people[i]))
			return false;
	}
	return true;
}

static void choose(struct db *db, int64_t person, const char *purpose, enum consent_state state)
{
	(void)choice_make(db, &(struct choosing){.person = person,
				      .purpose = str_of(purpose),
				      .state = state,
				      .method = CONSENT_METHOD_ACCOUNT,
				      .locale = &locales[0],
				      .region = S("DE")});
}

static bool choices_apply(struct db *db, void *ctx)
{
	struct loading *l = ctx;

	for (int64_t i = l->from; i < l->from + LOAD_SLICE && i < l->g->records; i++) {
		if (i % 100 < PURPOSE_PERCENT)
			choose(db, all.people[i], "marketing", CONSENT_STATE_GIVEN);
		else if (i % 100 < PURPOSE_PERCENT + OBJECTED_PERCENT)
			choose(db, all.people[i], "seller_leads", CONSENT_STATE_OBJECTED);
		else if (i % 100 < PURPOSE_PERCENT + OBJECTED_PERCENT + DECIDED_PERCENT)
			choose(db, all.people[i], "seller_leads", CONSENT_STATE_OVERRIDDEN);
	}
	return true;
}

static bool log_apply(struct db *db, void *ctx)
{
	struct loading *l = ctx;

	for (int64_t i = l->from; i < l->from + LOAD_SLICE && i < DISCLOSURES; i++)
		(void)egress_disclose(db, db_policy(db),
			&(struct disclosure){.recipient = S("mail_server"),
				.purpose = S("notice"),
				.kind = S("order_placed"),
				.fields = S("person.name person.email"),
				.person = all.people[i % l->g->records]});
	return true;
}

static void load_part(const struct gdpr *g, const char *what, int64_t of, int role,
	uint64_t purposes, bool (*apply)(struct db *db, void *ctx))
{
	struct arena *a = arena_make(ARENA_BYTES);
	struct loading l = {.g = g};

	for (; l.from < of; l.from += LOAD_SLICE) {
		if (!must_write(g, a, (struct viewer){.roles = BIT(role)}, purposes, apply, &l))
			fault(FAULT_STORE, "the records could not be stored");
		arena_reset(a);
		if (g->progress)
			g->progress(what, l.from + LOAD_SLICE < of ? l.from + LOAD_SLICE : of, of);
	}
	arena_free(a);
}

static double zeta(int64_t n)
{
	double sum = 0;

	for (int64_t i = 1; i <= n; i++)
		sum += 1 / pow((double)i, ZIPF_THETA);
	return sum;
}

double gdpr_load(const struct gdpr *g)
{
	int64_t began = clock_mono_us();

	all.n = g->records;
	all.arena = arena_make(ARENA_BYTES);
	all.people = arena_array(all.arena, int64_t, (size_t)g->records);
	all.companies = arena_array(all.arena, int64_t, (size_t)(g->records / PER_COMPANY + 1));
	all.gone = arena_array(all.arena, atomic_bool, (size_t)g->records);
	all.zeta = zeta(g->records);
	all.zeta2 = zeta(2);
	all.alpha = 1 / (1 - ZIPF_THETA);
	all.eta = (1 - pow(2.0 / (double)g->records, 1 - ZIPF_THETA)) / (1 - all.zeta2 / all.zeta);
	load_part(g, "people", g->records, ROLE_SETUP, BIT(PURPOSE_SETUP), people_apply);
	load_part(g, "choices", g->records, ROLE_SWEEPER, CHOOSES, choices_apply);
	load_part(g, "log", DISCLOSURES, ROLE_OUTBOX, BIT(PURPOSE_DISCLOSING) | BIT(PURPOSE_NOTICE),
		log_apply);
	return (double)(clock_mono_us() - began) / 1e6;
}

void gdpr_end(void)
{
	arena_free(all.arena);
}

/* ---- clients ----------------------------------------------------------------------------- */

struct client {
	const struct gdpr *g;
	enum gdpr_role role;
	pthread_t thread;
	struct arena *arena;
	uint64_t seed;
	int64_t operations, rows, wrong;
	struct fault_point fault;
	bool failed;
};
static atomic_llong carried_out;

static uint64_t draw(struct client *c)
{
	c->seed ^= c->seed << 13;
	c->seed ^= c->seed >> 7;
	c->seed ^= c->seed << 17;
	return c->seed;
}

static double draw_unit(struct client *c)
{
	return (double)(draw(c) >> 11) / (double)(UINT64_C(1) << 53);
}

static int64_t uniform(struct client *c, int64_t n)
{
	return (int64_t)(draw(c) % (uint64_t)n);
}

/* Which record: YCSB's scrambled Zipf (Gray et al., SIGMOD 1994), so that what is asked for often
 * lies everywhere. */
static int64_t zipf(struct client *c)
{
	double u = draw_unit(c), uz = u * all.zeta;
	int64_t rank =
		uz < 1 ? 0
		: uz < 1 + pow(0.5, ZIPF_THETA)
			? 1
			: (int64_t)((double)all.n * pow(all.eta * u - all.eta + 1, all.alpha));
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (int i = 0; i < 8; i++)
		h = (h ^ ((uint64_t)rank >> (8 * i) & 0xff)) * UINT64_C(0x100000001b3);
	return (int64_t)(h % (uint64_t)all.n);
}

static struct viewer person_of(int64_t i)
{
	return (struct viewer){.person = all.people[i],
		.company = all.companies[i / PER_COMPANY],
		.roles = MEMBER};
}

static void begin(struct client *c, struct db *db, struct viewer v, uint64_t purposes)
{
	store_read_begin(c->g->store, db, c->arena, v, purposes);
}

static bool put(struct client *c, struct viewer v, uint64_t purposes,
	bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	return must_write(c->g, c->arena, v, purposes, apply, ctx);
}

/* ---- operations -------------------------------------------------------------------------- */

/* Is the answer as it must be? Somebody else may have erased the record meanwhile. */
static void right(struct client *c, int64_t i, bool there)
{
	bool gone = atomic_load(&all.gone[i]);

	c->wrong += !there && !gone;
}

static void read_by_usr(struct client *c, int64_t i)
{
	struct db db;

	begin(c, &db, person_of(i), BIT(PURPOSE_ACCOUNT));
	struct colleague_list_rows v = colleague_list(&db);

	store_read_end(&db);
	c->rows += (int64_t)v.n;
	right(c, i, v.n > 0);
}

static void read_by_key(struct client *c, int64_t i)
{
	struct deliver_person_row p = {0};
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_OUTBOX)}, BIT(PURPOSE_NOTICE));
	bool there = deliver_person(&db, (struct person_id){all.people[i]}, &p);

	store_read_end(&db);
	c->rows++;
	right(c, i, there && p.email.email.n);
}

static void metadata_by_key(struct client *c, int64_t i)
{
	struct choice_mask_row m;
	struct db db;

	begin(c, &db, person_of(i), BIT(PURPOSE_CHOICES));
	bool there = choice_mask(&db, (struct person_id){all.people[i]}, &m);

	c->rows += (int64_t)choice_of(&db, (struct person_id){all.people[i]}).n + 1;
	store_read_end(&db);
	right(c, i, there);
}

struct editing {
	struct client *c;
	int64_t i;
	bool on;
	struct erasing at;
	struct erased n;
	bool over;
};

static bool edit_apply(struct db *db, void *ctx)
{
	struct editing *e = ctx;
	struct person_name name = {S("Person Who Changed")};
	struct person_phone phone = {S("+49 40 654321")};
	struct person_work work = {S("Head of purchasing"), S("Materials")};

	return person_edit(db, (struct person_id){all.people[e->i]}, &name, &phone, &work,
		       S("en")) == 1;
}

static bool choose_apply(struct db *db, void *ctx)
{
	struct editing *e = ctx;

	choose(db, all.people[e->i], "marketing",
		e->on ? CONSENT_STATE_GIVEN : CONSENT_STATE_WITHDRAWN);
	return true;
}

static bool erase_apply(struct db *db, void *ctx)
{
	struct editing *e = ctx;

	e->n = (struct erased){0};
	e->over = store_subject_erase(db, all.people[e->i], &e->at, &e->n);
	return true;
}

/* Whoever is gone is not changed: the operation finds nothing, as in a table without the row. */
static bool skip(int64_t i)
{
	return atomic_load(&all.gone[i]);
}

static void update_by_key(struct client *c, int64_t i)
{
	struct editing e = {.c = c, .i = i};

	if (!skip(i))
		right(c, i, put(c, person_of(i), BIT(PURPOSE_RIGHTS), edit_apply, &e));
}

static void choose_by_key(struct client *c, int64_t i)
{
	struct editing e = {.c = c, .i = i, .on = draw(c) & 1};

	if (!skip(i))
		right(c, i, put(c, person_of(i), CHOOSES, choose_apply, &e));
}

static void erase_by_key(struct client *c, int64_t i)
{
	struct editing e = {.c = c, .i = i};

	if (atomic_exchange(&all.gone[i], true))
		return;
	while (!e.over)
		if (!put(c, person_of(i), BIT(PURPOSE_RETENTION), erase_apply, &e)) {
			c->wrong++;
			return;
		}
}

static void read_by_purpose(struct client *c)
{
	struct gdpr_audience_rows v;
	struct person_id after = {0};
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_MARKETER)}, BIT(PURPOSE_MARKETING));
	while ((v = gdpr_audience(&db, after)).n) {
		after = v.v[v.n - 1].id;
		for (size_t i = 0; i < v.n; i++)
			c->rows += v.v[i].email.email.n > 0;
	}
	store_read_end(&db);
}

/* Whose objection stands so (waits, or was decided upon): who they are, and their data. */
static void read_by_choice(struct client *c, enum consent_state state)
{
	struct gdpr_choices_rows v;
	struct person_id after = {0};
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_CASEWORK));
	while ((v = gdpr_choices(&db, S("seller_leads"), state, after)).n) {
		after = v.v[v.n - 1].person_id;
		for (size_t i = 0; i < v.n; i++)
			c->rows += v.v[i].email.email.n > 0;
	}
	store_read_end(&db);
}

static void metadata_by_usr(struct client *c, int64_t i)
{
	int64_t first = i / PER_COMPANY * PER_COMPANY;
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_CHOICES));
	for (int64_t k = first; k < first + PER_COMPANY && k < all.n; k++) {
		struct choice_mask_row m;

		(void)!choice_mask(&db, (struct person_id){all.people[k]}, &m);
		c->rows += (int64_t)choice_of(&db, (struct person_id){all.people[k]}).n + 1;
	}
	store_read_end(&db);
}

static void log_lines(struct client *c)
{
	int64_t left = 1 + uniform(c, LOG_LINES_MAX);
	struct disclosure_id before = {INT64_MAX};
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_OFFICER)}, BIT(PURPOSE_DESK));
	while (left > 0) {
		struct disclosed_log_rows v = disclosed_log(&db, before);

		if (!v.n)
			break;
		before = v.v[v.n - 1].id;
		c->rows += (int64_t)v.n;
		left -= LOG_PAGE;
	}
	store_read_end(&db);
}

/* Nothing of an erased record opens, whatever it is asked for; what is there does. */
static void verify(struct client *c, int64_t i)
{
	struct deliver_person_row p = {0};
	bool gone = atomic_load(&all.gone[i]), before = false;
	struct db db;

	begin(c, &db, (struct viewer){.roles = BIT(ROLE_OUTBOX)}, BIT(PURPOSE_NOTICE));
	enum subject_state s = db_subject_now(&db, all.people[i], &before);

	(void)!deliver_person(&db, (struct person_id){all.people[i]}, &p);
	store_read_end(&db);
	c->rows++;
	c->wrong += gone ? s != SUBJECT_ERASED || p.email.email.n : !p.email.email.n;
}

struct creating {
	int64_t company;
};

static bool create_apply(struct db *db, void *ctx)
{
	const struct creating *x = ctx;
	int64_t id = id_make();

	return person_make(db, id, id) && member_make(db, x->company, id);
}

static bool sweep_apply(struct db *db, void *ctx)
{
	struct sweeping at = {0};
	struct swept n;

	(void)ctx;
	while (store_sweep(db, &at, &n))
		;
	return true;
}

/* A row of the policy for all records at once: what is stored of an operator's narrowing. */
static bool policy_apply(struct db *db, void *ctx)
{
	struct client *c = ctx;
	str value = str_fmt(db->arena, "P%lldD", (long long)uniform(c, 1000) + 1);

	return demo_setting_set(db, SETTING_NAME_OPERATOR_NAME, value, clock_now()) == 1 ||
	       demo_setting_add(db, (struct setting_id){id_make()}, SETTING_NAME_OPERATOR_NAME,
		       value, clock_now()) == 1;
}

/* ---- roles ------------------------------------------------------------------------------- */

static void customer(struct client *c)
{
	int64_t i = zipf(c);

	switch (uniform(c, 5)) {
	case 0: read_by_usr(c, i); break;
	case 1: metadata_by_key(c, i); break;
	case 2: update_by_key(c, i); break;
	case 3: choose_by_key(c, i); break;
	default: erase_by_key(c, i);
	}
}

static void processor(struct client *c)
{
	if (uniform(c, 100) < 80) {
		read_by_key(c, zipf(c));
		return;
	}
	switch (uniform(c, 3)) {
	case 0: read_by_purpose(c); break;
	case 1: read_by_choice(c, CONSENT_STATE_OBJECTED); break;
	default: read_by_choice(c, CONSENT_STATE_OVERRIDDEN);
	}
}

static void controller(struct client *c)
{
	const struct viewer setup = {.roles = BIT(ROLE_SETUP)},
			    sweeper = {.roles = BIT(ROLE_SWEEPER)};
	int64_t i = uniform(c, all.n), what = uniform(c, 100);
	struct creating x = {i / PER_COMPANY};
	struct editing e = {.c = c, .i = i, .on = draw(c) & 1};

	if (what < 25)
		c->wrong += !put(c, setup, BIT(PURPOSE_SETUP), create_apply, &x);
	else if (what < 33)
		c->wrong += !put(c, sweeper, BIT(PURPOSE_RETENTION), sweep_apply, NULL);
	else if (what < 50)
		erase_by_key(c, i);
	else if (what < 67 && !skip(i))
		right(c, i, put(c, sweeper, CHOOSES, choose_apply, &e));
	else
		c->wrong += !put(c, setup, BIT(PURPOSE_SETUP), policy_apply, c);
}

static void regulator(struct client *c)
{
	int64_t what = uniform(c, 100);

	if (what < 46)
		metadata_by_usr(c, zipf(c));
	else if (what < 77)
		log_lines(c);
	else
		verify(c, zipf(c));
}

static void operations(struct client *c)
{
	static void (*const roles[GDPR_ROLES])(struct client *) = {
		customer, processor, controller, regulator};

	for (; c->operations > 0; c->operations--) {
		roles[c->role](c);
		arena_reset(c->arena);
		long long n = atomic_fetch_add(&carried_out, 1) + 1;

		if (c->g->progress && n % CHECK_EVERY == 0)
			c->g->progress(gdpr_role_name[c->role], n, c->g->operations);
	}
}

static void *client_main(void *ctx)
{
	struct client *c = ctx;

	c->arena = arena_make(ARENA_BYTES);
	if (FAULT_TRY(c->fault)) {
		operations(c);
		FAULT_END(c->fault);
	} else {
		c->failed = true;
	}
	arena_free(c->arena);
	return NULL;
}

/* Processor time of the whole process: what a busy machine does not change. */
static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct gdpr_result gdpr_run(const struct gdpr *g, enum gdpr_role role)
{
	struct client *c = arena_array(all.arena, struct client, (size_t)g->clients);
	struct gdpr_result r = {.operations = g->operations};
	int64_t began = clock_mono_us();
	double cpu = cpu_s();

	atomic_store(&carried_out, 0);
	for (int i = 0; i < g->clients; i++) {
		c[i] = (struct client){.g = g,
			.role = role,
			.operations =
				g->operations / g->clients + (i < g->operations % g->clients)};
		random_bytes(&c[i].seed, sizeof c[i].seed);
		c[i].seed |= 1;
		MUST(!pthread_create(&c[i].thread, NULL, client_main, &c[i]));
	}
	bool failed = false;
	char why[400] = "";

	for (int i = 0; i < g->clients; i++) {
		pthread_join(c[i].thread, NULL);
		r.rows += c[i].rows;
		r.wrong += c[i].wrong;
		if (c[i].failed)
			snprintf(why, sizeof why, "%s", c[i].fault.what);
		failed |= c[i].failed;
	}
	if (failed)
		fault(FAULT_BUG, "%s: %s", gdpr_role_name[role], why);
	r.seconds = (double)(clock_mono_us() - began) / 1e6;
	r.cpu_seconds = cpu_s() - cpu;
	return r;
}

/* ---- every record of a purpose ------------------------------------------------------------ */

struct marking {
	const int64_t *v;
	size_t n, at;
};

static bool mark_apply(struct db *db, void *ctx)
{
	struct marking *m = ctx;

	for (size_t n = 0; n < LOAD_SLICE && m->at < m->n; n++, m->at++)
		(void)!choice_mask_set(db, (struct person_id){m->v[m->at]},
			(int64_t)choice_mask_new(db_policy(db)) | BIT(PURPOSE_MARKETING));
	return true;
}

double gdpr_by_row(const struct gdpr *g)
{
	struct arena *a = arena_make(ARENA_BYTES);
	int64_t *ids = arena_array(all.arena, int64_t, (size_t)g->records), began = clock_mono_us();
	size_t n = 0;

	for (int64_t i = 0; i < g->records; i++)
		if (i % 100 < PURPOSE_PERCENT && !atomic_load(&all.gone[i]))
			ids[n++] = all.people[i];
	for (int k = 0; k < BY_ROW_OPERATIONS; k++) {
		struct marking m = {ids, n, 0};

		while (m.at < m.n) {
			if (!must_write(g, a, (struct viewer){.roles = BIT(ROLE_SWEEPER)},
				    BIT(PURPOSE_CHOICES), mark_apply, &m))
				fault(FAULT_STORE, "metadata could not be written");
			arena_reset(a);
		}
	}
	arena_free(a);
	return (double)(clock_mono_us() - began) / 1e3 / BY_ROW_OPERATIONS;
}
