/* The transition tables' engine: who may do what in which state, timers, faulty tables, diagram. */
#include "base/out.h"
#include "market/process.h"
#include "test/test.h"

enum { NEW = 1, SENT, PAID, DEAD, LOST };
enum { ASK = 1, SEND, PAY, DROP, NOWHERE };
enum { CLERK = 1, BOSS = 2, CLOCK = 4 };
enum { LEFT = 1, RIGHT = 2 };
enum { WHY_EMPTY = 77 };

static str state_name(int s)
{
	static const char *const names[] = {"", "new", "sent", "paid", "dead", "lost"};

	return s >= 0 && s < (int)COUNT(names) ? str_of(names[s]) : S("");
}

static str event_name(int e)
{
	static const char *const names[] = {"", "ask", "send", "pay", "drop"};

	return e >= 0 && e < (int)COUNT(names) ? str_of(names[e]) : S("");
}

static int not_empty(const void *thing)
{
	return *(const int *)thing ? 0 : WHY_EMPTY;
}

static const struct transition rows[] = {
	{0, ASK, NEW, CLERK, LEFT},
	{NEW, SEND, SENT, CLERK | BOSS, LEFT, .guard = not_empty},
	{NEW, DROP, DEAD, CLERK, LEFT},
	{NEW, DROP, DEAD, CLOCK, .after_s = 3 * 86400},
	{SENT, PAY, PAID, BOSS, RIGHT},
	{SENT, DROP, DEAD, BOSS, LEFT | RIGHT, .ask = true},
};
static const struct process letters = PROCESS("letters", rows, state_name, event_name);
static const struct actor clerk = {CLERK, LEFT}, boss_left = {BOSS, LEFT},
			  boss_right = {BOSS, RIGHT}, timer = {CLOCK, 0};
static const int full = 1, empty = 0;

TEST(allows_what_a_row_allows)
{
	process_check(&letters);
	struct process_step s = process_ask(&letters, NEW, SEND, clerk, &full);
	CHECK_INT(PROCESS_YES, s.answer);
	CHECK_INT(SENT, s.row->to);
	CHECK_INT(PROCESS_YES, process_ask(&letters, 0, ASK, clerk, NULL).answer);
	CHECK_INT(PROCESS_YES, process_ask(&letters, NEW, DROP, timer, &full).answer);
}

TEST(tells_the_refusals_apart)
{
	CHECK_INT(PROCESS_NOT_NOW, process_ask(&letters, PAID, SEND, clerk, &full).answer);
	CHECK_INT(PROCESS_NOT_NOW, process_ask(&letters, NEW, PAY, boss_right, &full).answer);
	CHECK_INT(PROCESS_NOT_YOU, process_ask(&letters, SENT, PAY, clerk, &full).answer);
	CHECK_INT(PROCESS_NOT_YOU, process_ask(&letters, SENT, PAY, boss_left, &full).answer);
	CHECK_INT(
		PROCESS_NOT_YOU, process_ask(&letters, SENT, PAY, (struct actor){0}, &full).answer);
	struct process_step s = process_ask(&letters, NEW, SEND, clerk, &empty);
	CHECK_INT(PROCESS_GUARDED, s.answer);
	CHECK_INT(WHY_EMPTY, s.why);
}

TEST(offers_each_event_once)
{
	struct process_step v[4];
	struct actor both = {CLERK | CLOCK, LEFT};

	CHECK_INT(2, process_choices(&letters, NEW, both, &empty, v, COUNT(v)));
	CHECK_INT(PROCESS_GUARDED, v[0].answer);
	CHECK_INT(DROP, v[1].row->event);
	CHECK_INT(1, process_choices(&letters, NEW, both, &empty, v, 1));
	CHECK_INT(0, process_choices(&letters, PAID, boss_right, &full, v, COUNT(v)));
	CHECK_INT(2, process_choices(&letters, SENT, boss_right, &full, v, COUNT(v)));
	CHECK(v[1].row->ask);
}

TEST(knows_when_the_clock_acts)
{
	int event = 0;
	instant since = {1000};

	CHECK_INT(1000 + 3 * DAY_US, process_due(&letters, NEW, since, &event).us);
	CHECK_INT(DROP, event);
	CHECK(!instant_is(process_due(&letters, SENT, since, &event)));
	CHECK(!instant_is(process_due(&letters, NEW, TIME_NONE, &event)));
	CHECK(process_final(&letters, PAID));
	CHECK(!process_final(&letters, NEW));
}

static void check_rows(const struct transition *v, size_t n)
{
	struct process p = {"bad", v, n, state_name, event_name};

	CHECK_FAULT(FAULT_BUG, process_check(&p));
}

TEST(refuses_faulty_tables)
{
	check_rows((struct transition[]){{0, ASK, NEW, 0}}, 1);
	check_rows((struct transition[]){{0, ASK, NEW, CLERK}, {LOST, DROP, DEAD, CLERK}}, 2);
	check_rows((struct transition[]){{0, NOWHERE, NEW, CLERK}}, 1);
	check_rows((struct transition[]){{0, ASK, 9, CLERK}}, 1);
	check_rows((struct transition[]){{0, ASK, NEW, CLERK | BOSS}, {0, ASK, SENT, CLERK}}, 2);
	check_rows((struct transition[]){{0, ASK, NEW, CLERK},
			   {NEW, DROP, DEAD, CLOCK, .after_s = -1}},
		2);
	check_rows((struct transition[]){{0, ASK, NEW, CLERK, .after_s = 5}}, 1);
	check_rows(rows, 0);
}

TEST(draws_itself)
{
	struct out o;

	out_init(&o, test_arena, 256, 4096, NULL);
	process_diagram(&letters, &o);
	CHECK_TEXT("stateDiagram-v2\n\t[*] --> new: ask\n\tnew --> sent: send\n\tnew --> dead: "
		   "drop\n\tdead --> [*]\n"
		   "\tnew --> dead: drop (after 3 days)\n\tsent --> paid: pay\n\tpaid --> "
		   "[*]\n\tsent --> dead: drop\n",
		out_view(&o));
}

int main(void)
{
	return test_main();
}
