/* kontor keys: the master key. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
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
			    "keep backups that were made under it.\n"
			    "\n"
			    "On a key store that several servers share it also draws another key "
			    "for the keys of people and\n"
			    "orders and wraps them all with it. The other servers work on; each "
			    "needs the new master key before\n"
			    "its next start, and before the next rotation. Then destroy every copy "
			    "of the old one: what the key\n"
			    "store's cluster still has of dropped keys opens no more.\n";

static int rotate(const char *dir, const struct places *at)
{
	const char *const words[] = {"keys", "rotate", NULL};
	int code = control_ask(dir, 2, words, stdout);

	if (code >= 0)
		return code;
	struct installation in = installation_open(dir, at->keys, at->master, false);

	bool shared = store_keys_shared(in.store);

	store_keys_rotate(in.store);
	installation_close(&in);
	printf("a new master key is in place\n%s%s", shared ? store_keys_rotated_words : "",
		shared ? "\n" : "");
	return 0;
}

int command_keys(int argc, char **argv)
{
	struct places at = {0};
	const struct opt options[] = {
		{"keys", .text = &at.keys}, {"master", .text = &at.master}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code != OPTIONS_GO)
		return code;
	if (optind == argc || strcmp(argv[optind], "rotate") != 0)
		return options_wrong(usage, "keys", "say what to do: rotate");
	code = options_words(usage, argc, argv, 2, 2);
	if (code != OPTIONS_GO)
		return code;
	return rotate(argv[optind + 1], &at);
}
