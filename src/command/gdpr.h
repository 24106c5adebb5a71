/* gdpr: the four roles of GDPRbench (Shastri et al., PVLDB 13(7), 2020) on Kontor's own schema,
 * store, statements and gates: nothing is left out, sealing and logs are on.
 *
 * A record is a person: name, address, telephone, post (about 100 bytes) sealed under a key of
 * their own; who it belongs to (USR) is their company, ten people each. What may be done with it
 * (PUR), what was objected to (OBJ), and what was decided about an objection (DEC), are their
 * choices, with the ledger behind them; until when (TTL) and to whom (SHR) are rows of the policy,
 * as everywhere in Kontor. */
#ifndef KONTOR_COMMAND_GDPR_H
#define KONTOR_COMMAND_GDPR_H

#include "store/store.h"

enum gdpr_role {
	GDPR_CUSTOMER,	 /* 20 % each: read by usr, metadata by key, update, choose, erase; Zipf */
	GDPR_PROCESSOR,	 /* 80 % by key, 20 % by pur, obj, dec; Zipf */
	GDPR_CONTROLLER, /* 25 % create, 25 % delete by pur, ttl, usr, 50 % metadata; uniform */
	GDPR_REGULATOR,	 /* 46 % metadata by usr, 31 % log lines, 23 % verify deletion; Zipf */
	GDPR_ROLES
};
extern const char *const gdpr_role_name[GDPR_ROLES];

struct gdpr {
	struct store *store;
	int64_t records, operations;
	int clients;
	/* Told now and then; may be NULL. */
	void (*progress)(const char *what, int64_t done, int64_t of);
};
struct gdpr_result {
	double seconds, cpu_seconds;
	int64_t operations, rows,
		wrong; /* rows of others that were read; answers not as expected */
};

/* Fills an empty installation; seconds. Once for each store. */
double gdpr_load(const struct gdpr *g);
/* Carries out one role's operations by so many clients at a time. */
struct gdpr_result gdpr_run(const struct gdpr *g, enum gdpr_role role);
/* The controller's other way: metadata written into every record of a purpose (4 % of all), as a
 * system without policy rows would; milliseconds for one such operation. */
double gdpr_by_row(const struct gdpr *g);
void gdpr_end(void);

#endif
