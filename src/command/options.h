/* options: what is typed behind a command, read alike for all of them. */
#ifndef KONTOR_OPTIONS_H
#define KONTOR_OPTIONS_H

#include <stdbool.h>

enum { OPTIONS_MANY = 8 };
struct opt_many {
	const char *v[OPTIONS_MANY];
	int n;
};
struct opt { /* --name VALUE, or --name alone */
	const char *name;
	const char **text;
	bool *flag;
	struct opt_many *many; /* --name VALUE, as often as wanted */
};
enum { OPTIONS_MAX = 20, OPTIONS_GO = -1 };

/* Reads the options of a command (argv[0] is its name) in any order; what is none stands at
 * argv[optind] and behind. The list ends with name NULL; --help and -h are always there. Returns
 * OPTIONS_GO, or the exit code: 0 when help was asked for and printed, 2 when the call was wrong,
 * which was said, with what to do. */
int options_read(const char *usage, int argc, char **argv, const struct opt *list);
/* Between min and max words stand behind the options; else 2, after saying so. */
int options_words(const char *usage, int argc, char **argv, int min, int max);
/* What is wrong with a call, and what to do; returns 2. */
int options_wrong(const char *usage, const char *command, const char *what);
/* A line to a FILE: the callback of those who say something in lines. */
void options_print(void *file, const char *line);

#endif
