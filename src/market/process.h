/* process: what may happen to a thing, in which state, through whom: one table.
 *
 * A district declares its process once. The same rows decide what is done, which buttons and API
 * actions are offered, what the clock does on its own, and the diagram in doc/. States and events
 * are enums of the policy, so that what is stored and what is declared cannot differ.
 *
 *	static const struct transition order_rows[] = {
 *		{0,                        ORDER_HAPPENING_PLACE,   ORDER_STATE_PLACED,   
 * BIT(ROLE_BUYER), SIDE_BUYER},
 *		{ORDER_STATE_PLACED,       ORDER_HAPPENING_CONFIRM, ORDER_STATE_CONFIRMED,
 * BIT(ROLE_SALES), SIDE_SELLER,
 *			.guard = in_stock, .effect = book},
 *		{ORDER_STATE_PLACED,       ORDER_HAPPENING_EXPIRE,  ORDER_STATE_EXPIRED,  
 * BIT(ROLE_TIMERS), .after_s = 7 * 86400},
 *	};
 *	const struct process order_process = PROCESS("order", order_rows, order_state_name,
 * order_happening_name);
 *
 * Nothing here touches the store: effects do, through the handle they are given. */
#ifndef KONTOR_PROCESS_H
#define KONTOR_PROCESS_H

#include "base/base.h"
#include "base/out.h"
struct db;

enum { PROCESS_ROWS_MAX = 64, PROCESS_STATES_MAX = 32 };

/* Who does it: bits of roles, and on which sides of the thing they stand (the process's own bits,
 * buyer and seller for an order; 0 where a process has no sides). */
struct actor {
	uint64_t roles;
	unsigned sides;
};

/* One row. Rows of the same state and event may differ in who or side; the first that fits and
 * whose guard agrees is taken. */
struct transition {
	int from; /* 0: the thing does not exist yet */
	int event, to;
	uint64_t who;  /* any of these roles; never 0 */
	unsigned side; /* any of these sides; 0: whatever side */
	/* May it happen now? MSG_NONE: yes; else the message that says why not. Reads `thing`
	 * only. */
	int (*guard)(const void *thing);
	/* On the writer, in the transaction, after the state was stored. false: refused, roll
	 * back. */
	bool (*effect)(struct db *db, void *thing);
	int64_t after_s; /* the clock does it so long after the state began; 0: never by itself */
	bool ask;	 /* the actor gives a reason, or is asked twice: the button opens a form */
};

struct process {
	const char *name;
	const struct transition *v;
	size_t n;
	str (*state_name)(int state);
	str (*event_name)(int event);
};
#define PROCESS(label, rows, states, events) \
	{ \
		(label), (rows), COUNT(rows), (states), (events) \
	}

/* Faults (FAULT_BUG) with what is wrong: no role, an unnamed state or event, a state that cannot
 * be reached from the start, two rows that fit the same actor with nothing to tell them apart, a
 * timer that no principal may fire. Called once for each process, at start and in its test. */
void process_check(const struct process *p);

enum process_answer {
	PROCESS_YES = 1,
	PROCESS_NOT_NOW, /* no such event in this state: 409 */
	PROCESS_NOT_YOU, /* others may: 403 */
	PROCESS_GUARDED, /* the guard says no: 409, `why` says why */
};
struct process_step {
	enum process_answer answer;
	const struct transition *row; /* PROCESS_YES and PROCESS_GUARDED */
	int why;		      /* enum msg of the guard */
};
/* What would happen; asks guards, changes nothing. `thing` is handed to the guard. */
struct process_step process_ask(
	const struct process *p, int state, int event, struct actor who, const void *thing);

/* Everything this actor may do in this state, guards not asked (a guarded button is shown with its
 * reason): at most `max`, in the table's order, each event once. Returns how many. */
size_t process_choices(const struct process *p, int state, struct actor who, const void *thing,
	struct process_step *v, size_t max);

/* When the clock moves a thing on that came into `state` at `since`: the earliest of its timers.
 * TIME_NONE: it waits for somebody. *event is what will happen then. */
instant process_due(const struct process *p, int state, instant since, int *event);

bool process_final(const struct process *p, int state); /* no way on */

/* The diagram of the table as Mermaid text (stateDiagram-v2), for doc/ and the desk. */
void process_diagram(const struct process *p, struct out *o);

#endif
