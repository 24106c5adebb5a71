/* picture: pictures that suppliers send, decoded where nothing can be reached.
 *
 * Decoders of foreign bytes are where programs are broken into. picture_make starts the program
 * anew (`kontor picture`), without its memory, files or environment; the child takes the bytes,
 * gives up every system call but reading and writing what it holds and memory, decodes, and sends
 * back two JPEGs. Nothing of the original file is kept: no metadata, no place, no device. */
#ifndef KONTOR_PICTURE_H
#define KONTOR_PICTURE_H

#include "market/catalogue/catalogue.h"

enum {
	PICTURE_LARGE_PX = 1600, /* longest side */
	PICTURE_PIXELS_MAX = 50000000,
	PICTURE_WAIT_S = 10,
	PICTURE_ARENA_BYTES_MAX = 8 << 20, /* of both results */
};
struct picture_made {
	str large, small;      /* JPEG */
	int64_t width, height; /* of the large one */
};
/* False: not a picture that can be read (JPEG, PNG, WebP), or too large. Waits at most
 * PICTURE_WAIT_S; for worker threads. */
bool picture_make(struct arena *a, str bytes, struct picture_made *m);
/* The child: reads from 0, writes to 0, returns the exit code. */
int picture_worker(void);

#endif
