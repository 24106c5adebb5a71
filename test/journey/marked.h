/* marked.h: do planted words or bytes of keys stand in a file of the installation? */
#ifndef KONTOR_TEST_MARKED_H
#define KONTOR_TEST_MARKED_H

#include "store/inside.h"
#include "test/journey/journey.h"

#include <ftw.h>

enum { MARKED_FILE_BYTES_MAX = 1 << 28 };

static str markers[8];
static size_t hits;

static int holds_marker(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)f;
	if (flag != FTW_F || s->st_size > MARKED_FILE_BYTES_MAX)
		return 0;
	struct arena *a = arena_make((size_t)1 << 30);
	str all = file_read(a, path, MARKED_FILE_BYTES_MAX);

	for (size_t i = 0; i < COUNT(markers) && markers[i].n; i++)
		if (str_find(all, markers[i]) != (size_t)-1) {
			printf("# marker %zu in %s\n", i, path);
			hits++;
		}
	arena_free(a);
	return 0;
}

/* In how many files of the installation does one of the markers stand? */
static size_t marked(void)
{
	hits = 0;
	nftw(journey.dir, holds_marker, 16, FTW_PHYS);
	return hits;
}

#endif
