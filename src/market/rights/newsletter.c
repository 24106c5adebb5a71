/* Offers and news: a mail a week to those who agreed, and the page it leads to. The mail itself
 * says nothing of what a company buys; the page finds that for whoever is signed in. */
#include "market/rights/rights.h"

#include "egress/egress.h"
#include "market/catalogue/catalogue.h"
#include "market/desk/desk.h"
#include "gen/newsletter.html.h"
#include "gen/newsletter.sql.h"

enum {
	NEWS_EVERY_DAYS = 7,
	NEWS_CATEGORIES_MAX = 12,
	NEWS_PRODUCTS = 5,	   /* of each */
	NEWS_OFFERS = 20,	   /* looked at for them: a product has several */
	NEWS_PEOPLE_AT_ONCE = 100, /* newsletter_people */
};

/* ---- the mails ------------------------------------------------------------------------------- */

struct posting {
	struct store *s;
	bool more;
};

static void mail(struct db *db, struct store *s, struct news_round_id round, struct person_id to)
{
	struct newsletter_consent_row c;

	if (!newsletter_consent(db, to, &c) ||
		newsletter_sent_add(db, (struct news_sent_id){id_make()}, round, to, c.event_id,
			clock_now()) != 1)
		return;
	outbox_mail(db, "offers", to.v, round.v, unsubscribe_path(s, db->arena, to.v));
}

static bool post_some(struct db *db, void *ctx)
{
	struct posting *p = ctx;
	struct newsletter_round_rows newest = newsletter_round(db);
	instant now = clock_now();

	p->more = false;
	if (!newest.n || (instant_is(newest.v[0].ended_at) &&
				 newest.v[0].began_at.us <= now.us - NEWS_EVERY_DAYS * DAY_US)) {
		p->more = true;
		return newsletter_round_add(db, (struct news_round_id){id_make()}, now,
			       (struct person_id){1}) == 1;
	}
	if (instant_is(newest.v[0].ended_at))
		return true;
	struct news_round_id round = newest.v[0].id;
	struct newsletter_people_rows v = newsletter_people(db, newest.v[0].after_person);

	for (size_t i = 0; i < v.n; i++)
		mail(db, p->s, round, v.v[i].id);
	p->more = v.n == NEWS_PEOPLE_AT_ONCE;
	return newsletter_round_on(db, round, v.n ? v.v[v.n - 1].id : newest.v[0].after_person,
		       p->more ? TIME_NONE : now) == 1;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	struct posting p = {.s = s};

	return job_write(s, j, a, false, post_some, &p) && p.more;
}

const struct job newsletter_job = {.name = "newsletter",
	.role = ROLE_MARKETER,
	.purposes = BIT(PURPOSE_MARKETING) | BIT(PURPOSE_MAILING),
	.every_s = 3600,
	.run = run};

/* ---- the page -------------------------------------------------------------------------------- */

struct interest {
	struct category_id v[NEWS_CATEGORIES_MAX];
	size_t n;
};

static void interested(struct interest *x, struct category_id c)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].v == c.v)
			return;
	if (x->n < NEWS_CATEGORIES_MAX)
		x->v[x->n++] = c;
}

/* In the order of these products; those that are not shown any more say nothing. */
static void interested_by(
	struct db *db, struct interest *x, const struct product_id *products, size_t n)
{
	struct newsletter_categories_rows c = newsletter_categories(db, products, n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c.n; k++)
			if (c.v[k].id.v == products[i].v)
				interested(x, c.v[k].category_id);
}

/* An id is all that the rows of these hold. */
#define IDS(x, id) _Static_assert(sizeof(struct x##_row) == sizeof(struct id), #x)
IDS(newsletter_orders, order_id);
IDS(newsletter_bought, product_id);
IDS(newsletter_sold, product_id);

static struct interest interest_of(struct db *db)
{
	struct interest x = {.n = 0};
	struct newsletter_orders_rows orders = newsletter_orders(db);
	struct newsletter_bought_rows bought =
		newsletter_bought(db, (const void *)orders.v, orders.n);
	struct newsletter_sold_rows sold = newsletter_sold(db);

	interested_by(db, &x, (const void *)bought.v, bought.n);
	interested_by(db, &x, (const void *)sold.v, sold.n);
	return x;
}

struct news_query {
	str mail;
};
FORM(news_query_form, struct news_query,
	{.name = "mail",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 10,
		AT(struct news_query, mail),
		.label = MSG_newsletter_title});

/* ---- what is new there ----------------------------------------------------------------------- */
struct fresh { /* category by category, the newest first */
	struct offer_id offer[NEWS_CATEGORIES_MAX * NEWS_OFFERS];
	size_t category[NEWS_CATEGORIES_MAX * NEWS_OFFERS]; /* which of the interests it is of */
	size_t n;
	struct product_id product[NEWS_CATEGORIES_MAX * NEWS_PRODUCTS];
	size_t products_n;
};

static void fresh_offers(struct arena *a, const struct interest *x, struct fresh *f)
{
	for (size_t i = 0; i < x->n; i++) {
		size_t n = search_newest(a, x->v[i], f->offer + f->n, NEWS_OFFERS);

		for (size_t k = 0; k < n; k++)
			f->category[f->n++] = i;
	}
}

/* A few of each category, each once. */
static void fresh_products(struct db *db, struct fresh *f)
{
	struct newsletter_offers_rows o = newsletter_offers(db, f->offer, f->n);
	size_t of[NEWS_CATEGORIES_MAX] = {0};

	for (size_t i = 0; i < f->n; i++)
		for (size_t k = 0; k < o.n; k++) {
			bool seen = o.v[k].id.v != f->offer[i].v;

			for (size_t p = 0; p < f->products_n; p++)
				seen |= f->product[p].v == o.v[k].product_id.v;
			if (!seen && of[f->category[i]]++ < NEWS_PRODUCTS)
				f->product[f->products_n++] = o.v[k].product_id;
		}
}

static int news_get(struct req *r)
{
	const struct news_query *q = r->form;

	if (q && q->mail.n)
		desk_mail_led(q->mail);
	struct interest x = interest_of(r->db);
	struct fresh *f = arena_new(r->arena, struct fresh);

	fresh_offers(r->arena, &x, f);
	fresh_products(r->db, f);
	struct newsletter_new_rows rows = newsletter_new(r->db, f->product, f->products_n);
	struct newsletter_new_row *v =
		arena_array(r->arena, struct newsletter_new_row, f->products_n + 1);
	size_t n = 0;

	for (size_t i = 0; i < f->products_n; i++)
		for (size_t k = 0; k < rows.n; k++)
			if (rows.v[k].id.v == f->product[i].v)
				v[n++] = rows.v[k];
	newsletter_page(r->out, r, v, n);
	return 200;
}

const struct route newsletter_routes[] = {
	{GET, "/news", BIT(ROLE_VIEWER), BIT(PURPOSE_TRADE) | BIT(PURPOSE_PUBLIC), PROOF_NONE,
		.form = &news_query_form, .get = news_get},
	{0},
};
