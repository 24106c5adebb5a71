/* Options of commands. */
#include "command/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

int options_wrong(const char *usage, const char *command, const char *what)
{
	fprintf(stderr, "kontor %s: %s\n\n%s", command, what, usage);
	return 2;
}

static int refused(const char *usage, char **argv, int o)
{
	char what[200];
	const char *word = argv[optind - 1];

	if (o == ':')
		snprintf(what, sizeof what, "%s needs a value behind it", word);
	else if (optopt)
		snprintf(what, sizeof what, "there is no option -%c; `kontor %s --help` lists them",
			optopt, argv[0]);
	else
		snprintf(what, sizeof what, "there is no option %s; `kontor %s --help` lists them",
			word, argv[0]);
	return options_wrong(usage, argv[0], what);
}

/* False: it was named too often. */
static bool take(const struct opt *o)
{
	if (o->many && o->many->n == OPTIONS_MANY)
		return false;
	if (o->many)
		o->many->v[o->many->n++] = optarg;
	else if (o->text)
		*o->text = optarg;
	else
		*o->flag = true;
	return true;
}

int options_read(const char *usage, int argc, char **argv, const struct opt *list)
{
	struct option v[OPTIONS_MAX + 2] = {{"help", no_argument, NULL, 'h'}};
	char what[100];
	int n = 0;

	while (list && list[n].name && n < OPTIONS_MAX) {
		v[n + 1] = (struct option){list[n].name,
			list[n].flag ? no_argument : required_argument, NULL, 256 + n};
		n++;
	}
	opterr = 0;
	for (int o; (o = getopt_long(argc, argv, ":h", v, NULL)) != -1;) {
		if (o == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (o < 256 || !list)
			return refused(usage, argv, o);
		if (!take(&list[o - 256])) {
			snprintf(what, sizeof what, "--%s is named more than %d times",
				list[o - 256].name, OPTIONS_MANY);
			return options_wrong(usage, argv[0], what);
		}
	}
	return OPTIONS_GO;
}

/* Names the first word that was not given, as the usage line calls it. */
static void missing(char *what, size_t size, const char *usage, const char *command, int given)
{
	const char *p = strstr(usage, command), *end = p ? strchr(p, '\n') : NULL;

	snprintf(what, size, "something is missing");
	if (!end)
		return;
	p += strlen(command);
	for (int i = 0; i <= given; i++) {
		p += strspn(p, " ");
		size_t n = strcspn(p, " \n");

		if (p >= end || !n || *p == '-' || *p == '[')
			return;
		if (i == given)
			snprintf(what, size, "%.*s is missing", (int)n, p);
		p += n;
	}
}

int options_words(const char *usage, int argc, char **argv, int min, int max)
{
	char what[200];
	int n = argc - optind;

	if (n >= min && n <= max)
		return OPTIONS_GO;
	if (n > max)
		snprintf(what, sizeof what, "\"%s\" is too much", argv[optind + max]);
	else
		missing(what, sizeof what, usage, argv[0], n);
	return options_wrong(usage, argv[0], what);
}

void options_print(void *file, const char *line)
{
	fprintf(file, "%s\n", line);
}
