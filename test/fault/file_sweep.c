/* The sweep of files/: what a row names stays, whatever fails meanwhile; what nobody names goes
 * once it is old; what was put again, or a backup needs, stays. */
#include "test/program.h"
#include "test/rows.h"

#include "command/installation.h"
#include "gen/demo.sql.h"
#include "gen/types.h"
#include "market/catalogue/picture.h"
#include "market/catalogue/stored_file.h"
#include "store/inside.h"

static struct installation in;
static char named[80], logo[80], stray[80], young[80];

static str put(struct db *db, const char *bytes, char name[80])
{
	str file = picture_store(db, str_of(bytes), str_of("small"));

	snprintf(name, 80, STR_FMT, STR_ARG(file));
	return file;
}

static bool fill(struct db *db, void *ctx)
{
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE123456788")};
	struct person_name name = {.name = S("Seller")};
	struct person_email email = {.email = S("seller@kontor.example")};
	struct person_id person = {id_make()};
	struct company_id company = {id_make()};
	struct product_id product = {id_make()};
	struct category_id category = {id_make()};
	instant now = clock_now();

	(void)ctx;
	put(db, "stray", stray);
	put(db, "young", young);
	return demo_person_add(db, person, &name, &email, email.email, NULL, NULL, S("en"), 0, 0,
		       now) == 1 &&
	       demo_company_add(db, company, S("parts-ltd"), S("Parts Ltd"), S("Ltd"), S("DE"),
		       false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_ELECTRONICS,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://kontor.example"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax, person, now, now,
		       TIME_NONE) == 1 &&
	       demo_category_add(db, category, (struct category_id){0}, S("Bolts"), S("Bolts"), 1,
		       1, (str){0}) == 1 &&
	       demo_product_add(db, product, company, category, (struct product_id){0}, (str){0},
		       S("M8"), S("m8"), S("Acme"), S("Bolt"), S("Steel"), S(""), (str){0},
		       S("731815"), S("DE"), 20, now, 1) == 1 &&
	       demo_picture_add(db, (struct picture_id){id_make()}, company, product,
		       put(db, "named", named), 10, 10, 5, S("A bolt"), now) == 1 &&
	       demo_setting_add(db, (struct setting_id){id_make()}, SETTING_NAME_LOGO,
		       put(db, "logo", logo), now) == 1;
}

static const char *file_of(const char *name, const char *tail)
{
	return str_fmt(test_arena, "%s/market/files/%s%s", program_home, name, tail).p;
}

/* Files of two days ago. */
static void age(const char *name, const char *tail)
{
	struct timespec t[2] = {{.tv_sec = clock_real().us / SECOND_US - 2 * 86400},
		{.tv_sec = clock_real().us / SECOND_US - 2 * 86400}};

	MUST(!utimensat(AT_FDCWD, file_of(name, tail), t, 0));
}

static bool there(const char *name)
{
	return !access(file_of(name, ""), F_OK) && !access(file_of(name, "-small"), F_OK);
}

static void begin(void)
{
	static char *const names[] = {named, logo, stray};
	struct write_unit u = {.viewer = {.roles = ~UINT64_C(0)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_CURATION) | BIT(PURPOSE_STOCK),
		.arena = test_arena,
		.apply = fill};

	home_make();
	rows_use();
	in = installation_open(in_home("market"), NULL, NULL, true);
	rows_used();
	MUST(store_write_wait(in.store, &u) == WRITE_DONE);
	for (size_t i = 0; i < COUNT(names); i++) {
		age(names[i], "");
		age(names[i], "-small");
	}
}

static void end(void)
{
	installation_close(&in);
	rows_drop();
	home_end();
}

static void sweep(void)
{
	while (stored_file_sweeper.run(in.store, &stored_file_sweeper, test_arena))
		;
}

TEST(only_old_files_that_nobody_names_go)
{
	begin();
	int fd = open(file_of(".cut-off", ""), O_WRONLY | O_CREAT, 0600);

	MUST(fd >= 0);
	close(fd);
	age(".cut-off", "");
	sweep();
	CHECK(there(named));
	CHECK(there(logo));
	CHECK(there(young));
	CHECK(access(file_of(stray, ""), F_OK) && access(file_of(stray, "-small"), F_OK));
	CHECK(access(file_of(".cut-off", ""), F_OK));
	age(young, "");
	sweep();
	CHECK(access(file_of(young, ""), F_OK));
	end();
}

static bool put_again(struct db *db, void *ctx)
{
	(void)ctx;
	put(db, "stray", stray);
	return true;
}

TEST(a_file_that_is_put_again_stays)
{
	struct write_unit u = {.viewer = {.roles = ~UINT64_C(0)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = test_arena,
		.apply = put_again};

	begin();
	MUST(store_write_wait(in.store, &u) == WRITE_DONE);
	sweep();
	CHECK(there(stray));
	end();
}

TEST(nothing_goes_while_a_backup_is_written)
{
	begin();
	atomic_fetch_add(&in.store->backups, 1);
	sweep();
	CHECK(there(stray));
	atomic_fetch_sub(&in.store->backups, 1);
	sweep();
	CHECK(!there(stray));
	end();
}

/* True: the sweep faulted at this place. */
static bool faults(enum fault_site site, int n)
{
	struct fault_point fp;
	volatile bool faulted = true;

	fault_inject(site, n);
	if (FAULT_TRY(fp)) {
		sweep();
		FAULT_END(fp);
		faulted = false;
	}
	fault_inject(site, 0);
	store_read_drop(in.store); /* as jobs.c does */
	return faulted;
}

/* Each allocation and each call of the database fails once, on this thread: a named file stays. */
TEST(whatever_fails_a_named_file_stays)
{
	static const enum fault_site sites[] = {FAULT_SITE_ALLOC, FAULT_SITE_DB};
	int n_faults = 0;

	begin();
	for (size_t k = 0; k < COUNT(sites); k++)
		for (int n = 1; n < 120; n += 2) {
			bool over = false;
			str v[8];

			n_faults += faults(sites[k], n);
			while (!over) /* the next walk is a whole one */
				store_files_old(
					in.store, test_arena, TIME_NONE, v, COUNT(v), &over);
			if (!there(named) || !there(logo) || !there(young))
				TEST_FAIL("a file is gone at place %d", n);
		}
	printf("# %d faults\n", n_faults);
	sweep();
	CHECK(n_faults > 5);
	CHECK(!there(stray));
	end();
}

static atomic_int broken_runs, good_reads;

static bool breaks(struct store *s, const struct job *j, struct arena *a)
{
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	atomic_fetch_add(&broken_runs, 1);
	fault(FAULT_BUG, "on purpose, with its read open");
}

static bool reads(struct store *s, const struct job *j, struct arena *a)
{
	struct db db;

	if (!atomic_load(&broken_runs))
		return true;
	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(j->role)}, j->purposes);
	store_read_end(&db);
	atomic_fetch_add(&good_reads, 1);
	return false;
}

TEST(a_job_that_faults_in_a_read_does_not_stop_the_others)
{
	static const struct job
		bad = {.name = "bad", .role = ROLE_SWEEPER, .every_s = 3600, .run = breaks},
		good = {.name = "good", .role = ROLE_SWEEPER, .every_s = 3600, .run = reads};
	static const struct job *const list[] = {&bad, &good, NULL};

	begin();
	struct jobs *j = jobs_start(in.store, list);

	for (int i = 0; i < 500 && !atomic_load(&good_reads); i++)
		usleep(10000);
	jobs_stop(j);
	CHECK_INT(1, broken_runs);
	CHECK_INT(1, good_reads);
	end();
}

/* A table that names files must be asked: these are all there are. */
TEST(every_table_that_names_files_is_asked)
{
	size_t n = 0;

	begin();
	for (size_t i = 0; i < in.policy->tables_n; i++) {
		const struct policy_table *t = &in.policy->tables[i];

		for (size_t k = 0; k < t->columns_n; k++)
			if (str_eq(t->columns[k].name, S("file"))) {
				n++;
				if (!str_eq(t->name, S("picture")) &&
					!str_eq(t->name, S("document")) &&
					!str_eq(t->name, S("import_run")))
					TEST_FAIL("stored_file.sql does not ask " STR_FMT,
						STR_ARG(t->name));
			}
	}
	CHECK_INT(3, n);
	end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
