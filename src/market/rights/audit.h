/* audit: who among the staff looked at whose data, for what reason, and how often data was read. */
#ifndef KONTOR_RIGHTS_AUDIT_H
#define KONTOR_RIGHTS_AUDIT_H

#include "jobs/jobs.h"
#include "web/page.h"

#include "gen/audit.sql.h"
#include "gen/licence.sql.h"
#include "gen/refused.sql.h"

enum {
	LOOK_OPEN_S = 15 * 60,	   /* how long a reason keeps a person's data open to who gave it */
	LOOK_PEOPLE_DAY_MAX = 40,  /* more people in a day by one member of staff are marked */
	LOOK_PEOPLE_NIGHT_MAX = 5, /* more looks between ten at night and six in the morning too */
	AUDIT_DAYS = 7,
	AUDIT_KEEP_DAYS = 365, /* hourly sums */
};

/* Pages of the desk about data protection: one frame, one line of tabs. */
enum rights_tab {
	RIGHTS_CASES,
	RIGHTS_AGENTS,
	RIGHTS_LOOK,
	RIGHTS_AUDIT,
	RIGHTS_DISCLOSED,
	RIGHTS_ORDERS,
	RIGHTS_REPORTS,
	RIGHTS_BREACH,
	RIGHTS_RETENTION,
	RIGHTS_HOLDS
};
void rights_desk_open(
	struct out *o, struct req *r, struct text title, struct text lead, enum rights_tab now);
void rights_desk_close(struct out *o, struct req *r);

struct audit_find {
	str email;
};
struct audit_reason {
	str reason;
};
struct audit_query {
	instant from;
};
struct audit_staff_line {
	struct audit_staff_row row;
	str name;
	bool many, night;
};
struct audit_order_line { /* somebody looked at what goes away by order */
	struct audit_orders_row row;
	str name;
};
struct audit_licence_line { /* somebody looked at a company's proofs of registration */
	struct licence_audit_row row;
	str name;
};
struct audit_refused_line { /* somebody asked for what is not theirs */
	struct refused_who_row row;
	str name;
	bool many;
};
struct audit_report {
	instant from, until;
	struct audit_staff_line *staff;
	size_t staff_n, marked;
	struct audit_order_line *orders;
	size_t orders_n;
	struct audit_licence_line *licences;
	size_t licences_n;
	struct audit_refused_line *refused;
	size_t refused_n;
	struct audit_counts_rows counts;
};
extern const struct form audit_find_form, audit_reason_form;
extern const struct route audit_routes[];
extern const struct job audit_job;

/* Looks at orders from then to then; of one member of the staff, or of all (0). */
struct audit_order_line *audit_orders_of(
	struct db *db, instant from, instant until, struct person_id staff, size_t *n);

/* The same of looks at companies' proofs of registration. */
struct audit_licence_line *audit_licences_of(
	struct db *db, instant from, instant until, struct person_id staff, size_t *n);

/* What of a week's looks is out of the ordinary: marked lines first. */
struct audit_report audit_report_make(struct db *db, instant from);

#endif
