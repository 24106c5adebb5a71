/* Into the outbox, in the transaction that caused it. */
#include "inside.h"

#include "gen/outbox.sql.h"

static void put(struct db *db, const char *kind, int64_t person, int64_t company, uint64_t roles,
	int64_t owner, int64_t about, str address, str secret)
{
	struct outbox_id id = {id_make()};
	struct outbox_address to = {.email = address};
	struct outbox_secret token = {.token = secret};

	outbox_add(db, id, str_of(kind), (struct person_id){person}, (struct company_id){company},
		(int64_t)roles, (struct subject_key_id){owner}, about, address.n ? &to : NULL,
		secret.n ? &token : NULL, clock_now());
}

void outbox_mail(struct db *db, const char *kind, int64_t person, int64_t about, str secret)
{
	put(db, kind, person, 0, 0, person, about, (str){0}, secret);
}

void outbox_mail_to(
	struct db *db, const char *kind, str address, int64_t owner, int64_t about, str secret)
{
	put(db, kind, 0, 0, 0, owner, about, address, secret);
}

void outbox_company(struct db *db, const char *kind, int64_t company, uint64_t roles, int64_t about)
{
	put(db, kind, 0, company, roles, company, about, (str){0}, (str){0});
}
