/* The log: one line of JSON and one write() an event, so that threads do not mix their lines. */
#include "base.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 4096 };

static _Atomic int level_least = LOG_INFO;
static _Atomic int log_fd = STDERR_FILENO;

struct line {
	char p[LINE_BYTES_MAX];
	size_t n;
};

void log_level_set(enum log_level level)
{
	level_least = (int)level;
}

void log_to_fd(int fd)
{
	log_fd = fd;
}

/* What does not fit is cut; three bytes stay free for the end of the line. */
static void put(struct line *l, const char *p, size_t n)
{
	size_t room = sizeof l->p - 3 - l->n;

	if (n > room)
		n = room;
	memcpy(l->p + l->n, p, n);
	l->n += n;
}

static bool plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void put_text(struct line *l, str s)
{
	put(l, "\"", 1);
	for (size_t i = 0, n; i < s.n && l->n < sizeof l->p - 16; i += n) {
		unsigned char c = (unsigned char)s.p[i];
		char u[8];

		for (n = 0; i + n < s.n && plain((unsigned char)s.p[i + n]);)
			n++;
		if (n) {
			put(l, s.p + i, n);
			continue;
		}
		n = 1;
		if (c < 0x20)
			put(l, u, (size_t)snprintf(u, sizeof u, "\\u%04x", c));
		else
			put(l, (char[]){'\\', (char)c}, 2);
	}
	if (l->n > sizeof l->p - 4)
		l->n = sizeof l->p - 4;
	l->p[l->n++] = '"';
}

/* Digits of n, at least `least` of them, zeros in front. */
static void put_digits(struct line *l, uint64_t n, int least)
{
	char b[20];
	int at = sizeof b;

	for (; n || least > 0; n /= 10, least--)
		b[--at] = (char)('0' + n % 10);
	put(l, b + at, sizeof b - (size_t)at);
}

static void put_integer(struct line *l, int64_t i)
{
	if (i < 0)
		put(l, "-", 1);
	put_digits(l, i < 0 ? -(uint64_t)i : (uint64_t)i, 1);
}

static void put_time(struct line *l, instant now)
{
	struct civil c = civil_of(now);

	put_digits(l, (uint64_t)c.year, 4);
	put(l, "-", 1);
	put_digits(l, (uint64_t)c.month, 2);
	put(l, "-", 1);
	put_digits(l, (uint64_t)c.day, 2);
	put(l, "T", 1);
	put_digits(l, (uint64_t)c.hour, 2);
	put(l, ":", 1);
	put_digits(l, (uint64_t)c.minute, 2);
	put(l, ":", 1);
	put_digits(l, (uint64_t)c.second, 2);
	put(l, ".", 1);
	put_digits(l, (uint64_t)(now.us / 1000 % 1000), 3);
	put(l, "Z", 1);
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	put(l, "{\"t\":\"", 6);
	put_time(l, clock_real());
	put(l, "\",\"level\":\"", 11);
	put(l, names[level], strlen(names[level]));
	put(l, "\",\"event\":", 10);
	put_text(l, str_of(event));
}

static void put_field(struct line *l, const struct log_field *f)
{
	put(l, ",", 1);
	put_text(l, str_of(f->key));
	put(l, ":", 1);
	if (f->kind == LOG_F_INT)
		put_integer(l, f->i);
	else
		put_text(l, f->s);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l;

	l.n = 0;
	if ((int)level < level_least)
		return;
	put_head(&l, level, event);
	for (const struct log_field *f = fields; f && f->kind != LOG_F_END; f++) {
		/* A field that may not fit is left out whole: the line stays JSON. */
		if (l.n + strlen(f->key) + 6 * f->s.n + 40 > sizeof l.p)
			continue;
		put_field(&l, f);
	}
	put(&l, "}", 1);
	l.p[l.n++] = '\n';
	for (size_t done = 0; done < l.n;) {
		ssize_t n = write(log_fd, l.p + done, l.n - done);

		if (n < 0 && errno != EINTR)
			return; /* a full disk must not stop the marketplace */
		if (n > 0)
			done += (size_t)n;
	}
}
