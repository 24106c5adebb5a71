/* kontor import products: beside a running server the server does it, else this process. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "market/catalogue/import_load.h"
#include "market/catalogue/search_live.h"
#include "store/control.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IMPORT_ARENA_BYTES_MAX = 512 << 20, BAR_CHARS = 24 };

static const char usage[] =
	"usage: kontor import products DIR FILE.csv[.gz] --company NAME [--report FILE]\n"
	"\n"
	"Reads a supplier's catalogue into the installation DIR, while its server runs or not. The "
	"same\n"
	"file again goes on where it stopped; rows that are as they were change nothing. Rows that "
	"cannot\n"
	"be read are left out and listed, with line, column and reason. doc/import.md describes "
	"the file.\n"
	"A server that runs reads FILE by itself: its user must be able to (with systemd: put it "
	"in "
	"DIR).\n"
	"\n"
	"  --company NAME  whose offers they are: the company's name, or its name in addresses\n"
	"  --report FILE   where refused rows are listed (FILE.csv.report.csv)\n"
	"  --keys FILE     the key store, if not DIR/keys.db\n"
	"  --master FILE   the master key, if not DIR/master.key\n";

struct shown {
	struct control_reply *reply; /* NULL: this process's own terminal */
	bool terminal;
	int64_t said_us;
};

static void duration(char out[24], int64_t us)
{
	int64_t s = us / 1000000;

	if (s >= 3600)
		snprintf(out, 24, "%lld h %lld min", (long long)(s / 3600),
			(long long)(s / 60 % 60));
	else if (s >= 60)
		snprintf(out, 24, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
	else
		snprintf(out, 24, "%lld s", (long long)s);
}

static void line_of(char out[200], const struct import_progress *p, bool bar)
{
	int part = p->bytes_of > 0 ? (int)(p->bytes * 100 / p->bytes_of) : 0,
	    full = part * BAR_CHARS / 100;
	int64_t rate = p->us > 0 ? p->rows * 1000000 / p->us : 0;
	char left[24], picture[BAR_CHARS + 4] = "";

	duration(left, part > 0 ? p->us * (100 - part) / part : 0);
	for (int i = 0; bar && i < BAR_CHARS; i++)
		picture[i] = i < full ? '#' : '.';
	picture[bar ? BAR_CHARS : 0] = bar ? ' ' : 0;
	if (p->offers_indexed >= 0)
		snprintf(out, 200, "indexing: %lld offers", (long long)p->offers_indexed);
	else
		snprintf(out, 200, "%s%d %%  %lld rows, %lld/s, %s left, %lld refused", picture,
			part, (long long)p->rows, (long long)rate, left, (long long)p->refused);
}

static void say(void *ctx, const struct import_progress *p)
{
	struct shown *s = ctx;
	char text[200];

	if (!s->terminal && p->us - s->said_us < 1000000) /* lines, not a bar: one a second */
		return;
	s->said_us = p->us;
	line_of(text, p, s->terminal);
	if (s->reply)
		control_say(s->reply, "%s", text);
	else if (s->terminal)
		fprintf(stderr, "\r\033[K%s", text);
	else
		fprintf(stderr, "%s\n", text);
}

static void note(void *ctx, const char *line)
{
	struct shown *s = ctx;

	if (s->reply)
		control_say(s->reply, "%s", line);
	else
		fprintf(stderr, "%s%s\n", s->terminal ? "\r\033[K" : "", line);
}

static int import(struct store *store, struct import_order *o, struct shown *s)
{
	struct arena *a = arena_make(IMPORT_ARENA_BYTES_MAX);
	struct import_progress p;
	struct fault_point fp;
	volatile int code = 1;
	char text[300], took[24];
	str why = {NULL, 0};

	o->say = say;
	o->note = note;
	o->ctx = s;
	if (FAULT_TRY(fp)) {
		bool good = import_load(store, a, o, &p, &why);

		duration(took, p.us);
		if (good)
			snprintf(text, sizeof text,
				"%lld rows in %s (%lld/s): %lld new, %lld changed, %lld as they "
				"were, %lld refused",
				(long long)p.rows, took,
				(long long)(p.us > 0 ? p.rows * 1000000 / p.us : 0),
				(long long)p.added, (long long)p.changed, (long long)p.same,
				(long long)p.refused);
		else
			snprintf(text, sizeof text, "not imported to the end: " STR_FMT,
				STR_ARG(why));
		note(s, text);
		code = good ? 0 : 1;
		FAULT_END(fp);
	} else {
		snprintf(text, sizeof text, "not imported to the end: %s", fp.what);
		note(s, text);
	}
	arena_free(a);
	return code;
}

/* In the server, for a command typed beside it: FILE COMPANY REPORT. */
static int import_asked(struct store *store, int argc, char **argv, struct control_reply *r)
{
	struct shown s = {.reply = r};
	struct import_order o = {.file = argc > 1 ? argv[1] : "",
		.company = argc > 2 ? argv[2] : "",
		.report = argc > 3 && *argv[3] ? argv[3] : NULL};

	if (argc < 3) {
		control_say(r, "import: FILE and COMPANY are missing");
		return 2;
	}
	return import(store, &o, &s);
}

void command_import_offer(void)
{
	control_command("import", import_asked);
}

static int run(const char *dir, const struct import_order *o, const char *keys, const char *master)
{
	char file[PATH_MAX], report[PATH_MAX], company[256];
	const char *words[] = {"import", file, company, report, NULL};
	struct shown s = {.terminal = isatty(STDERR_FILENO)};

	installation_absolute(file, o->file);
	snprintf(company, sizeof company, "%s", o->company);
	installation_absolute(report, o->report ? o->report : "");
	int code = control_ask(dir, 4, words, stderr);

	if (code >= 0)
		return code;
	struct installation in = installation_open(dir, keys, master, false);

	struct import_order mine = *o; /* gets what lives no longer than this call */

	mine.index = true;
	code = import(in.store, &mine, &s);
	search_close();
	installation_close(&in);
	return code;
}

int command_import(int argc, char **argv)
{
	struct import_order o = {0};
	struct {
		const char *keys, *master;
	} at = {0};
	const struct opt options[] = {{"company", .text = &o.company},
		{"report", .text = &o.report}, {"keys", .text = &at.keys},
		{"master", .text = &at.master}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code != OPTIONS_GO)
		return code;
	if (optind == argc || strcmp(argv[optind], "products") != 0)
		return options_wrong(usage, "import", "say what to import: products");
	code = options_words(usage, argc, argv, 3, 3);
	if (code == OPTIONS_GO && !o.company)
		code = options_wrong(usage, "import", "--company is needed: whose offers they are");
	if (code != OPTIONS_GO)
		return code;
	o.file = argv[optind + 2];
	return run(argv[optind + 1], &o, at.keys, at.master);
}
