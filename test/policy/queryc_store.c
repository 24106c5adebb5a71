/* Generated code against the real store: the program's own statements, run as their callers would.
 * Opening the store already asks it for every statement of the program. */
#include "gen/company.sql.h"
#include "gen/operator.sql.h"
#include "gen/order.sql.h"
#include "gen/signin.sql.h"
#include "gen/signup.sql.h"
#include "policy/embedded.h"
#include "store/store.h"
#include "test/rows.h"
#include "test/test.h"

#include <ftw.h>
#include <unistd.h>

#define BIT(x) (UINT64_C(1) << (x))

static char folder[200];
static struct store *store;
static struct arena *kept; /* the policy: lives as long as the store */
static struct company_id buyer = {101}, seller = {102}, stranger = {103};
static struct person_id person = {201};
static struct order_id placed = {301};
static const instant now = {1767225600000000};
static const struct viewer visitor = {.session = 5, .roles = BIT(ROLE_VISITOR)};
static const struct viewer trader = {
	.person = 201, .company = 101, .session = 5, .roles = BIT(ROLE_BUYER)};

static int gone(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static struct viewer of(struct company_id company)
{
	struct viewer v = trader;

	v.company = company.v;
	return v;
}

static void nothing(struct write_unit *u, enum write_result r)
{
	(void)u, (void)r;
}

static enum write_result writing(
	struct viewer v, uint64_t purposes, bool (*apply)(struct db *, void *), void *ctx)
{
	struct write_unit u = {.viewer = v,
		.purposes = purposes,
		.arena = test_arena,
		.apply = apply,
		.done = nothing,
		.ctx = ctx};
	enum write_result r = store_write_wait(store, &u);

	if (r == WRITE_FAULTED || r == WRITE_LOST)
		printf("# %s: %s\n", fault_name(u.fault.kind), u.fault.what);
	return r;
}

static bool company_make(struct db *db, struct company_id id, const char *name)
{
	struct company_registration registration = {
		.number = S("HRB 1"), .register_ = S("Register Marker")};
	struct company_tax tax = {.vat_id = S("DE123456789")};

	return signup_company(db, id, str_of(name), str_of(name), S("GmbH"), S("DE"), false, true,
		       true, S("EUR"), S("en"), &registration, &tax, person, now) == 1;
}

static bool people(struct db *db, void *ctx)
{
	struct person_name name = {S("Ada Marker")};
	struct person_email email = {S("ada@example.org")};

	(void)ctx;
	return signup_person(db, person, &name, &email, S("ada@example.org"), NULL, NULL, S("en"),
		       0, now) == 1 &&
	       company_make(db, buyer, "buyer") && company_make(db, seller, "seller") &&
	       company_make(db, stranger, "stranger");
}

static bool activate(struct db *db, void *ctx)
{
	struct company_id ids[] = {buyer, seller, stranger};

	(void)ctx;
	for (size_t i = 0; i < COUNT(ids); i++)
		if (company_admission_set(db, ids[i], COMPANY_STATE_PENDING, COMPANY_STATE_ACTIVE,
			    now, TIME_NONE) != 1)
			return false;
	return true;
}

static void place(struct db *db, struct order_id id, const char *number, struct company_id who)
{
	struct orders_consignee to = {.name = S("Consignee Marker"), .city = S("Ulm")};

	order_add(db, id, str_of(number), who, seller, person, S("EUR"), 1000, 0, 190, 1190,
		VAT_SCHEME_DOMESTIC, 190000, (str){0}, 0, (str){0}, 30, S("DE"), &to, NULL, NULL, 1,
		now, now);
}

static bool order(struct db *db, void *ctx)
{
	struct order_event_id event = {401};

	(void)ctx;
	place(db, placed, "2026-1", buyer);
	order_event_add(db, event, placed, buyer, seller, ORDER_HAPPENING_PLACE, 0,
		ORDER_STATE_PLACED, buyer, person, NULL, now);
	return true;
}

static void open_store(void)
{
	struct policy_errors e = {0};
	struct store_options o = {.dir = folder, .create = true, .node = 1};
	const char *tmp = getenv("TMPDIR");

	kept = arena_make((size_t)64 << 20);
	o.policy = policy_read(kept, embedded_policy, embedded_policy_n, &e);
	MUST(o.policy);
	snprintf(folder, sizeof folder, "%s/kontor-queryc-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(folder));
	o.database = rows_database();
	store = store_open(&o);
}

TEST(every_statement_of_the_program_opens)
{
	open_store();
	CHECK(statements[0] != NULL);
}

TEST(inserts_answer_how_many)
{
	struct viewer desk = {.person = 1, .roles = BIT(ROLE_OPERATOR)};

	CHECK_INT(WRITE_DONE, writing(visitor, BIT(PURPOSE_SIGNIN), people, NULL));
	CHECK_INT(WRITE_DONE, writing(desk, BIT(PURPOSE_DESK), activate, NULL));
	CHECK_INT(WRITE_DONE, writing(trader, BIT(PURPOSE_TRADE), order, NULL));
}

TEST(blind_index_finds_and_sealed_opens)
{
	struct signin_person_row row;
	struct db db;

	store_read_begin(store, &db, test_arena, visitor, BIT(PURPOSE_SIGNIN));
	REQUIRE(signin_person(&db, S("ada@example.org"), &row));
	CHECK_INT(201, row.id.v);
	CHECK_TEXT("Ada Marker", row.name.name);
	CHECK(!signin_person(&db, S("nobody@example.org"), &row));
	CHECK(row.name.name.p == NULL);
	store_read_end(&db);
}

TEST(columns_that_may_be_null_say_so)
{
	struct company_own_row row;
	struct db db;

	store_read_begin(store, &db, test_arena, trader, BIT(PURPOSE_ACCOUNT));
	REQUIRE(company_own(&db, &row));
	CHECK_INT(COMPANY_STATE_ACTIVE, row.state);
	CHECK(row.sells && row.buys && !row.sole_trader);
	CHECK(!row.founded.is && row.website.p == NULL && row.industry == 0);
	CHECK(!instant_is(row.close_at) && row.activated_at.us == now.us);
	CHECK_TEXT("Register Marker", row.registration.register_);
	CHECK_TEXT("DE123456789", row.tax.vat_id);
	store_read_end(&db);
}

TEST(amounts_have_their_currency)
{
	struct order_by_id_row row;
	struct order_delivery_row to;
	struct order_billing_row by;
	struct order_bought_rows bought;
	struct order_events_rows events;
	struct db db;

	store_read_begin(store, &db, test_arena, trader,
		BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_DELIVERY) |
			BIT(PURPOSE_PAYMENT));
	REQUIRE(order_by_id(&db, placed, &row) && order_delivery(&db, placed, &to) &&
		order_billing(&db, placed, &by));
	CHECK_INT(1190, row.total.minor);
	CHECK_TEXT("EUR", str_of(row.total.currency));
	CHECK_TEXT("Consignee Marker", to.consignee.name);
	CHECK_TEXT("Ulm", to.consignee.city);
	CHECK(to.consignee.street.p == NULL && by.billing.name.p == NULL &&
		row.po_number.p == NULL && row.incoterm == 0);
	CHECK_TEXT("seller", row.seller_name);
	bought = order_bought(&db, &placed, 1);
	REQUIRE(bought.n == 1);
	CHECK_INT(301, bought.v[0].id.v);
	CHECK_INT(102, bought.v[0].other_id.v);
	events = order_events(&db, placed);
	REQUIRE(events.n == 1);
	CHECK_INT(0, events.v[0].from_state);
	CHECK_TEXT("buyer", events.v[0].company_name);
	store_read_end(&db);
}

static bool others_do(struct db *db, void *ctx)
{
	(void)ctx;
	CHECK_INT(0, order_move(db, placed, ORDER_STATE_PLACED, ORDER_STATE_CANCELLED, TIME_NONE));
	return true;
}

static bool in_anothers_name(struct db *db, void *ctx)
{
	(void)ctx;
	place(db, (struct order_id){302}, "2026-2", buyer);
	return true;
}

TEST(the_gate_stands_in_reads_and_writes)
{
	struct order_by_id_row row;
	struct db db;

	store_read_begin(
		store, &db, test_arena, of(stranger), BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC));
	CHECK(!order_by_id(&db, placed, &row));
	CHECK_INT(0, order_bought(&db, &placed, 1).n);
	store_read_end(&db);
	CHECK_INT(WRITE_DONE, writing(of(stranger), BIT(PURPOSE_TRADE), others_do, NULL));
	CHECK_INT(WRITE_FAULTED, writing(of(stranger), BIT(PURPOSE_TRADE), in_anothers_name, NULL));
}

static bool moves(struct db *db, void *ctx)
{
	(void)ctx;
	CHECK_INT(
		0, order_move(db, placed, ORDER_STATE_CONFIRMED, ORDER_STATE_CANCELLED, TIME_NONE));
	CHECK_INT(1, order_move(db, placed, ORDER_STATE_PLACED, ORDER_STATE_CONFIRMED, now));
	return true;
}

TEST(an_update_says_what_it_changed)
{
	CHECK_INT(WRITE_DONE, writing(of(seller), BIT(PURPOSE_TRADE), moves, NULL));
}

static bool undeclared(struct db *db, void *ctx)
{
	struct signin_person_row row;

	(void)ctx;
	return signin_person(db, S("ada@example.org"), &row);
}

TEST(a_purpose_that_was_not_declared_faults)
{
	struct viewer v = visitor;

	CHECK_INT(WRITE_FAULTED, writing(v, BIT(PURPOSE_PUBLIC), undeclared, NULL));
}

TEST(rows_describe_themselves)
{
	const struct row_desc *d = &order_by_id_desc;
	const struct row_field *total = NULL, *note = NULL;

	for (size_t i = 0; i < d->n; i++) {
		total = strcmp(d->fields[i].name, "total") ? total : &d->fields[i];
		note = strcmp(d->fields[i].name, "note") ? note : &d->fields[i];
	}
	REQUIRE(total && note);
	CHECK_INT(ROW_MONEY, total->kind);
	CHECK_INT(offsetof(struct order_by_id_row, total), total->offset);
	CHECK_INT(ROW_GROUP, note->kind);
	CHECK(note->group == &orders_note_desc);
	CHECK_INT(sizeof(struct order_by_id_row), d->size);
	CHECK_TEXT("confirmed", order_state_name(ORDER_STATE_CONFIRMED));
	CHECK_INT(ORDER_STATE_CONFIRMED, order_state_of(S("confirmed")));
	CHECK_INT(0, order_state_of(S("conformed")));
	CHECK_TEXT("", order_state_name(99));
	CHECK(enum_desc_of("order_state") && !enum_desc_of("order_stat"));
}

TEST(closes)
{
	store_close(store);
	rows_drop();
	nftw(folder, gone, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(kept);
}

int main(void)
{
	return test_main();
}
