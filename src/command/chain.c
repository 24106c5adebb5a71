/* kontor chain: are the logs whole? */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "store/control.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: kontor chain check DIR [HEADS] [--keys FILE] [--master FILE]\n"
	"       kontor chain heads DIR [--keys FILE] [--master FILE]\n"
	"\n"
	"check walks the chained logs (disclosures, erasures and others) from their start: each "
	"row\n"
	"against its link, each signed head against the installation's key, each content that can "
	"still be\n"
	"opened against the row's commitment. The exit code is 0 when all are whole, 1 when one is "
	"not; it\n"
	"says where. HEADS is a file with lines that `heads` printed earlier: a log that was "
	"shortened since,\n"
	"or exchanged as a whole, is found by them. Keep them where who can write to DIR cannot.\n";

/* Links what waits first, so that everything up to now is looked at. */
static int work(struct store *s, const char *what, const char *heads,
	void (*say)(void *, const char *), void *ctx)
{
	struct arena *a = arena_make((size_t)64 << 20);
	bool good = true;

	while (store_chain_link(s, a))
		;
	str lines = store_chain_heads(s, a);

	if (!strcmp(what, "heads")) {
		while (lines.n)
			say(ctx, str_dup(a, str_cut(&lines, '\n')).p);
		arena_free(a);
		return 0;
	}
	good = store_chain_check(s, a, say, ctx);
	for (str rest = str_of(heads); rest.n;) {
		str line = str_trim(str_cut(&rest, '\n'));

		if (line.n && !store_chain_holds(s, a, line)) {
			say(ctx, str_fmt(a, "BROKEN: the log no longer holds " STR_FMT,
					 STR_ARG(line))
					 .p);
			good = false;
		}
	}
	arena_free(a);
	return good ? 0 : 1;
}

static int asked(struct store *s, int argc, char **argv, struct control_reply *r)
{
	if (argc < 2)
		return 2;
	return work(s, argv[1], argc > 2 ? argv[2] : "", control_line, r);
}

void command_chain_offer(void)
{
	control_command("chain", asked);
}

static const char *file_text(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, size - 1, f) : 0;

	if (f)
		fclose(f);
	buf[n] = 0;
	return f ? buf : NULL;
}

struct call {
	const char *what, *dir, *heads, *keys, *master;
};

static int parse(int argc, char **argv, struct call *c)
{
	static char buf[32 << 10];
	const struct opt options[] = {
		{"keys", .text = &c->keys}, {"master", .text = &c->master}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code != OPTIONS_GO)
		return code;
	c->what = optind < argc ? argv[optind] : "";
	bool check = !strcmp(c->what, "check");

	if (!check && strcmp(c->what, "heads") != 0)
		return options_wrong(usage, "chain", "say check or heads");
	code = options_words(usage, argc, argv, 2, 2 + check);
	if (code != OPTIONS_GO)
		return code;
	c->dir = argv[optind + 1];
	c->heads = "";
	if (argc - optind == 3 && !(c->heads = file_text(argv[optind + 2], buf, sizeof buf))) {
		fprintf(stderr, "kontor chain: %s cannot be read\n", argv[optind + 2]);
		return 2;
	}
	return OPTIONS_GO;
}

static int chain(const struct call *c)
{
	const char *const words[] = {"chain", c->what, c->heads, NULL};
	int code = control_ask(c->dir, 3, words, stdout);

	if (code >= 0)
		return code;
	struct installation in = installation_open(c->dir, c->keys, c->master, false);

	code = work(in.store, c->what, c->heads, options_print, stdout);
	installation_close(&in);
	return code;
}

int command_chain(int argc, char **argv)
{
	struct call c = {0};
	int code;

	code = parse(argc, argv, &c);
	if (code != OPTIONS_GO)
		return code;
	return chain(&c);
}
