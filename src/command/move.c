/* kontor move. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "store/move.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: kontor move SOURCE TARGET [--database ADDRESS [--citus] [--keys ADDRESS]]\n"
	"                                 [--master FILE]\n"
	"       kontor move SOURCE TARGET --check\n"
	"\n"
	"Carries the installation SOURCE into the new folder TARGET: to PostgreSQL when ADDRESS "
	"names "
	"an\n"
	"empty database, else to SQLite. Keys, files and logs go along. Both sides are compared in "
	"the "
	"end,\n"
	"table by table. The server must be stopped; SOURCE is only read. What is cut off goes on "
	"when "
	"it is\n"
	"called again; TARGET is not served before all of it is there.\n"
	"\n"
	"  --database ADDRESS  a database of PostgreSQL 15, empty, with encoding UTF8 and "
	"collation "
	"C:\n"
	"                      postgresql://SUPERUSER@HOST/NAME\n"
	"  --citus             it is the coordinator of several machines (Citus): when all rows "
	"are there,\n"
	"                      they are spread over these\n"
	"  --keys ADDRESS      another one, for the keys: a key store that several servers share. "
	"Without\n"
	"                      it they lie in TARGET/keys.db, wherever those of SOURCE lie\n"
	"  --keys FILE         the key store of SOURCE, if not SOURCE/keys.db\n"
	"  --master FILE       its master key, if not SOURCE/master.key\n"
	"  --check             compare the two once more, before TARGET is served the first time\n";

enum { PROGRESS_US = 200000 };

struct shown {
	instant began, last;
	char table[80];
	bool terminal;
};

/* One line, written over itself: it is for people who wait. */
static void rows_show(void *ctx, const char *table, uint64_t rows, bool end)
{
	struct shown *w = ctx;
	instant now = clock_real();

	if (!w->terminal)
		return;
	if (strcmp(w->table, table) != 0) {
		snprintf(w->table, sizeof w->table, "%s", table);
		w->began = now;
		w->last = (instant){0};
	}
	if (!end && now.us - w->last.us < PROGRESS_US)
		return;
	int64_t us = now.us - w->began.us;

	w->last = now;
	fprintf(stderr, "\r  %-32s %12llu rows %10.0f/s", table, (unsigned long long)rows,
		us > 0 ? (double)rows * 1e6 / (double)us : 0.0);
	if (end)
		fputc('\n', stderr);
}

static void line_show(void *ctx, const char *line)
{
	struct shown *w = ctx;

	(void)w;
	fprintf(stderr, "%s\n", line);
}

static int move(struct move_options *o)
{
	struct moved n = store_move(o);
	char database[PATH_MAX];

	snprintf(database, sizeof database, "%s/database", o->from);
	printf("%s holds what %s holds: %zu tables, %llu rows, the same on both sides.\n\n"
	       "Next:\n  kontor serve %s\n\n"
	       "%s was not changed. It still holds people's data and their keys: once the new one "
	       "works, delete\nit%s. What is erased from now on is not erased there.\n",
		o->to, o->from, n.tables, (unsigned long long)n.rows, o->to, o->from,
		access(database, F_OK) ? "" : ", and drop its database");
	return 0;
}

static int check(struct move_options *o)
{
	struct moved n = {0};

	if (!store_move_check(o, &n)) {
		fprintf(stderr, "kontor move: %s and %s differ\n", o->from, o->to);
		return 1;
	}
	printf("the same on both sides: %zu tables, %llu rows\n", n.tables,
		(unsigned long long)n.rows);
	return 0;
}

/* "new/" is "new". */
static const char *bare(char *path)
{
	for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = 0;
	return path;
}

static int both(struct move_options *o, bool only_check)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		o->policy = installation_narrowed(a, installation_policy(a), o->from);
		int code = only_check ? check(o) : move(o);

		FAULT_END(fp);
		arena_free(a);
		return code;
	}
	arena_free(a);
	fault(fp.kind, "%s", fp.what);
}

int command_move(int argc, char **argv)
{
	struct shown shown = {.terminal = isatty(STDERR_FILENO)};
	struct move_options o = {.progress = {.rows = rows_show, .said = line_show, .ctx = &shown}};
	bool only_check = false;
	const struct opt options[] = {{"database", .text = &o.database}, {"keys", .text = &o.keys},
		{"master", .text = &o.master}, {"citus", .flag = &o.citus},
		{"check", .flag = &only_check}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 2, 2);
	if (code == OPTIONS_GO && getenv("KONTOR_DATABASE"))
		code = options_wrong(usage, "move",
			"unset KONTOR_DATABASE: SOURCE says itself where its data are, and "
			"--database is the target's");
	if (code == OPTIONS_GO && o.citus && !o.database)
		code = options_wrong(usage, "move", "--citus needs --database");
	if (code != OPTIONS_GO)
		return code;
	if (o.keys && store_address(o.keys)) {
		o.to_keys = o.keys;
		o.keys = NULL;
	}
	o.from = bare(argv[optind]);
	o.to = bare(argv[optind + 1]);
	return both(&o, only_check);
}
