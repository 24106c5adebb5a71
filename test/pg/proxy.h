/* A proxy between the store and the cluster's socket, which can be cut: at once, or so that what
 * the store says still arrives and what the server answers does not. Connections that are made
 * afterwards go through. */
#ifndef KONTOR_TEST_PROXY_H
#define KONTOR_TEST_PROXY_H

#include "test/rows.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

enum proxy_cut { PROXY_NOW = 1, PROXY_ANSWERS };
enum { PROXY_LOOK_MS = 10, PROXY_LATE_MS = 500, PROXY_BYTES = 1 << 16, PROXY_CUTS = 4 };
#define PROXY_SOCKET ".s.PGSQL.5432"

static struct proxy {
	char dir[64];
	int listener;
	atomic_bool stop;
	atomic_int how, cuts;		  /* how was cut last, how often */
	atomic_int lines[PROXY_CUTS + 1]; /* open ones, by the cuts before they were made */
	pthread_t thread;
} proxy;
struct proxy_line {
	int client, server, cuts;
};

static int proxy_socket(const char *where, bool listens)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/" PROXY_SOCKET, where);
	MUST(fd >= 0);
	if (listens)
		MUST(!bind(fd, (struct sockaddr *)&a, sizeof a) && !listen(fd, 16));
	else
		MUST(!connect(fd, (struct sockaddr *)&a, sizeof a));
	return fd;
}

/* False: the end. */
static bool proxy_pass(int from, int to)
{
	char buffer[PROXY_BYTES];
	ssize_t n = read(from, buffer, sizeof buffer);

	return n > 0 && (to < 0 || send(to, buffer, (size_t)n, MSG_NOSIGNAL) == n);
}

static void *proxy_line(void *line)
{
	struct proxy_line *l = line;
	int64_t end = 0;

	for (bool open = true; open && !atomic_load(&proxy.stop);) {
		struct pollfd p[] = {
			{.fd = l->client, .events = POLLIN}, {.fd = l->server, .events = POLLIN}};

		poll(p, COUNT(p), PROXY_LOOK_MS);
		bool cut = l->cuts < atomic_load(&proxy.cuts);

		if (cut && atomic_load(&proxy.how) == PROXY_NOW)
			break;
		if (cut && !end)
			end = clock_mono_us() + PROXY_LATE_MS * 1000;
		if (end && clock_mono_us() > end)
			break;
		if (p[0].revents)
			open = proxy_pass(l->client, l->server);
		if (open && p[1].revents)
			open = proxy_pass(l->server, cut ? -1 : l->client);
	}
	close(l->client);
	close(l->server);
	atomic_fetch_sub(&proxy.lines[l->cuts], 1);
	free(l);
	return NULL;
}

static void *proxy_main(void *none)
{
	while (!atomic_load(&proxy.stop)) {
		struct pollfd p = {.fd = proxy.listener, .events = POLLIN};
		struct proxy_line *l;
		pthread_t t;

		if (poll(&p, 1, PROXY_LOOK_MS) <= 0)
			continue;
		l = malloc(sizeof *l);
		MUST(l);
		*l = (struct proxy_line){accept(proxy.listener, NULL, NULL),
			proxy_socket(rows_cluster(), false), atomic_load(&proxy.cuts)};
		atomic_fetch_add(&proxy.lines[l->cuts], 1);
		MUST(!pthread_create(&t, NULL, proxy_line, l));
		pthread_detach(t);
	}
	return none;
}

/* The same database through the proxy. */
static const char *proxy_begin(const char *address)
{
	memset(&proxy, 0, sizeof proxy);
	snprintf(proxy.dir, sizeof proxy.dir, "/tmp/kontor-proxy-XXXXXX");
	MUST(mkdtemp(proxy.dir));
	proxy.listener = proxy_socket(proxy.dir, true);
	MUST(!pthread_create(&proxy.thread, NULL, proxy_main, NULL));
	str rest = str_of(address), before = str_cut(&rest, '?');

	return str_fmt(test_arena, STR_FMT "?host=%s", STR_ARG(before), proxy.dir).p;
}

/* Waits for what is cut alone: whoever listens to the database connects again at once. */
static void proxy_cut(enum proxy_cut how)
{
	int before = atomic_load(&proxy.cuts);

	MUST(before < PROXY_CUTS);
	atomic_store(&proxy.how, how);
	atomic_store(&proxy.cuts, before + 1);
	for (int i = 0; how == PROXY_NOW && i <= before; i++)
		while (atomic_load(&proxy.lines[i]))
			usleep(1000);
}

static void proxy_end(void)
{
	atomic_store(&proxy.stop, true);
	pthread_join(proxy.thread, NULL);
	for (int i = 0; i <= PROXY_CUTS; i++)
		while (atomic_load(&proxy.lines[i]))
			usleep(1000);
	close(proxy.listener);
	unlink(str_fmt(test_arena, "%s/" PROXY_SOCKET, proxy.dir).p);
	rmdir(proxy.dir);
}

#endif
