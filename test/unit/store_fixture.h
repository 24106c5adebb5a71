/* A small marketplace for the store's tests: its policy, schema and statements, and how to open it.
 * Each test makes its own installation in a folder under $TMPDIR. */
#ifndef KONTOR_TEST_STORE_FIXTURE_H
#define KONTOR_TEST_STORE_FIXTURE_H

#include "policy/policy.h"
#include "store/lite.h"
#include "test/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PUBLIC, SIGNIN, ACCOUNT, TRADE, MARKETING, LEGAL, DESK };
enum { BUYER = 1 << 2, NOBODY = 1 << 0 };
#define P(x) (UINT64_C(1) << (x))

static const char *const fx_shared =
	"ids: [company_id, person_id, order_id]\n"
	"enums: {order_state: [placed, confirmed]}\n"
	"roles:\n"
	"  visitor: {bit: 0, kind: visitor}\n"
	"  buyer: {bit: 2, kind: member}\n"
	"  sweeper: {bit: 3, kind: principal}\n"
	"purposes:\n"
	"  public: {bit: 0, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: [visitor, "
	"buyer]}\n"
	"  signin: {bit: 1, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, opens: "
	"restricted, roles: [visitor, buyer]}\n"
	"  account: {bit: 2, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, opens: restricted, "
	"roles: [buyer]}\n"
	"  trade: {bit: 3, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: [buyer]}\n"
	"  marketing: {bit: 4, why: w, dpv: dpv:DirectMarketing, basis: A6-1-a, without: w, roles: "
	"[buyer]}\n"
	"  legal: {bit: 5, why: w, dpv: dpv:ServiceProvision, basis: A6-1-c, opens: "
	"[restricted, held], roles: [buyer]}\n"
	"  desk: {bit: 6, why: w, dpv: dpv:ServiceProvision, basis: A6-1-c, roles: [sweeper]}\n";
static const char *const fx_company =
	"table: company\nabout: companies\n"
	"columns: {id: company_id, name: text, country: text}\n"
	"purposes:\n"
	"  public: {read: all}\n"
	"  trade: {read: [id, name]}\n"
	"  account: {read: all, insert: [id, name, country], update: [name], using: [\"id = "
	"viewer_company()\"], check: \"true\"}\n";
static const char *const fx_person =
	"table: person\nabout: people\n"
	"columns:\n"
	"  id: person_id\n"
	"  company_id: company_id\n"
	"  closed_at: {type: time, null: yes}\n"
	"  mask: int\n"
	"  email: {type: sealed, null: yes}\n"
	"  phone: {type: sealed, null: yes}\n"
	"  email_blind: {type: blind(email.email), null: yes}\n"
	"  phone_blind: {type: blind(phone.phone), null: yes}\n"
	"groups:\n"
	"  email: {fields: {email: pd:EmailAddress}, subject: id, required: \"r\"}\n"
	"  phone: {fields: {phone: pd:TelephoneNumber}, subject: id}\n"
	"purposes:\n"
	"  signin: {read: [id, company_id, email, email_blind, phone_blind], insert: [id, "
	"company_id, mask, email, phone, email_blind, phone_blind], check: \"true\"}\n"
	"  account: {read: [id, company_id, email, phone], using: [\"company_id = "
	"viewer_company()\"], update: [email, mask], delete: yes}\n"
	"  marketing: {read: [id, email, company_id], consent: marketing}\n"
	"  legal: {read: [id, company_id, email, phone]}\n"
	"keep: [{from: closed_at, for: P1Y, because: \"test\", then: erase}]\n";
static const char *const fx_orders =
	"table: orders\nabout: orders\n"
	"columns:\n"
	"  id: order_id\n"
	"  number: text\n"
	"  buyer_id: company_id\n"
	"  seller_id: company_id\n"
	"  state: order_state\n"
	"  secret: int\n"
	"  note: {type: text, null: yes}\n"
	"  consignee: {type: sealed, null: yes}\n"
	"  placed_by: {type: person_id, null: yes, dpv: \"pd:Name\"}\n"
	"  closed_at: {type: time, null: yes}\n"
	"groups:\n"
	"  consignee: {fields: {name: pd:Name}, subject: placed_by, key: id, required: \"r\"}\n"
	"purposes:\n"
	"  trade:\n"
	"    read: [id, number, buyer_id, seller_id, state, note, consignee, placed_by]\n"
	"    using: [\"buyer_id = viewer_company()\", \"seller_id = viewer_company()\"]\n"
	"    insert: [id, number, buyer_id, seller_id, state, secret, note, consignee, placed_by]\n"
	"    check: \"new.buyer_id = viewer_company() and exists (select 1 from public.company c "
	"where c.id = new.seller_id)\"\n"
	"    update: [state, note]\n"
	"keep: [{from: closed_at, for: P10Y, because: \"test\", then: erase}]\n";
static const char *const fx_dpv =
	"id,kind\ndpv:ServiceProvision,purpose\ndpv:DirectMarketing,purpose\npd:Name,data\npd:"
	"EmailAddress,data\npd:TelephoneNumber,data\n";

static const char *const fx_schema =
	"create table r_company (id integer primary key, name text not null, country text not "
	"null) strict;\n"
	"create table r_person (id integer primary key, company_id integer not null references "
	"r_company (id),\n"
	"	mask integer not null, email blob null, phone blob null, email_blind blob null "
	"unique, phone_blind blob null, closed_at integer null) strict;\n"
	"create table r_orders (id integer primary key, number text not null unique, buyer_id "
	"integer not null references r_company (id),\n"
	"	seller_id integer not null references r_company (id), state integer not null, "
	"secret integer not null, note text null,\n"
	"	consignee blob null, placed_by integer null references r_person (id), closed_at "
	"integer null) strict;\n"
	"create index r_orders_buyer on r_orders (buyer_id, id);\n"
	"create index r_orders_seller on r_orders (seller_id, id);\n"
	"create virtual table fts_offer using fts5 (title, prefix = '2 3');\n";

static const struct policy *fx_policy(struct arena *a)
{
	static const char *const house[] = {"policy/tables/schema_file.yaml",
		"policy/tables/house.yaml", "policy/tables/subject.yaml",
		"policy/tables/journal.yaml", "policy/tables/replay.yaml"};
	struct policy_source f[10] = {{"shared.yaml", str_of(fx_shared)},
		{"tables/company.yaml", str_of(fx_company)},
		{"tables/person.yaml", str_of(fx_person)},
		{"tables/orders.yaml", str_of(fx_orders)}, {"dpv.csv", str_of(fx_dpv)}};
	struct policy_errors e = {0};

	for (size_t i = 0; i < COUNT(house); i++)
		f[5 + i] = (struct policy_source){house[i], file_read(a, house[i], 1 << 20)};
	const struct policy *p = policy_read(a, f, COUNT(f), &e);

	for (size_t i = 0; i < e.n; i++)
		printf("# %s:%d: " STR_FMT "\n", e.v[i].at.file, e.v[i].at.line,
			STR_ARG(e.v[i].text));
	MUST(p);
	return p;
}

static struct schema_file *fx_files(struct arena *a)
{
	struct schema_file *f = arena_array(a, struct schema_file, 4);

	f[0] = (struct schema_file){
		"0001-house.sql", file_read(a, "schema/0001-house.sql", 1 << 20)};
	f[1] = (struct schema_file){"0002-fixture.sql", str_of(fx_schema)};
	return f;
}

/* ---- statements ---- */
#define COLS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define READS(x, p, s, text) \
	{ \
		.name = x, .file = "fixture.sql", .line = 1, .purpose = p, .also_public = true, \
		.sql = text, .shape = s, .verb = 's' \
	}
#define WRITES(x, p, v, table, cols, text) \
	{ \
		.name = x, .file = "fixture.sql", .line = 1, .purpose = p, .also_public = true, \
		.sql = text, .shape = STMT_EXEC, .verb = v, .writes = table, .columns = cols \
	}
enum {
	COMPANY_ADD,
	PERSON_ADD,
	PERSON_BY_EMAIL,
	PERSON_MARKETING,
	PERSON_LEGAL,
	PERSON_ACCOUNT,
	PERSON_EMAIL,
	PERSON_DELETE,
	ORDER_ADD,
	ORDER_GET,
	ORDER_LIST,
	ORDER_STATE,
	ORDER_COUNT,
	COMPANY_NAME,
	BOMB,
	OFFER_ADD,
	OFFER_FIND,
	PERSON_PHONE,
	WHO,
	ORDER_COPY,
	ORDER_ONCE,
	FX_COUNT
};
static struct stmt fx_v[FX_COUNT + 8] = {
	[COMPANY_ADD] =
		WRITES("company_add", ACCOUNT, 'i', "r_company", COLS("id", "name", "country"),
			"insert into r_company (id, name, country)\nwith new (id, name, country) "
			"as (values (?1, ?2, ?3))\n"
			"select new.id, new.name, new.country from new\nwhere true"),
	[PERSON_ADD] = WRITES("person_add", SIGNIN, 'i', "r_person",
		COLS("id", "company_id", "mask", "email", "phone", "email_blind", "phone_blind"),
		"insert into r_person (id, company_id, mask, email, phone, email_blind, "
		"phone_blind)\n"
		"with new (id, company_id, mask, email, phone, email_blind, phone_blind) as "
		"(values (?1, ?2, ?3, ?4, ?5, ?6, ?7))\n"
		"select new.id, new.company_id, new.mask, new.email, new.phone, new.email_blind, "
		"new.phone_blind from new where true"),
	[PERSON_BY_EMAIL] = READS("person_by_email", SIGNIN, STMT_ONE,
		"select p.id, p.email from \"signin.person\" as p where p.email_blind = ?1"),
	[PERSON_MARKETING] = READS("person_marketing", MARKETING, STMT_MANY,
		"select p.id, p.email from \"marketing.person\" as p order by p.id limit 50"),
	[PERSON_LEGAL] = READS("person_legal", LEGAL, STMT_ONE,
		"select p.id, p.email from \"legal.person\" as p where p.id = ?1"),
	[PERSON_ACCOUNT] = READS("person_account", ACCOUNT, STMT_ONE,
		"select p.id, p.email, p.phone from \"account.person\" as p where p.id = ?1"),
	[PERSON_EMAIL] = WRITES("person_email", ACCOUNT, 'u', "r_person", COLS("email"),
		"update r_person as p set email = ?2\nwhere exists (select 1 from "
		"\"account.person\" as gate where gate.id = p.id)\n\tand (p.id = ?1)"),
	[PERSON_DELETE] = WRITES("person_delete", ACCOUNT, 'd', "r_person", NULL,
		"delete from r_person as p\nwhere exists (select 1 from \"account.person\" as gate "
		"where gate.id = p.id)\n\tand (p.id = ?1)"),
	[ORDER_ADD] = WRITES("order_add", TRADE, 'i', "r_orders",
		COLS("id", "number", "buyer_id", "seller_id", "state", "secret", "consignee"),
		"insert into r_orders (id, number, buyer_id, seller_id, state, secret, consignee)\n"
		"with new (id, number, buyer_id, seller_id, state, secret, consignee) as (values "
		"(?1, ?2, ?3, ?4, 1, 42, ?5))\n"
		"select new.id, new.number, new.buyer_id, new.seller_id, new.state, new.secret, "
		"new.consignee from new\n"
		"where new.buyer_id = viewer_company() and exists (select 1 from "
		"\"public.company\" as c where c.id = new.seller_id)"),
	[ORDER_GET] = READS("order_get", TRADE, STMT_ONE,
		"select o.id, o.number, o.state, o.consignee from \"trade.orders\" as o where o.id "
		"= ?1"),
	[ORDER_LIST] = READS("order_list", TRADE, STMT_MANY,
		"select o.id, c.name from \"trade.orders\" as o join \"public.company\" as c on "
		"c.id = o.seller_id order by o.id desc limit 50"),
	[ORDER_STATE] = WRITES("order_state", TRADE, 'u', "r_orders", COLS("state"),
		"update r_orders as o set state = ?2\nwhere exists (select 1 from \"trade.orders\" "
		"as gate where gate.id = o.id)\n\tand (o.id = ?1 and o.state <> ?2)"),
	[ORDER_ONCE] = {.name = "order_once",
		.file = "fixture.sql",
		.line = 1,
		.purpose = TRADE,
		.also_public = true,
		.shape = STMT_ONCE,
		.verb = 'u',
		.writes = "r_orders",
		.columns = COLS("state"),
		.sql = "update r_orders as o set state = ?2\nwhere exists (select 1 from "
		       "\"trade.orders\" as gate where gate.id = o.id)\n\tand (o.id = ?1 and "
		       "o.state <> ?2)"},
	[ORDER_COUNT] =
		READS("order_count", TRADE, STMT_ONE, "select count(*) from \"trade.orders\" as o"),
	[COMPANY_NAME] = READS("company_name", PUBLIC, STMT_ONE,
		"select c.name from \"public.company\" as c where c.id = ?1"),
	[BOMB] = READS("bomb", PUBLIC, STMT_ONE,
		"with recursive n (i) as (select 1 union all select i + 1 from n where i < "
		"100000000000) select count(*) from n"),
	[OFFER_ADD] = {.name = "offer_add",
		.file = "fixture.sql",
		.line = 1,
		.purpose = PUBLIC,
		.sql = "insert into fts_offer (rowid, title) values (?1, ?2)",
		.shape = STMT_EXEC,
		.verb = 'i',
		.writes = "fts_offer",
		.columns = COLS("rowid", "title"),
		.fts = true},
	[OFFER_FIND] = {.name = "offer_find",
		.file = "fixture.sql",
		.line = 1,
		.purpose = PUBLIC,
		.also_public = true,
		.fts = true,
		.shape = STMT_MANY,
		.verb = 's',
		.sql = "select fts_offer.rowid, bm25(fts_offer) from fts_offer where fts_offer "
		       "match ?1 order by rank limit 50"},
	[PERSON_PHONE] = READS("person_phone", SIGNIN, STMT_ONE,
		"select p.id, p.email from \"signin.person\" as p where p.id = ?1"),
	[WHO] = READS("who", PUBLIC, STMT_ONE,
		"select viewer_person(), viewer_company(), viewer_session(), viewer_roles()"),
	[ORDER_COPY] = READS("order_all", TRADE, STMT_MANY,
		"select o.id from \"trade.orders\" as o, \"public.company\" as c, "
		"\"public.company\" as d limit 100000"),
};
static const struct stmt *fx_list[FX_COUNT + 9];

__attribute__((weak)) const struct stmt *const statements[] = {NULL};
__attribute__((weak)) const struct schema_file schema_files[] = {{0}};

/* ---- an installation ---- */
static char fx_dir[200];

static void fx_remove(const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));) {
		char path[600];

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (unlink(path))
			fx_remove(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static void fx_dir_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(fx_dir, sizeof fx_dir, "%s/kontor-store-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(fx_dir));
}

static struct store_options fx_options(void)
{
	for (size_t i = 0; i < FX_COUNT; i++) {
		fx_v[i].id = i;
		fx_list[i] = &fx_v[i];
	}
	fx_list[FX_COUNT] = NULL;
	return (struct store_options){.dir = fx_dir,
		.policy = fx_policy(test_arena),
		.create = true,
		.node = 7,
		.statements = fx_list,
		.schema = fx_files(test_arena)};
}

static struct store *fx_open(void)
{
	struct store_options o = fx_options();

	return store_open(&o);
}

__attribute__((unused)) static struct store *fx_new(void)
{
	fx_dir_make();
	return fx_open();
}

__attribute__((unused)) static void fx_end(struct store *s)
{
	store_close(s);
	fx_remove(fx_dir);
}

static const struct viewer fx_viewer = {
	.person = 201, .company = 101, .session = 5, .roles = BUYER};
#define FX_ALL (P(PUBLIC) | P(SIGNIN) | P(ACCOUNT) | P(TRADE) | P(MARKETING) | P(LEGAL))

static void fx_nothing(struct write_unit *u, enum write_result r)
{
	(void)u, (void)r;
}

__attribute__((unused)) static enum write_result fx_write_as(struct store *s, struct viewer v,
	uint64_t purposes, bool (*apply)(struct db *db, void *ctx), void *ctx)
{
	struct write_unit u = {.viewer = v,
		.purposes = purposes,
		.arena = test_arena,
		.apply = apply,
		.done = fx_nothing,
		.ctx = ctx};
	enum write_result r = store_write_wait(s, &u);

	if (r == WRITE_FAULTED || r == WRITE_LOST)
		printf("# write: %s: %s\n", fault_name(u.fault.kind), u.fault.what);
	return r;
}
#define fx_write(s, apply, ctx) fx_write_as((s), fx_viewer, FX_ALL, (apply), (ctx))

static struct query *fx_q(struct db *db, int id)
{
	return db_start(db, &fx_v[id]);
}

__attribute__((unused)) static int64_t fx_company_add(struct db *db, int64_t id, const char *name)
{
	struct query *q = fx_q(db, COMPANY_ADD);

	db_bind_int(q, 1, id);
	db_bind_text(q, 2, str_of(name));
	db_bind_text(q, 3, S("DE"));
	return db_finish(q);
}

__attribute__((unused)) static int64_t fx_person_add(struct db *db, int64_t id, int64_t company,
	int64_t mask, const char *email, const char *phone)
{
	struct query *q = fx_q(db, PERSON_ADD);

	db_bind_int(q, 1, id);
	db_bind_int(q, 2, company);
	db_bind_int(q, 3, mask);
	db_bind_sealed(q, 4, "person", "email", id, id, str_of(email));
	db_bind_sealed(q, 5, "person", "phone", id, id, str_of(phone));
	db_bind_blind(q, 6, "person", "email.email", str_of(email));
	db_bind_blind(q, 7, "person", "phone.phone", str_of(phone));
	return db_finish(q);
}

__attribute__((unused)) static int64_t fx_order_add(struct db *db, int64_t id, const char *number,
	int64_t buyer, int64_t seller, const char *consignee)
{
	struct query *q = fx_q(db, ORDER_ADD);

	db_bind_int(q, 1, id);
	db_bind_text(q, 2, str_of(number));
	db_bind_int(q, 3, buyer);
	db_bind_int(q, 4, seller);
	db_bind_sealed(q, 5, "orders", "consignee", id, id, str_of(consignee));
	return db_finish(q);
}

/* Two companies trade (101 buys, 102 sells), 103 is foreign; 201 agreed to marketing, 202 not. */
static bool fx_fill_apply(struct db *db, void *ctx)
{
	(void)ctx;
	MUST(fx_company_add(db, 101, "Blau") == 1 && fx_company_add(db, 102, "Rot") == 1 &&
		fx_company_add(db, 103, "Gelb") == 1);
	MUST(fx_person_add(db, 201, 101, 1 << MARKETING, "Anna.Marker@Blau.example ",
		     "+49 30 555-0101") == 1);
	MUST(fx_person_add(db, 202, 102, 0, "rolf.marker@rot.example", "+49 89 5550102") == 1);
	MUST(fx_person_add(db, 203, 103, 1 << MARKETING, "gerd.marker@gelb.example",
		     "0049 40 5550103") == 1);
	MUST(fx_order_add(db, 301, "B-1", 101, 102, "Consignee Marker One") == 1);
	return true;
}

__attribute__((unused)) static struct store *fx_filled(void)
{
	struct store *s = fx_new();

	MUST(fx_write(s, fx_fill_apply, NULL) == WRITE_DONE);
	return s;
}

/* One value of a statement with up to one parameter: INT64_MIN when there is no row. */
__attribute__((unused)) static int64_t fx_int(struct db *db, int id, int64_t param)
{
	struct query *q = fx_q(db, id);
	int64_t v = INT64_MIN;

	if (prepared_params(q->st))
		db_bind_int(q, 1, param);
	if (db_step(q))
		v = db_int(q, 0);
	(void)db_finish(q);
	return v;
}

__attribute__((unused)) static str fx_email(
	struct store *s, struct viewer v, int id, int64_t person)
{
	struct db db;
	str email = {0};

	store_read_begin(s, &db, test_arena, v, FX_ALL);
	struct query *q = fx_q(&db, id);

	db_bind_int(q, 1, person);
	if (db_step(q))
		email = db_sealed(q, 1, "person", "email");
	(void)db_finish(q);
	store_read_end(&db);
	return email;
}

#endif
