/* handover: giving data away in a single case: to an authority, an adviser, an insurer, whoever
 * takes over the business, or whom the person agreed to (GDPR Art. 6(1)(a), (c), (d), (f)).
 *
 * A written order says to whom, why, whose data, which tables and which time. A job makes what
 * goes, by the walk over the subject's rows, limited to that; nothing else leaves. One officer
 * asks, another looks at exactly what will go and allows it; then the rows of the disclosure log
 * are committed, and only then can the file be fetched. The person is told at once, or, where the
 * order forbids it, on the day that it names: until then neither the log nor the order names them
 * in the clear (doc/rights.md). */
#ifndef KONTOR_RIGHTS_HANDOVER_H
#define KONTOR_RIGHTS_HANDOVER_H

#include "jobs/jobs.h"
#include "market/process.h"
#include "web/page.h"

#include "gen/handover.sql.h"

enum {
	HANDOVER_OPEN_S = 15 * 60,     /* what goes stays open to who asked to look, or to fetch */
	HANDOVER_WAIT_DAYS = 14,       /* ready or approved, and nobody goes on */
	HANDOVER_FETCH_DAYS = 30,      /* handed: how long the file can be fetched */
	HANDOVER_DELAY_DAYS_MAX = 365, /* how long a notice can be put off */
	HANDOVER_DOCUMENT_BYTES_MAX = 1000 << 10,
	HANDOVER_PART_BYTES = 512 << 10, /* a part ends behind the row that fills it */
	HANDOVER_VOLUME_BYTES = 4 << 20, /* of one fetched file: whole parts */
	HANDOVER_VOLUMES_MAX = 400,
	HANDOVER_SHOWN_BYTES = 256 << 10, /* of what goes, on one page */
	HANDOVER_MENTIONED_MAX = 2000,
	HANDOVER_SLICE = 100, /* rows of the log, parts, in one unit of the writer */
};

struct handover_form {
	int whom, ground;
	str number, addressee, why, email, company, tables, country, delay;
	bool whole, bound;
	instant since, until, valid, notice;
	struct upload document;
};
struct handover_query {
	int64_t before;
};
struct handover_after {
	int64_t after;
};
extern const struct form handover_form, handover_query, handover_after;

struct handover_volume {
	int64_t after; /* the part behind which it begins */
	int64_t parts, bytes;
};
struct handover_view {
	struct handover_one_row h;
	str subject; /* for the page: an address is not shown, the id is */
	struct process_step choices[8];
	size_t choices_n;
	struct handover_events_rows events;
	struct handover_volume *volumes;
	size_t volumes_n;
	str shown;    /* what goes, while it is open to the viewer */
	int64_t next; /* part to go on with, 0: that is all */
	bool open, fetching, reading, document;
};
extern const struct route handover_routes[];
extern const struct process handover_process;
extern const struct job handover_job;

/* How the pages say it. */
struct text handover_state_text(int state);
enum tone handover_state_tone(int state);
struct text handover_ground_text(int ground);
struct text handover_event_text(int event);
/* The policy's recipient of that kind to whom data goes by order alone; NULL: there is none. */
const struct policy_recipient *handover_recipient(const struct policy *p, int whom);
/* "person.name orders": each a table or a group of one, and nothing that never leaves. */
bool handover_scope_right(const struct policy *p, str tables);
bool handover_may_leave(const struct policy_table *t);
/* Is it asked for in the scope? `group` empty: any of the table. */
bool handover_in_scope(str tables, str table, str group);
/* What the log says went: the personal columns of the scope. */
str handover_fields(struct arena *a, const struct policy *p, str tables);
/* On the writer (purposes handing and disclosing): writes the next rows of the log; true: all are
 * written, the order is handed over. */
bool handover_log(struct db *db, struct handover_id id);
/* A line of the order's history; staff 0: the program, or the person it is about. */
void handover_note(struct db *db, struct handover_id id, int64_t staff, int event);

/* handover_own.c: the person's own side */
int handover_asked_get(struct req *r);
int handover_answer(struct req *r);

#endif
