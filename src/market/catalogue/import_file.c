/* import_file: plain or gzip. */
#include "market/catalogue/import.h"

#include <errno.h>
#include <sys/stat.h>
#include <zlib.h>

struct import_file {
	gzFile gz;
	int64_t bytes;
};

struct import_file *import_file_open(struct arena *a, const char *path, const char **why)
{
	struct import_file *f = arena_new(a, struct import_file);
	struct stat st;

	f->gz = gzopen(path, "rbe");
	*why = f->gz ? "" : strerror(errno);
	if (!f->gz)
		return NULL;
	(void)gzbuffer(f->gz, 256 << 10);
	f->bytes = stat(path, &st) ? 0 : st.st_size;
	return f;
}

ssize_t import_file_read(void *file, void *p, size_t n)
{
	struct import_file *f = file;
	int got = gzread(f->gz, p, (unsigned)n), e;

	if (got <= 0) { /* at the end of a file that lacks its trailer gzread says 0 */
		(void)gzerror(f->gz, &e);
		return e == Z_OK || e == Z_STREAM_END ? 0 : -1;
	}
	return got;
}

void import_file_place(const struct import_file *f, int64_t *at, int64_t *of)
{
	*at = gzoffset(f->gz);
	*of = f->bytes;
}

void import_file_close(struct import_file *f)
{
	gzclose(f->gz);
}
