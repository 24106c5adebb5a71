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

static void put_text(struct line *l, str s)
{
	put(l, "\"", 1);
	for (size_t i = 0; i < s.n && l->n < sizeof l->p - 16; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char u[8];

		if (c == '"' || c == '\\')
			put(l, (char[]){'\\', (char)c}, 2);
		else if (c < 0x20)
			put(l, u, (size_t)snprintf(u, sizeof u, "\\u%04x", c));
		else
			put(l, &s.p[i], 1);
	}
	l->p[l->n++] = '"'; /* the loop keeps room for it */
}

static void put_head(struct line *l, enum log_level level, const char *event)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	instant now = clock_real();
	struct civil c = civil_of(now);
	char b[80];
	int n = snprintf(b, sizeof b,
		"{\"t\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"level\":\"%s\",\"event\":",
		c.year, c.month, c.day, c.hour, c.minute, c.second, (int)(now.us / 1000 % 1000),
		names[level]);

	put(l, b, (size_t)n);
	put_text(l, str_of(event));
}

static void put_field(struct line *l, const struct log_field *f)
{
	char b[24];

	put(l, ",", 1);
	put_text(l, str_of(f->key));
	put(l, ":", 1);
	if (f->kind == LOG_F_INT)
		put(l, b, (size_t)snprintf(b, sizeof b, "%lld", (long long)f->i));
	else
		put_text(l, f->s);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l = {.n = 0};

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
