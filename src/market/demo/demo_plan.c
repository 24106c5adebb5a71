/* The demonstration's companies, people, products and offers, from one seed. */
#include "market/catalogue/catalogue.h"
#include "market/catalogue/catalogue.h"
#include "market/demo/plan.h"
#include "market/member/member.h"

#include "web/web.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

/* splitmix64 (Steele, Lea, Flood 2014): small, and good enough to make up a market. */
int64_t demo_random(struct demo_plan *p, int64_t from, int64_t to)
{
	uint64_t z = p->seed += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return from + (int64_t)(z % (uint64_t)(to - from + 1));
}

/* Words of plain letters and digits, joined. */
static str plain(struct arena *a, str text, char between)
{
	char *v = arena_alloc(a, 1, 2 * text.n + 8);
	struct search_words w;
	size_t n = 0;
	str word;

	search_words_start(&w, text, false);
	while (search_words_next(&w, &word)) {
		if (n && between && n < 2 * text.n)
			v[n++] = between;
		for (size_t i = 0; i < word.n && n < 2 * text.n; i++)
			if (isalnum((unsigned char)word.p[i]))
				v[n++] = word.p[i];
	}
	return (str){v, n};
}

/* A number of the country's form whose check digits are right. They are counted up from zeros: such
 * numbers are given to nobody. */
static str vat_id(struct demo_plan *p, const char *country, size_t at)
{
	static const struct {
		const char *country, *before;
		int digits;
		const char *behind;
	} forms[] = {
		{"DE", "DE", 9, ""},
		{"AT", "ATU", 8, ""},
		{"FR", "FR", 11, ""},
		{"IT", "IT", 11, ""},
		{"ES", "ESA", 8, ""},
		{"PT", "PT", 9, ""},
		{"NL", "NL", 9, "B01"},
		{"BE", "BE0", 9, ""},
		{"PL", "PL", 10, ""},
		{"CZ", "CZ", 8, ""},
		{"SE", "SE", 10, "01"},
		{"DK", "DK", 8, ""},
		{"FI", "FI", 8, ""},
		{"GB", "GB", 9, ""},
		{"IE", "IE", 7, "T"},
		{"NO", "NO", 9, "MVA"},
		{"CH", "CHE", 9, "MWST"},
		{"EE", "EE", 9, ""},
		{"SI", "SI", 8, ""},
		{"RO", "RO", 8, ""},
	};

	for (size_t i = 0; i < COUNT(forms); i++) {
		if (strcmp(forms[i].country, country) != 0)
			continue;
		int64_t first = !strcmp(country, "DE") || !strcmp(country, "SI")
					? (int64_t)pow(10, forms[i].digits - 1)
					: 0;

		for (int64_t k = 0; k < 20000; k++) {
			str clean, typed = str_fmt(p->arena, "%s%0*lld%s", forms[i].before,
					   forms[i].digits,
					   (long long)first + (long long)at * 1009 + k,
					   forms[i].behind);

			if (vatid_check(p->arena, str_of(country), typed, &clean) == VATID_GOOD)
				return clean;
		}
	}
	return (str){0};
}

static struct demo_person person(
	struct demo_plan *p, const struct demo_company *c, size_t company, size_t at)
{
	static const struct {
		const char *title, *department;
		uint64_t roles;
	} jobs[2][4] = {
		{{"Managing director", "Management", BIT(ROLE_ADMIN)},
			{"Strategic buyer", "Purchasing", BIT(ROLE_BUYER)},
			{"Accountant", "Finance", BIT(ROLE_FINANCE)},
			{"Production planner", "Production", BIT(ROLE_VIEWER)}},
		{{"Managing director", "Management", BIT(ROLE_ADMIN)},
			{"Key account manager", "Sales", BIT(ROLE_SALES)},
			{"Accountant", "Finance", BIT(ROLE_FINANCE)},
			{"Warehouse manager", "Logistics", BIT(ROLE_VIEWER)}},
	};
	bool sells = c->firm->roots != 0;
	const char *first = demo_first[(company * 5 + at * 11) % demo_first_n],
		   *last = demo_last[(company * 3 + at * 7) % demo_last_n];
	struct demo_person x = {.name = str_fmt(p->arena, "%s %s", first, last),
		.title = str_of(jobs[sells][at].title),
		.department = str_of(jobs[sells][at].department),
		.roles = jobs[sells][at].roles};

	if (at == 0)
		x.roles |= (sells ? BIT(ROLE_SALES) : 0) | (c->firm->buys ? BIT(ROLE_BUYER) : 0) |
			   BIT(ROLE_FINANCE);
	x.phone = str_fmt(p->arena, "+999 %03d %05lld", (int)company,
		(long long)demo_random(p, 10000, 99999));
	x.email = str_fmt(p->arena, STR_FMT "@" STR_FMT ".example",
		STR_ARG(plain(p->arena, x.name, '.')), STR_ARG(c->slug));
	if (at == 0 && company == DEMO_BUYER)
		x.email = S("buyer@kontor.example");
	if (at == 0 && company == DEMO_SUPPLIER)
		x.email = S("supplier@kontor.example");
	if (at == 0 && company == DEMO_BOTH)
		x.email = S("both@kontor.example");
	return x;
}

static void companies(struct demo_plan *p)
{
	p->company = arena_array(p->arena, struct demo_company, demo_firms_n);
	p->companies = demo_firms_n;
	for (size_t i = 0; i < p->companies; i++) {
		struct demo_company *c = &p->company[i];
		int64_t days = i < 24 || i == DEMO_BUYER || i == DEMO_BOTH
				       ? demo_random(p, DEMO_DAYS + 5, DEMO_DAYS + 60)
				       : demo_random(p, 20, DEMO_DAYS + 20);

		c->firm = &demo_firms[i];
		if (c->firm->state == COMPANY_STATE_PENDING)
			days = demo_random(p, 1, 5);
		c->slug = plain(p->arena, str_of(c->firm->name), '-');
		c->vat_id = vat_id(p, c->firm->country, i);
		c->registration = str_fmt(p->arena, "%s %05lld", c->firm->country,
			(long long)demo_random(p, 1000, 99999));
		c->created =
			instant_add(p->now, -days * DAY_US + demo_random(p, 0, 36000) * SECOND_US);
		c->activated =
			c->firm->state == COMPANY_STATE_PENDING
				? TIME_NONE
				: instant_add(c->created, demo_random(p, 4, 60) * 3600 * SECOND_US);
		c->people = i == DEMO_SUPPLIER || i == DEMO_BUYER || i == DEMO_BOTH ? 4 : 1 + i % 3;
		for (size_t k = 0; k < c->people; k++)
			c->person[k] = person(p, c, i, k);
	}
}

/* ---- products ---- */

static size_t values_of(const char *values, str v[32])
{
	str rest = str_of(values);
	size_t n = 0;

	while (rest.p && n < 32)
		v[n++] = str_cut(&rest, '|');
	return n;
}

static str shown(struct arena *a, const struct demo_dim *d, str value)
{
	bool close = !strcmp(d->unit, "Ω") || !strcmp(d->unit, "F");

	return *d->unit ? str_fmt(a, STR_FMT "%s%s", STR_ARG(value), close ? "" : " ", d->unit)
			: value;
}

static size_t attribute(struct demo_plan *p, const struct demo_dim *d)
{
	for (size_t i = 0; i < p->attributes; i++)
		if (str_eq(p->attribute[i].name, str_of(d->attribute)))
			return i + 1;
	MUST(p->attributes < DEMO_ATTRIBUTES_MAX);
	p->attribute[p->attributes++] =
		(struct demo_attribute){str_of(d->attribute), str_of(d->unit)};
	return p->attributes;
}

static str title_of(struct arena *a, const char *form, const str v[3])
{
	struct out o;

	out_init(&o, a, 128, 4096, NULL);
	for (const char *c = form; *c; c++)
		if (*c == '%' && c[1] >= '1' && c[1] <= '3')
			out_str(&o, v[*++c - '1']);
		else
			out_char(&o, *c);
	return out_view(&o);
}

/* How much dearer each further value makes it. */
static double growth(const struct demo_dim *d)
{
	if (!strcmp(d->attribute, "Material"))
		return 1.28;
	return *d->unit || strstr(" Thread Size Bearing size Connection Cores Pins ", d->attribute)
		       ? 1.16
		       : 1.04;
}

static str part_number(struct demo_plan *p, const struct demo_leaf *l, const str v[3], size_t c)
{
	char text[64];
	size_t n = 0;

	for (int d = 0; d < 2; d++) {
		text[n++] = '-';
		for (size_t i = 0, k = 0; i < v[d].n && k < 9; i++)
			if (isalnum((unsigned char)v[d].p[i]) || v[d].p[i] == '.') {
				/* 2R2: a point would not survive how part numbers are looked up */
				text[n++] = v[d].p[i] == '.'
						    ? 'R'
						    : (char)toupper((unsigned char)v[d].p[i]);
				k++;
			}
	}
	return str_fmt(p->arena, "%s%.*s%c", l->code, (int)n, text, (char)('A' + c));
}

static str gtin_of(struct demo_plan *p, size_t at)
{
	char digits[16];
	int sum = 0;

	/* 200…: numbers for use inside a company, never given to goods in shops. */
	snprintf(digits, sizeof digits, "200%09zu", 417 * at + 31);
	for (int i = 0; i < 12; i++)
		sum += (digits[i] - '0') * (i % 2 ? 3 : 1);
	return str_fmt(p->arena, "%s%d", digits, (10 - sum % 10) % 10);
}

/* The suppliers of a root: company places. */
static size_t sellers_of(const struct demo_plan *p, int root, size_t v[64])
{
	size_t n = 0;

	for (size_t i = 0; i < p->companies && n < 64; i++)
		if (p->company[i].firm->roots & (1u << root) &&
			p->company[i].firm->state == COMPANY_STATE_ACTIVE)
			v[n++] = i;
	MUST(n);
	return n;
}

/* What one maker makes of one first value (a thread, a bore) are variants of the first of them. */
static void variant(struct demo_plan *p, str v[3])
{
	struct demo_product *x = &p->product[p->products];

	x->differs = str_fmt(p->arena, STR_FMT ", " STR_FMT, STR_ARG(v[1]), STR_ARG(v[2]));
	x->alike = str_fmt(p->arena, STR_FMT "|" STR_FMT, STR_ARG(x->maker), STR_ARG(v[0]));
	for (size_t i = p->products; i-- > 0 && p->product[i].leaf == x->leaf;) {
		struct demo_product *y = &p->product[i];

		if (y->keeper == x->keeper && !y->parent && str_eq(y->alike, x->alike)) {
			x->parent = i + 1;
			y->has_variants = true;
			return;
		}
	}
}

static void product(struct demo_plan *p, size_t leaf, size_t at, const size_t place[3], str v[3])
{
	const struct demo_leaf *l = &demo_leaves[leaf];
	struct demo_product *x = &p->product[p->products];
	size_t sellers[64], n = sellers_of(p, l->root, sellers);

	x->leaf = leaf;
	x->keeper = sellers[(at * 7 + leaf) % n];
	x->euro = l->euro;
	double grams = l->grams;

	x->attributes = S("");
	for (int d = 0; d < 3; d++) {
		v[d] = shown(p->arena, &l->dim[d], v[d]);
		x->euro *= pow(growth(&l->dim[d]), (double)place[d]);
		grams *= pow(1 + (growth(&l->dim[d]) - 1) * 0.8, (double)place[d]);
		x->attributes = str_fmt(p->arena, STR_FMT "%zu\t" STR_FMT "\n",
			STR_ARG(x->attributes), attribute(p, &l->dim[d]), STR_ARG(v[d]));
	}
	x->grams = (int64_t)lround(grams);
	x->title = title_of(p->arena, l->title, v);
	x->part_number = part_number(p, l, v, place[2]);
	x->maker = at % 2 ? str_of(p->company[x->keeper].firm->name)
			  : str_of(demo_brands[(leaf * 5 + at % 3) % demo_brands_n]);
	x->gtin = gtin_of(p, p->products);
	x->description = str_fmt(p->arena,
		"%s %s: " STR_FMT ". %s: " STR_FMT ". %s: " STR_FMT
		". Data sheet and declaration of conformity on request.",
		l->about, l->dim[0].attribute, STR_ARG(v[0]), l->dim[1].attribute, STR_ARG(v[1]),
		l->dim[2].attribute, STR_ARG(v[2]));
	x->colour = (int)((leaf + place[2]) % DRAW_COLOURS);
	variant(p, v);
	p->products++;
}

static void leaf_products(struct demo_plan *p, size_t leaf)
{
	const struct demo_leaf *l = &demo_leaves[leaf];
	str v[3][32];
	size_t n[3], all = 1, most = DEMO_PRODUCTS_OF_LEAF;

	for (int d = 0; d < 3; d++)
		all *= n[d] = values_of(l->dim[d].values, v[d]);
	if (most > all)
		most = all;
	for (size_t i = 0; i < most; i++) {
		size_t k = i * all / most,
		       place[3] = {k / (n[1] * n[2]), k / n[2] % n[1], k % n[2]};

		product(p, leaf, i, place,
			(str[3]){v[0][place[0]], v[1][place[1]], v[2][place[2]]});
	}
}

/* ---- offers ---- */

static double rate(const char *currency)
{
	static const struct {
		const char *currency;
		double rate; /* for one euro; of no particular day */
	} rates[] = {{"SEK", 11.4}, {"GBP", 0.86}, {"USD", 1.08}, {"JPY", 160}, {"CZK", 25},
		{"PLN", 4.3}, {"NOK", 11.6}, {"DKK", 7.46}, {"CHF", 0.96}};

	for (size_t i = 0; i < COUNT(rates); i++)
		if (!strcmp(rates[i].currency, currency))
			return rates[i].rate;
	return 1;
}

/* As prices look: cents, or finer for what costs less than a coin. */
static int64_t round_price(double amount)
{
	int64_t micro = llround(amount * 1e6), to = amount >= 100   ? 100000
						    : amount >= 1   ? 10000
						    : amount >= 0.1 ? 1000
								    : 100;

	micro = (micro + to / 2) / to * to;
	return micro > 0 ? micro : 100;
}

static void offer(struct demo_plan *p, size_t of, size_t company, double factor)
{
	static const int64_t steps[4][4] = {
		{100, 500, 1000, 5000}, {10, 100, 500, 1000}, {1, 10, 50, 100}, {1, 5, 10, 25}};
	static const double off[4] = {1, 0.94, 0.87, 0.8};
	const struct demo_product *x = &p->product[of];
	struct demo_company *c = &p->company[company];
	double price = x->euro * factor;
	const int64_t *step = steps[price < 0.1 ? 0 : price < 1 ? 1 : price < 60 ? 2 : 3];
	struct demo_offer *o = &p->offer[p->offers];
	struct tiers t = {.n = 4};
	int64_t fate = demo_random(p, 0, 99);

	for (int i = 0; i < 4; i++)
		t.v[i] = (struct tier){
			step[i], round_price(price * off[i] * rate(c->firm->currency))};
	*o = (struct demo_offer){.product = of,
		.company = company,
		.tiers = tiers_text(p->arena, &t),
		.micro = t.v[0].micro,
		.min = step[0],
		.step = step[0],
		.stock = fate % 12 == 0 ? 0 : step[0] * demo_random(p, 3, price < 1 ? 400 : 120),
		.lead = demo_leaves[x->leaf].lead + (int)demo_random(p, 0, 3),
		.state = fate < 2    ? OFFER_STATE_PAUSED
			 : fate == 2 ? OFFER_STATE_TAKEN_DOWN
			 : fate == 3 ? OFFER_STATE_DRAFT
				     : OFFER_STATE_LIVE};
	o->sku = str_fmt(p->arena, "%c%c-%06zu", toupper((unsigned char)c->slug.p[0]),
		toupper((unsigned char)c->slug.p[1]), p->offers * 13 + 100001);
	o->created = instant_add(c->created, demo_random(p, 2, 20) * DAY_US);
	if (o->created.us > p->now.us)
		o->created = p->now;
	p->offers++;
}

static void offers(struct demo_plan *p)
{
	for (size_t i = 0; i < p->products; i++) {
		size_t sellers[64],
			n = sellers_of(p, demo_leaves[p->product[i].leaf].root, sellers);
		size_t other = sellers[(size_t)demo_random(p, 0, (int64_t)n - 1)];

		offer(p, i, p->product[i].keeper, 1);
		if (demo_random(p, 0, 99) < 33 && other != p->product[i].keeper)
			offer(p, i, other, 0.92 + (double)demo_random(p, 0, 18) / 100);
	}
	for (size_t i = 0; i < p->companies; i++)
		p->company[i].offers = arena_array(p->arena, size_t, p->offers + 1);
	for (size_t i = 0; i < p->offers; i++) {
		struct demo_company *c = &p->company[p->offer[i].company];

		if (p->offer[i].state == OFFER_STATE_LIVE)
			c->offers[c->offers_n++] = i;
	}
}

struct demo_plan *demo_plan_make(struct arena *a, instant now)
{
	struct demo_plan *p = arena_new(a, struct demo_plan);

	p->arena = a;
	p->seed = 20260301;
	/* The world of the demonstration ends at midnight: the same hours each time. */
	p->now = (instant){now.us / DAY_US * DAY_US};
	companies(p);
	p->product = arena_array(a, struct demo_product, demo_leaves_n * DEMO_PRODUCTS_OF_LEAF);
	p->offer = arena_array(a, struct demo_offer, demo_leaves_n * DEMO_PRODUCTS_OF_LEAF * 2);
	for (size_t i = 0; i < demo_leaves_n; i++)
		leaf_products(p, i);
	offers(p);
	demo_plan_orders(p);
	return p;
}
