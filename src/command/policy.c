/* kontor policy: check, show and explain what the program may do with data. */
#include "command/command.h"
#include "command/options.h"
#include "command/policy_out.h"
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

/* What can be done: `words` behind it, DIR among them. */
static const struct deed {
	const char *name, *words;
	int min, max;
	const char *about, *example;
} deeds[] = {
	{"check", "[DIR]", 0, 1,
		"Reads all files and says what is wrong, with file, line and column.",
		"kontor policy check policy        # before a changed folder is built in"},
	{"show", "[DIR]", 0, 1, "Prints everything that is allowed, one fact a line.",
		"kontor policy show | grep '^recipient'"},
	{"explain", "TABLE.COLUMN [DIR]", 1, 2,
		"Says of a column who may read and write it, for what, on which rows, how long it\n"
		"is kept, who receives it, and which statements of the program touch it.\n"
		"`rows` are conditions: under a purpose, a row is seen by whom any of them holds "
		"for.",
		"kontor policy explain person.email\n"
		"kontor policy explain orders      # lists the columns of a table"},
	{"who", "ROLE [DIR]", 1, 2, "Says what a role may do.", "kontor policy who officer"},
	{"diff", "OLD NEW", 2, 2,
		"Says what changed from one folder (or a file of facts) to another, what each "
		"change\n"
		"asks of people (nothing, a notice, their consent), and who they are.",
		"kontor policy facts >before.txt   # of the program that runs today\n"
		"kontor policy diff before.txt policy"},
	{"facts", "[DIR]", 0, 1, "Prints the model as facts, a path and a value a line, for diff.",
		"kontor policy facts >before.txt"},
	{"texts", "LANGUAGE [DIR]", 1, 2,
		"Lists every text that people read, with its mark and whether LANGUAGE has it: "
		"yes,\n"
		"no, or stale (the translation is of another English text); exit 1 if one is "
		"stale.",
		"kontor policy texts de | grep -v '^yes'"},
	{"export", "--dpv|--fideslang [DIR]", 0, 1,
		"Prints the policy for other tools: --dpv as JSON-LD in terms of the W3C Data "
		"Privacy\n"
		"Vocabulary, --fideslang as YAML of fideslang 3.",
		"kontor policy export --dpv >policy.jsonld"},
	{"import", "--fideslang FILE FOLDER", 2, 2,
		"Writes drafts of policy files into a new FOLDER from a file of fideslang, and "
		"lists\n"
		"what has no equivalent there or here. A line that cannot be read stops it.",
		"kontor policy import --fideslang fides.yml drafts"},
	{0},
};
static const char tail[] =
	"DIR is a folder of policy files; without it the policy inside the program is meant.\n"
	"\n"
	"Exit: 0 done, 1 the policy is wrong or there is no such column or role, 2 the call was "
	"wrong.\n";

static const struct deed *deed_of(const char *name)
{
	for (const struct deed *d = deeds; d->name; d++)
		if (!strcmp(d->name, name))
			return d;
	return NULL;
}

/* Of one deed, or of all. */
static str usage_of(struct arena *a, const struct deed *one)
{
	str s = S("");

	for (const struct deed *d = deeds; d->name; d++)
		if (!one || d == one)
			s = str_fmt(a, STR_FMT "%s kontor policy %s %s\n", STR_ARG(s),
				s.n ? "      " : "usage:", d->name, d->words);
	s = str_fmt(a, STR_FMT "\n", STR_ARG(s));
	for (const struct deed *d = deeds; d->name; d++) {
		if (one && d != one)
			continue;
		for (str rest = str_of(d->about); rest.n;) {
			bool first = rest.p == d->about;
			str line = str_cut(&rest, '\n');

			s = one ? str_fmt(a, STR_FMT STR_FMT "\n", STR_ARG(s), STR_ARG(line))
				: str_fmt(a, STR_FMT "  %-8s " STR_FMT "\n", STR_ARG(s),
					  first ? d->name : "", STR_ARG(line));
		}
	}
	if (one) {
		s = str_fmt(a, STR_FMT "\nFor example:\n", STR_ARG(s));
		for (str rest = str_of(one->example); rest.n;) {
			str line = str_cut(&rest, '\n');

			s = str_fmt(a, STR_FMT "  " STR_FMT "\n", STR_ARG(s), STR_ARG(line));
		}
	} else {
		s = str_fmt(a,
			STR_FMT "\n`kontor policy WORD --help` says more of each, with an "
				"example.\n",
			STR_ARG(s));
	}
	return str_fmt(a, STR_FMT "\n%s", STR_ARG(s), tail);
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
		str_find(sql, str_fmt(a, "." STR_FMT POLICY_NEAR "\"", STR_ARG(table))) !=
			(size_t)-1 ||
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

static void meant(str word, const str *v, size_t n)
{
	str near = policy_nearest(word, v, n);

	if (near.n)
		fprintf(stderr, "; did you mean " STR_FMT "?", STR_ARG(near));
}

/* Says what there is instead of "order.note", "orders" or "orders.consignee.street". */
static int not_a_column(struct arena *a, const struct policy *p, str asked)
{
	str rest = asked, name = str_cut(&rest, '.'), column = str_cut(&rest, '.');
	const struct policy_table *t = policy_table(p, name);
	size_t n = t ? t->columns_n : p->tables_n;
	str *names = arena_array(a, str, n + 1);

	for (size_t i = 0; i < n; i++)
		names[i] = t ? t->columns[i].name : p->tables[i].name;
	if (!t) {
		fprintf(stderr, "kontor policy: there is no table " STR_FMT, STR_ARG(name));
		meant(name, names, n);
		fprintf(stderr, "\nIt wants TABLE.COLUMN; `kontor policy show` lists them all.\n");
		return 1;
	}
	if (!column.n)
		fprintf(stderr, "kontor policy: " STR_FMT " is a table: which column of it?",
			STR_ARG(name));
	else if (policy_column(t, column))
		fprintf(stderr,
			"kontor policy: " STR_FMT " is a field of " STR_FMT "." STR_FMT
			": fields of a sealed column go together, ask for that",
			STR_ARG(rest), STR_ARG(name), STR_ARG(column));
	else
		fprintf(stderr, "kontor policy: the table " STR_FMT " has no column " STR_FMT,
			STR_ARG(name), STR_ARG(column));
	if (column.n && !policy_column(t, column))
		meant(column, names, n);
	fprintf(stderr, "\nIt has:");
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s " STR_FMT, i ? "," : "", STR_ARG(names[i]));
	fprintf(stderr, "\n");
	return 1;
}

static int explain(struct arena *a, const struct policy *p, const char *column)
{
	str s = policy_explain(a, p, str_of(column));

	if (!s.p)
		return not_a_column(a, p, str_of(column));
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
	str *names = arena_array(a, str, p->roles_n + 1);

	for (size_t i = 0; i < p->roles_n; i++)
		names[i] = p->roles[i].name;
	fprintf(stderr, "kontor policy: there is no role \"%s\"", role);
	meant(str_of(role), names, p->roles_n);
	fprintf(stderr, "\nThere are:");
	for (size_t i = 0; i < p->roles_n; i++)
		fprintf(stderr, "%s " STR_FMT, i ? "," : "", STR_ARG(names[i]));
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

	MUST(path);
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
	bool stale = false, any = false;

	for (size_t i = 0; i < f.n; i++) {
		enum policy_text_how how;

		if (!readable(f.v[i].path))
			continue;
		policy_text(p, str_of(language), f.v[i].path, f.v[i].value, &how);
		stale |= how == TEXT_STALE;
		any |= how != TEXT_ENGLISH;
		printf("%-5s %s " STR_FMT ": " STR_FMT "\n", is[how],
			policy_text_mark(a, f.v[i].value).p, STR_ARG(f.v[i].path),
			STR_ARG(f.v[i].value));
	}
	if (!any)
		fprintf(stderr,
			"kontor policy: nothing is translated into \"%s\" yet (policy/%s.yaml): "
			"all of it shows in English\n",
			language, language);
	return stale;
}

struct call {
	const struct deed *deed;
	const char *usage;
	bool dpv, fideslang;
	const char *word[2]; /* behind the deed */
};

static int facts(struct arena *a, const struct policy *p)
{
	struct policy_facts f = policy_facts(a, p);

	printf("%s", policy_facts_text(a, &f).p);
	return 0;
}

static int show(struct arena *a, const struct policy *p)
{
	printf("%s", policy_matrix(a, p).p);
	return 0;
}

static int exported(struct arena *a, const struct policy *p, const struct call *c)
{
	if (c->dpv == c->fideslang)
		return options_wrong(c->usage, "policy", "say --dpv or --fideslang");
	printf("%s", (c->dpv ? policy_dpv(a, p) : policy_fides(a, p)).p);
	return 0;
}

static int on_policy(struct arena *a, const struct call *c)
{
	const char *name = c->deed->name, *word = c->deed->min ? c->word[0] : NULL,
		   *dir = c->word[c->deed->min];
	const struct policy *p = policy_of(a, dir);

	if (!p)
		return 1;
	if (!strcmp(name, "check"))
		return check(a, p);
	if (!strcmp(name, "show"))
		return show(a, p);
	if (!strcmp(name, "explain"))
		return explain(a, p, word);
	if (!strcmp(name, "who"))
		return who(a, p, word);
	if (!strcmp(name, "texts"))
		return texts(a, p, word);
	return !strcmp(name, "facts") ? facts(a, p) : exported(a, p, c);
}

static int imported(struct arena *a, const struct call *c)
{
	if (!c->fideslang || c->dpv)
		return options_wrong(c->usage, "policy", "say --fideslang");
	return policy_import(a, c->word[0], c->word[1]);
}

static int run(struct arena *a, const struct call *c)
{
	MUST(c->deed);
	if (!strcmp(c->deed->name, "diff"))
		return diff(a, c->word[0], c->word[1]);
	return !strcmp(c->deed->name, "import") ? imported(a, c) : on_policy(a, c);
}

/* `kontor policy explain --help` is about explain. */
static int parse(struct arena *a, int argc, char **argv, struct call *c)
{
	const struct opt options[] = {
		{"dpv", .flag = &c->dpv}, {"fideslang", .flag = &c->fideslang}, {0}};
	int code;

	c->deed = argc > 1 ? deed_of(argv[1]) : NULL;
	c->usage = usage_of(a, c->deed).p;
	code = options_read(c->usage, argc, argv, options);
	if (code != OPTIONS_GO)
		return code;
	c->deed = optind < argc ? deed_of(argv[optind]) : NULL;
	if (!c->deed)
		return options_wrong(c->usage, "policy",
			optind < argc ? "there is no such thing to do" : "say what to do");
	c->usage = usage_of(a, c->deed).p;
	if (argc - optind - 1 < c->deed->min)
		return options_wrong(c->usage, "policy",
			str_fmt(a, "%s wants %s", c->deed->name, c->deed->words).p);
	code = options_words(c->usage, argc, argv, 1 + c->deed->min, 1 + c->deed->max);
	for (int i = 0; code == OPTIONS_GO && i < 2; i++)
		c->word[i] = optind + 1 + i < argc ? argv[optind + 1 + i] : NULL;
	return code;
}

int command_policy(int argc, char **argv)
{
	struct arena *a = arena_make(POLICY_ARENA_BYTES_MAX);
	struct call c = {0};
	int code = parse(a, argc, argv, &c);

	if (code == OPTIONS_GO)
		code = run(a, &c);
	arena_free(a);
	return code;
}
