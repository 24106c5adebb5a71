/* marker.h: is anything left? Looks for planted words and for the bytes of keys in every file of an
 * installation, in backups, and in a core of the running server, taken with gcore (Debian: gdb);
 * where that is not to be had, in the process's memory as /proc/PID/mem shows it. Without either it
 * says so aloud and the test fails: nothing was looked at.
 *
 * The server must be the release build: a sanitizer keeps what was freed (base/wipe.c). */
#ifndef KONTOR_TEST_MARKER_H
#define KONTOR_TEST_MARKER_H

#include "test/program.h"

#include <ftw.h>

enum { MARKERS_MAX = 32, MARKER_BLOCK = 8 << 20, MARKER_BYTES_MAX = 256, MARKER_SHOWN = 24 };

struct marker {
	const char *name; /* shown when it is found */
	size_t n;
	char bytes[MARKER_BYTES_MAX];
};
static struct marker markers[MARKERS_MAX];
static size_t markers_n, marker_hits;
static bool marker_quiet; /* hits are wanted: the scan itself is tried */

UNUSED_OK static void marker_add(const char *name, str bytes)
{
	MUST(markers_n < MARKERS_MAX && bytes.n >= 6 && bytes.n <= MARKER_BYTES_MAX);
	markers[markers_n] = (struct marker){.name = name, .n = bytes.n};
	memcpy(markers[markers_n++].bytes, bytes.p, bytes.n);
}

/* The bytes around a hit, readable ones as they are: they tell whose buffer it was. */
static void marker_show(const char *where, uint64_t at, const char *name, str block, size_t i)
{
	char around[120];
	size_t from = i > 40 ? i - 40 : 0, n = 0;

	marker_hits++;
	if (marker_quiet || marker_hits > MARKER_SHOWN)
		return;
	for (size_t k = from; k < block.n && n < sizeof around - 1; k++)
		around[n++] = block.p[k] >= ' ' && block.p[k] < 127 ? block.p[k] : '.';
	around[n] = 0;
	printf("# %s in %s at %llx: %s\n", name, where, (unsigned long long)at, around);
}

static void marker_block(const char *where, uint64_t at, str block)
{
	for (size_t i = 0; i < markers_n; i++) {
		const struct marker *m = &markers[i];
		const char *p = block.p;
		size_t left = block.n;

		for (const char *hit; left >= m->n && (hit = memmem(p, left, m->bytes, m->n));) {
			marker_show(where, at + (uint64_t)(hit - block.p), m->name, block,
				(size_t)(hit - block.p));
			left -= (size_t)(hit + m->n - p);
			p = hit + m->n;
		}
	}
}

/* From `at`, `n` bytes or to the end, in blocks that overlap by the longest marker. */
static void marker_read(int fd, const char *where, uint64_t at, uint64_t n)
{
	static char buf[MARKER_BLOCK];
	uint64_t end = n > UINT64_MAX - at ? UINT64_MAX : at + n;

	while (at < end) {
		size_t want = end - at < MARKER_BLOCK ? (size_t)(end - at) : MARKER_BLOCK;
		ssize_t got = pread(fd, buf, want, (off_t)at);

		if (got <= 0)
			break;
		marker_block(where, at, (str){buf, (size_t)got});
		if ((size_t)got <= MARKER_BYTES_MAX || (uint64_t)got == end - at)
			break;
		at += (uint64_t)got - MARKER_BYTES_MAX;
	}
}

static int marker_file(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)s, (void)f;
	int fd = flag == FTW_F ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		marker_read(fd, path, 0, UINT64_MAX);
		close(fd);
	}
	return 0;
}

/* Memory that the process may write and that is no file's: what gcore would take, too. */
static bool marker_memory(pid_t pid)
{
	char path[64], line[512];
	bool looked = false;

	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
	FILE *maps = fopen(path, "re");

	while (fd >= 0 && maps && fgets(line, sizeof line, maps)) {
		unsigned long long from, to, offset, inode;
		char mode[8], device[16];

		if (sscanf(line, "%llx-%llx %7s %llx %15s %llu", &from, &to, mode, &offset, device,
			    &inode) != 6 ||
			mode[0] != 'r' || mode[1] != 'w' || mode[3] == 's')
			continue;
		marker_read(fd, "memory", from, to - from);
		looked = true;
	}
	if (maps)
		fclose(maps);
	if (fd >= 0)
		close(fd);
	return looked;
}

static bool marker_core(pid_t pid)
{
	const char *core = in_home("core");
	char number[16], path[300];

	snprintf(number, sizeof number, "%d", (int)pid);
	snprintf(path, sizeof path, "%s.%s", core, number);
	const char *const words[] = {"gcore", "-o", core, number, NULL};
	int code = run_words(words, in_home("gcore.log"));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (code || fd < 0) {
		printf("# gcore gives no core (%s): looking into /proc/%d/mem\n",
			code == 127 ? "it is not installed: tool/install check"
				    : "ptrace is not permitted",
			(int)pid);
		if (fd >= 0)
			close(fd);
		return marker_memory(pid);
	}
	marker_read(fd, "core", 0, UINT64_MAX);
	close(fd);
	unlink(path);
	return true;
}

/* Hits in every file below the folders (NULL-ended) and in the server (pid 0: none). */
UNUSED_OK static size_t marker_scan(const char *const *folders, pid_t pid)
{
	marker_hits = 0;
	for (; *folders; folders++)
		nftw(*folders, marker_file, 32, FTW_PHYS);
	if (pid > 0 && !marker_core(pid))
		TEST_FAIL("the server's memory cannot be looked at: nothing is proven of it");
	return marker_hits;
}

/* Until nothing is found, at most so long: what is done by the clock has its minute. */
UNUSED_OK static size_t marker_scan_until(const char *const *folders, pid_t pid, int most_s)
{
	bool quiet = marker_quiet;
	size_t n = 1;

	marker_quiet = true;
	for (int64_t end = clock_mono_us() + most_s * SECOND_US; clock_mono_us() < end && n;) {
		n = marker_scan(folders, pid);
		if (n)
			usleep(2000000);
	}
	marker_quiet = quiet;
	return n ? marker_scan(folders, pid) : 0; /* once more, saying where */
}

/* The wrapped key of somebody in keys.db, looked up from outside; empty: there is none. */
UNUSED_OK static str marker_key(const char *keys_path, int64_t owner)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	str key = {0};

	if (!sqlite3_open_v2(keys_path, &db, SQLITE_OPEN_READWRITE, NULL) &&
		!sqlite3_prepare_v2(
			db, "select wrapped from subject_key where owner = ?1", -1, &st, NULL)) {
		sqlite3_bind_int64(st, 1, owner);
		if (sqlite3_step(st) == SQLITE_ROW)
			key = str_dup(test_arena, (str){sqlite3_column_blob(st, 0),
							  (size_t)sqlite3_column_bytes(st, 0)});
	}
	sqlite3_finalize(st);
	sqlite3_close(db);
	return key;
}

#endif
