/* Archives of backups.
 *
 *	head        64 bytes: "KONTOR\r\n", format, schema, id, kind, time
 *	body        zstd frame of records: name length (2), size (8), name, bytes, BLAKE2b-256
 *	            the last record is "manifest": a line `digest size name` for each file
 *	end         32 bytes: BLAKE2b-256 of everything before, keyed
 *
 * Numbers are little endian. */
#include "archive.h"
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

enum { HEAD_BYTES = 64, END_BYTES = 32, CHUNK = 128 << 10, NAME_MAX_BYTES = 255, LEVEL = 3 };
static const char magic[8] = "KONTOR\r\n";

struct wire_head {
	char magic[8];
	uint32_t format, schema;
	uint8_t id[16];
	char kind[8];
	int64_t made_us;
	uint8_t zero[16];
};
_Static_assert(sizeof(struct wire_head) == HEAD_BYTES, "the head has 64 bytes");

/* ---- writing ---- */
struct archive_out {
	char path[4096], part[4096];
	int fd, in; /* in: what is being added; -1: nothing */
	ZSTD_CCtx *z;
	crypto_generichash_state mac;
	char buf[CHUNK];
	struct {
		char *p;
		size_t n, cap;
	} manifest;
};

static void raw_out(struct archive_out *o, const void *p, size_t n)
{
	crypto_generichash_update(&o->mac, p, n);
	for (const char *at = p; n;) {
		ssize_t k = write(o->fd, at, n);

		if (k <= 0)
			fault(FAULT_STORE, "%s: %s", o->part, strerror(errno));
		at += k;
		n -= (size_t)k;
	}
}

static void packed_out(struct archive_out *o, const void *p, size_t n, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {p, n, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {o->buf, sizeof o->buf, 0};

		left = ZSTD_compressStream2(o->z, &out, &in, end);
		if (ZSTD_isError(left))
			fault(FAULT_STORE, "%s: %s", o->part, ZSTD_getErrorName(left));
		raw_out(o, o->buf, out.pos);
	} while (end == ZSTD_e_end ? left : in.pos < in.size);
}

struct archive_out *archive_create(
	const char *path, const struct archive_head *h, const uint8_t key[32])
{
	struct archive_out *o = calloc(1, sizeof *o);
	struct wire_head w = {.format = h->format, .schema = h->schema, .made_us = h->made_us};

	struct fault_point fp;

	if (!o)
		fault(FAULT_MEMORY, "no memory for an archive");
	o->in = -1;
	memcpy(w.magic, magic, sizeof magic);
	memcpy(w.id, h->id, sizeof w.id);
	memcpy(w.kind, h->kind, sizeof w.kind);
	snprintf(o->path, sizeof o->path, "%s", path);
	int n = snprintf(o->part, sizeof o->part, "%s.part", path);

	MUST(n > 0 && (size_t)n < sizeof o->part);
	o->fd = open(o->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (o->fd < 0) {
		int e = errno;

		free(o);
		fault(FAULT_STORE, "%s.part: %s", path, strerror(e));
	}
	crypto_generichash_init(&o->mac, key, 32, END_BYTES);
	o->z = ZSTD_createCCtx();
	MUST(o->z);
	ZSTD_CCtx_setParameter(o->z, ZSTD_c_compressionLevel, LEVEL);
	if (FAULT_TRY(fp)) {
		raw_out(o, &w, sizeof w);
		FAULT_END(fp);
		return o;
	}
	archive_drop(o); /* the disk is full from the first byte on */
	fault(fp.kind, "%s", fp.what);
}

static void record_head(struct archive_out *o, const char *name, uint64_t size)
{
	uint16_t n = (uint16_t)strlen(name);

	MUST(strlen(name) <= NAME_MAX_BYTES);
	packed_out(o, &n, sizeof n, ZSTD_e_continue);
	packed_out(o, &size, sizeof size, ZSTD_e_continue);
	packed_out(o, name, n, ZSTD_e_continue);
}

static void manifest_add(
	struct archive_out *o, const char *name, uint64_t size, const uint8_t digest[32])
{
	char hex[65], line[400];

	sodium_bin2hex(hex, sizeof hex, digest, 32);
	int k = snprintf(line, sizeof line, "%s %llu %s\n", hex, (unsigned long long)size, name);

	if (o->manifest.n + (size_t)k > o->manifest.cap) {
		size_t cap = (o->manifest.cap + (size_t)k) * 2;
		char *p = realloc(o->manifest.p, cap);

		if (!p)
			fault(FAULT_MEMORY, "no memory for a manifest");
		o->manifest.p = p;
		o->manifest.cap = cap;
	}
	memcpy(o->manifest.p + o->manifest.n, line, (size_t)k);
	o->manifest.n += (size_t)k;
}

static void bytes_add(struct archive_out *o, const char *path, uint64_t size, uint8_t digest[32])
{
	crypto_generichash_state h;
	char buf[CHUNK];

	crypto_generichash_init(&h, NULL, 0, 32);
	for (uint64_t left = size; left;) {
		ssize_t k = read(o->in, buf, left < sizeof buf ? left : sizeof buf);

		if (k <= 0)
			fault(FAULT_STORE, "%s: %s", path,
				k ? strerror(errno) : "it became shorter while it was read");
		crypto_generichash_update(&h, (void *)buf, (size_t)k);
		packed_out(o, buf, (size_t)k, ZSTD_e_continue);
		left -= (uint64_t)k;
	}
	crypto_generichash_final(&h, digest, 32);
	packed_out(o, digest, 32, ZSTD_e_continue);
}

void archive_add(struct archive_out *o, const char *name, const char *path)
{
	uint8_t digest[32];
	struct stat st;

	o->in = open(path, O_RDONLY | O_CLOEXEC);
	if (o->in < 0 || fstat(o->in, &st))
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	record_head(o, name, (uint64_t)st.st_size);
	bytes_add(o, path, (uint64_t)st.st_size, digest);
	close(o->in);
	o->in = -1;
	manifest_add(o, name, (uint64_t)st.st_size, digest);
}

static void out_free(struct archive_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->in >= 0)
		close(o->in);
	ZSTD_freeCCtx(o->z);
	free(o->manifest.p);
	free(o);
}

void archive_end(struct archive_out *o)
{
	uint8_t mac[END_BYTES], digest[32];

	crypto_generichash(digest, 32, (void *)o->manifest.p, o->manifest.n, NULL, 0);
	record_head(o, "manifest", o->manifest.n);
	packed_out(o, o->manifest.p, o->manifest.n, ZSTD_e_continue);
	packed_out(o, digest, sizeof digest, ZSTD_e_end);
	crypto_generichash_final(&o->mac, mac, sizeof mac);
	if (write(o->fd, mac, sizeof mac) != (ssize_t)sizeof mac || fsync(o->fd) ||
		rename(o->part, o->path))
		fault(FAULT_STORE, "%s: %s", o->path, strerror(errno));
	out_free(o);
}

void archive_drop(struct archive_out *o)
{
	if (!o)
		return;
	unlink(o->part);
	out_free(o);
}

/* ---- verifying ---- */
static int archive_open(const char *path, off_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || st.st_size < HEAD_BYTES + END_BYTES) {
		close(fd);
		fault(FAULT_STORE, "%s is no backup of Kontor, or was cut off", path);
	}
	*size = st.st_size;
	return fd;
}

static bool mac_good(int fd, off_t size, const uint8_t key[32])
{
	crypto_generichash_state h;
	uint8_t buf[8 << 10], mac[END_BYTES], want[END_BYTES];

	crypto_generichash_init(&h, key, 32, END_BYTES);
	lseek(fd, 0, SEEK_SET);
	for (off_t left = size - END_BYTES; left > 0;) {
		ssize_t k = read(fd, buf, left < (off_t)sizeof buf ? (size_t)left : sizeof buf);

		if (k <= 0)
			return false;
		crypto_generichash_update(&h, buf, (size_t)k);
		left -= k;
	}
	crypto_generichash_final(&h, mac, sizeof mac);
	return read(fd, want, sizeof want) == (ssize_t)sizeof want &&
	       !sodium_memcmp(mac, want, sizeof mac);
}

struct archive_head archive_verify(const char *path, const char *kind, const uint8_t key[32])
{
	struct wire_head w;
	off_t size;
	int fd = archive_open(path, &size);
	bool head = read(fd, &w, sizeof w) == (ssize_t)sizeof w &&
		    !memcmp(w.magic, magic, sizeof magic);
	bool good = head && w.format <= ARCHIVE_FORMAT && mac_good(fd, size, key);

	close(fd);
	if (!head)
		fault(FAULT_STORE, "%s is no backup of Kontor", path);
	if (w.format > ARCHIVE_FORMAT)
		fault(FAULT_STORE, "%s was written by a newer program (format %u): use that one",
			path, w.format);
	if (!good)
		fault(FAULT_STORE,
			"%s was cut off or changed, or is of an installation with another master "
			"key",
			path);
	if (strncmp(w.kind, kind, sizeof w.kind) != 0)
		fault(FAULT_STORE, "%s holds %.8s, not %s", path, w.kind, kind);
	struct archive_head h = {.format = w.format, .schema = w.schema, .made_us = w.made_us};

	memcpy(h.kind, w.kind, sizeof h.kind);
	memcpy(h.id, w.id, sizeof h.id);
	return h;
}

/* ---- unpacking ---- */
struct archive_in {
	const char *path, *dir;
	int fd;
	off_t left;
	ZSTD_DCtx *z;
	ZSTD_inBuffer in;
	uint8_t buf[CHUNK];
	struct archive_out seen; /* its manifest is rebuilt from what is read */
};

static noreturn void damaged(struct archive_in *a)
{
	fault(FAULT_STORE, "%s is damaged", a->path);
}

static void packed_in(struct archive_in *a, void *p, size_t n)
{
	ZSTD_outBuffer out = {p, n, 0};

	while (out.pos < out.size) {
		if (a->in.pos == a->in.size) {
			size_t want = a->left < CHUNK ? (size_t)a->left : CHUNK;
			ssize_t k = want ? read(a->fd, a->buf, want) : 0;

			a->in = (ZSTD_inBuffer){a->buf, k > 0 ? (size_t)k : 0, 0};
			a->left -= k > 0 ? k : 0;
		}
		size_t before = out.pos, from = a->in.pos,
		       rc = ZSTD_decompressStream(a->z, &out, &a->in);

		if (ZSTD_isError(rc) ||
			(out.pos == before && a->in.pos == from && a->in.pos == a->in.size))
			damaged(a);
	}
}

/* Names are relative, of letters, digits and -._, without "..": nothing leaves the folder. */
static bool name_good(const char *name)
{
	if (!*name || *name == '/' || strstr(name, "..") || strstr(name, "//"))
		return false;
	for (const char *p = name; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/",
			    *p))
			return false;
	return true;
}

static int target_open(struct archive_in *a, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/%s", a->dir, name);

	MUST(n > 0 && (size_t)n < sizeof path);
	for (char *p = strchr(path + strlen(a->dir) + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			fault(FAULT_STORE, "%s: %s", path, strerror(errno));
		*p = '/';
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	return fd;
}

static void file_unpack(struct archive_in *a, const char *name, uint64_t size)
{
	crypto_generichash_state h;
	uint8_t want[32], got[32];
	static _Thread_local char buf[CHUNK];
	int fd = a->dir ? target_open(a, name) : -1;
	bool ok = true;

	crypto_generichash_init(&h, NULL, 0, 32);
	for (uint64_t left = size; left && ok;) {
		size_t n = left < sizeof buf ? (size_t)left : sizeof buf;

		packed_in(a, buf, n);
		crypto_generichash_update(&h, (void *)buf, n);
		ok = fd < 0 || write(fd, buf, n) == (ssize_t)n;
		left -= n;
	}
	if (fd >= 0) {
		ok = ok && !fsync(fd);
		close(fd);
	}
	if (!ok)
		fault(FAULT_STORE, "%s/%s: %s", a->dir, name, strerror(errno));
	packed_in(a, want, sizeof want);
	crypto_generichash_final(&h, got, sizeof got);
	if (memcmp(want, got, sizeof got) != 0)
		damaged(a);
	manifest_add(&a->seen, name, size, got);
}

static size_t all_unpack(struct archive_in *a)
{
	for (size_t files = 0;; files++) {
		char name[NAME_MAX_BYTES + 1] = {0};
		uint16_t n;
		uint64_t size;

		packed_in(a, &n, sizeof n);
		packed_in(a, &size, sizeof size);
		if (n > NAME_MAX_BYTES)
			damaged(a);
		packed_in(a, name, n);
		if (strcmp(name, "manifest") != 0) {
			if (!name_good(name))
				damaged(a);
			file_unpack(a, name, size);
			continue;
		}
		char *m = size == a->seen.manifest.n ? malloc(size + 1) : NULL;

		if (!m)
			damaged(a);
		packed_in(a, m, size);
		bool same = !memcmp(m, a->seen.manifest.p ? a->seen.manifest.p : "", size);

		free(m);
		if (!same)
			damaged(a);
		return files;
	}
}

size_t archive_unpack(const char *path, const char *dir)
{
	struct archive_in *a = calloc(1, sizeof *a);
	struct fault_point fp;
	volatile size_t files = 0;
	off_t size;

	if (!a)
		fault(FAULT_MEMORY, "no memory for an archive");
	a->fd = -1;
	if (FAULT_TRY(fp)) {
		a->path = path;
		a->dir = dir;
		a->fd = archive_open(path, &size);
		a->left = size - HEAD_BYTES - END_BYTES;
		lseek(a->fd, HEAD_BYTES, SEEK_SET);
		a->z = ZSTD_createDCtx();
		MUST(a->z);
		files = all_unpack(a);
		FAULT_END(fp);
		fp.kind = 0;
	}
	if (a->fd >= 0)
		close(a->fd);
	ZSTD_freeDCtx(a->z);
	free(a->seen.manifest.p);
	free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return files;
}
