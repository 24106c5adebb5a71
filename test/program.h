/* program.h: the real program as a child, for tests from outside: commands with what they said and
 * their exit code, a server on a free port, requests by libcurl, the database looked at by the
 * engine itself. Each test program works in a folder of its own under $TMPDIR (program_home). */
#ifndef KONTOR_TEST_PROGRAM_H
#define KONTOR_TEST_PROGRAM_H

#include "test/test.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNUSED_OK __attribute__((unused))

enum { PROGRAM_SAID_BYTES_MAX = 256 << 10, PROGRAM_WORDS_MAX = 24, SERVER_START_S = 60 };

static char program_home[200];
static char
	program_said[PROGRAM_SAID_BYTES_MAX]; /* standard output and error of the last command */
/* Run in the child before the program: limits, another user. NULL: nothing. */
static void (*program_before)(void);

UNUSED_OK static const char *in_home(const char *name)
{
	return str_fmt(test_arena, "%s/%s", program_home, name).p;
}

UNUSED_OK static void home_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(program_home, sizeof program_home, "%s/kontor-test-XXXXXX", tmp ? tmp : "/tmp");
	MUST(mkdtemp(program_home));
}

/* Runs a command of the system; its exit code. */
UNUSED_OK static int run_words(const char *const *words, const char *out_path)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		int out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int in = open("/dev/null", O_RDONLY);

		if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		if (program_before)
			program_before();
		execvp(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

UNUSED_OK static void home_end(void)
{
	const char *const words[] = {"rm", "-rf", program_home, NULL};

	program_before = NULL;
	CHECK_INT(0, run_words(words, "/dev/null"));
}

static void said_read_from(const char *path, bool end)
{
	int fd = open(path, O_RDONLY);
	off_t room = sizeof program_said - 1, all = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	ssize_t n =
		fd < 0 ? -1
		       : pread(fd, program_said, (size_t)room, end && all > room ? all - room : 0);

	program_said[n > 0 ? n : 0] = 0;
	if (fd >= 0)
		close(fd);
}

UNUSED_OK static void said_read(const char *path)
{
	said_read_from(path, false);
}

static const char *program_path(void)
{
	static char path[300];
	const char *build = getenv("BUILD");

	snprintf(path, sizeof path, "%s/kontor", build ? build : "build/asan");
	return path;
}

static void words_join(const char *words[PROGRAM_WORDS_MAX], size_t n, const char *const *more)
{
	words[0] = program_path();
	while (n + 1 < PROGRAM_WORDS_MAX && (words[n] = *more++))
		n++;
	words[n] = NULL;
}

/* kontor("init", dir, "--demo"): runs it, keeps what it said, gives its exit code. */
#define kontor(...) kontor_run((const char *const[]){__VA_ARGS__, NULL})
UNUSED_OK static int kontor_run(const char *const *args)
{
	const char *words[PROGRAM_WORDS_MAX], *said = in_home("said");

	words_join(words, 1, args);
	int code = run_words(words, said);

	said_read(said);
	return code;
}

/* The same, not waited for: its process. What it says goes to `said` in the home. */
#define kontor_started(...) kontor_start((const char *const[]){__VA_ARGS__, NULL})
UNUSED_OK static pid_t kontor_start(const char *const *args)
{
	const char *words[PROGRAM_WORDS_MAX];

	words_join(words, 1, args);
	fflush(stdout);
	pid_t pid = fork();

	if (!pid) {
		int out = open(in_home("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		execv(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	MUST(pid > 0);
	return pid;
}

/* Its exit code, 128 + the signal's number; reads what it said. */
UNUSED_OK static int kontor_wait(pid_t pid)
{
	int status;

	MUST(waitpid(pid, &status, 0) == pid);
	said_read(in_home("said"));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What the last command said holds this; if not, it is shown. */
UNUSED_OK static void says(const char *file, int line, const char *part)
{
	if (strstr(program_said, part))
		return;
	test_bad++;
	printf("# %s:%d: does not say \"%s\" but:\n", file, line, part);
	int lines = 0;

	for (char *p = program_said, *end; *p && lines++ < 12; p = end + (*end == '\n')) {
		end = p + strcspn(p, "\n");
		printf("#   %.*s\n", (int)(end - p), p);
	}
}
#define SAYS(part) says(__FILE__, __LINE__, part)

/* ---- the server ---- */
struct server {
	pid_t pid;
	int port, code; /* code: of one that ended by itself */
	char log[260], base[64];
};

static int free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	MUST(fd >= 0 && !bind(fd, (struct sockaddr *)&a, n) &&
		!getsockname(fd, (struct sockaddr *)&a, &n));
	close(fd);
	return ntohs(a.sin_port);
}

/* ---- requests ---- */
struct answer {
	CURLcode rc; /* CURLE_OK: there was an answer */
	long status;
	char *body; /* ends with a NUL */
	size_t n, cap;
	bool replayed;
};

static size_t answer_body(char *p, size_t size, size_t count, void *ctx)
{
	struct answer *a = ctx;
	size_t n = size * count;

	if (a->n + n + 1 > a->cap) {
		a->cap = (a->n + n + 1) * 2;
		a->body = realloc(a->body, a->cap);
		if (!a->body)
			return 0;
	}
	memcpy(a->body + a->n, p, n);
	a->n += n;
	a->body[a->n] = 0;
	return n;
}

static size_t answer_head(char *p, size_t size, size_t count, void *ctx)
{
	struct answer *a = ctx;

	if (size * count > 20 && !strncasecmp(p, "Idempotent-Replayed:", 20))
		a->replayed = true;
	return size * count;
}

/* POST when body is there, else GET. heads: more header lines, NULL-ended. */
UNUSED_OK static void ask(
	CURL *c, struct answer *a, const char *url, const char *body, const char *const *heads)
{
	struct curl_slist *list = NULL;

	a->n = 0;
	a->status = 0;
	a->replayed = false;
	if (a->body)
		a->body[0] = 0;
	for (; heads && *heads; heads++)
		list = curl_slist_append(list, *heads);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, answer_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, answer_head);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, a);
	if (body)
		curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, body);
	else
		curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	a->rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &a->status);
	curl_slist_free_all(list);
}

/* One GET, for a test that needs no connection of its own; 0: no answer. */
UNUSED_OK static long get_status(const struct server *s, const char *path)
{
	CURL *c = curl_easy_init();
	struct answer a = {0};

	ask(c, &a, str_fmt(test_arena, "%s%s", s->base, path).p, NULL, NULL);
	long status = a.rc ? 0 : a.status;

	free(a.body);
	curl_easy_cleanup(c);
	return status;
}

UNUSED_OK static bool server_lives(const struct server *s)
{
	return s->pid > 0 && !kill(s->pid, 0) && waitpid(s->pid, NULL, WNOHANG) == 0;
}

static bool says_part(const char *part)
{
	return strstr(program_said, part) != NULL;
}

/* The port was free a moment ago; another program may have taken it since, and would answer in this
 * one's place: it is asked only once it says that it serves. */
static bool server_try(struct server *s, const char *const *args)
{
	const char *words[PROGRAM_WORDS_MAX] = {NULL, "serve", "--listen"};
	static int nth;

	s->port = free_port();
	snprintf(s->base, sizeof s->base, "http://127.0.0.1:%d", s->port);
	snprintf(s->log, sizeof s->log, "%s/server-%d.log", program_home, nth++);
	words[3] = s->base + 7;
	words_join(words, 4, args);
	fflush(stdout);
	s->pid = fork();
	if (!s->pid) {
		int out = open(s->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);

		if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
			_exit(126);
		if (program_before)
			program_before();
		execv(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	MUST(s->pid > 0);
	for (int64_t end = clock_mono_us() + SERVER_START_S * SECOND_US; clock_mono_us() < end;) {
		int status;

		if (waitpid(s->pid, &status, WNOHANG) == s->pid) {
			s->pid = 0;
			s->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			break;
		}
		said_read(s->log);
		if (says_part("\"event\":\"serving\"") && get_status(s, "/healthz") == 200)
			return true;
		usleep(20000);
	}
	said_read(s->log);
	return false;
}

/* server_start(&s, dir, "--smtp", url): starts `kontor serve` on a free port and waits until it
 * answers; false: it did not, and program_said is what it said. */
#define server_start(s, ...) server_begin(s, (const char *const[]){__VA_ARGS__, NULL})
UNUSED_OK static bool server_begin(struct server *s, const char *const *args)
{
	for (int tries = 0; tries < 5; tries++)
		if (server_try(s, args))
			return true;
		else if (s->pid || !says_part("already in use by another program"))
			break;
	return false;
}

/* The end of what it said, each line as a remark, so that all of it is among what is shown. */
UNUSED_OK static void said_print(void)
{
	size_t n = strlen(program_said);
	const char *p = program_said + (n > 6000 ? n - 6000 : 0);

	printf("# it ends with:\n");
	while (*p) {
		size_t line = strcspn(p, "\n");

		printf("# %.*s\n", (int)line, p);
		p += line + (p[line] == '\n');
	}
}

/* Ends it by this signal; its exit code, 128 + the signal's number. */
UNUSED_OK static int server_end(struct server *s, int sig)
{
	int status = -1;

	if (s->pid <= 0)
		return -1;
	kill(s->pid, sig);
	MUST(waitpid(s->pid, &status, 0) == s->pid);
	s->pid = 0;
	said_read(s->log);
	if (sig == SIGTERM && status) {
		said_read_from(s->log, true); /* why stands at the end of it */
		said_print();
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- the database, from outside ---- */
/* One number; INT64_MIN: no row or NULL. What the engine says is wrong fails the test. */
UNUSED_OK static int64_t db_number(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t v = INT64_MIN;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);

	sqlite3_busy_timeout(db, 5000);
	if (!rc)
		rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (rc || ((rc = sqlite3_step(st)) != SQLITE_ROW && rc != SQLITE_DONE))
		TEST_FAIL("%s: %s", sql, sqlite3_errmsg(db));
	else if (rc == SQLITE_ROW && sqlite3_column_type(st, 0) != SQLITE_NULL)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return v;
}

/* The engine finds nothing wrong in a database. */
UNUSED_OK static void db_whole(const char *path)
{
	CHECK_INT(1, db_number(path, "select count(*) = 1 and max(integrity_check) = 'ok' from "
				     "pragma_integrity_check"));
	CHECK_INT(0, db_number(path, "select count(*) from pragma_foreign_key_check"));
}

#endif
