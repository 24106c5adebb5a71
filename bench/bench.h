/* bench: what the measuring programs share: bars, sorted times, a client for HTTP on loopback.
 *
 * A bar is one line `bar NAME VALUE UNIT BOUND pass|fail`; lines that begin with # tell more. */
#ifndef KONTOR_BENCH_H
#define KONTOR_BENCH_H

#include "base/base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 1 << 20, FLOOD_CONNECTIONS = 64 };
#define BENCH_FN __attribute__((unused)) static

BENCH_FN void bar(const char *name, double value, const char *unit, const char *bound, bool pass)
{
	printf("bar %s %.3f %s %s %s\n", name, value, unit, bound, pass ? "pass" : "fail");
}

BENCH_FN double seconds(void)
{
	return (double)clock_mono_us() / 1e6;
}

/* ---- times ---- */

BENCH_FN int by_value(const void *p, const void *q)
{
	const double *x = p, *y = q;

	return (*x > *y) - (*x < *y);
}

BENCH_FN double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return n ? v[n / 2] : 0;
}

BENCH_FN int by_us(const void *p, const void *q)
{
	const int64_t *x = p, *y = q;

	return (*x > *y) - (*x < *y);
}

/* The value below which `percent` of the sorted times lie, in milliseconds. */
BENCH_FN double quantile_ms(const int64_t *us, size_t n, size_t percent)
{
	size_t at = n * percent / 100;

	return n ? (double)us[at < n ? at : n - 1] / 1e3 : 0;
}

/* CPU time that a process has used, in microseconds, counted in ticks of 10 ms. */
BENCH_FN double cpu_us_of(int pid)
{
	char path[64], line[1024] = "";
	unsigned long user = 0, system = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	FILE *f = fopen(path, "re");

	if (f && fgets(line, sizeof line, f))
		sscanf(line, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &system);
	if (f)
		fclose(f);
	return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

/* KB that a process has written towards the disk; 0 where the system does not tell. */
BENCH_FN double written_kb_of(int pid)
{
	char path[64], line[128];
	unsigned long long bytes = 0;

	snprintf(path, sizeof path, "/proc/%d/io", pid);
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof line, f))
		sscanf(line, "write_bytes: %llu", &bytes);
	if (f)
		fclose(f);
	return (double)bytes / 1000;
}

/* ---- one connection that waits for each answer ---- */

BENCH_FN struct sockaddr_in address_of(const char *text) /* 127.0.0.1:PORT */
{
	const char *colon = strchr(text, ':');

	if (!colon)
		fault(FAULT_OUTSIDE, "%s is not ADDRESS:PORT", text);
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(colon + 1)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* -1: nobody listens. */
BENCH_FN int dial_try(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to)) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

BENCH_FN int dial(const struct sockaddr_in *to)
{
	int fd = dial_try(to);

	if (fd < 0)
		fault(FAULT_OUTSIDE, "the server does not answer");
	return fd;
}

/* Bytes of a whole answer, as far as `buf` (NUL-ended) tells; 0: not yet known. */
BENCH_FN size_t answer_bytes(const char *buf)
{
	const char *end = strstr(buf, "\r\n\r\n"), *length;

	if (!end)
		return 0;
	length = strcasestr(buf, "\r\nContent-Length:");
	return (size_t)(end - buf) + 4 + (length && length < end ? (size_t)atol(length + 17) : 0);
}

/* One request; the answer, or {NULL, 0} when the connection ended. */
BENCH_FN str ask(int fd, str request)
{
	static _Thread_local char buf[ANSWER_BYTES_MAX];
	size_t have = 0, whole = 0;

	if (write(fd, request.p, request.n) != (ssize_t)request.n)
		return (str){0};
	while (!whole || have < whole) {
		ssize_t got = read(fd, buf + have, sizeof buf - 1 - have);

		if (got <= 0)
			return (str){0};
		have += (size_t)got;
		buf[have] = 0;
		if (!whole)
			whole = answer_bytes(buf);
	}
	return (str){buf, have};
}

BENCH_FN int status_of(str answer)
{
	return answer.n > 12 && !strncmp(answer.p, "HTTP/1.1 ", 9) ? atoi(answer.p + 9) : 0;
}

/* ---- paced: so many requests a second over connections that wait for their answers ---- */

enum { PACED_CONNECTIONS = 16, PACED_ANSWERS_MAX = 16384 };
struct paced {
	struct sockaddr_in to;
	int rate, seconds;				      /* requests a second in all */
	str (*request)(void *ctx, struct arena *a, size_t i); /* the i-th request's bytes */
	void *ctx;
	int64_t *us; /* out: times of good answers, sorted */
	size_t n, wrong;
};
struct paced_client {
	const struct paced *p;
	pthread_t thread;
	int number;
	int64_t us[PACED_ANSWERS_MAX];
	size_t n, wrong;
};

BENCH_FN void *paced_main(void *ctx)
{
	struct paced_client *c = ctx;
	const struct paced *p = c->p;
	struct arena *a = arena_make((size_t)16 << 20);
	int fd = dial(&p->to);
	const int64_t step = SECOND_US * PACED_CONNECTIONS / p->rate;
	int64_t now = clock_mono_us(), next = now + step * c->number / PACED_CONNECTIONS,
		end = now + p->seconds * SECOND_US;

	for (size_t i = (size_t)c->number; next < end; i += PACED_CONNECTIONS, next += step) {
		arena_reset(a);
		str request = p->request(p->ctx, a, i);

		now = clock_mono_us();
		if (next > now)
			usleep((useconds_t)(next - now));
		now = clock_mono_us();
		if (status_of(ask(fd, request)) != 200) {
			c->wrong++;
			close(fd);
			fd = dial(&p->to);
		} else if (c->n < COUNT(c->us)) {
			c->us[c->n++] = clock_mono_us() - now;
		}
	}
	close(fd);
	arena_free(a);
	return NULL;
}

BENCH_FN void paced_run(struct paced *p, struct arena *a)
{
	struct paced_client *c = arena_array(a, struct paced_client, PACED_CONNECTIONS);

	p->us = arena_array(a, int64_t, (size_t)PACED_CONNECTIONS * PACED_ANSWERS_MAX);
	p->n = p->wrong = 0;
	for (int i = 0; i < PACED_CONNECTIONS; i++) {
		c[i].p = p;
		c[i].number = i;
		MUST(!pthread_create(&c[i].thread, NULL, paced_main, &c[i]));
	}
	for (int i = 0; i < PACED_CONNECTIONS; i++) {
		pthread_join(c[i].thread, NULL);
		memcpy(p->us + p->n, c[i].us, c[i].n * sizeof *p->us);
		p->n += c[i].n;
		p->wrong += c[i].wrong;
	}
	qsort(p->us, p->n, sizeof *p->us, by_us);
	if (!p->n)
		fault(FAULT_OUTSIDE, "no request was answered");
}

/* ---- flood: n requests as fast as 64 connections take them, by one thread ---- */

enum { FLOOD_SERVERS_MAX = 8 };
struct flood {
	struct sockaddr_in to[FLOOD_SERVERS_MAX]; /* connections are spread over them */
	size_t servers;
	str (*request)(void *ctx, struct arena *a, size_t i);
	void *ctx;
	size_t n;
	int status;	       /* what a good answer has */
	size_t wrong;	       /* out */
	char first_wrong[400]; /* out: the first other answer's beginning */
};
struct flood_connection {
	int fd;
	size_t have, whole;
	char buf[1 << 16];
};

BENCH_FN void flood_send(struct flood *f, struct flood_connection *c, struct arena *a, size_t i)
{
	arena_reset(a);
	str request = f->request(f->ctx, a, i);

	c->have = c->whole = 0;
	if (write(c->fd, request.p, request.n) != (ssize_t)request.n)
		fault(FAULT_OUTSIDE, "a request could not be sent");
}

/* True: the answer is there. */
BENCH_FN bool flood_read(struct flood *f, struct flood_connection *c)
{
	ssize_t got = read(c->fd, c->buf + c->have, sizeof c->buf - 1 - c->have);

	if (got <= 0)
		fault(FAULT_OUTSIDE, "the server ended a connection: %s", strerror(errno));
	c->have += (size_t)got;
	c->buf[c->have] = 0;
	if (!c->whole)
		c->whole = answer_bytes(c->buf);
	if (!c->whole || c->have < c->whole)
		return false;
	if (status_of((str){c->buf, c->have}) != f->status && !f->wrong++)
		snprintf(f->first_wrong, sizeof f->first_wrong, "%.399s", c->buf);
	return true;
}

/* Seconds that it took. */
BENCH_FN double flood_run(struct flood *f)
{
	static struct flood_connection c[FLOOD_CONNECTIONS];
	struct epoll_event ready[FLOOD_CONNECTIONS];
	struct arena *a = arena_make((size_t)1 << 20);
	int at = epoll_create1(EPOLL_CLOEXEC);
	size_t sent = 0, got = 0;
	double from = seconds();

	for (size_t i = 0; i < FLOOD_CONNECTIONS && sent < f->n; i++) {
		struct epoll_event e = {.events = EPOLLIN, .data.ptr = &c[i]};

		c[i].fd = dial(&f->to[i % f->servers]);
		MUST(!epoll_ctl(at, EPOLL_CTL_ADD, c[i].fd, &e));
		flood_send(f, &c[i], a, sent++);
	}
	while (got < f->n) {
		int n = epoll_wait(at, ready, FLOOD_CONNECTIONS, 30000);

		if (n <= 0)
			fault(FAULT_OUTSIDE, "no answer for 30 s");
		for (int i = 0; i < n; i++) {
			struct flood_connection *x = ready[i].data.ptr;

			if (!flood_read(f, x))
				continue;
			got++;
			if (sent < f->n)
				flood_send(f, x, a, sent++);
		}
	}
	double took = seconds() - from;

	for (size_t i = 0; i < FLOOD_CONNECTIONS && i < f->n; i++)
		close(c[i].fd);
	close(at);
	arena_free(a);
	return took;
}

#endif
