/* erase: how long it takes to erase a person with 300 sealed records.
 *
 *	erase DIR
 *
 * The time is that of the whole unit: journal and blind indexes committed, the line in erased.log,
 * the key dropped and its log emptied, the entry closed. Afterwards no record opens. */
#include "bench/bench.h"
#include "command/installation.h"
#include "web/web.h"

#include "gen/company.sql.h"
#include "gen/demo.sql.h"
#include "gen/token.sql.h"

enum { PEOPLE = 21, RECORDS = 300 };
#define ERASE_MS_MAX 20.0

struct erase_bench {
	struct store *store;
	struct person_id person;
	struct company_id company;
};

static bool person_add(struct db *db, void *ctx)
{
	struct erase_bench *e = ctx;
	str mail = str_fmt(db->arena, "erase-%lld@bench.example", (long long)e->person.v);
	struct person_name name = {.name = S("Somebody")};
	struct person_email email = {.email = mail};
	instant now = clock_now();

	return demo_person_add(
		       db, e->person, &name, &email, mail, NULL, NULL, S("en"), 0, 0, now) == 1;
}

static bool records_add(struct db *db, void *ctx)
{
	const struct erase_bench *e = ctx;
	struct api_token_label label = {S("a key for the warehouse")};

	for (int i = 0; i < RECORDS; i++) {
		uint8_t digest[32];

		random_bytes(digest, sizeof digest);
		if (token_add(db, (struct api_token_id){id_make()}, e->person, e->company,
			    str_dup(db->arena, (str){(char *)digest, sizeof digest}), &label,
			    (int64_t)BIT(ROLE_VIEWER), clock_now(),
			    instant_add(clock_now(), DAY_US)) != 1)
			return false;
	}
	return true;
}

static bool erase(struct db *db, void *ctx)
{
	db_erase_subject(db, ((struct erase_bench *)ctx)->person.v);
	return true;
}

static struct viewer viewer_of(const struct erase_bench *e)
{
	return (struct viewer){.person = e->person.v,
		.company = e->company.v,
		.roles = BIT(ROLE_SETUP) | BIT(ROLE_PERSON) | BIT(ROLE_VIEWER)};
}

static void write_one(struct erase_bench *e, bool (*apply)(struct db *db, void *ctx))
{
	struct arena *a = arena_make((size_t)16 << 20);
	struct write_unit u = {.viewer = viewer_of(e),
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_ACCOUNT),
		.arena = a,
		.apply = apply,
		.ctx = e};

	if (store_write_wait(e->store, &u) != WRITE_DONE)
		fault(FAULT_STORE, "a write failed: %s", u.fault.what);
	arena_free(a);
}

/* How many of the newest records still open. */
static size_t opens(struct erase_bench *e)
{
	struct arena *a = arena_make((size_t)16 << 20);
	struct db db;
	size_t n = 0;

	store_read_begin(e->store, &db, a, viewer_of(e), BIT(PURPOSE_ACCOUNT));
	struct token_list_rows rows = token_list(&db);

	for (size_t i = 0; i < rows.n; i++)
		n += rows.v[i].label.label.n > 0;
	store_read_end(&db);
	arena_free(a);
	return n;
}

/* A buyer's company that seed made. */
static struct company_id company_of(struct store *s)
{
	struct arena *a = arena_make((size_t)16 << 20);
	struct company_slug_row row = {0};
	struct db db;

	store_read_begin(
		s, &db, a, (struct viewer){.roles = BIT(ROLE_VISITOR)}, BIT(PURPOSE_PUBLIC));
	if (!company_slug(&db, S("bench-0"), &row))
		fault(FAULT_OUTSIDE, "the installation has no buyers: run seed first");
	store_read_end(&db);
	arena_free(a);
	return row.id;
}

static void run(struct store *s)
{
	struct erase_bench e = {.store = s, .company = company_of(s)};
	double ms[PEOPLE] = {0}, worst = 0;

	for (int i = 0; i < PEOPLE; i++) {
		e.person.v = id_make();
		write_one(&e, person_add);
		write_one(&e, records_add);
		if (!opens(&e))
			fault(FAULT_BUG, "the records do not open before the erasure");
		double from = seconds();

		write_one(&e, erase);
		ms[i] = (seconds() - from) * 1e3;
		worst = ms[i] > worst ? ms[i] : worst;
		if (opens(&e))
			fault(FAULT_BUG, "a record opens after the erasure");
	}
	double mid = median(ms, PEOPLE);

	printf("# %d people with %d records each: median %.2f ms, most %.2f ms\n", PEOPLE, RECORDS,
		mid, worst);
	bar("erase_300_records", mid, "ms", "<20", mid < ERASE_MS_MAX);
}

int main(int argc, char **argv)
{
	struct fault_point fp;

	if (argc != 2) {
		fprintf(stderr, "usage: erase DIR\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "erase: %s\n", fp.what);
		return 1;
	}
	log_level_set(LOG_ERROR);
	struct installation in = installation_open(argv[1], NULL, NULL, false);

	run(in.store);
	installation_close(&in);
	FAULT_END(fp);
	return 0;
}
