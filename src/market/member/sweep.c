/* What is over: invitations, sign-ups that nobody confirmed, companies whose closing was asked for.
 * Rows whose keep is over are the store's (market/rights/retention.c). */
#include "gen/company.sql.h"
#include "gen/invitation.sql.h"
#include "market/member/member.h"

static bool close_company(struct db *db, struct company_id id, enum company_state from, int event)
{
	struct company_event_id e = {id_make()};
	instant now = clock_now();
	struct process_step step = process_ask(&company_process, (int)from, event,
		(struct actor){.roles = BIT(ROLE_SWEEPER)}, NULL);

	return step.answer == PROCESS_YES && company_time_out(db, id, from, now) == 1 &&
	       company_time_out_event(db, e, id, (enum company_happening)event, from,
		       COMPANY_STATE_CLOSED, now) == 1;
}

static size_t sweep_companies(struct db *db, instant now)
{
	struct company_closing_rows c = company_closing(db, now);
	struct company_unconfirmed_rows p =
		company_unconfirmed(db, instant_add(now, -UNCONFIRMED_DAYS * DAY_US));

	for (size_t i = 0; i < c.n; i++)
		(void)close_company(db, c.v[i].id, c.v[i].state, COMPANY_HAPPENING_CLOSE);
	for (size_t i = 0; i < p.n; i++) {
		struct company_of_founder_rows own = company_of_founder(db, p.v[i].id);

		for (size_t k = 0; k < own.n; k++)
			(void)close_company(
				db, own.v[k].id, own.v[k].state, COMPANY_HAPPENING_EXPIRE);
		(void)!company_unconfirmed_close(db, p.v[i].id, now);
	}
	return p.n;
}

static bool sweep(struct db *db, void *ctx)
{
	bool *more = ctx;
	instant now = clock_now();
	struct invitation_overdue_rows invitations = invitation_overdue(db, now);

	(void)!company_closed_date(db, now);
	for (size_t i = 0; i < invitations.n; i++)
		(void)!invitation_expire(db, invitations.v[i].id);
	*more = sweep_companies(db, now) == 50 || invitations.n == 100;
	return true;
}

static bool run(struct store *s, const struct job *j, struct arena *a)
{
	bool more = false;

	return job_write(s, j, a, false, sweep, &more) && more;
}

const struct job member_sweeper = {.name = "members",
	.role = ROLE_SWEEPER,
	.purposes = BIT(PURPOSE_UPKEEP),
	.every_s = 300,
	.run = run};
