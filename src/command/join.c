/* kontor join: one more server of an installation. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: kontor join DIR --database ADDRESS --keys ADDRESS --master FILE\n"
	"\n"
	"Makes the folder of one more server of an installation, which must be empty or not there "
	"yet. The\n"
	"installation's database and its key store must be PostgreSQL's: kontor init DIR "
	"--database "
	"ADDRESS\n"
	"--keys ADDRESS.\n"
	"\n"
	"  --database ADDRESS  the database that the installation was made with. Or "
	"KONTOR_DATABASE\n"
	"  --keys ADDRESS      its key store. Or KONTOR_KEYS\n"
	"  --master FILE       a copy of its master key (mode 0600)\n"
	"\n"
	"Nothing in the two databases is changed. When they do not belong together, or the master "
	"key does\n"
	"not open them, nothing is made. The folder then holds the addresses and the master key.\n";

int command_join(int argc, char **argv)
{
	struct store_join j = {0};
	const struct opt options[] = {{"database", .text = &j.database}, {"keys", .text = &j.keys},
		{"master", .text = &j.master}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 1, 1);
	if (code != OPTIONS_GO)
		return code;
	j.dir = argv[optind];
	j.database = j.database ? j.database : getenv("KONTOR_DATABASE");
	j.keys = j.keys ? j.keys : getenv("KONTOR_KEYS");
	if (!j.database || !j.keys || !j.master)
		return options_wrong(usage, "join",
			!j.database ? "--database ADDRESS is missing"
			: !j.keys   ? "--keys ADDRESS is missing"
				    : "--master FILE is missing");
	if (!installation_folder_free("join", j.dir))
		return 1;
	store_join(&j);
	printf("%s is one more server of that installation.\n\nNext:\n"
	       "  - DIR/policy of the other servers, if there is one, belongs here too\n"
	       "  - DIR/files must be one folder for all of them (a shared file system)\n"
	       "  kontor serve %s\n",
		j.dir, j.dir);
	return 0;
}
