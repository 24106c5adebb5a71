/* The retention sweep: the store finds and deletes, this room reports and shows. */
#include "market/rights/retention.h"

#include "gen/retention.html.h"

static const struct policy *rules;

void retention_policy(const struct policy *p)
{
	rules = p;
}

FORM(retention_query, struct retention_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct retention_query, before),
		.label = MSG_retention_more});

struct batch {
	struct sweeping at;
	bool more;
};

static bool sweep(struct db *db, void *ctx)
{
	struct batch *b = ctx;
	struct sweeping at = b->at;
	struct swept n;

	b->more = store_sweep(db, &at, &n);
	if (b->more && (n.erased || n.anonymised || n.held) &&
		retention_add(db, (struct retention_run_id){id_make()}, n.table->name, n.keep->from,
			n.keep->duration, n.keep->because, n.erased, n.anonymised, n.held,
			clock_now()) != 1)
		return false;
	b->at = at;
	return true;
}

size_t retention_run(struct store *s, struct arena *a)
{
	struct batch b = {.more = true};
	size_t units = 0;

	while (b.more) {
		struct write_unit u = {.patient = true, /* others first */
			.viewer = {.roles = BIT(ROLE_SWEEPER)},
			.purposes = BIT(PURPOSE_RETENTION),
			.arena = a,
			.apply = sweep,
			.ctx = &b};

		if (store_write_wait(s, &u) != WRITE_DONE) {
			LOG(LOG_ERROR, "retention", LOG_S("why", str_of(u.fault.what)));
			break;
		}
		units++;
	}
	return units;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	(void)j;
	retention_run(s, a);
	return false;
}

const struct job retention_job = {.name = "retention",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_RETENTION),
	.every_s = 300,
	.run = run};

static int runs_get(struct req *r)
{
	const struct retention_query *q = r->form;
	struct retention_runs_rows rows = retention_runs(
		r->db, (struct retention_run_id){q && q->before ? q->before : INT64_MAX});

	retention_page(r->out, r, rules, rows.v, rows.n);
	return 200;
}

const struct route retention_routes[] = {
	{GET, "/desk/retention", BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER),
		BIT(PURPOSE_DESK) | BIT(PURPOSE_PUBLIC), PROOF_NONE, .form = &retention_query,
		.get = runs_get},
	{0},
};
