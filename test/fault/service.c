/* The unit file: as tight as systemd-analyze can tell, and not tighter than the program needs: the
 * picture process, which locks itself in, runs under the same list of system calls. */
#include "test/program.h"

#include <seccomp.h>
#include <sys/prctl.h>

enum { EXPOSURE_TENTHS_MAX = 15, CALLS_MAX = 1000, DEPTH_MAX = 4 };

static bool analyze_there(void)
{
	const char *const words[] = {"systemd-analyze", "--version", NULL};

	return !run_words(words, "/dev/null");
}

/* The unit as `make install` writes it, but for a program that is there. */
static const char *unit_made(void)
{
	const char *path = in_home("kontor.service");
	FILE *from = fopen("etc/kontor.service", "re"), *to = fopen(path, "we");
	char line[400];

	MUST(from && to);
	while (fgets(line, sizeof line, from))
		if (!strncmp(line, "ExecStart=", 10))
			fputs("ExecStart=/bin/true serve /var/lib/kontor\n", to);
		else
			fputs(line, to);
	MUST(!fclose(from) && !fclose(to));
	return path;
}

TEST(the_unit_is_good_and_tight)
{
	char limit[40];

	home_make();
	snprintf(limit, sizeof limit, "--threshold=%d", EXPOSURE_TENTHS_MAX);
	const char *unit = unit_made(), *said = in_home("said");
	const char *const verify[] = {"systemd-analyze", "verify", unit, NULL};
	const char *const security[] = {
		"systemd-analyze", "security", "--offline=true", limit, "--no-pager", unit, NULL};

	CHECK_INT(0, run_words(verify, said));
	if (run_words(security, said)) {
		said_read(said);
		TEST_FAIL("%s", program_said);
	}
	home_end();
}

/* ---- the list of system calls ---- */

static struct {
	char name[40];
	bool allowed;
} calls[CALLS_MAX];
static size_t calls_n;

static void call_set(const char *name, bool allowed)
{
	size_t i = 0;

	while (i < calls_n && strcmp(calls[i].name, name) != 0)
		i++;
	MUST(i < CALLS_MAX);
	snprintf(calls[i].name, sizeof calls[i].name, "%s", name);
	calls[i].allowed = allowed;
	calls_n += i == calls_n;
}

static void set_read(const char *name, bool allowed, int depth)
{
	const char *path = str_fmt(test_arena, "%s/set%d", program_home, depth).p;
	const char *const words[] = {"systemd-analyze", "syscall-filter", "--no-pager", name, NULL};
	char line[200];

	if (*name != '@') {
		call_set(name, allowed);
		return;
	}
	MUST(depth < DEPTH_MAX && !run_words(words, path));
	FILE *f = fopen(path, "re");

	MUST(f);
	while (fgets(line, sizeof line, f)) {
		str s = str_trim(str_of(line));

		if (line[0] == ' ' && s.n && s.p[0] != '#')
			set_read(str_dup(test_arena, s).p, allowed, depth + 1);
	}
	fclose(f);
}

/* systemd.exec(5): the first line says that it is a list of what is allowed; "~" takes away. */
static void unit_read(void)
{
	FILE *f = fopen("etc/kontor.service", "re");
	char line[400];

	MUST(f);
	set_read("@default", true, 0);
	while (fgets(line, sizeof line, f)) {
		str rest = str_trim(str_of(line));
		str key = str_cut(&rest, '=');

		if (!str_eq(key, S("SystemCallFilter")))
			continue;
		bool allowed = !str_starts(rest, S("~"));

		rest = allowed ? rest : str_sub(rest, 1, rest.n);
		while (rest.n) {
			str word = str_cut(&rest, ' ');

			set_read(str_dup(test_arena, word).p, allowed, 0);
		}
	}
	fclose(f);
}

static void lock_in(void)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	for (size_t i = 0; c && i < calls_n; i++) {
		int n = seccomp_syscall_resolve_name(calls[i].name);

		if (calls[i].allowed && n != __NR_SCMP_ERROR)
			(void)seccomp_rule_add(c, SCMP_ACT_ALLOW, n, 0);
	}
	setenv("TEST_ONLY", "picture", 1);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* that takes ptrace */
	if (!c || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || seccomp_load(c))
		_exit(125);
}

TEST(pictures_are_decoded_under_the_units_list_of_system_calls)
{
	const char *build = getenv("BUILD");

	home_make();
	unit_read();
	CHECK(calls_n > 200);
	const char *journey =
		str_fmt(test_arena, "%s/test/journey/catalogue", build ? build : "build/asan").p;
	const char *const words[] = {journey, NULL};

	program_before = lock_in;
	int code = run_words(words, in_home("said"));

	program_before = NULL;
	said_read(in_home("said"));
	CHECK_INT(0, code);
	SAYS("ok 1 - a_picture_is_decoded_in_the_child_and_made_anew");
	home_end();
}

int main(void)
{
	if (!analyze_there()) {
		printf("1..0 # SKIP no systemd-analyze (part of systemd)\n");
		return 0;
	}
	return test_main();
}
