/* Which companies looked at a supplier's products last. Views come through a bounded queue that may
 * lose; each is written only if its person shares views at that moment, which the engine checks. */
#include "market/rights/rights.h"

#include "gen/lead.html.h"
#include "gen/lead.sql.h"

#include <stdatomic.h>

enum {
	LEADS_WAITING_MAX = 256, /* views in the writer's queue; more are lost */
	LEAD_SELLERS_MAX = 25,	 /* suppliers that one view is noted for */
	LEAD_LIST_ROWS = 50,
	LEAD_LOOKS_MAX = 20, /* for one page of them; then it is shorter */
};

struct seen {
	struct write_unit unit;
	struct product_id product;
	struct company_id sellers[LEAD_SELLERS_MAX];
	size_t n;
};

static atomic_int waiting;

static bool seen_apply(struct db *db, void *ctx)
{
	const struct seen *s = ctx;
	instant now = clock_now();

	(void)!lead_again(db, s->product);
	for (size_t i = 0; i < s->n; i++)
		if (s->sellers[i].v != db->viewer.company)
			(void)!lead_add(
				db, (struct lead_id){id_make()}, s->sellers[i], s->product, now);
	return true;
}

static void seen_done(struct write_unit *u, enum write_result result)
{
	(void)result; /* a view may be lost */
	arena_free(u->arena);
	atomic_fetch_sub(&waiting, 1);
}

void lead_seen(struct req *r, struct product_id product, const struct company_id *sellers, size_t n)
{
	struct lead_shares_row me;

	if (!r->viewer.person || !r->viewer.company || !(r->viewer.roles & BIT(ROLE_BUYER)) || !n ||
		db_off(r->db, PURPOSE_SELLER_LEADS) || !lead_shares(r->db, &me))
		return;
	if (atomic_fetch_add(&waiting, 1) >= LEADS_WAITING_MAX) {
		atomic_fetch_sub(&waiting, 1);
		return;
	}
	struct arena *a = arena_make(1 << 20);
	struct seen *s = arena_new(a, struct seen);

	s->product = product;
	s->n = n < LEAD_SELLERS_MAX ? n : LEAD_SELLERS_MAX;
	memcpy(s->sellers, sellers, s->n * sizeof *sellers);
	s->unit = (struct write_unit){.viewer = r->viewer,
		.purposes = BIT(PURPOSE_SELLER_LEADS) | BIT(PURPOSE_CHOICES) | BIT(PURPOSE_PUBLIC),
		.arena = a,
		.apply = seen_apply,
		.done = seen_done,
		.ctx = s};
	store_write(req_store(r), &s->unit);
}

void lead_drop(struct db *db, int64_t person)
{
	(void)!lead_forget(db, (struct person_id){person});
}

/* ---- the supplier's page --------------------------------------------------------------------- */

struct lead_query {
	int64_t before;
};
FORM(lead_query_form, struct lead_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct lead_query, before),
		.label = MSG_lead_when});

/* One company that looks at one product with several people is one line. */
static size_t once_each(struct lead_list_row *v, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kept && (v[k].company_id.v != v[i].company_id.v ||
					   v[k].product_id.v != v[i].product_id.v))
			k++;
		if (k == kept)
			v[kept++] = v[i];
	}
	return kept;
}

/* Says what the products are called; leads to what is not shown any more go. Returns how many
 * stay. */
static size_t named(struct db *db, struct lead_list_row *v, size_t n)
{
	struct product_id ids[LEAD_LIST_ROWS] = {{0}};
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		ids[i] = v[i].product_id;
	struct lead_products_rows p = lead_products(db, ids, n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < p.n; k++)
			if (p.v[k].id.v == v[i].product_id.v) {
				v[kept] = v[i];
				v[kept].title = p.v[k].title;
				v[kept++].part_number = p.v[k].part_number;
				break;
			}
	return kept;
}

/* One page, and behind which one the next begins; 0: there are no more. */
struct leads {
	struct lead_list_row v[LEAD_LIST_ROWS];
	size_t n;
	struct lead_id next;
};

/* As many looks as are needed to fill it, but for products that are gone. */
static void leads_read(struct db *db, struct lead_id before, struct leads *l)
{
	*l = (struct leads){.next = before};
	for (int looks = 0; looks < LEAD_LOOKS_MAX && l->next.v && l->n < LEAD_LIST_ROWS; looks++) {
		struct lead_list_rows rows = lead_list(db, l->next);
		bool more = rows.n == LEAD_LIST_ROWS;

		l->next = more ? rows.v[rows.n - 1].id : (struct lead_id){0};
		size_t n = rows.n ? named(db, rows.v, rows.n) : 0;

		for (size_t i = 0; i < n && l->n < LEAD_LIST_ROWS; i++)
			l->v[l->n++] = rows.v[i];
	}
	if (l->n == LEAD_LIST_ROWS)
		l->next = l->v[l->n - 1].id;
}

static int leads_get(struct req *r)
{
	const struct lead_query *q = r->form;
	struct leads *l = arena_new(r->arena, struct leads);
	str next = {NULL, 0};

	leads_read(r->db, (struct lead_id){q && q->before ? q->before : INT64_MAX}, l);
	if (l->next.v)
		next = id_text(r->arena, l->next.v);
	if (r->api)
		return answer_rows(r, &lead_list_desc, l->v, l->n, next);
	lead_page(r->out, r, l->v, once_each(l->v, l->n), next);
	return 200;
}

#define SELLERS (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))
#define LEADS (BIT(PURPOSE_SELLER_LEADS) | BIT(PURPOSE_PUBLIC))

const struct route lead_routes[] = {
	{GET, "/selling/leads", SELLERS, LEADS, PROOF_NONE, .form = &lead_query_form,
		.get = leads_get},
	{GET, "/api/v1/leads", SELLERS, LEADS, PROOF_BEARER, .form = &lead_query_form,
		.get = leads_get, .answers = &lead_list_desc, .list = true,
		.about = "Companies that looked at your products, newest first"},
	{0},
};
