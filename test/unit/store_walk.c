/* Ownership, on small policies of seven kinds of house: a shop and its contacts, a practice, a
 * forum, shared folders, a place of reviews, a course. Rows are planted; what an access answer
 * holds and what an erasure leaves is written down beside them. */
#include "policy/policy.h"
#include "store/lite.h"
#include "test/test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((weak)) const struct stmt *const statements[] = {NULL};
__attribute__((weak)) const struct schema_file schema_files[] = {{0}};

enum { RIGHTS, RETENTION };
static const char *const shared =
	"roles: {person: {bit: 0, kind: member}, sweeper: {bit: 1, kind: principal}}\n"
	"purposes:\n"
	"  rights: {bit: 0, why: w, dpv: dpv:ServiceProvision, basis: A6-1-c, roles: [person]}\n"
	"  retention: {bit: 1, why: w, dpv: dpv:ServiceProvision, basis: A6-1-c, roles: "
	"[sweeper]}\n";
static const char *const terms = "id,kind\ndpv:ServiceProvision,purpose\npd:Name,data\n";

/* ---- a house: a policy, its schema, its rows ---- */
struct small {
	const char *ids;
	const char *tables[8];
	const char *schema, *rows;
};
static char dir[200];
static struct store *store;
static sqlite3 *rows;

static const struct policy *policy_of(const struct small *h)
{
	static const char *const house[] = {"schema_file", "house", "subject", "journal", "replay",
		"restricted", "held", "sweep_mark"};
	struct policy_source f[24] = {{"shared.yaml", str_fmt(test_arena, "%s%s", h->ids, shared)},
		{"dpv.csv", str_of(terms)}};
	struct policy_errors e = {0};
	size_t n = 2;

	for (size_t i = 0; i < COUNT(house); i++) {
		const char *path = str_fmt(test_arena, "policy/tables/%s.yaml", house[i]).p;

		f[n++] = (struct policy_source){path, file_read(test_arena, path, 1 << 20)};
	}
	for (size_t i = 0; i < COUNT(h->tables) && h->tables[i]; i++)
		f[n++] = (struct policy_source){
			str_fmt(test_arena, "t%zu.yaml", i).p, str_of(h->tables[i])};
	const struct policy *p = policy_read(test_arena, f, n, &e);

	if (!p)
		printf("# " STR_FMT "\n", STR_ARG(policy_errors_text(test_arena, &e)));
	MUST(p);
	return p;
}

static void open_house(const struct small *h)
{
	static const struct stmt *const none[] = {NULL};
	struct schema_file *f = arena_array(test_arena, struct schema_file, 4);
	str flags = file_read(test_arena, "schema/0025-ownership.sql", 1 << 20);

	/* the tables of the house alone: the rest are indexes of the market's */
	flags.n = str_find(flags, S("create index"));
	f[0] = (struct schema_file){
		"0001-house.sql", file_read(test_arena, "schema/0001-house.sql", 1 << 20)};
	f[1] = (struct schema_file){"0002-flags.sql", str_dup(test_arena, flags)};
	f[2] = (struct schema_file){"0003-rows.sql", str_of(h->schema)};
	snprintf(dir, sizeof dir, "%s/kontor-walk-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	MUST(mkdtemp(dir));
	store = store_open(&(struct store_options){.dir = dir,
		.policy = policy_of(h),
		.create = true,
		.node = 1,
		.statements = none,
		.schema = f});
	rows = lite_open(store->data_path, SQLITE_OPEN_READWRITE);
	lite_run(rows, h->rows);
	MUST(id_make() > 0);
}

static void close_house(void)
{
	lite_close(rows);
	store_close(store);
	MUST(!system(str_fmt(test_arena, "rm -rf %s", dir).p));
}

/* What a select gives, one text: values joined by blanks, rows by commas. */
static str all(const char *sql)
{
	sqlite3_stmt *st = NULL;
	str s = S("");

	MUST(!sqlite3_prepare_v2(rows, sql, -1, &st, NULL));
	while (sqlite3_step(st) == SQLITE_ROW) {
		s = str_fmt(test_arena, STR_FMT "%s", STR_ARG(s), s.n ? ", " : "");
		for (int i = 0; i < sqlite3_column_count(st); i++)
			s = str_fmt(test_arena, STR_FMT "%s%s", STR_ARG(s), i ? " " : "",
				sqlite3_column_text(st, i)
					? (const char *)sqlite3_column_text(st, i)
					: "-");
	}
	sqlite3_finalize(st);
	return s;
}

/* ---- acts ---- */
struct answer {
	str text;
};

static bool told(void *ctx, const struct walk_row *r)
{
	struct answer *a = ctx;

	a->text = str_fmt(test_arena, STR_FMT "%s" STR_FMT "%s(", STR_ARG(a->text),
		a->text.n ? " " : "", STR_ARG(r->table->name), r->own->access ? "*" : "");
	for (size_t i = 0; i < r->n; i++)
		a->text = r->v[i].kind == WALK_INT
				  ? str_fmt(test_arena, STR_FMT "%s%lld", STR_ARG(a->text),
					    i ? " " : "", (long long)r->v[i].i)
				  : str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(a->text),
					    i ? " " : "",
					    STR_ARG(r->v[i].kind == WALK_TEXT	    ? r->v[i].s
						    : r->v[i].kind == WALK_REDACTED ? S("#")
										    : S("-")));
	a->text = str_fmt(test_arena, STR_FMT ")", STR_ARG(a->text));
	return true;
}

/* The access answer: TABLE(values); * another's row that is shown; # left out; - nothing. */
static str access_of(int64_t subject)
{
	struct answer a = {S("")};
	struct db db;

	store_read_begin(store, &db, test_arena, (struct viewer){.person = subject, .roles = 1},
		1 << RIGHTS);
	store_subject_walk(&db, subject, WALK_OPEN, told, &a);
	store_read_end(&db);
	return a.text;
}

static struct erased counts;

static bool erase_apply(struct db *db, void *ctx)
{
	struct erasing at = {0};

	counts = (struct erased){0};
	return store_subject_erase(db, *(int64_t *)ctx, &at, &counts);
}

static enum write_result write_unit(bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	struct write_unit u = {.viewer = {.roles = 2},
		.purposes = 1 << RETENTION,
		.arena = test_arena,
		.apply = apply,
		.ctx = ctx};
	enum write_result r = store_write_wait(store, &u);

	if (r != WRITE_DONE)
		printf("# %s\n", u.fault.what);
	return r;
}

static void erase(int64_t subject)
{
	CHECK_INT(WRITE_DONE, write_unit(erase_apply, &subject));
}

static bool hold_apply(struct db *db, void *ctx)
{
	int64_t *v = ctx;

	db_subject_state(
		db, v[0], subject_erased(db->conn, v[0]) ? SUBJECT_ERASED : SUBJECT_ACTIVE, v[1]);
	return true;
}

static void hold(int64_t subject, bool held)
{
	CHECK_INT(WRITE_DONE, write_unit(hold_apply, (int64_t[]){subject, held}));
}

#define GRANTS "purposes: {rights: {read: all}}\n"
#define KEEP "keep: [{from: over_at, for: P1Y, because: \"the law\", then: erase}]\n"
#define WHO(name, id) \
	"table: " name "\nabout: people\nsubject: id\ncolumns: {id: " id \
	", name: {type: text, store: published, dpv: pd:Name}, over_at: {type: time, null: " \
	"yes}}\n" GRANTS KEEP \
	"placeholder: {name: \"gone\"}\nown: [{by: id, on_delete: anonymise}]\n"
#define WHO_SQL(name) \
	"create table " name \
	" (id integer primary key, name text not null, over_at integer null) strict;\n"

/* ---- a shop: the merchant keeps the payment of a customer who left ---- */
static const struct small shop = {
	"ids: [customer_id, merchant_id, order_id, payment_id, item_id]\n",
	{WHO("customer", "customer_id"), WHO("merchant", "merchant_id"),
		"table: orders\nabout: o\nsubject: customer_id\ncolumns: {id: order_id, "
		"customer_id: "
		"customer_id, to_street: {type: text, store: published, dpv: pd:Name}, over_at: "
		"{type: "
		"time, null: yes}}\n" GRANTS KEEP "own: [{by: customer_id, on_delete: erase}]\n",
		"table: item\nabout: i\ncolumns: {id: item_id, order_id: order_id, what: "
		"text}\n" GRANTS "part_of: order_id\nown: [{by: order.customer_id, on_delete: "
		"keep, because: part}]\n",
		"table: payment\nabout: p\nsubject: customer_id\ncolumns: {id: payment_id, "
		"customer_id: "
		"customer_id, merchant_id: merchant_id, card: {type: text, null: yes, store: "
		"published, "
		"dpv: pd:Name}, cents: int, over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"own: [{by: customer_id, on_delete: keep, anonymise: [customer_id, card]}]\n"
		"access: [{by: merchant_id, redact: [customer_id, card]}]\n"},
	WHO_SQL("r_customer")
		WHO_SQL("r_merchant") "create table r_orders (id integer primary key, customer_id "
				      "integer not null references "
				      "r_customer (id), to_street text not null, over_at integer "
				      "null) strict;\n"
				      "create table r_item (id integer primary key, order_id "
				      "integer not null references r_orders "
				      "(id), what text not null) strict;\n"
				      "create table r_payment (id integer primary key, customer_id "
				      "integer not null references "
				      "r_customer (id), merchant_id integer not null references "
				      "r_merchant (id), card text null, "
				      "cents integer not null, over_at integer null) strict;\n",
	"insert into r_customer values (1, 'Ann', null), (2, 'Bob', null);"
	"insert into r_merchant values (9, 'Shop', null);"
	"insert into r_orders values (11, 1, 'Elm Street', null), (12, 2, 'Oak Street', null);"
	"insert into r_item values (31, 11, 'rope'), (32, 12, 'nails'), (33, 11, 'glue');"
	"insert into r_payment values (21, 1, 9, '4242', 500, null), (22, 2, 9, '4343', 700, "
	"null);"};

TEST(a_merchant_keeps_the_payment_of_a_customer_who_left)
{
	open_house(&shop);
	CHECK_STR(
		S("item(31 11 rope) item(33 11 glue) orders(11 1 Elm Street -) payment(21 1 9 4242 "
		  "500 -) customer(1 Ann -)"),
		access_of(1));
	CHECK_STR(S("payment*(21 # 9 # 500 -) payment*(22 # 9 # 700 -) merchant(9 Shop -)"),
		access_of(9));
	erase(1);
	CHECK_INT(1, counts.erased);
	CHECK_STR(S("12"), all("select id from r_orders"));
	CHECK_STR(S("nails"), all("select what from r_item")); /* parts went along */
	CHECK_STR(S("21 - 500"), all("select id, card, cents from r_payment where id = 21"));
	CHECK_STR(S("gone"), all("select c.name from r_payment p join r_customer c on c.id = "
				 "p.customer_id where p.id = 21"));
	CHECK_STR(S("0"), all("select count(*) from r_payment where customer_id = 1"));
	CHECK_STR(S("gone"), all("select name from r_customer where id = 1"));
	CHECK_STR(S("payment*(21 # 9 # 500 -) payment*(22 # 9 # 700 -) merchant(9 Shop -)"),
		access_of(9));
	erase(1); /* once more does nothing */
	CHECK_INT(0, counts.erased);
	CHECK_STR(S("Bob"), all("select name from r_customer where id = 2"));
	close_house();
}

/* ---- a practice: a talk belongs to both, and lasts as long as one of them ---- */
static const struct small practice = {"ids: [patient_id, doctor_id, talk_id]\n",
	{WHO("patient", "patient_id"), WHO("doctor", "doctor_id"),
		"table: talk\nabout: t\ncolumns: {id: talk_id, patient_id: patient_id, doctor_id: "
		"doctor_id, words: {type: text, store: published, dpv: pd:Name, subject: "
		"patient_id}, "
		"over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"own: [{by: patient_id, on_delete: last, anonymise: [patient_id]}, {by: doctor_id, "
		"on_delete: last, anonymise: [doctor_id], redact: [patient_id]}]\n"},
	WHO_SQL("r_patient") WHO_SQL("r_doctor") "create table r_talk (id integer primary key, "
						 "patient_id integer not null references r_patient "
						 "(id), doctor_id integer not null references "
						 "r_doctor (id), words text not null, over_at "
						 "integer null) strict;\n",
	"insert into r_patient values (1, 'Pat', null), (2, 'Pia', null); insert into r_doctor "
	"values "
	"(9, 'Doc', null); insert into r_talk values (11, 1, 9, 'cough', null), (12, 2, 9, 'knee', "
	"null);"};

TEST(a_talk_lasts_as_long_as_one_of_its_two)
{
	open_house(&practice);
	CHECK_STR(S("talk(11 1 9 cough -) patient(1 Pat -)"), access_of(1));
	CHECK_STR(S("talk(11 # 9 cough -) talk(12 # 9 knee -) doctor(9 Doc -)"), access_of(9));
	erase(1);
	CHECK_STR(S("cough gone"),
		all("select t.words, p.name from r_talk t join r_patient p on p.id "
		    "= t.patient_id where t.id = 11"));
	CHECK_STR(S("0"), all("select count(*) from r_talk where patient_id = 1"));
	erase(9); /* nobody is left who owns talk 11 */
	CHECK_STR(S("knee"), all("select words from r_talk"));
	CHECK_STR(S("2"), all("select patient_id from r_talk"));
	erase(2);
	CHECK_STR(S("0"), all("select count(*) from r_talk"));
	close_house();
}

/* ---- a forum: letters of two, posts that stay, votes that go ---- */
static const struct small forum = {"ids: [user_id, letter_id, post_id, vote_id]\n",
	{WHO("user", "user_id"),
		"table: letter\nabout: l\ncolumns: {id: letter_id, from_id: {type: user_id, dpv: "
		"pd:Name, subject: from_id}, to_id: {type: user_id, dpv: pd:Name, subject: to_id}, "
		"words: text, over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"own: [{by: from_id, on_delete: last, anonymise: [from_id]}, {by: to_id, "
		"on_delete: "
		"last, anonymise: [to_id]}]\n",
		"table: post\nabout: p\nsubject: user_id\ncolumns: {id: post_id, user_id: {type: "
		"user_id, "
		"dpv: pd:Name}, words: text, over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"own: [{by: user_id, on_delete: anonymise}]\n",
		"table: vote\nabout: v\ncolumns: {id: vote_id, user_id: user_id, post_id: "
		"post_id}\n" GRANTS "own: [{by: user_id, on_delete: erase}]\n"
		"access: [{by: post.user_id, redact: [user_id]}]\n"},
	WHO_SQL("r_user") "create table r_letter (id integer primary key, from_id integer not null "
			  "references r_user "
			  "(id), to_id integer not null references r_user (id), words text not "
			  "null, over_at integer "
			  "null) strict;\n"
			  "create table r_post (id integer primary key, user_id integer not null "
			  "references r_user (id), "
			  "words text not null, over_at integer null) strict;\n"
			  "create table r_vote (id integer primary key, user_id integer not null "
			  "references r_user (id), "
			  "post_id integer not null references r_post (id)) strict;\n",
	"insert into r_user values (1, 'Ada', null), (2, 'Ben', null), (3, 'Cyd', null);"
	"insert into r_letter values (11, 1, 2, 'hello', null), (12, 2, 1, 'hi', null);"
	"insert into r_post values (21, 1, 'one', null), (22, 1, 'two', null), (23, 2, 'three', "
	"null);"
	"insert into r_vote values (31, 2, 21), (32, 1, 23), (33, 3, 21);"};

TEST(letters_of_two_and_posts_that_stay)
{
	open_house(&forum);
	CHECK_STR(S("letter(11 1 2 hello -) letter(12 2 1 hi -) vote(32 1 23) vote*(31 # 21) "
		    "vote*(33 "
		    "# 21) post(21 1 one -) post(22 1 two -) user(1 Ada -)"),
		access_of(1));
	erase(1);
	CHECK_STR(S("hello gone Ben, hi Ben gone"),
		all("select l.words, f.name, t.name from r_letter l join r_user f on f.id = "
		    "l.from_id "
		    "join r_user t on t.id = l.to_id order by l.id"));
	CHECK_STR(S("31 2, 33 3"), all("select id, user_id from r_vote order by id"));
	/* Posts stay, each under a name of its own: nobody sees that they are one person's. */
	CHECK_STR(S("one gone, two gone"),
		all("select p.words, u.name from r_post p join r_user u on "
		    "u.id = p.user_id where p.id < 23 order by p.id"));
	CHECK_STR(S("2"), all("select count(distinct user_id) from r_post where id < 23"));
	CHECK_STR(
		S("0"), all("select count(*) from r_post p join r_user u on u.id = p.user_id where "
			    "u.name = 'gone' and u.over_at is not null"));
	erase(2);
	CHECK_STR(S("0"), all("select count(*) from r_letter"));
	CHECK_STR(S("33 3"), all("select id, user_id from r_vote"));
	close_house();
}

/* ---- shared folders: a file is its groups' members', and goes with the last of them ---- */
#define FOLDERS(file) \
	{ \
		"ids: [user_id, circle_id, file_id, member_id, share_id]\n", \
			{WHO("user", "user_id"), \
				"table: circle\nabout: c\ncolumns: {id: circle_id, name: " \
				"text}\n" GRANTS, \
				"table: member\nabout: m\ncolumns: {id: member_id, circle_id: " \
				"circle_id, " \
				"user_id: user_id}\n" GRANTS \
				"own: [{by: user_id, on_delete: erase}]\n", \
				"table: share\nabout: s\ncolumns: {id: share_id, file_id: " \
				"file_id, circle_id: " \
				"circle_id}\n" GRANTS, \
				"table: file\nabout: f\nsubject: made_by\ncolumns: {id: file_id, " \
				"made_by: {type: " \
				"user_id, null: yes}, words: {type: text, store: published, dpv: " \
				"pd:Name}, over_at: " \
				"{type: time, null: yes}}\n" GRANTS KEEP file}, \
			WHO_SQL("r_user") "create table r_circle (id integer primary key, name " \
					  "text not null) strict;\n" \
					  "create table r_member (id integer primary key, " \
					  "circle_id integer not null references " \
					  "r_circle (id), user_id integer not null references " \
					  "r_user (id)) strict;\n" \
					  "create table r_file (id integer primary key, made_by " \
					  "integer null references r_user (id), " \
					  "words text not null, over_at integer null) strict;\n" \
					  "create table r_share (id integer primary key, file_id " \
					  "integer not null references r_file " \
					  "(id), circle_id integer not null references r_circle " \
					  "(id)) strict;\n", \
			"insert into r_user values (1, 'Ina', null), (2, 'Jon', null), (3, " \
			"'Kay', null);" \
			"insert into r_circle values (51, 'a'), (52, 'b');" \
			"insert into r_member values (61, 51, 1), (62, 51, 2), (63, 52, 1);" \
			"insert into r_file values (71, 3, 'plan', null), (72, 3, 'poem', null);" \
			"insert into r_share values (81, 71, 51), (82, 72, 52);" \
	}
static const struct small owners =
	FOLDERS("own: [{by: made_by, on_delete: last, anonymise: [made_by]}, {by: "
		"share(file_id).circle.member(circle_id).user_id, on_delete: last}]\n");
static const struct small viewers =
	FOLDERS("own: [{by: made_by, on_delete: erase}]\naccess: [{by: "
		"share(file_id).circle.member(circle_id).user_id, redact: [made_by]}]\n");

TEST(a_file_goes_with_the_last_member_who_owns_it)
{
	open_house(&owners);
	CHECK_STR(S("file(71 3 plan -) file(72 3 poem -) member(61 51 1) member(63 52 1) user(1 "
		    "Ina -)"),
		access_of(1));
	CHECK_STR(S("file(71 3 plan -) member(62 51 2) user(2 Jon -)"), access_of(2));
	erase(3);
	CHECK_STR(S("71 -, 72 -"), all("select id, made_by from r_file order by id"));
	erase(1);
	CHECK_STR(S("plan"), all("select words from r_file")); /* the poem had no other member */
	CHECK_STR(S("81"), all("select id from r_share"));
	erase(2);
	CHECK_STR(S("0"), all("select count(*) from r_file"));
	CHECK_STR(S("0"), all("select count(*) from r_share"));
	close_house();
}

TEST(who_is_only_shown_a_file_takes_nothing_along)
{
	open_house(&viewers);
	CHECK_STR(S("file*(71 # plan -) member(62 51 2) user(2 Jon -)"), access_of(2));
	erase(2);
	erase(1);
	CHECK_STR(S("plan, poem"), all("select words from r_file order by id"));
	CHECK_STR(S("0"), all("select count(*) from r_member"));
	erase(3);
	CHECK_STR(S("0"), all("select count(*) from r_file"));
	close_house();
}

/* ---- a place of reviews: a paper is its authors', a review its reviewer's, unnamed ---- */
static const struct small reviews = {
	"ids: [person_id, paper_id, author_id, review_id, remark_id]\n",
	{WHO("person", "person_id"),
		"table: paper\nabout: p\ncolumns: {id: paper_id, title: text, "
		"over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"own: [{by: author(paper_id).person_id, on_delete: last}]\n",
		"table: author\nabout: a\ncolumns: {id: author_id, paper_id: paper_id, person_id: "
		"person_id}\n" GRANTS "own: [{by: person_id, on_delete: erase}]\n",
		"table: review\nabout: r\nsubject: person_id\ncolumns: {id: review_id, paper_id: "
		"paper_id, person_id: {type: person_id, dpv: pd:Name}, words: text}\n" GRANTS
		"part_of: paper_id\nown: [{by: person_id, on_delete: anonymise}]\n"
		"access: [{by: paper.author(paper_id).person_id, redact: [person_id]}]\n",
		"table: remark\nabout: m\nsubject: person_id\ncolumns: {id: remark_id, review_id: "
		"review_id, person_id: {type: person_id, dpv: pd:Name}, reply_id: {type: "
		"remark_id, null: "
		"yes}, words: {type: text, store: published, dpv: pd:Name}}\n" GRANTS
		"part_of: review_id\n"
		"placeholder: {words: \"-\"}\nown: [{by: person_id, on_delete: erase}]\n"},
	WHO_SQL("r_person") "create table r_paper (id integer primary key, title text not null, "
			    "over_at integer null) strict;\n"
			    "create table r_author (id integer primary key, paper_id integer not "
			    "null references r_paper (id), person_id integer not null references "
			    "r_person (id)) strict;\n"
			    "create table r_review (id integer primary key, paper_id integer not "
			    "null references r_paper (id), person_id integer not null references "
			    "r_person (id), words text not null) strict;\n"
			    "create table r_remark (id integer primary key, review_id integer not "
			    "null references r_review (id), person_id integer not null references "
			    "r_person (id), reply_id integer null references r_remark (id), words "
			    "text not null) strict;\n",
	"insert into r_person values (1, 'Ann', null), (2, 'Ben', null), (3, 'Rea', null), (4, "
	"'Rex', null);"
	"insert into r_paper values (11, 'bolts', null), (12, 'nuts', null);"
	"insert into r_author values (51, 11, 1), (52, 11, 2), (53, 12, 1);"
	"insert into r_review values (21, 11, 3, 'fine'), (22, 11, 4, 'weak'), (23, 12, 3, 'odd');"
	"insert into r_remark values (31, 21, 1, null, 'why'), (32, 21, 3, 31, 'so'), (33, 22, 4, "
	"null, 'no'), (34, 22, 4, 33, 'or'), (35, 22, 4, 34, 'and');"};

TEST(reviews_stay_without_their_reviewer)
{
	open_house(&reviews);
	CHECK_STR(S("review*(21 11 # fine) review*(22 11 # weak) paper(11 bolts -) author(52 11 2) "
		    "person(2 Ben -)"),
		access_of(2));
	CHECK_STR(S("remark(32 21 3 31 so) review(21 11 3 fine) review(23 12 3 odd) person(3 Rea "
		    "-)"),
		access_of(3));
	erase(3);
	/* each under a name of its own: nobody sees that they are one person's */
	CHECK_STR(S("fine gone, weak Rex, odd gone"),
		all("select r.words, p.name from r_review r join r_person p on p.id = r.person_id "
		    "order by r.id"));
	CHECK_STR(
		S("2"), all("select count(distinct person_id) from r_review where person_id <> 4"));
	erase(4); /* a remark and one's own answers to it go together */
	CHECK_STR(S("31"), all("select id from r_remark"));
	close_house();
}

TEST(a_paper_goes_with_the_last_of_its_authors)
{
	open_house(&reviews);
	erase(1); /* what Rea answered to stays, and says nothing any more */
	CHECK_STR(S("bolts"), all("select title from r_paper"));
	CHECK_STR(S("- gone, so Rea"),
		all("select m.words, p.name from r_remark m join r_person p on p.id = m.person_id "
		    "where m.id < 33 order by m.id"));
	CHECK_STR(S("0"), all("select count(*) from r_remark where person_id = 1"));
	erase(2); /* rows that lead to each other go with what they are parts of */
	CHECK_STR(S("0 0 0"), all("select (select count(*) from r_paper), (select count(*) from "
				  "r_review), (select count(*) from r_remark)"));
	close_house();
}

/* ---- contacts of a shop: a business is a person where it is a sole trader's ---- */
static const struct small contacts = {"ids: [person_id, firm_id, basket_id, agreed_id]\n",
	{WHO("person", "person_id"),
		"table: firm\nabout: f\nsubject: owner_id\ncolumns: {id: firm_id, owner_id: {type: "
		"person_id, null: yes, dpv: pd:Name}, sole: bool, name: {type: text, store: "
		"published, dpv: pd:Name}, over_at: {type: time, null: yes}}\n" GRANTS KEEP
		"placeholder: {name: \"closed\"}\nown: [{by: owner_id, when: sole, on_delete: "
		"anonymise}]\n",
		"table: basket\nabout: b\ncolumns: {id: basket_id, person_id: {type: person_id, "
		"null: "
		"yes}, firm_id: firm_id, what: text}\n" GRANTS "own: [{by: person_id, on_delete: "
		"erase}, {by: firm.owner_id, on_delete: erase}]\n",
		"table: agreed\nabout: g\nsubject: person_id\ncolumns: {id: agreed_id, person_id: "
		"{type: person_id, dpv: pd:Name}, words: text, over_at: {type: time, null: "
		"yes}}\n" GRANTS KEEP "own: [{by: person_id, on_delete: keep, because: proof}]\n"},
	WHO_SQL("r_person") "create table r_firm (id integer primary key, owner_id integer null "
			    "references r_person (id), sole integer not null, name text not null, "
			    "over_at integer null) strict;\n"
			    "create table r_basket (id integer primary key, person_id integer null "
			    "references r_person (id), firm_id integer not null references r_firm "
			    "(id), what text not null) strict;\n"
			    "create table r_agreed (id integer primary key, person_id integer not "
			    "null references r_person (id), words text not null, over_at integer "
			    "null) strict;\n",
	"insert into r_person values (1, 'Sol', null), (2, 'Lea', null);"
	"insert into r_firm values (41, 1, 1, 'Sol Tools', null), (42, 2, 0, 'Lea GmbH', null);"
	"insert into r_basket values (61, null, 41, 'saw'), (62, 2, 42, 'axe'), (63, null, 42, "
	"'oil');"
	"insert into r_agreed values (71, 1, 'yes', null), (72, 2, 'yes', null);"};

TEST(a_business_is_a_person_where_it_is_a_sole_traders)
{
	open_house(&contacts);
	CHECK_STR(S("basket(61 - 41 saw) firm(41 1 1 Sol Tools -) agreed(71 1 yes -) person(1 Sol "
		    "-)"),
		access_of(1));
	CHECK_STR(S("basket(62 2 42 axe) basket(63 - 42 oil) agreed(72 2 yes -) person(2 Lea -)"),
		access_of(2));
	erase(1);
	erase(2);
	CHECK_STR(S("closed, Lea GmbH"), all("select name from r_firm order by id"));
	CHECK_STR(S("0"), all("select count(*) from r_basket"));
	CHECK_STR(S("yes, yes"), all("select words from r_agreed order by id"));
	close_house();
}

/* ---- a course: answers are their students', and the teacher reads them ---- */
static const struct small course = {"ids: [student_id, teacher_id, lecture_id, answer_id]\n",
	{WHO("student", "student_id"), WHO("teacher", "teacher_id"),
		"table: lecture\nabout: l\ncolumns: {id: lecture_id, teacher_id: teacher_id, "
		"title: "
		"text}\n" GRANTS "own: [{by: teacher_id, on_delete: keep, because: \"others' "
		"answers\"}]\n",
		"table: answer\nabout: a\nsubject: student_id\ncolumns: {id: answer_id, "
		"lecture_id: "
		"lecture_id, student_id: {type: student_id, dpv: pd:Name}, words: {type: text, "
		"store: published, dpv: pd:Name}, grade: int, over_at: {type: time, null: "
		"yes}}\n" GRANTS KEEP
		"placeholder: {words: \"-\"}\nown: [{by: student_id, on_delete: keep, "
		"anonymise: [student_id, words]}]\n"
		"access: [{by: lecture.teacher_id, redact: [student_id]}]\n"},
	WHO_SQL("r_student") WHO_SQL(
		"r_teacher") "create table r_lecture (id integer primary key, teacher_id integer "
			     "not "
			     "null references r_teacher (id), title text not null) strict;\n"
			     "create table r_answer (id integer primary key, lecture_id integer "
			     "not "
			     "null references r_lecture (id), student_id integer not null "
			     "references "
			     "r_student (id), words text not null, grade integer not null, over_at "
			     "integer null) strict;\n",
	"insert into r_student values (1, 'Stu', null), (2, 'Sue', null);"
	"insert into r_teacher values (9, 'Tea', null);"
	"insert into r_lecture values (31, 9, 'steel');"
	"insert into r_answer values (21, 31, 1, 'iron', 2, null), (22, 31, 1, 'ore', 1, null), "
	"(23, "
	"31, 2, 'alloy', 1, null);"};

TEST(grades_are_counted_when_the_student_left)
{
	open_house(&course);
	CHECK_STR(S("answer(21 31 1 iron 2 -) answer(22 31 1 ore 1 -) student(1 Stu -)"),
		access_of(1));
	CHECK_STR(S("answer*(21 31 # iron 2 -) answer*(22 31 # ore 1 -) answer*(23 31 # alloy 1 "
		    "-) lecture(31 9 steel) teacher(9 Tea -)"),
		access_of(9));
	erase(1);
	CHECK_STR(S("21 - 2, 22 - 1, 23 alloy 1"),
		all("select id, words, grade from r_answer order by id"));
	CHECK_STR(S("3"), all("select count(distinct student_id) from r_answer"));
	erase(9);
	CHECK_STR(S("steel"), all("select title from r_lecture"));
	close_house();
}

/* ---- holds ---- */
TEST(what_is_held_stays_until_it_is_released)
{
	open_house(&practice);
	hold(9, true);
	erase(1); /* the doctor's hold keeps the talk as it is */
	CHECK_INT(1, counts.held);
	CHECK_STR(S("11 1"), all("select id, patient_id from r_talk where id = 11"));
	CHECK_STR(S("gone"), all("select name from r_patient where id = 1"));
	erase(9);
	CHECK_STR(S("Doc"), all("select name from r_doctor where id = 9")); /* held: nothing goes */
	CHECK_STR(S("3 1"), all("select state, held from r_subject where id = 9"));
	hold(9, false);
	erase(9);
	CHECK_STR(S("gone"), all("select name from r_doctor where id = 9"));
	CHECK_STR(S("0"), all("select count(*) from r_held"));
	close_house();
}

TEST(nobody_walks_over_the_data_of_others)
{
	struct fault_point fp;
	struct answer a = {S("")};
	struct db db;

	open_house(&shop);
	store_read_begin(
		store, &db, test_arena, (struct viewer){.person = 2, .roles = 1}, 1 << RIGHTS);
	if (FAULT_TRY(fp)) {
		store_subject_walk(&db, 1, WALK_OPEN, told, &a);
		FAULT_END(fp);
		TEST_FAIL("a stranger reads another's data");
	} else {
		CHECK_INT(FAULT_POLICY, fp.kind);
	}
	store_read_end(&db);
	CHECK_INT(0, a.text.n);
	close_house();
}

int main(void)
{
	return test_main();
}
