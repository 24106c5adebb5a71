/* archive: files in one compressed stream with a manifest of their digests, under a keyed digest.
 * Format: doc/store.md. */
#ifndef KONTOR_STORE_ARCHIVE_H
#define KONTOR_STORE_ARCHIVE_H

#include "../base/base.h"

enum { ARCHIVE_FORMAT = 1 };
struct archive_head {
	char kind[8]; /* "data" or "keys" */
	uint32_t format;
	uint32_t schema; /* number of the newest schema file */
	uint8_t id[16];	 /* the same in the data and the keys of one backup */
	int64_t made_us;
};

struct archive_out; /* an archive being written: beside its name, until archive_end */
/* Begins one; faults. */
struct archive_out *archive_create(
	const char *path, const struct archive_head *h, const uint8_t key[32]); /* faults */
void archive_add(
	struct archive_out *o, const char *name, const char *path); /* a file, as it is on disk */
void archive_end(struct archive_out *o);  /* manifest, digest, flush, rename into place; frees o */
void archive_drop(struct archive_out *o); /* gives up: removes what was written; NULL is fine */

/* Reads the whole file and checks its keyed digest, before anything is unpacked; faults with what
 * is wrong. */
struct archive_head archive_verify(const char *path, const char *kind, const uint8_t key[32]);
/* Unpacks into `dir`, or nowhere if it is NULL; compares every file with the manifest. Returns how
 * many files there were. */
size_t archive_unpack(const char *path, const char *dir);

#endif
