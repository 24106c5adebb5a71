/* file.h: what every build-time program needs: whole files in, whole files out, mistakes in
 * compiler form (FILE:LINE: error: ...), so that editors and people find them. */
#ifndef KONTOR_TOOL_FILE_H
#define KONTOR_TOOL_FILE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/out.h"

enum { FILE_BYTES_MAX = 64 << 20, ERRORS_MAX = 100 };

static int file_errors; /* mistakes told so far: the program's exit status */

__attribute__((unused)) static PRINTF_LIKE(3, 4) void error_at(
	const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: error: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (++file_errors >= ERRORS_MAX) {
		fprintf(stderr, "%s:%d: error: %d mistakes: the rest is not shown\n", file, line,
			ERRORS_MAX);
		exit(1);
	}
}

static noreturn void file_stop(const char *path)
{
	fprintf(stderr, "%s: error: %s\n", path, strerror(errno));
	exit(1);
}

/* The whole file, with a NUL behind it; ends the program when it cannot be read. */
__attribute__((unused)) static str file_read(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rbe");
	long n;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
		file_stop(path);
	if (n > FILE_BYTES_MAX) {
		errno = EFBIG;
		file_stop(path);
	}
	char *p = arena_alloc(a, 1, (size_t)n + 1);

	if (fread(p, 1, (size_t)n, f) != (size_t)n)
		file_stop(path);
	fclose(f);
	return (str){p, (size_t)n};
}

/* Leaves a file that already holds these bytes alone, so that make rebuilds nothing for it. */
__attribute__((unused)) static void file_write(struct arena *a, const char *path, str bytes)
{
	FILE *f = fopen(path, "rbe");

	if (f) {
		fclose(f);
		if (str_eq(file_read(a, path), bytes))
			return;
	}
	f = fopen(path, "wbe");
	if (!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0)
		file_stop(path);
}

/* path/to/order.html -> order.html */
__attribute__((unused)) static const char *file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The bytes as a C string literal, without the quotes. */
__attribute__((unused)) static void out_c_string(struct out *o, str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			out_fmt(o, "\\%c", c);
		else if (c == '\n')
			out_lit(o, "\\n");
		else if (c < 0x20 || c == '?' || c == 0x7f)
			out_fmt(o, "\\%03o", c); /* ? too: no trigraphs */
		else
			out_char(o, (char)c);
	}
}

#endif
