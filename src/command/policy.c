/* kontor policy: check, show and explain what the program may do with data. */
#include "command/command.h"
#include "policy/embedded.h"
#include "store/store.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
	TRANSFER_WARN_DAYS = 90,
	POLICY_ARENA_BYTES_MAX = 256 << 20,
	POLICY_FACTS_BYTES_MAX = 8 << 20
};

static const char usage[] =
	"usage: kontor policy check [DIR]\n"
	"       kontor policy show [DIR]\n"
	"       kontor policy facts [DIR]\n"
	"       kontor policy texts LANGUAGE [DIR]\n"
	"       kontor policy explain TABLE.COLUMN [DIR]\n"
	"       kontor policy who ROLE [DIR]\n"
	"       kontor policy diff OLD NEW\n"
	"\n"
	"DIR is a folder of policy files; without it the policy inside the program is meant.\n"
	"\n"
	"  check    reads all files and says what is wrong, with file, line and column\n"
	"  show     prints everything that is allowed, one fact a line\n"
	"  explain  who may read and write a column, for what, on which rows, how long it is kept, "
	"who\n"
	"           receives it, and which statements of the program touch it\n"
	"  who      what a role may do\n"
	"  diff     what changed from one folder (or a file of facts) to another, what each "
	"change\n"
	"           asks of people (nothing, a notice, their consent), and who they are\n"
	"  texts    every text that people read, with its mark and whether LANGUAGE has it: yes, "
	"no,\n"
	"           or stale (the translation is of another English text); exit 1 if one is stale\n"
	"  facts    prints the model as facts, a path and a value a line, for diff\n"
	"\n"
	"Exit: 0 done, 1 the policy is wrong or there is no such column or role, 2 the call was "
	"wrong.\n";

static int call_wrong(const char *what)
{
	fprintf(stderr, "kontor policy: %s\n\n%s", what, usage);
	return 2;
}

static const struct policy *policy_of(struct arena *a, const char *dir)
{
	struct policy_errors e = {0};
	const struct policy *p = dir ? policy_read_dir(a, dir, &e)
				     : policy_read(a, embedded_policy, embedded_policy_n, &e);

	if (!p)
		fprintf(stderr, "%skontor policy: %zu mistake%s\n", policy_errors_text(a, &e).p,
			e.n, e.n == 1 ? "" : "s");
	return p;
}

static int check(struct arena *a, const struct policy *p)
{
	str due = policy_transfers_due(a, p, clock_now(), TRANSFER_WARN_DAYS * DAY_US);

	printf("The policy holds: %zu tables, %zu purposes, %zu roles, %zu recipients, %zu "
	       "transfers, %zu cookies, %zu tags, %zu mails.\nhash %s\n",
		p->tables_n, p->purposes_n, p->roles_n, p->recipients_n, p->transfers_n,
		p->cookies_n, p->tags_n, p->mails_n, hex_of(a, p->hash.b, sizeof p->hash.b).p);
	if (due.n)
		printf("Nothing may be sent on these any more, or soon:\n%s", due.p);
	return 0;
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool has_word(str s, str word)
{
	for (size_t at; (at = str_find(s, word)) != (size_t)-1; s = str_sub(s, at + 1, s.n))
		if ((at == 0 || !word_char(s.p[at - 1])) &&
			(at + word.n == s.n || !word_char(s.p[at + word.n])))
			return true;
	return false;
}

/* A statement touches a column if it names a view of the table (or writes the table) and the
 * column's name stands in it as a word. It may be the same word of another table in the statement:
 * the list can be too long, never too short, since no statement may say `*`. */
static bool touches(struct arena *a, const struct stmt *s, str table, str column)
{
	str sql = str_of(s->sql);
	bool named =
		str_find(sql, str_fmt(a, "." STR_FMT "\"", STR_ARG(table))) != (size_t)-1 ||
		(s->writes && str_eq(str_of(s->writes), str_fmt(a, "r_" STR_FMT, STR_ARG(table))));

	return named && has_word(sql, column);
}

static void statements_print(struct arena *a, const struct policy *p, str column)
{
	str rest = column, table = str_cut(&rest, '.');
	size_t n = 0;

	printf("\nStatements of the program that touch it (they name the table, and a column of "
	       "this name)\n");
	for (const struct stmt *const *s = statements; *s; s++) {
		str purpose = S("?");

		if (!touches(a, *s, table, rest))
			continue;
		for (size_t i = 0; i < p->purposes_n; i++)
			if (p->purposes[i].bit == (*s)->purpose)
				purpose = p->purposes[i].name;
		printf("  %s:%d: %s for " STR_FMT "\n", (*s)->file, (*s)->line, (*s)->name,
			STR_ARG(purpose));
		n++;
	}
	if (!n)
		printf("  none\n");
}

static int explain(struct arena *a, const struct policy *p, const char *column)
{
	str s = policy_explain(a, p, str_of(column));

	if (!s.p) {
		fprintf(stderr,
			"kontor policy: there is no column \"%s\"; write TABLE.COLUMN, as in "
			"`kontor policy show`\n",
			column);
		return 1;
	}
	printf("%s", s.p);
	statements_print(a, p, str_of(column));
	return 0;
}

static int who(struct arena *a, const struct policy *p, const char *role)
{
	str s = policy_who(a, p, str_of(role));

	if (s.p) {
		printf("%s", s.p);
		return 0;
	}
	fprintf(stderr, "kontor policy: there is no role \"%s\"; there are:", role);
	for (size_t i = 0; i < p->roles_n; i++)
		fprintf(stderr, " " STR_FMT, STR_ARG(p->roles[i].name));
	fprintf(stderr, "\n");
	return 1;
}

/* A folder of policy files, or what `kontor policy facts` printed. */
static bool facts_of(struct arena *a, const char *path, struct policy_facts *f)
{
	const struct policy *p;
	struct stat st;
	FILE *in;
	char *text;
	size_t n;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		p = policy_of(a, path);
		if (p)
			*f = policy_facts(a, p);
		return p;
	}
	in = fopen(path, "rb");
	if (!in) {
		fprintf(stderr, "kontor policy: %s: %s\n", path, strerror(errno));
		return false;
	}
	text = arena_alloc(a, 1, POLICY_FACTS_BYTES_MAX);
	n = fread(text, 1, POLICY_FACTS_BYTES_MAX - 1, in);
	fclose(in);
	if (policy_facts_parse(a, (str){text, n}, f))
		return true;
	fprintf(stderr,
		"kontor policy: %s is neither a folder of policy files nor a file of facts\n",
		path);
	return false;
}

static int diff(struct arena *a, const char *before, const char *after)
{
	struct policy_facts f[2];
	struct policy_changes c;

	if (!facts_of(a, before, &f[0]) || !facts_of(a, after, &f[1]))
		return 1;
	c = policy_diff(a, &f[0], &f[1]);
	printf("%s", policy_changes_text(a, &c).p);
	if (c.class)
		printf("As a whole the change is: %s.\n",
			policy_class_names[c.class - CLASS_EDITORIAL]);
	return 0;
}

/* Is a fact a text that people read? */
static bool readable(str path)
{
	static const char *const keys[] = {".title", ".why", ".without", ".test", ".interest",
		".necessity", ".balance", ".does", ".sends", ".limits", ".about", ".required",
		".because", ".law"};

	if (str_find(path, S(".grant.")) != (size_t)-1 ||
		str_find(path, S(".field.")) != (size_t)-1)
		return false; /* columns that are called so */
	if (str_starts(path, S("interest.")) && str_find(path, S(".safeguard.")) != (size_t)-1)
		return true;
	for (size_t i = 0; i < COUNT(keys); i++)
		if (str_ends(path, str_of(keys[i])))
			return true;
	return false;
}

static int texts(struct arena *a, const struct policy *p, const char *language)
{
	static const char *const is[] = {
		[TEXT_TRANSLATED] = "yes", [TEXT_STALE] = "stale", [TEXT_ENGLISH] = "no"};
	struct policy_facts f = policy_facts(a, p);
	bool stale = false;

	for (size_t i = 0; i < f.n; i++) {
		enum policy_text_how how;

		if (!readable(f.v[i].path))
			continue;
		policy_text(p, str_of(language), f.v[i].path, f.v[i].value, &how);
		stale |= how == TEXT_STALE;
		printf("%-5s %s " STR_FMT ": " STR_FMT "\n", is[how],
			policy_text_mark(a, f.v[i].value).p, STR_ARG(f.v[i].path),
			STR_ARG(f.v[i].value));
	}
	return stale;
}

static int run(struct arena *a, int argc, char **argv)
{
	bool named = argc > 0 && (!strcmp(argv[0], "explain") || !strcmp(argv[0], "who") ||
					 !strcmp(argv[0], "texts"));
	const struct policy *p;

	if (argc == 3 && !strcmp(argv[0], "diff"))
		return diff(a, argv[1], argv[2]);
	if (argc > 0 && !strcmp(argv[0], "diff"))
		return call_wrong("name two folders, the former and the new");
	if (argc < 1 || (!named && strcmp(argv[0], "check") != 0 && strcmp(argv[0], "show") != 0 &&
				strcmp(argv[0], "facts") != 0))
		return call_wrong(argc < 1 ? "say what to do" : "there is no such thing to do");
	if (named && argc < 2)
		return call_wrong(!strcmp(argv[0], "who")     ? "name a role"
				  : !strcmp(argv[0], "texts") ? "name a language, such as de"
							      : "name a column, TABLE.COLUMN");
	if (argc > 2 + named)
		return call_wrong("too many arguments");
	p = policy_of(a, argc > 1 + named ? argv[1 + named] : NULL);
	if (!p)
		return 1;
	if (!strcmp(argv[0], "check"))
		return check(a, p);
	if (!strcmp(argv[0], "explain"))
		return explain(a, p, argv[1]);
	if (!strcmp(argv[0], "who"))
		return who(a, p, argv[1]);
	if (!strcmp(argv[0], "texts"))
		return texts(a, p, argv[1]);
	if (!strcmp(argv[0], "facts")) {
		struct policy_facts f = policy_facts(a, p);

		printf("%s", policy_facts_text(a, &f).p);
		return 0;
	}
	printf("%s", policy_matrix(a, p).p);
	return 0;
}

int command_policy(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	struct arena *a;
	int code;

	for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		if (o != 'h')
			return call_wrong("there is no such option");
		printf("%s", usage);
		return 0;
	}
	a = arena_make(POLICY_ARENA_BYTES_MAX);
	code = run(a, argc - optind, argv + optind);
	arena_free(a);
	return code;
}
