#include "market/process.h"

static bool fits(const struct transition *t, struct actor who)
{
	return (t->who & who.roles) && (!t->side || (t->side & who.sides));
}

struct process_step process_ask(
	const struct process *p, int state, int event, struct actor who, const void *thing)
{
	struct process_step step = {.answer = PROCESS_NOT_NOW};

	for (size_t i = 0; i < p->n; i++) {
		const struct transition *t = &p->v[i];

		if (t->from != state || t->event != event)
			continue;
		if (!fits(t, who)) {
			if (step.answer == PROCESS_NOT_NOW)
				step.answer = PROCESS_NOT_YOU;
			continue;
		}
		int why = t->guard ? t->guard(thing) : 0;
		if (!why)
			return (struct process_step){PROCESS_YES, t, 0};
		if (step.answer != PROCESS_GUARDED) /* the first reason is the one told */
			step = (struct process_step){PROCESS_GUARDED, t, why};
	}
	return step;
}

size_t process_choices(const struct process *p, int state, struct actor who, const void *thing,
	struct process_step *v, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n && n < max; i++) {
		const struct transition *t = &p->v[i];
		bool seen = false;

		if (t->from != state || !fits(t, who))
			continue;
		for (size_t k = 0; k < n; k++)
			seen |= v[k].row->event == t->event;
		if (!seen)
			v[n++] = process_ask(p, state, t->event, who, thing);
	}
	return n;
}

instant process_due(const struct process *p, int state, instant since, int *event)
{
	const struct transition *first = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].from == state && p->v[i].after_s &&
			(!first || p->v[i].after_s < first->after_s))
			first = &p->v[i];
	if (!first || !instant_is(since))
		return TIME_NONE;
	if (event)
		*event = first->event;
	return instant_add(since, first->after_s * SECOND_US);
}

bool process_final(const struct process *p, int state)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].from == state)
			return false;
	return true;
}

/* Two rows are told apart by state, event, role, side, or by a guard on the earlier one. */
static bool hidden(const struct transition *before, const struct transition *t)
{
	return before->from == t->from && before->event == t->event && !before->guard &&
	       (before->who & t->who) == t->who &&
	       (!before->side || (t->side && (before->side & t->side) == t->side));
}

static void check_row(const struct process *p, size_t i)
{
	const struct transition *t = &p->v[i];

	if (!t->who)
		fault(FAULT_BUG, "process %s, row %zu: nobody may do it", p->name, i);
	if (t->to <= 0 || t->to >= PROCESS_STATES_MAX || t->from < 0 ||
		t->from >= PROCESS_STATES_MAX)
		fault(FAULT_BUG, "process %s, row %zu: no such state", p->name, i);
	if (!p->state_name(t->to).n || (t->from && !p->state_name(t->from).n))
		fault(FAULT_BUG, "process %s, row %zu: a state without a name", p->name, i);
	if (!p->event_name(t->event).n)
		fault(FAULT_BUG, "process %s, row %zu: an event without a name", p->name, i);
	if (t->after_s < 0)
		fault(FAULT_BUG, "process %s, row %zu: a timer that runs backwards", p->name, i);
	if (t->after_s && !t->from)
		fault(FAULT_BUG, "process %s, row %zu: a timer before the start", p->name, i);
	for (size_t k = 0; k < i; k++)
		if (hidden(&p->v[k], t))
			fault(FAULT_BUG, "process %s, row %zu: never reached, row %zu takes it",
				p->name, i, k);
}

void process_check(const struct process *p)
{
	uint64_t reached = 1; /* bit 0: before the start */
	bool more = true;

	MUST(p->n > 0 && p->n <= PROCESS_ROWS_MAX);
	for (size_t i = 0; i < p->n; i++)
		check_row(p, i);
	while (more) {
		more = false;
		for (size_t i = 0; i < p->n; i++) {
			const struct transition *t = &p->v[i];

			if ((reached >> t->from & 1) && !(reached >> t->to & 1)) {
				reached |= UINT64_C(1) << t->to;
				more = true;
			}
		}
	}
	for (size_t i = 0; i < p->n; i++)
		if (!(reached >> p->v[i].from & 1))
			fault(FAULT_BUG, "process %s: state " STR_FMT " is never reached", p->name,
				STR_ARG(p->state_name(p->v[i].from)));
}

void process_diagram(const struct process *p, struct out *o)
{
	uint64_t ended = 0;

	out_lit(o, "stateDiagram-v2\n");
	for (size_t i = 0; i < p->n; i++) {
		const struct transition *t = &p->v[i];

		out_lit(o, "\t");
		out_str(o, t->from ? p->state_name(t->from) : S("[*]"));
		out_lit(o, " --> ");
		out_str(o, p->state_name(t->to));
		out_lit(o, ": ");
		out_str(o, p->event_name(t->event));
		if (t->after_s)
			out_fmt(o, " (after %lld days)", (long long)(t->after_s / 86400));
		out_lit(o, "\n");
		if (process_final(p, t->to) && !(ended >> t->to & 1)) {
			ended |= UINT64_C(1) << t->to;
			out_lit(o, "\t");
			out_str(o, p->state_name(t->to));
			out_lit(o, " --> [*]\n");
		}
	}
}
