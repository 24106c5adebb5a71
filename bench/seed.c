/* seed: companies for the benchmark.
 *
 *	seed DIR                 one supplier, "bench-supplier", for the catalogue to be imported
 *	seed DIR BUYERS >FILE    buyers, each with a company, an address and a key to the API
 *
 * One line for each buyer: TOKEN ADDRESS OFFER SELLER CURRENCY QUANTITY PRODUCT EMAIL. What they
 * order is spread over the whole catalogue. Their password is the demonstration's. */
#include "command/installation.h"
#include "market/demo/demo.h"
#include "market/member/member.h"
#include "store/inside.h"

#include "gen/demo.sql.h"
#include "gen/token.sql.h"

#include <stdio.h>
#include <stdlib.h>

enum { EACH = 100, STOCK_MIN = 100 };

struct offer {
	int64_t id, product, seller, quantity;
	char currency[4];
};
struct seed {
	struct store *store;
	struct offer *offer;
	size_t offers;
	int64_t wanted, rows; /* buyers; offers there are */
	int from, to;
	str hash;
	struct buyer {
		struct company_id company;
		struct person_id person;
		struct address_id address;
		str token;
	} * buyer;
};

static bool company_add(struct db *db, struct seed *s, str slug, struct buyer *b, bool sells)
{
	str mail = str_fmt(db->arena, STR_FMT "@bench.example", STR_ARG(slug));
	struct person_name name = {.name = slug};
	struct person_email email = {.email = mail};
	struct credential_secret secret = {.hash = s->hash};
	struct company_registration registration = {.number = S("HRB 1")};
	struct company_tax tax = {.vat_id = S("DE123456789")};
	struct address_place place = {.name = S("Goods in"),
		.street = S("Hafenstr. 1"),
		.postcode = S("20457"),
		.city = S("Hamburg")};
	instant now = clock_now();

	b->company.v = id_make();
	b->person.v = id_make();
	b->address.v = id_make();
	return demo_person_add(
		       db, b->person, &name, &email, mail, NULL, NULL, S("en"), 0, 0, now) == 1 &&
	       demo_credential_add(
		       db, (struct credential_id){id_make()}, b->person, &secret, now) == 1 &&
	       demo_company_add(db, b->company, slug, slug, S("GmbH"), S("DE"), false,
		       COMPANY_STATE_ACTIVE, sells, !sells, INDUSTRY_ELECTRONICS,
		       COMPANY_SIZE_UNDER_50, 1990, S("About"), S("https://bench.example"),
		       S("Imprint"), S("EUR"), S("en"), &registration, &tax, b->person, now, now,
		       TIME_NONE) == 1 &&
	       demo_membership_add(db, (struct membership_id){id_make()}, b->company, b->person,
		       (int64_t)(sells ? BIT(ROLE_SALES) : BIT(ROLE_BUYER)), now) == 1 &&
	       demo_address_add(db, b->address, b->company, ADDRESS_KIND_DELIVERY, S("DE"), &place,
		       true, now) == 1;
}

static bool supplier_add(struct db *db, void *ctx)
{
	struct buyer b;

	return company_add(db, ctx, S("bench-supplier"), &b, true);
}

/* A key is made by the person whom it is for. */
static bool token_for(struct db *db, struct buyer *b)
{
	struct secret secret = secret_make(db->arena);
	struct api_token_label label = {S("bench")};
	struct viewer before = db->viewer;
	instant now = clock_now();

	b->token = secret.text;
	db->viewer = (struct viewer){.person = b->person.v,
		.company = b->company.v,
		.roles = BIT(ROLE_PERSON) | BIT(ROLE_BUYER) | BIT(ROLE_VIEWER)};
	bool made = token_add(db, (struct api_token_id){id_make()}, b->person, b->company,
			    secret.digest, &label, (int64_t)(BIT(ROLE_BUYER) | BIT(ROLE_VIEWER)),
			    now, instant_add(now, DAY_US)) == 1;

	db->viewer = before;
	return made;
}

static bool buyers_add(struct db *db, void *ctx)
{
	struct seed *s = ctx;

	for (int i = s->from; i < s->to; i++)
		if (!company_add(db, s, str_fmt(db->arena, "bench-%d", i), &s->buyer[i], false) ||
			!token_for(db, &s->buyer[i]))
			return false;
	return true;
}

/* Offers with enough stock for every round, from all over the catalogue: each is `taken`, or
 * counted alone. A page at a time, since a read may not be long. */
static int64_t offers_page(struct seed *s, struct arena *a, int64_t *after, int64_t row,
	bool (*taken)(struct seed *s, int64_t row, const struct offer *o))
{
	struct db db;

	store_read_begin(s->store, &db, a, (struct viewer){0}, 0);
	db.conn->walking = true;
	struct prepared *st = chain_start(db.conn,
		"select id, company_id, currency, case when min_quantity > step_quantity then "
		"min_quantity else step_quantity end, product_id from r_offer where id > ?3 and "
		"state = ?1 and min_quantity % step_quantity = 0 and on_hand - reserved >= ?2 * "
		"min_quantity order by id limit 10000");
	int64_t before = row;

	prepared_bind_int(st, 1, OFFER_STATE_LIVE);
	prepared_bind_int(st, 2, STOCK_MIN);
	prepared_bind_int(st, 3, *after);
	while (chain_step(db.conn, st)) {
		struct offer o = {.id = prepared_int(st, 0),
			.seller = prepared_int(st, 1),
			.quantity = prepared_int(st, 3),
			.product = prepared_int(st, 4)};

		snprintf(o.currency, sizeof o.currency, "%.3s", prepared_text(st, 2).p);
		*after = o.id;
		if (taken)
			taken(s, row, &o);
		row++;
	}
	prepared_end(st);
	db.conn->walking = false;
	store_read_end(&db);
	return row - before;
}

static bool taken(struct seed *s, int64_t row, const struct offer *o)
{
	if (row < (int64_t)s->offers * s->rows / s->wanted || s->offers == (size_t)s->wanted)
		return false;
	s->offer[s->offers++] = *o;
	return true;
}

static void offers_read(struct seed *s, struct arena *a, int n)
{
	s->offer = arena_array(a, struct offer, (size_t)n);
	s->wanted = n;
	for (int pass = 0; pass < 2; pass++) {
		int64_t row = 0, after = 0, more;

		while ((more = offers_page(s, a, &after, row, pass ? taken : NULL)))
			row += more;
		s->rows = row;
	}
	if (!s->offers)
		fault(FAULT_OUTSIDE, "no offer has enough stock: import a catalogue first");
}

static void write_all(struct seed *s, struct arena *a, bool (*apply)(struct db *db, void *ctx))
{
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP) | BIT(PURPOSE_ACCOUNT),
		.arena = a,
		.apply = apply,
		.ctx = s};

	if (store_write_wait(s->store, &u) != WRITE_DONE)
		fault(FAULT_STORE, "not added: %s", u.fault.what);
}

static void buyers(struct seed *s, struct arena *a, struct arena *unit, int n)
{
	s->buyer = arena_array(a, struct buyer, (size_t)n);
	offers_read(s, a, n);
	for (s->from = 0; s->from < n; s->from = s->to) {
		s->to = s->from + EACH < n ? s->from + EACH : n;
		write_all(s, unit, buyers_add);
		for (int i = s->from; i < s->to; i++) {
			const struct offer *o = &s->offer[(size_t)i % s->offers];
			const struct buyer *b = &s->buyer[i];

			printf(STR_FMT " %s %s %s %s %lld %s bench-%d@bench.example\n",
				STR_ARG(b->token), id_text(unit, b->address.v).p,
				id_text(unit, o->id).p, id_text(unit, o->seller).p, o->currency,
				(long long)o->quantity, id_text(unit, o->product).p, i);
		}
		arena_reset(unit);
	}
}

static void seed(struct seed *s, int n)
{
	struct arena *a = arena_make((size_t)256 << 20), *unit = arena_make((size_t)64 << 20);

	s->hash = password_hash(a, S(DEMO_PASSWORD));
	if (n)
		buyers(s, a, unit, n);
	else
		write_all(s, unit, supplier_add);
	arena_free(unit);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;
	int n = argc == 3 ? atoi(argv[2]) : 0;

	if (argc < 2 || argc > 3 || (argc == 3 && n <= 0)) {
		fprintf(stderr, "usage: seed DIR [BUYERS]\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "seed: %s\n", fp.what);
		return 1;
	}
	struct installation in = installation_open(argv[1], NULL, NULL, false);
	struct seed s = {.store = in.store};

	seed(&s, n);
	installation_close(&in);
	FAULT_END(fp);
	return 0;
}
