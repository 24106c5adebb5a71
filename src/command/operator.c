/* kontor operator: the people who run the marketplace. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "market/member/member.h"
#include "market/member/password.h"
#include "store/control.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: kontor operator add DIR --email ADDRESS --name NAME "
			    "[--officer] [--password-stdin]\n"
			    "\n"
			    "Makes an account of the operator's staff. It signs in where everybody "
			    "does and comes to the desk.\n"
			    "A password is drawn and printed this once; --password-stdin reads one "
			    "from standard input\n"
			    "instead (one line). When a server runs on DIR, it does the work.\n"
			    "\n"
			    "  --officer         also data protection officer\n"
			    "  --keys FILE       the key store, if not DIR/keys.db\n"
			    "  --master FILE     the master key, if not DIR/master.key\n";

struct call {
	const char *dir, *email, *name, *keys, *master;
	bool officer, from_stdin;
};

/* 75 bits in words of five: easy to read over, and typed once. */
static str draw(struct arena *a)
{
	static const char signs[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t bytes[15];
	char *p = arena_array(a, char, 19); /* ends with a zero byte */
	size_t n = 0;

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++) {
		if (i && i % 5 == 0)
			p[n++] = '-';
		p[n++] = signs[bytes[i] % 32];
	}
	return (str){p, n};
}

static str read_password(struct arena *a)
{
	char line[PASSWORD_CHARS_MAX * 4 + 2];

	if (!fgets(line, sizeof line, stdin))
		fault(FAULT_OUTSIDE, "no password on standard input");
	str s = str_dup(a, (str){line, strcspn(line, "\r\n")});
	if (!str_utf8(s) || password_check(a, s, NULL, 0) != PASSWORD_FINE)
		fault(FAULT_OUTSIDE,
			"this password is too short (less than %d characters), too long or too "
			"easily guessed",
			PASSWORD_CHARS_MIN);
	return s;
}

/* Says what went wrong; nothing when all is well. */
static int make(struct store *s, str email, str name, bool officer, str password,
	void (*say)(void *, const char *), void *ctx)
{
	struct arena *a = arena_make(REQ_ARENA_BYTES_MAX);
	uint64_t roles = BIT(ROLE_OPERATOR) | (officer ? BIT(ROLE_OFFICER) : 0);
	int code = 1;

	switch (operator_make(s, a, str_lower(a, str_trim(email)), name, roles, password)) {
	case OPERATOR_MADE: code = 0; break;
	case OPERATOR_THERE:
		say(ctx, str_fmt(a, "kontor operator: " STR_FMT " has an account already",
				 STR_ARG(email))
				 .p);
		break;
	case OPERATOR_REFUSED:
		say(ctx, "kontor operator: the policy of this installation does not allow it");
		break;
	}
	arena_free(a);
	return code;
}

/* Over the control socket: EMAIL NAME operator|officer PASSWORD. */
static int asked(struct store *s, int argc, char **argv, struct control_reply *r)
{
	if (argc != 5)
		return 2;
	return make(s, str_of(argv[1]), str_of(argv[2]), !strcmp(argv[3], "officer"),
		str_of(argv[4]), control_line, r);
}

void command_operator_offer(void)
{
	control_command("operator", asked);
}

static int add(const struct call *c)
{
	struct arena *a = arena_make(REQ_ARENA_BYTES_MAX);
	str password = c->from_stdin ? read_password(a) : draw(a);
	const char *const words[] = {"operator", c->email, c->name,
		c->officer ? "officer" : "operator", password.p, NULL};
	int code = control_ask(c->dir, 5, words, stderr);

	if (code < 0) {
		struct installation in = installation_open(c->dir, c->keys, c->master, false);

		code = make(in.store, str_of(c->email), str_of(c->name), c->officer, password,
			options_print, stderr);
		installation_close(&in);
	}
	if (!code)
		printf("%s may sign in now and comes to /desk.\n", c->email);
	if (!code && !c->from_stdin)
		printf("Password, shown this once: " STR_FMT "\n", STR_ARG(password));
	arena_free(a);
	return code;
}

static int parse(int argc, char **argv, struct call *c)
{
	const struct opt options[] = {{"email", .text = &c->email}, {"name", .text = &c->name},
		{"officer", .flag = &c->officer}, {"password-stdin", .flag = &c->from_stdin},
		{"keys", .text = &c->keys}, {"master", .text = &c->master}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code != OPTIONS_GO)
		return code;
	if (optind == argc || strcmp(argv[optind], "add") != 0)
		return options_wrong(usage, "operator", "say what to do: add");
	code = options_words(usage, argc, argv, 2, 2);
	if (code != OPTIONS_GO)
		return code;
	if (!c->email || !c->name)
		return options_wrong(usage, "operator", "--email and --name are needed");
	const char *at = strchr(c->email, '@');

	if (!at || at == c->email || !strchr(at, '.') || strlen(c->email) > 254 ||
		strpbrk(c->email, " \t<>\"")) {
		fprintf(stderr, "kontor operator: %s is not an e-mail address\n", c->email);
		return 2;
	}
	if (!str_utf8(str_of(c->name)) || !*c->name || str_chars(str_of(c->name)) > 100) {
		fprintf(stderr, "kontor operator: --name takes 1 to 100 characters\n");
		return 2;
	}
	c->dir = argv[optind + 1];
	return OPTIONS_GO;
}

int command_operator(int argc, char **argv)
{
	struct call c = {0};
	int code;

	code = parse(argc, argv, &c);
	if (code != OPTIONS_GO)
		return code;
	return add(&c);
}
