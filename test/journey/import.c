/* `kontor import products` from end to end with the real program: killed and taken up again, beside
 * a server and without one, cut-off gzip, and every way in which a row or a file can be wrong. A
 * row is stored whole or stands in the report with its line, column and reason. */
#include "test/places.h"
#include "test/program.h"
#include "test/rows.h"

#include "command/installation.h"
#include "gen/demo.sql.h"
#include "gen/types.h"

#include <zlib.h>

#define BIT_(x) (UINT64_C(1) << (x))
#define HEADER \
	"sku,part_number,manufacturer,category,subcategory,title,description,currency,price_" \
	"tiers," \
	"stock,unit,min_quantity,step_quantity,lead_days,gtin,hs_code,origin,weight_grams," \
	"incoterm," \
	"attributes\r\n"

enum { ROWS = 3000, KILLS = 3, KILL_WAIT_S = 100 };

static char market[300];

static bool fill(struct db *db, void *ctx)
{
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE123456788")};
	struct person_name name = {.name = S("Seller")};
	struct person_email email = {.email = S("seller@kontor.example")};
	struct person_id person = {id_make()};
	struct company_id company = {id_make()};
	instant now = clock_now();

	(void)ctx;
	return demo_person_add(db, person, &name, &email, email.email, NULL, NULL, S("en"), 0, 0,
		       now) == 1 &&
	       demo_company_add(db, company, S("parts-ltd"), S("Parts Ltd"), S("Ltd"), S("DE"),
		       false, COMPANY_STATE_ACTIVE, true, true, INDUSTRY_ELECTRONICS,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://kontor.example"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax, person, now, now,
		       TIME_NONE) == 1;
}

static void begin(void)
{
	struct arena *a = arena_make(16 << 20);
	struct write_unit u = {.viewer = {.roles = BIT_(ROLE_SETUP)},
		.purposes = BIT_(PURPOSE_SETUP) | BIT_(PURPOSE_CURATION) | BIT_(PURPOSE_STOCK),
		.arena = a,
		.apply = fill};

	home_make();
	snprintf(market, sizeof market, "%s/market", program_home);
	const char *database = rows_database();

	if (database)
		setenv("KONTOR_DATABASE", database, 1);
	struct installation in = installation_open(market, NULL, NULL, true);

	unsetenv("KONTOR_DATABASE"); /* the market knows it now */

	MUST(store_write_wait(in.store, &u) == WRITE_DONE);
	installation_close(&in);
	arena_free(a);
}

static void end(void)
{
	rows_drop();
	home_end();
}

static int64_t number(const char *sql)
{
	return rows_number(market, sql);
}

/* Every offer has its product and every product its offer: no half ones. */
static void whole(int64_t offers)
{
	CHECK_INT(offers, number("select count(*) from r_offer"));
	CHECK_INT(offers, number("select count(distinct sku) from r_offer"));
	CHECK_INT(offers, number("select count(*) from r_product"));
	CHECK_INT(offers, number("select count(distinct product_id) from r_offer"));
	CHECK_INT(offers, number("select count(*) from r_product p where p.title <> '' and "
				 "p.part_key <> ''"));
	if (!rows_cluster())
		db_whole(str_fmt(test_arena, "%s/data.db", market).p);
}

static const char *file_write(const char *name, str text)
{
	const char *path = in_home(name);
	FILE *f = fopen(path, "we");

	MUST(f && fwrite(text.p, 1, text.n, f) == text.n && !fclose(f));
	return path;
}

static const char *zipped(const char *name, str text)
{
	const char *path = in_home(name);
	gzFile f = gzopen(path, "wbe");

	MUST(f && gzwrite(f, text.p, (unsigned)text.n) == (int)text.n && gzclose(f) == Z_OK);
	return path;
}

/* Rows of a catalogue; each its own part. */
static str catalogue(int rows)
{
	struct out o;

	out_init(&o, test_arena, 1 << 20, 16 << 20, NULL);
	out_lit(&o, HEADER);
	for (int i = 0; i < rows; i++)
		out_fmt(&o,
			"SKU-%d,PN-%d/%c,\"Maker, %d\",Passives,Resistors,\"Resistor %d "
			"\"\"metal\"\" film\",Good.,EUR,1:0.5;100:0.2%d,%d,piece,1,1,%d,,853321,"
			"DE,2,,\"{\"\"Resistance\"\": \"\"%d ohm\"\"}\"\r\n",
			i, i, 'A' + i % 26, i % 40, i, i % 10, 100 + i % 1000, i % 30, i);
	return out_view(&o);
}

static int import(const char *file)
{
	int code = kontor("import", "products", market, file, "--company", "parts-ltd");

	if (code)
		said_print();
	return code;
}

/* ---- taken up again ---- */

/* Waits until so many offers are stored. */
static bool stored(int64_t n, pid_t pid)
{
	for (int i = 0; i < KILL_WAIT_S * 50; i++) {
		if (number("select count(*) from r_offer") >= n)
			return true;
		if (waitpid(pid, NULL, WNOHANG | WNOWAIT) == pid)
			return false;
		usleep(20000);
	}
	return false;
}

TEST(an_import_that_is_killed_goes_on_where_it_stopped)
{
	begin();
	str text = catalogue(ROWS);
	const char *file = zipped("parts.csv.gz", text);
	int killed = 0;

	for (int i = 0; i < KILLS; i++) {
		int64_t before = number("select count(*) from r_offer");
		pid_t pid = kontor_started(
			"import", "products", market, file, "--company", "Parts Ltd");

		stored(before + 300, pid);
		kill(pid, SIGKILL);
		killed += kontor_wait(pid) == 128 + SIGKILL;
		CHECK(number("select count(*) from r_offer") >= before);
		CHECK_INT(number("select count(*) from r_offer"),
			number("select count(*) from r_product"));
	}
	CHECK(killed > 0);
	int64_t before = number("select count(*) from r_offer");

	CHECK(before < ROWS);
	CHECK_INT(0, import(file));
	SAYS("0 refused");
	whole(ROWS);
	static const char *const filled[] = {"product", "offer", "import_run", NULL};

	places_check(market, filled);
	printf("# killed %d times, last with %lld of %d rows\n", killed, (long long)before, ROWS);
	/* The same file again changes nothing. */
	int64_t changed = number("select sum(changed % 1000003) from r_offer");

	CHECK_INT(0, import(file));
	SAYS("0 new, 0 changed, 3000 as they were, 0 refused");
	CHECK_INT(changed, number("select sum(changed % 1000003) from r_offer"));
	whole(ROWS);
	/* What an import in one go stores is the same. */
	int64_t sum = number("select sum(on_hand) + sum(price_micro) + sum(lead_days) + "
			     "sum(length(tiers)) from r_offer");
	int64_t texts = number("select sum(length(title) + length(attributes) + "
			       "length(part_number)) from r_product");

	end();
	begin();
	CHECK_INT(0, import(file_write("parts.csv", text)));
	SAYS("3000 new, 0 changed, 0 as they were, 0 refused");
	/* PostgreSQL has looked at what it planned for when it was empty. */
	if (rows_cluster())
		CHECK_INT(ROWS, number("select reltuples::bigint from pg_catalog.pg_class where "
				       "oid = 'base.r_offer'::regclass"));
	CHECK_INT(sum, number("select sum(on_hand) + sum(price_micro) + sum(lead_days) + "
			      "sum(length(tiers)) from r_offer"));
	CHECK_INT(texts, number("select sum(length(title) + length(attributes) + "
				"length(part_number)) from r_product"));
	end();
}

TEST(a_server_that_is_killed_under_an_import_leaves_no_half_rows)
{
	struct server server;

	begin();
	const char *file = zipped("parts.csv.gz", catalogue(ROWS));

	REQUIRE(server_start(&server, market));
	pid_t pid = kontor_started("import", "products", market, file, "--company", "parts-ltd");

	CHECK(stored(200, pid));
	CHECK_INT(128 + SIGKILL, server_end(&server, SIGKILL));
	CHECK_INT(1, kontor_wait(pid));
	SAYS("the server went away");
	int64_t before = number("select count(*) from r_offer");

	CHECK(before >= 200 && before < ROWS);
	REQUIRE(server_start(&server, market));
	CHECK_INT(0, import(file));
	whole(ROWS);
	CHECK_INT(200, get_status(&server, "/search?q=PN-77%2FZ"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	end();
}

TEST(a_gzip_that_was_cut_off_gives_its_whole_rows)
{
	struct stat st;

	begin();
	str text = catalogue(2000);
	const char *file = zipped("cut.csv.gz", text);

	MUST(!stat(file, &st) && !truncate(file, st.st_size * 6 / 10));
	CHECK_INT(0, import(file));
	SAYS("1 refused");
	int64_t n = number("select count(*) from r_offer");

	printf("# %lld of 2000 rows were in the part that came\n", (long long)n);
	CHECK(n > 500 && n < 1900);
	whole(n);
	said_read(in_home("cut.csv.gz.report.csv"));
	SAYS(",cut_off,");
	CHECK_INT(0, import(zipped("whole.csv.gz", text)));
	SAYS("0 refused");
	whole(2000);
	/* Cut off by a byte: the trailer is missing, the rows are there. */
	MUST(!stat(in_home("whole.csv.gz"), &st) &&
		!truncate(in_home("whole.csv.gz"), st.st_size - 1));
	import(in_home("whole.csv.gz"));
	whole(2000);
	end();
}

/* ---- rows that are refused ---- */

#define CELLS(sku, title, currency, tiers, stock, rest) \
	sku ",PN,Maker,Cat,Sub," title ",Text," currency "," tiers "," stock "," rest "\r\n"
#define REST "piece,1,1,3,,853321,DE,2,,"

static const struct {
	const char *row, *column, *code; /* code NULL: a good row */
} rows[] = {
	{CELLS("G-1", "Good", "EUR", "1:2", "5", REST), NULL, NULL},
	{CELLS("", "T", "EUR", "1:2", "5", REST), "sku", "missing"},
	{CELLS("B-1", "T\xff\xfe", "EUR", "1:2", "5", REST), "title", "utf8"},
	{CELLS("B-2", "T", "EUR", "1:2", "five", REST), "stock", "number"},
	{CELLS("B-3", "T", "EUR", "1:2", "-5", REST), "stock", "range"},
	{CELLS("B-4", "T", "EUR", "1:2", "99999999999999999999", REST), "stock", "number"},
	{CELLS("B-5", "T", "EUR", "1:free", "5", REST), "price_tiers", "price"},
	{CELLS("B-6", "T", "EUR", "10:2;5:1", "5", REST), "price_tiers", "tiers"},
	{CELLS("B-7", "T", "EUR", "1:-2", "5", REST), "price_tiers", "price"},
	{CELLS("B-8", "T", "EUR", "1:1e400", "5", REST), "price_tiers", "price"},
	{CELLS("B-9", "T", "", "1:2", "5", REST), "currency", "missing"},
	{CELLS("B-10", "T", "XXQ", "1:2", "5", REST), "currency", "currency"},
	{CELLS("G-1", "Again", "EUR", "1:2", "5", REST), "sku", "twice"},
	{CELLS("B-11", "T", "EUR", "1:2", "5", "bushel,1,1,3,,853321,DE,2,,"), "unit", "unit"},
	{CELLS("B-12", "T", "EUR", "1:2", "5", "piece,1,1,3,4006381333932,853321,DE,2,,"), "gtin",
		"gtin"},
	{CELLS("B-13", "T", "EUR", "1:2", "5", "piece,1,1,3,,85x321,DE,2,,"), "hs_code", "hs_code"},
	{CELLS("B-14", "T", "EUR", "1:2", "5", "piece,1,1,3,,853321,Germany,2,,"), "origin",
		"long"},
	{CELLS("B-15", "T", "EUR", "1:2", "5", "piece,1,1,3,,853321,d1,2,,"), "origin", "country"},
	{CELLS("B-16", "T", "EUR", "1:2", "5", "piece,1,1,3,,853321,DE,2,ZZZ,"), "incoterm",
		"incoterm"},
	{CELLS("B-17", "T", "EUR", "1:2", "5", "piece,1,1,3,,853321,DE,2,,{broken"), "attributes",
		"json"},
	{CELLS("B-18", "T", "EUR", "1:2", "5", "piece,0,1,3,,853321,DE,2,,"), "min_quantity",
		"range"},
	{"B-19,too,few\r\n", "", "fields"},
	{CELLS("B-20", "a\x01z", "EUR", "1:2", "5", REST), "title", "control"},
	{"B-21,\"bad\" quote,Maker,Cat,Sub,T,Text,EUR,1:2,5," REST "\r\n", "", "quote"},
	{CELLS("G-2", "Good too", "EUR", "1:2", "0", REST), NULL, NULL},
};

TEST(each_bad_row_stands_in_the_report_and_the_others_are_stored)
{
	struct out o;
	int64_t good = 0;

	begin();
	out_init(&o, test_arena, 1 << 16, 1 << 20, NULL);
	out_lit(&o, HEADER);
	for (size_t i = 0; i < COUNT(rows); i++) {
		out_str(&o, str_of(rows[i].row));
		good += !rows[i].code;
	}
	/* A title of 10,000 characters, and a row of a megabyte. */
	out_lit(&o, "L-1,PN,Maker,Cat,Sub,");
	for (int i = 0; i < 10000; i++)
		out_char(&o, 'x');
	out_lit(&o, ",Text,EUR,1:2,5," REST "\r\n");
	const char *file = file_write("bad.csv", out_view(&o));

	CHECK_INT(0, import(file));
	SAYS("2 new");
	whole(good);
	CHECK_INT(1, number("select count(*) from r_offer where sku = 'G-1'"));
	CHECK_INT(0, number("select count(*) from r_product where title = 'Again'"));
	said_read(in_home("bad.csv.report.csv"));
	SAYS("line,column,code,reason");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].code)
			SAYS(str_fmt(
				test_arena, "\n%zu,%s,%s,\"", i + 2, rows[i].column, rows[i].code)
					.p);
	SAYS(str_fmt(test_arena, "\n%zu,title,long,\"", COUNT(rows) + 2).p);
	int lines = 0;

	for (const char *p = program_said; *p; p++)
		lines += *p == '\n';
	CHECK_INT((int64_t)COUNT(rows) - good + 2, lines);
	/* The report may lie elsewhere. */
	CHECK_INT(0, kontor("import", "products", market, file, "--company", "parts-ltd",
			     "--report", in_home("elsewhere.csv")));
	CHECK(!access(in_home("elsewhere.csv"), R_OK));
	whole(good);
	end();
}

TEST(a_file_that_is_no_catalogue_is_refused_whole)
{
	static const struct {
		const char *name, *text, *says;
	} files[] = {
		{"empty.csv", "", "empty"},
		{"headless.csv", "\r\n", "column names"},
		{"wrong.csv", "name,price\r\nBolt,1\r\n", "the column sku is missing"},
		{"noprice.csv", "sku,category,currency\r\nA,B,EUR\r\n",
			"the column price_tiers is missing"},
		{"twice.csv", "sku,category,currency,price_tiers,sku\r\nA,B,EUR,1:2,A\r\n",
			"the column sku stands twice"},
		{"rubbish.csv.gz", "\x1f\x8b rubbish that is no gzip", ""},
	};

	begin();
	for (size_t i = 0; i < COUNT(files); i++) {
		int code = import(file_write(files[i].name, str_of(files[i].text)));

		if (code != 1)
			TEST_FAIL("%s: exit code %d", files[i].name, code);
		SAYS("not imported to the end: ");
		SAYS(files[i].says);
	}
	CHECK_INT(1, import(in_home("nothing.csv")));
	SAYS("No such file");
	CHECK_INT(1, import(program_home));
	SAYS("cannot be read");
	CHECK_INT(1, kontor("import", "products", market, file_write("good.csv", catalogue(3)),
			     "--company", "nobody"));
	SAYS("there is no company \"nobody\"");
	CHECK_INT(2, kontor("import", "products", market));
	SAYS("usage: kontor import");
	CHECK_INT(2, kontor("import", "orders", market, "x", "--company", "y"));
	whole(0);
	/* A header alone, with a byte order mark, in another order of columns. */
	CHECK_INT(0, import(file_write("header.csv", S("\xef\xbb\xbf"
						       "price_tiers,currency,category,sku\r\n"))));
	CHECK_INT(0, import(file_write("mark.csv",
			     S("\xef\xbb\xbf"
			       "price_tiers,currency,category,sku\r\n9.5,EUR,Cat,M-1\r\n"))));
	whole(1);
	end();
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
