/* Erasing a subject as the job of erasures does: a part after the other, until it is over. */
#ifndef KONTOR_TEST_ERASE_H
#define KONTOR_TEST_ERASE_H

#include "store/store.h"
#include "test/test.h"

#include "gen/types.h"

struct erasure {
	int64_t id;
	struct erasing at;
	struct erased n;
	bool over;
};

static bool erase_apply(struct db *db, void *ctx)
{
	struct erasure *e = ctx;

	e->over = store_subject_erase(db, e->id, &e->at, &e->n);
	return true;
}

static void erase_of(struct store *s, int64_t id)
{
	struct erasure e = {.id = id};

	while (!e.over) {
		struct write_unit u = {.viewer = {.roles = UINT64_C(1) << ROLE_SWEEPER},
			.purposes = UINT64_C(1) << PURPOSE_RETENTION,
			.arena = test_arena,
			.apply = erase_apply,
			.ctx = &e};

		if (store_write_wait(s, &u) != WRITE_DONE)
			fault(FAULT_BUG, "%s", u.fault.what);
	}
}

#endif
