/* kontor clock: the clock of a demonstration. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "market/demo/demo.h"
#include "store/control.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { DAYS_MAX = 3650, DAY_S = 86400 };

static const char usage[] =
	"usage: kontor clock DIR --shift DAYS\n"
	"\n"
	"Moves the clock of a demonstration on, so that what waits for weeks can be watched: "
	"deadlines,\n"
	"reminders, retention. DAYS is a number, or an ISO 8601 duration in days such as P30D. "
	"Servers\n"
	"that run follow within seconds. The clock does not go back.\n";

/* "30" or "P30D" */
static bool days_parse(const char *text, int64_t *days)
{
	str s = str_of(text);

	if (str_starts(s, S("P")) && str_ends(s, S("D")))
		s = str_sub(s, 1, s.n - 2);
	return str_int(s, days) && *days > 0 && *days <= DAYS_MAX;
}

static int move(struct store *s, int64_t days, void (*say)(void *, const char *), void *ctx)
{
	char line[80];

	if (!demo_clock_move(s, days * DAY_S)) {
		say(ctx, "this is no demonstration: its clock is the real one");
		return 1;
	}
	struct civil c = civil_of(clock_now());

	snprintf(line, sizeof line, "it is now %04d-%02d-%02d", c.year, c.month, c.day);
	say(ctx, line);
	return 0;
}

/* Over the control socket: DAYS. */
static int asked(struct store *s, int argc, char **argv, struct control_reply *r)
{
	int64_t days;

	return argc == 2 && days_parse(argv[1], &days) ? move(s, days, control_line, r) : 2;
}

void command_clock_offer(void)
{
	control_command("clock", asked);
}

int command_clock(int argc, char **argv)
{
	const char *shift = NULL;
	const struct opt options[] = {{"shift", .text = &shift}, {0}};
	int64_t days = 0;
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 1, 1);
	if (code == OPTIONS_GO && (!shift || !days_parse(shift, &days)))
		code = options_wrong(
			usage, "clock", "--shift takes a number of days, 1 to 3650, or P30D");
	if (code != OPTIONS_GO)
		return code;
	const char *const words[] = {"clock", shift, NULL};

	code = control_ask(argv[optind], 2, words, stdout);
	if (code >= 0)
		return code;
	struct installation in = installation_open(argv[optind], NULL, NULL, false);

	code = move(in.store, days, options_print, stdout);
	installation_close(&in);
	return code;
}
