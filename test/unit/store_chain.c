/* Chains: rows are linked and signed; whoever changes, removes, moves or adds one in the file is
 * found; erasure and retention break nothing. */
#include "store_fixture.h"

#include "store/backup.h"

static const char *const log_yaml =
	"table: log\nabout: what was said of whom\nchain: commitment\n"
	"ids: [log_id]\n"
	"columns:\n"
	"  id: log_id\n"
	"  what: text\n"
	"  person_id: {type: person_id, null: yes, dpv: pd:Name}\n"
	"  at: time\n"
	"  content: {type: sealed, null: yes}\n"
	"  commitment: {type: blob, null: yes}\n"
	"groups:\n"
	"  content: {fields: {salt: pd:Name, text: pd:Name}, subject: person_id, required: \"r\"}\n"
	"purposes:\n"
	"  legal: {read: [id, what, person_id, content], insert: all, check: \"true\"}\n"
	"keep: [{from: at, for: P1Y, because: \"test\", then: erase}]\n";
static const char *const log_schema =
	"create table r_log (id integer primary key, what text not null, person_id integer null,\n"
	"	at integer not null, content blob null, commitment blob null) strict;\n"
	"create table r_chain_link (id integer primary key, chain text not null, number integer "
	"not "
	"null,\n"
	"	head blob not null, unique (chain, number)) strict;\n"
	"create table r_chain_head (id integer primary key, chain text not null, number integer "
	"not "
	"null,\n"
	"	head blob not null, at integer not null, cut integer not null, signature blob not "
	"null) strict;\n";

enum { LOG_ADD = FX_COUNT };

static const struct policy *log_policy(struct arena *a, const char *log)
{
	static const char *const files[] = {
		"schema_file", "house", "subject", "journal", "replay", "chain_link", "chain_head"};
	struct policy_source f[13] = {{"shared.yaml", str_of(fx_shared)},
		{"tables/company.yaml", str_of(fx_company)},
		{"tables/person.yaml", str_of(fx_person)},
		{"tables/orders.yaml", str_of(fx_orders)}, {"dpv.csv", str_of(fx_dpv)},
		{"tables/log.yaml", str_of(log)}};
	struct policy_errors e = {0};

	for (size_t i = 0; i < COUNT(files); i++) {
		const char *path = str_fmt(a, "policy/tables/%s.yaml", files[i]).p;

		f[6 + i] = (struct policy_source){path, file_read(a, path, 1 << 20)};
	}
	const struct policy *p = policy_read(a, f, COUNT(f), &e);

	for (size_t i = 0; i < e.n; i++)
		printf("# %s:%d: " STR_FMT "\n", e.v[i].at.file, e.v[i].at.line,
			STR_ARG(e.v[i].text));
	return p;
}

static struct store *log_open(void)
{
	/* outlives this function, as the statement does */
	static const char *const columns[] = {
		"id", "what", "person_id", "at", "content", "commitment", NULL};
	struct store_options o = fx_options();
	struct schema_file *f = arena_array(test_arena, struct schema_file, 5);

	memcpy(f, o.schema, 2 * sizeof *f);
	f[2] = (struct schema_file){"0003-log.sql", str_of(log_schema)};
	o.schema = f;
	o.policy = log_policy(test_arena, log_yaml);
	MUST(o.policy);
	fx_v[LOG_ADD] = (struct stmt)WRITES("log_add", LEGAL, 'i', "r_log", columns,
		"insert into r_log (id, what, person_id, at, content, commitment)\n"
		"with new (id, what, person_id, at, content, commitment) as (values (?1, ?2, ?3, "
		"?4,"
		" ?5, ?6))\n"
		"select new.id, new.what, new.person_id, new.at, new.content, new.commitment from "
		"new"
		" where true");
	fx_v[LOG_ADD].id = LOG_ADD;
	fx_list[LOG_ADD] = &fx_v[LOG_ADD];
	fx_list[LOG_ADD + 1] = NULL;
	return store_open(&o);
}

/* Ten rows: of 201 and 202 in turn. */
static bool rows_apply(struct db *db, void *ctx)
{
	int n = *(int *)ctx;

	for (int i = 0; i < n; i++) {
		struct query *q = fx_q(db, LOG_ADD);
		int64_t id = id_make(), person = 201 + i % 2;
		str record =
			str_fmt(test_arena, STR_FMT " said %d", STR_ARG(chain_salt(test_arena)), i);

		db_bind_int(q, 1, id);
		db_bind_text(q, 2, str_fmt(test_arena, "row %d", i));
		db_bind_int(q, 3, person);
		db_bind_int(q, 4, clock_now().us);
		db_bind_sealed(q, 5, "log", "content", id, person, record);
		db_bind_blob(q, 6, chain_commitment(test_arena, record));
		MUST(db_finish(q) == 1);
	}
	return true;
}

static void link_all(struct store *s)
{
	struct arena *a = arena_make((size_t)16 << 20);

	while (store_chain_link(s, a))
		;
	arena_free(a);
}

static struct store *log_new(int rows)
{
	fx_dir_make();
	struct store *s = log_open();

	MUST(fx_write(s, fx_fill_apply, NULL) == WRITE_DONE);
	MUST(fx_write(s, rows_apply, &rows) == WRITE_DONE);
	link_all(s);
	return s;
}

static char said[4000];

static void say(void *ctx, const char *line)
{
	(void)ctx;
	printf("# %s\n", line);
	snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", line);
}

static bool good(struct store *s)
{
	struct arena *a = arena_make((size_t)16 << 20);

	*said = 0;
	bool is = store_chain_check(s, a, say, NULL);

	arena_free(a);
	return is;
}

/* What somebody does who can write to the file. */
static void tamper(const char *sql)
{
	char path[300];
	sqlite3 *db = lite_open(
		(snprintf(path, sizeof path, "%s/data.db", fx_dir), path), SQLITE_OPEN_READWRITE);

	lite_run(db, sql);
	MUST(sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
}

static bool found(const char *sql, const char *says)
{
	struct store *s = log_new(10);
	bool before = good(s);

	tamper(sql);
	bool after = good(s);
	bool told = strstr(said, says) != NULL;

	if (!told)
		printf("# does not say: %s\n", says);
	fx_end(s);
	return before && !after && told;
}

TEST(a_whole_log_verifies)
{
	struct store *s = log_new(10);
	int three = 3;

	CHECK(good(s));
	CHECK(strstr(said, "log: good: 10 links, 1 heads signed, 10 contents opened") != NULL);
	CHECK_INT(WRITE_DONE, fx_write(s, rows_apply, &three));
	CHECK(good(s));
	CHECK(strstr(said, "3 rows wait") != NULL);
	link_all(s);
	CHECK(good(s));
	CHECK(strstr(said, "log: good: 13 links, 2 heads signed") != NULL);
	store_close(s);
	s = log_open();
	CHECK(good(s));
	fx_end(s);
}

TEST(a_long_log_is_walked_in_pieces)
{
	struct store *s = log_new(2 * CHAIN_BATCH + 7);

	CHECK(good(s));
	CHECK(strstr(said, "1007 links, 1 heads signed, 1007 contents") != NULL);
	fx_end(s);
}

TEST(tampering_is_found)
{
	CHECK(found(
		"update r_log set what = 'row x' where what = 'row 4'", "was changed or moved"));
	CHECK(found("update r_log set commitment = zeroblob(32) where what = 'row 4'",
		"was changed or moved"));
	CHECK(found("delete from r_log where what = 'row 4'", "is missing"));
	CHECK(found("delete from r_chain_link where number = 5", "follows link 4"));
	CHECK(found(
		"delete from r_log where what = 'row 9'; delete from r_chain_link where number = "
		"10",
		"links behind 9 are missing"));
	/* two rows change places */
	CHECK(found("update r_chain_link set number = 99 where number = 3;"
		    "update r_chain_link set number = 3 where number = 4;"
		    "update r_chain_link set number = 4 where number = 99",
		"was changed or moved"));
	CHECK(found("update r_log set content = (select content from r_log where what = 'row 2')"
		    " where what = 'row 4'",
		"does not open"));
	CHECK(found("update r_log set content = null where what = 'row 4'", "content is gone"));
	CHECK(found("update r_log set person_id = 202 where what = 'row 4'", "does not open"));
	CHECK(found("update r_chain_head set signature = zeroblob(64)", "signature at link 10"));
	CHECK(found("update r_chain_head set cut = 1, number = 4", "signature of the cut"));
}

/* A row that is put in long after its place in time is linked by nobody. */
TEST(a_row_put_in_is_found)
{
	struct store *s = log_new(10);

	tamper("insert into r_log (id, what, person_id, at, content, commitment) values (5, "
	       "'never', "
	       "201, 0, null, zeroblob(32))");
	link_all(s);
	CHECK(!good(s));
	CHECK(strstr(said, "no link leads to it") != NULL);
	fx_end(s);
	/* one that pretends to be new is linked, and does not open */
	s = log_new(10);
	tamper("insert into r_log (id, what, person_id, at, content, commitment) select max(id) + "
	       "1, "
	       "'never', 201, 0, null, zeroblob(32) from r_log");
	link_all(s);
	CHECK(!good(s));
	CHECK(strstr(said, "content is gone") != NULL);
	fx_end(s);
}

/* Who rewrites everything, links and heads, has no key to sign them; who takes the newest rows off
 * with everything that speaks of them is found by a head that was kept elsewhere. */
TEST(a_shortened_log_is_found_by_an_older_head)
{
	struct store *s = log_new(10);
	struct arena *a = arena_make((size_t)16 << 20);
	int three = 3;
	str before = str_trim(store_chain_heads(s, a));

	CHECK_INT(WRITE_DONE, fx_write(s, rows_apply, &three));
	link_all(s);
	str after = str_trim(store_chain_heads(s, a));

	CHECK(store_chain_holds(s, a, before));
	CHECK(store_chain_holds(s, a, after));
	CHECK(!store_chain_holds(s, a, S("log 3 nonsense")));
	tamper("delete from r_log where id in (select id from r_chain_link where number > 10);"
	       "delete from r_chain_link where number > 10;"
	       "delete from r_chain_head where number > 10");
	CHECK(good(s)); /* as it stands, it is whole */
	CHECK(store_chain_holds(s, a, before));
	CHECK(!store_chain_holds(s, a, after));
	arena_free(a);
	fx_end(s);
}

static bool erase_apply(struct db *db, void *ctx)
{
	db_erase_subject(db, *(int64_t *)ctx);
	return true;
}

TEST(erasure_breaks_nothing)
{
	struct store *s = log_new(10);
	int64_t subject = 201;

	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	link_all(s);
	CHECK(good(s));
	CHECK(strstr(said, "5 contents opened, 5 of erased subjects") != NULL);
	CHECK(strstr(said, "journal: good: 1 links") != NULL);
	/* what was said in clear still cannot be changed */
	tamper("update r_log set what = 'row x' where what = 'row 4'");
	CHECK(!good(s));
	fx_end(s);
	/* a key that is gone without an erasure is not one */
	s = log_new(10);
	store_close(s);
	char path[300];

	snprintf(path, sizeof path, "%s/keys.db", fx_dir);
	sqlite3 *db = lite_open(path, SQLITE_OPEN_READWRITE);

	lite_run(db, "delete from subject_key where owner = 201");
	sqlite3_close(db);
	s = log_open();
	CHECK(!good(s));
	CHECK(strstr(said, "its subject was not erased") != NULL);
	fx_end(s);
}

static bool hold_apply(struct db *db, void *ctx)
{
	db_subject_state(db, 201, SUBJECT_ACTIVE, *(bool *)ctx);
	return true;
}

TEST(retention_cuts_at_a_signed_head)
{
	struct store *s = log_new(CHAIN_BATCH + 30);
	struct arena *a = arena_make((size_t)16 << 20);
	int three = 3;
	bool held = true;
	str before = str_trim(store_chain_heads(s, a));

	CHECK(!store_chain_cut(s, a));
	clock_shift(400 * DAY_US);
	CHECK_INT(WRITE_DONE, fx_write(s, rows_apply, &three));
	link_all(s);
	CHECK_INT(WRITE_DONE, fx_write(s, hold_apply, &held));
	CHECK(!store_chain_cut(s, a)); /* the first row is held, and all behind it waits */
	CHECK(good(s));
	CHECK(strstr(said, "log: good: 533 links") != NULL);
	held = false;
	CHECK_INT(WRITE_DONE, fx_write(s, hold_apply, &held));
	CHECK(store_chain_cut(s, a));
	CHECK(good(s));
	CHECK(!store_chain_cut(s, a));
	CHECK(good(s));
	CHECK(strstr(said, "log: good: 3 links") != NULL);
	CHECK(store_chain_holds(s, a, before)); /* what was cut was cut by us */
	tamper("delete from r_log where id in (select id from r_chain_link order by number limit "
	       "1);"
	       "delete from r_chain_link where number in (select min(number) from r_chain_link)");
	CHECK(!good(s)); /* nobody else cuts */
	clock_shift(0);
	arena_free(a);
	fx_end(s);
}

/* ---- a restore whose logs are not what was signed when the backup was made ---- */

static char kept[160];

static void restored(struct store *s)
{
	char master[180], file[180];

	snprintf(kept, sizeof kept, "%.140s-backup", fx_dir);
	MUST(!mkdir(kept, 0700));
	snprintf(master, sizeof master, "%s/master.key", kept);
	snprintf(file, sizeof file, "%s/b", kept);
	file_write_synced(master,
		file_read(test_arena, str_fmt(test_arena, "%s/master.key", fx_dir).p, 100), 0600);
	store_backup(s, file, NULL, NULL);
	fx_end(s);
	snprintf(fx_dir, sizeof fx_dir, "%s/restored", kept);
	store_restore(&(struct restore_options){
		.file = file, .master = master, .dir = fx_dir, .schema = 3});
}

/* One letter of the first line that begins so. */
static void bend_heads(const char *begin, size_t at)
{
	char path[400];

	snprintf(path, sizeof path, "%s/chain.heads", fx_dir);
	str all = str_dup(test_arena, file_read(test_arena, path, 1 << 20));
	size_t line = str_find(all, str_of(begin));

	REQUIRE(line != (size_t)-1);
	char *c = (char *)all.p + line + at;

	*c = *c == '1' ? '2' : '1';
	file_write_synced(path, all, 0600);
}

static void open_refused(const char *chain)
{
	CHECK_FAULT_SAYS(FAULT_STORE,
		str_fmt(test_arena, "is not what was signed when it was made: %s ", chain).p,
		store_close(log_open()));
}

/* And refused again: nobody is let in the second time either. */
static void log_refused(const char *chain)
{
	open_refused(chain);
	open_refused(chain);
	fx_remove(kept);
}

TEST(a_restore_whose_logs_were_tampered_with_is_refused)
{
	static const char *const wrong[] = {
		/* the newest row goes, with everything that speaks of it */
		("delete from r_log where id in (select id from r_chain_link where chain = 'log' "
		 "and number = 10); delete from r_chain_link where chain = 'log' and number = 10; "
		 "delete from r_chain_head where chain = 'log'"),
		/* all of it */
		("delete from r_log; delete from r_chain_link where chain = 'log'; delete from "
		 "r_chain_head where chain = 'log'"),
		/* another log, as long */
		("update r_chain_link set head = zeroblob(32) where chain = 'log' and number = "
		 "10")};
	int64_t subject = 201;

	restored(log_new(10));
	struct store *s = log_open();

	CHECK(good(s));
	store_close(s);
	fx_remove(kept);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		restored(log_new(10));
		tamper(wrong[i]);
		log_refused("log");
	}
	s = log_new(10);
	CHECK_INT(WRITE_DONE, fx_write(s, erase_apply, &subject));
	link_all(s);
	restored(s);
	tamper("delete from r_journal; delete from r_chain_link where chain = 'journal'; delete "
	       "from r_chain_head where chain = 'journal'");
	log_refused("journal");
}

TEST(a_restore_with_forged_heads_is_refused)
{
	const size_t at[] = {4, 10, 100}; /* the number, the head, behind it the signature */

	for (size_t i = 0; i < COUNT(at); i++) {
		restored(log_new(10));
		bend_heads("log ", at[i]);
		log_refused("log");
	}
}

TEST(the_policy_keeps_chains_from_being_written_over)
{
	struct arena *a = arena_make((size_t)16 << 20);
	static const struct {
		const char *from, *to;
	} v[] = {
		{"insert: all, check", "insert: all, update: [what], check"},
		{"insert: all, check", "insert: all, delete: yes, check"},
		{"insert: all, check", "insert: [id, what, at], check"},
		{"chain: commitment", "chain: nothing"},
		{"chain: commitment", "chain: id"},
		{"salt: pd:Name, ", ""},
		{"chain: commitment", "unchained: [what]"},
		{"chain: commitment", "chain: commitment\nunchained: [nothing]"},
	};

	for (size_t i = 0; i < COUNT(v); i++) {
		str whole = str_of(log_yaml);
		size_t at = str_find(whole, str_of(v[i].from));

		REQUIRE(at != (size_t)-1);
		CHECK(!log_policy(a, str_fmt(a, "%.*s%s%s", (int)at, log_yaml, v[i].to,
					     log_yaml + at + strlen(v[i].from))
					     .p));
	}
	arena_free(a);
}

int main(void)
{
	return test_main();
}
