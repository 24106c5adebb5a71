/* kontor: the commands. */
#include "base/base.h"
#include "command/command.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{"init", command_init,
		"make a new installation (--demo: with a demonstration marketplace)"},
	{"join", command_join, "make the folder of one more server of an installation"},
	{"serve", command_serve, "serve an installation over HTTP"},
	{"operator", command_operator, "add people who run the marketplace"},
	{"import", command_import, "read a supplier's catalogue from CSV"},
	{"policy", command_policy, "check, show and explain what the program may do with data"},
	{"breach", command_breach, "write a breach of data down: whom it touches, whom to tell"},
	{"chain", command_chain, "check that the chained logs are whole"},
	{"bench", command_bench, "measure what the roles of GDPRbench cost on this machine"},
	{"backup", command_backup, "write an installation to one verified archive, online"},
	{"restore", command_restore, "make an installation from an archive"},
	{"move", command_move, "carry an installation to PostgreSQL, or back to SQLite"},
	{"keys", command_keys, "rotate the master key"},
	{"clock", command_clock, "move the clock of a demonstration on"},
	{"picture", command_picture,
		"decode one picture, locked in (the server starts it by itself)"},
	{0},
};

static int help(FILE *f)
{
	fprintf(f, "usage: kontor COMMAND [ARGUMENTS]\n\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, c->about);
	fprintf(f, "\nkontor COMMAND --help tells more about each.\n");
	return f == stdout ? 0 : 2;
}

/* A fault ends every command alike: what went wrong, and 1. */
static int run(const struct command *c, int argc, char **argv)
{
	struct fault_point fp;

	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "kontor %s: %s\n", c->name, fp.what);
		return 1;
	}
	int code = c->run(argc, argv);

	FAULT_END(fp);
	return code;
}

enum { MMAP_BYTES = 1 << 20 };

int main(int argc, char **argv)
{
	static char more[] = "--help";

	/* Large blocks of arenas go back to the system when they are freed; left alone, the library
	 * raises this bound after the first of them and keeps what comes later. */
	mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	if (argc < 2)
		return help(stderr);
	bool asks =
		!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help");

	if (asks && argc == 2)
		return help(stdout);
	if (asks) { /* `kontor help keys` is `kontor keys --help` */
		argv[1] = argv[2];
		argv[2] = more;
	}
	for (const struct command *c = commands; c->name; c++)
		if (!strcmp(c->name, argv[1]))
			return run(c, argc - 1, argv + 1);
	fprintf(stderr, "kontor: there is no command \"%s\"\n\n", argv[1]);
	return help(stderr);
}
