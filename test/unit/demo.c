/* The demonstration: it can be written, and what it holds agrees with itself. */
#include "command/installation.h"
#include "market/demo/demo.h"
#include "market/demo/plan.h"
#include "test/places.h"
#include "test/test.h"
#include "web/web.h"

#include <sys/stat.h>

enum { PLAN_BYTES = 256 << 20 };

static struct demo_plan *plan(void)
{
	return demo_plan_make(test_arena, (instant){INT64_C(1790000000) * SECOND_US});
}

TEST(the_plan_is_large_enough)
{
	const struct demo_plan *p = plan();
	bool country[26 * 26] = {0};
	int countries = 0;

	for (size_t i = 0; i < p->companies; i++) {
		const char *c = p->company[i].firm->country;
		bool *seen = &country[(c[0] - 'A') * 26 + c[1] - 'A'];

		countries += !*seen;
		*seen = true;
	}
	CHECK(p->companies >= 40);
	CHECK(countries >= 15);
	CHECK_INT(60, DEMO_ROOTS + demo_leaves_n);
	CHECK(p->products >= 2100);
	CHECK(p->offers >= 2700);
	CHECK_INT(DEMO_ORDERS, p->orders);
}

TEST(the_plan_is_the_same_each_time)
{
	const struct demo_plan *x = plan(), *y = plan();

	REQUIRE(x->orders == y->orders && x->offers == y->offers);
	for (size_t i = 0; i < x->orders; i++) {
		CHECK_INT(x->order[i].total.minor, y->order[i].total.minor);
		CHECK_INT(x->order[i].state, y->order[i].state);
	}
}

TEST(every_state_of_an_order_occurs)
{
	const struct demo_plan *p = plan();
	int n[16] = {0};

	for (size_t i = 0; i < p->orders; i++)
		n[p->order[i].state]++;
	for (int s = ORDER_STATE_PLACED; s <= ORDER_STATE_EXPIRED; s++) {
		if (!n[s])
			TEST_FAIL("no order is " STR_FMT, STR_ARG(order_state_name(s)));
	}
}

TEST(amounts_add_up)
{
	const struct demo_plan *p = plan();

	for (size_t i = 0; i < p->orders; i++) {
		const struct demo_order *o = &p->order[i];
		int64_t net = 0;

		REQUIRE(o->lines > 0);
		for (size_t k = 0; k < o->lines; k++) {
			CHECK_INT(price_times(o->line[k].unit, o->line[k].quantity).minor,
				o->line[k].net.minor);
			net += o->line[k].net.minor;
		}
		CHECK_INT(net, o->net.minor);
		CHECK_INT(net + o->freight.minor + o->vat.minor, o->total.minor);
		CHECK_INT(money_part(money_add(o->net, o->freight), o->vat_millionths).minor,
			o->vat.minor);
	}
}

TEST(what_is_reserved_is_what_open_orders_wait_for)
{
	const struct demo_plan *p = plan();
	int64_t *reserved = arena_array(test_arena, int64_t, p->offers);

	for (size_t i = 0; i < p->orders; i++)
		for (size_t k = 0; k < p->order[i].lines; k++) {
			const struct demo_line *l = &p->order[i].line[k];

			CHECK(l->shipped <= l->confirmed && l->confirmed <= l->quantity);
			CHECK(l->quantity % p->offer[l->offer].step == 0);
			CHECK_INT(p->order[i].seller, p->offer[l->offer].company);
			reserved[l->offer] += l->reserved;
		}
	for (size_t i = 0; i < p->offers; i++)
		CHECK_INT(reserved[i], p->offer[i].reserved);
}

TEST(history_goes_forward_and_ends_where_the_order_stands)
{
	const struct demo_plan *p = plan();

	for (size_t i = 0; i < p->orders; i++) {
		const struct demo_order *o = &p->order[i];
		int state = 0;

		for (size_t k = 0; k < o->events; k++) {
			CHECK_INT(state, o->event[k].from);
			CHECK(!k || o->event[k].at.us >= o->event[k - 1].at.us);
			CHECK(o->event[k].at.us < p->now.us);
			state = o->event[k].to;
		}
		CHECK_INT(state, o->state);
		CHECK(!instant_is(o->due) || o->due.us > p->now.us);
	}
}

TEST(numbers_are_gap_free_for_each_supplier_and_year)
{
	const struct demo_plan *p = plan();

	for (size_t c = 0; c < p->companies; c++) {
		int64_t n[2] = {0};

		for (size_t i = 0; i < p->orders; i++) {
			int64_t year, number;

			if (p->order[i].seller != c)
				continue;
			REQUIRE(str_int(str_sub(p->order[i].number, 0, 4), &year));
			REQUIRE(str_int(str_sub(p->order[i].number, 5, 6), &number));
			CHECK_INT(++n[year == civil_of(p->now).year], number);
		}
		CHECK_INT(n[0], p->company[c].numbers[0]);
		CHECK_INT(n[1], p->company[c].numbers[1]);
	}
}

TEST(part_numbers_and_skus_are_unique)
{
	const struct demo_plan *p = plan();

	for (size_t i = 0; i < p->products; i++)
		for (size_t k = i + 1; k < p->products; k++)
			if (str_eq(p->product[i].part_number, p->product[k].part_number) &&
				p->product[i].leaf == p->product[k].leaf)
				TEST_FAIL("twice: " STR_FMT, STR_ARG(p->product[i].part_number));
}

TEST(pictures_are_jpeg_in_two_sizes)
{
	for (int k = 0; k < DRAW_KINDS; k++) {
		struct demo_picture two =
			demo_draw(test_arena, (enum demo_drawing)k, k % DRAW_COLOURS);

		CHECK(two.small.n > 500 && two.large.n > two.small.n);
		CHECK(!memcmp(two.small.p, "\xff\xd8\xff", 3) &&
			!memcmp(two.large.p, "\xff\xd8\xff", 3));
	}
}

TEST(an_installation_is_filled)
{
	char dir[] = "/tmp/kontor-demo-XXXXXX";

	REQUIRE(mkdtemp(dir));
	struct installation in = installation_open(dir, NULL, NULL, true);
	int64_t began = clock_mono_us();

	CHECK(!demo_is(in.store));
	CHECK(!demo_clock_move(in.store, 86400));
	struct demo_count n = demo_fill(in.store, NULL);

	printf("# filled in %lld ms\n", (long long)(clock_mono_us() - began) / 1000);
	printf("# companies %lld people %lld categories %lld products %lld offers %lld orders %lld "
	       "lines %lld\n",
		(long long)n.companies, (long long)n.people, (long long)n.categories,
		(long long)n.products, (long long)n.offers, (long long)n.orders,
		(long long)n.lines);
	CHECK(n.products >= 2100 && n.orders == DEMO_ORDERS && n.people > 50);
	CHECK(demo_is(in.store));
	CHECK(demo_clock_move(in.store, 30 * 86400));
	CHECK_INT(30 * DAY_US, clock_shifted());
	clock_shift(0);
	demo_clock_apply(in.store);
	CHECK_INT(30 * DAY_US, clock_shifted());
	clock_shift(0);
	static const char *const filled[] = {"product", "picture", "document", "offer", "orders",
		"order_line", "order_event", "shipment", "shipment_line", "number_series", "quote",
		"quote_event", NULL};

	places_check(dir, filled);
	installation_close(&in);
	str clean = str_fmt(test_arena, "rm -r %s", dir);

	CHECK_INT(0, system(clean.p));
}

int main(void)
{
	return test_main();
}
