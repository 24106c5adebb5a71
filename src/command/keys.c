/* kontor keys: the master key. */
#include "command/command.h"
#include "command/installation.h"
#include "store/backup.h"
#include "store/control.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

struct places { /* of the key store and the master key; NULL: in the folder */
	const char *keys, *master;
};

static const char usage[] = "usage: kontor keys rotate DIR [--keys FILE] [--master FILE]\n"
			    "\n"
			    "Draws a new master key and wraps the installation's secrets with it; "
			    "nothing else changes, nobody\n"
			    "is signed out. When a server runs on DIR, it does the work. Keep the "
			    "old master key as long as you\n"
			    "keep backups that were made under it.\n";

static int rotate(const char *dir, const struct places *at)
{
	const char *const words[] = {"keys", "rotate", NULL};
	int code = control_ask(dir, 2, words, stdout);

	if (code >= 0)
		return code;
	struct installation in = installation_open(dir, at->keys, at->master, false);

	store_keys_rotate(in.store);
	installation_close(&in);
	printf("a new master key is in place\n");
	return 0;
}

int command_keys(int argc, char **argv)
{
	static const struct option options[] = {{"keys", required_argument, NULL, 'K'},
		{"master", required_argument, NULL, 'M'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct places at = {0};
	struct fault_point fp;

	for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (o) {
		case 'K': at.keys = optarg; break;
		case 'M': at.master = optarg; break;
		case 'h': fputs(usage, stdout); return 0;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind != argc - 2 || strcmp(argv[optind], "rotate") != 0) {
		fputs(usage, stderr);
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "kontor keys: %s\n", fp.what);
		return 1;
	}
	int code = rotate(argv[optind + 1], &at);

	FAULT_END(fp);
	return code;
}
