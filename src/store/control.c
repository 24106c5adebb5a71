/* The control socket: one thread accepts, each command runs on a thread of its own.
 * On the wire: frames of a 4-byte length and bytes. A request is one frame of words, each with a
 * NUL behind it; an answer is frames "-text" and at last "=code". */
#include "control.h"
#include "backup.h"
#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	COMMANDS_MAX = 32,
	FRAME_BYTES_MAX = 64 << 10,
	WORDS_MAX = 32,
	RUNNING_MAX = 8,
	REQUEST_S = 5,
};

struct control {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t idle;
	int listener, stop_pipe[2], running;
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
};
struct control_reply {
	int fd;
};
struct asked {
	struct control *control;
	int fd;
};

static struct {
	const char *name;
	control_fn run;
} commands[COMMANDS_MAX];
static size_t commands_n;

void control_command(const char *name, control_fn run)
{
	for (size_t i = 0; i < commands_n; i++)
		if (!strcmp(commands[i].name, name)) {
			commands[i].run = run;
			return;
		}
	MUST(commands_n < COMMANDS_MAX);
	commands[commands_n].name = name;
	commands[commands_n++].run = run;
}

/* ---- frames ---- */
static bool all_out(int fd, const void *p, size_t n)
{
	for (const char *at = p; n;) {
		ssize_t k = send(fd, at, n, MSG_NOSIGNAL);

		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool all_in(int fd, void *p, size_t n)
{
	for (char *at = p; n;) {
		ssize_t k = recv(fd, at, n, 0);

		if (k <= 0)
			return false;
		at += k;
		n -= (size_t)k;
	}
	return true;
}

static bool frame_out(int fd, const void *p, uint32_t n)
{
	return all_out(fd, &n, sizeof n) && all_out(fd, p, n);
}

/* The bytes end with a NUL that is not counted; false: closed, late or too long. */
static bool frame_in(int fd, char p[FRAME_BYTES_MAX + 1], uint32_t *n)
{
	if (!all_in(fd, n, sizeof *n) || *n > FRAME_BYTES_MAX || !all_in(fd, p, *n))
		return false;
	p[*n] = 0;
	return true;
}

void control_say(struct control_reply *r, const char *fmt, ...)
{
	char text[2048] = "-";
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text + 1, sizeof text - 1, fmt, ap);
	va_end(ap);
	if (n >= 0)
		frame_out(r->fd, text, (uint32_t)strlen(text)); /* a client that left misses it */
}

void control_line(void *reply, const char *line)
{
	control_say(reply, "%s", line);
}

/* ---- what there is ---- */
static int do_status(struct store *s, int argc, char **argv, struct control_reply *r)
{
	(void)argc, (void)argv;
	control_say(r, "process %d", (int)getpid());
	control_say(r, "folder %s", s->dir);
	control_say(r, "statements %zu", s->statements_n);
	pthread_mutex_lock(&s->writer.mutex);
	control_say(r, "writes waiting %zu", s->writer.waiting);
	pthread_mutex_unlock(&s->writer.mutex);
	return 0;
}

static int do_stop(struct store *s, int argc, char **argv, struct control_reply *r)
{
	(void)s, (void)argc, (void)argv;
	control_say(r, "stopping process %d", (int)getpid());
	return kill(getpid(), SIGTERM) ? 1 : 0;
}

static void say_progress(void *ctx, const char *line)
{
	control_say(ctx, "%s", line);
}

static int do_backup(struct store *s, int argc, char **argv, struct control_reply *r)
{
	if (argc != 2 || argv[1][0] != '/') {
		control_say(r, "backup takes one absolute path");
		return 2;
	}
	store_backup(s, argv[1], say_progress, r);
	return 0;
}

const char store_keys_rotated_words[] =
	"The other servers work on with what they opened. Put the new master key in each of their "
	"folders before\nits next start, and before the next rotation. Then destroy every copy of "
	"the old one: with it, and with\nwhat the key store's cluster has of dropped keys (its "
	"log, dead rows, copies of it), those would open.";

static bool rotate_apply(struct db *db, void *ctx)
{
	(void)db;
	keys_rotate(ctx);
	return true;
}

void store_keys_rotate(struct store *s)
{
	if (s->key_engine->shared) { /* over a connection of its own: there may be many keys */
		keys_rotate(s);
		return;
	}
	struct arena *a = arena_make(1 << 20);
	/* patient: in a batch of its own, since keys that wait for another's commit would too */
	struct write_unit u = {.arena = a, .patient = true, .apply = rotate_apply, .ctx = s};
	enum write_result r = store_write_wait(s, &u);

	arena_free(a);
	if (r != WRITE_DONE)
		fault(FAULT_STORE, "the master key was not rotated: %s", u.fault.what);
}

static int do_keys(struct store *s, int argc, char **argv, struct control_reply *r)
{
	if (argc != 2 || strcmp(argv[1], "rotate") != 0) {
		control_say(r, "keys rotate is all there is");
		return 2;
	}
	store_keys_rotate(s);
	control_say(r, "a new master key is in %s", s->master_path);
	if (store_keys_shared(s))
		control_say(r, "%s", store_keys_rotated_words);
	return 0;
}

/* ---- serving ---- */
static control_fn command_of(const char *name)
{
	for (size_t i = 0; i < commands_n; i++)
		if (!strcmp(commands[i].name, name))
			return commands[i].run;
	return NULL;
}

static int run(struct store *s, int argc, char **argv, struct control_reply *r)
{
	control_fn command = command_of(argv[0]);
	struct fault_point fp;
	volatile int code = 1;

	if (!command) {
		control_say(r, "the server knows no command \"%s\"", argv[0]);
		return 2;
	}
	if (FAULT_TRY(fp)) {
		code = command(s, argc, argv, r);
		FAULT_END(fp);
	} else {
		control_say(r, "%s", fp.what);
	}
	return code;
}

/* Root may do all this anyway, and is who asks a server that systemd gave a user of its own. */
static bool may_ask(int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) &&
	       (who.uid == geteuid() || who.uid == 0);
}

static int run_for(struct store *s, int argc, char **argv, struct control_reply *r)
{
	if (!may_ask(r->fd)) {
		control_say(r, "only root and the user that the server runs as may ask it");
		return 1;
	}
	return argc ? run(s, argc, argv, r) : 2;
}

static void answer(struct store *s, int fd)
{
	char *words = malloc(FRAME_BYTES_MAX + 1), *argv[WORDS_MAX + 1] = {NULL}, code[16];
	struct control_reply r = {fd};
	uint32_t n;
	int argc = 0;

	if (words && frame_in(fd, words, &n)) {
		for (char *p = words; p < words + n && argc < WORDS_MAX; p += strlen(p) + 1)
			argv[argc++] = p;
		int k = snprintf(code, sizeof code, "=%d", run_for(s, argc, argv, &r));

		frame_out(fd, code, (uint32_t)k);
	}
	free(words);
}

static void *asked_main(void *p)
{
	struct asked *a = p;
	struct control *c = a->control;

	answer(c->store, a->fd);
	close(a->fd);
	free(a);
	pthread_mutex_lock(&c->mutex);
	c->running--;
	pthread_cond_broadcast(&c->idle);
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

static void accept_one(struct control *c)
{
	struct timeval limit = {.tv_sec = REQUEST_S};
	int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
	struct asked *a = fd < 0 ? NULL : malloc(sizeof *a);
	pthread_t t;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	pthread_mutex_lock(&c->mutex);
	bool room = a && c->running < RUNNING_MAX;

	c->running += room;
	pthread_mutex_unlock(&c->mutex);
	if (room) {
		*a = (struct asked){c, fd};
		if (!pthread_create(&t, NULL, asked_main, a)) {
			pthread_detach(t);
			return;
		}
		pthread_mutex_lock(&c->mutex);
		c->running--;
		pthread_mutex_unlock(&c->mutex);
	}
	close(fd);
	free(a);
}

static void *control_main(void *p)
{
	struct control *c = p;
	struct pollfd fds[] = {
		{.fd = c->listener, .events = POLLIN}, {.fd = c->stop_pipe[0], .events = POLLIN}};

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (fds[0].revents)
			accept_one(c);
	}
}

static bool address(struct sockaddr_un *a, const char *dir)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = snprintf(a->sun_path, sizeof a->sun_path, "%s/kontor.sock", dir);

	return n > 0 && (size_t)n < sizeof a->sun_path;
}

void control_start(struct store *s)
{
	struct control *c = calloc(1, sizeof *c);
	struct sockaddr_un a;

	if (!c)
		fault(FAULT_MEMORY, "no memory for the control socket");
	if (!address(&a, s->dir))
		fault(FAULT_STORE, "%s: the path is too long for a control socket (kontor.sock)",
			s->dir);
	control_command("status", do_status);
	control_command("stop", do_stop);
	control_command("backup", do_backup);
	control_command("keys", do_keys);
	c->store = s;
	memcpy(c->path, a.sun_path, sizeof c->path);
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->idle, NULL);
	/* The lock says that no other process listens there. */
	if (unlink(c->path) && errno != ENOENT)
		fault(FAULT_STORE, "%s: %s: remove it, then start again", c->path, strerror(errno));
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t before = umask(0177);
	bool ok = c->listener >= 0 && !bind(c->listener, (struct sockaddr *)&a, sizeof a);

	umask(before);
	ok = ok && !listen(c->listener, 8) && !pipe2(c->stop_pipe, O_CLOEXEC);
	if (!ok || pthread_create(&c->thread, NULL, control_main, c))
		fault(FAULT_STORE, "%s: %s", c->path, strerror(errno));
	s->control = c;
}

void control_stop(struct store *s)
{
	struct control *c = s->control;

	if (!c)
		return;
	s->control = NULL;
	close(c->stop_pipe[1]);
	pthread_join(c->thread, NULL);
	pthread_mutex_lock(&c->mutex);
	while (c->running)
		pthread_cond_wait(&c->idle, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
	close(c->stop_pipe[0]);
	close(c->listener);
	unlink(c->path);
	pthread_mutex_destroy(&c->mutex);
	pthread_cond_destroy(&c->idle);
	free(c);
}

/* ---- asking ---- */
static int talk(int fd, int argc, const char *const *argv, char *buf, FILE *out)
{
	uint32_t n = 0;
	int64_t code;

	for (int i = 0; i < argc; i++) {
		size_t k = strlen(argv[i]) + 1;

		if (n + k > FRAME_BYTES_MAX)
			return 2;
		memcpy(buf + n, argv[i], k);
		n += (uint32_t)k;
	}
	if (!frame_out(fd, buf, n))
		return -1;
	while (frame_in(fd, buf, &n)) {
		if (buf[0] == '=')
			return str_int((str){buf + 1, n - 1}, &code) ? (int)code : 1;
		fprintf(out, "%s\n", buf + 1);
	}
	fprintf(out, "the server went away\n");
	return 1;
}

int control_ask(const char *dir, int argc, const char *const *argv, FILE *out)
{
	struct sockaddr_un a;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), code = -1;
	char *buf = malloc(FRAME_BYTES_MAX + 1);

	if (fd >= 0 && buf && address(&a, dir) && !connect(fd, (struct sockaddr *)&a, sizeof a))
		code = talk(fd, argc, argv, buf, out);
	free(buf);
	if (fd >= 0)
		close(fd);
	return code;
}
