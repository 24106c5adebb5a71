/* kontor picture: the child that decodes one picture. The server starts it by itself. */
#include "command/command.h"
#include "market/catalogue/picture.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

int command_picture(int argc, char **argv)
{
	struct stat s;

	(void)argv;
	if (argc > 1 || fstat(0, &s) || !S_ISSOCK(s.st_mode)) {
		fprintf(argc > 1 ? stdout : stderr,
			"usage: kontor picture\n\nThe server starts this by itself, with a socket "
			"as standard input: it decodes one\n"
			"picture where nothing else can be reached. There is nothing to do by "
			"hand.\n");
		return argc > 1 ? 0 : 2;
	}
	return picture_worker();
}
