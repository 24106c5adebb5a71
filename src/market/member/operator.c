/* The operator's own people. They have no company and sign in where everybody does. */
#include "gen/operator.sql.h"
#include "market/member/member.h"
#include "market/member/password.h"
#include "market/rights/rights.h"

struct adding {
	str email, name, hash;
	uint64_t roles;
	bool there;
};

static bool add(struct db *db, void *ctx)
{
	struct adding *a = ctx;
	struct operator_by_email_row before;
	struct person_id person = {id_make()};
	struct credential_id credential = {id_make()};
	struct person_name name = {a->name};
	struct person_email email = {a->email};
	struct credential_secret secret = {a->hash};
	instant now = clock_now();

	a->there = operator_by_email(db, a->email, &before);
	return !a->there &&
	       operator_add(db, person, &name, &email, a->email, S("en"),
		       (int64_t)choice_mask_new(db_policy(db)), (int64_t)a->roles, now) == 1 &&
	       operator_credential(db, credential, person, &secret, now) == 1;
}

enum operator_made operator_make(
	struct store *s, struct arena *a, str email, str name, uint64_t roles, str password)
{
	struct adding adding = {email, name, password_hash(a, password), roles, false};
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = a,
		.apply = add,
		.ctx = &adding};

	MUST(roles && !(roles & ~ROLES_STAFF));
	switch (store_write_wait(s, &u)) {
	case WRITE_DONE: return OPERATOR_MADE;
	case WRITE_REFUSED: return adding.there ? OPERATOR_THERE : OPERATOR_REFUSED;
	case WRITE_FAULTED: fault(u.fault.kind, "%s", u.fault.what);
	case WRITE_LOST:
	case WRITE_BUSY: break;
	}
	fault(FAULT_STORE, "the installation cannot be written");
}
