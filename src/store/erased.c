/* erased.log: one line for each erasure, appended and flushed before the key goes. A backup that is
 * older than an erasure brings the subject back; a restore replays this file over it. Lines name
 * the subject's number and the time, nothing else. Each carries a keyed digest over itself and the
 * line before, so that none can be changed, left out or put in unseen. */
#include "keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void id_suffix(char end[64], int64_t subject)
{
	struct arena *a = arena_make(1 << 16);

	snprintf(end, 64, "-%s.eml", id_text(a, subject).p);
	arena_free(a);
}

int erased_line(char out[ERASED_LINE_BYTES], const uint8_t key[KEY_BYTES], const char *before,
	int64_t subject, int64_t at_us)
{
	char head[ERASED_LINE_BYTES], hex[ERASED_DIGEST_CHARS + 1];
	int n = snprintf(
		head, sizeof head, "%s %lld %lld", before, (long long)subject, (long long)at_us);
	struct digest d = digest_keyed(key, (str){head, (size_t)n});

	for (int i = 0; i < ERASED_DIGEST_CHARS / 2; i++)
		snprintf(hex + 2 * i, 3, "%02x", d.b[i]);
	return snprintf(out, ERASED_LINE_BYTES, "%lld %lld %s\n", (long long)subject,
		(long long)at_us, hex);
}

/* The digest of the last line that is there; empty at the beginning of the log. */
static void tail_read(int fd, char tail[ERASED_DIGEST_CHARS + 1])
{
	char end[ERASED_DIGEST_CHARS + 1];
	struct stat st;

	*tail = 0;
	if (fstat(fd, &st) || st.st_size <= (off_t)sizeof end ||
		pread(fd, end, sizeof end, st.st_size - (off_t)sizeof end) != (ssize_t)sizeof end)
		return;
	memcpy(tail, end, ERASED_DIGEST_CHARS);
	tail[ERASED_DIGEST_CHARS] = 0;
}

void erased_file_add(struct store_conn *c, const struct drop *v, size_t n)
{
	struct store *s = c->store;
	char path[4096], tail[ERASED_DIGEST_CHARS + 1];

	snprintf(path, sizeof path, "%s/erased.log", s->dir);
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0;

	if (ok)
		tail_read(fd, tail);
	for (size_t i = 0; ok && i < n; i++) {
		char line[ERASED_LINE_BYTES];
		int k = erased_line(line, s->secrets.replay, tail, v[i].subject, clock_now().us);

		ok = write(fd, line, (size_t)k) == k;
		memcpy(tail, line + k - 1 - ERASED_DIGEST_CHARS, ERASED_DIGEST_CHARS);
		tail[ERASED_DIGEST_CHARS] = 0;
	}
	ok = ok && !fdatasync(fd);
	int e = errno;

	if (fd >= 0)
		close(fd);
	if (!ok)
		fault(FAULT_STORE, "%s: %s", path, strerror(e));
}

/* A demonstration keeps mails as files, DIR/mail/MESSAGE-OWNER.eml: those of who is erased go. */
void erased_mails(struct store *s, const struct drop *v, size_t n)
{
	char dir[4096], path[4400], end[64];
	bool gone = false;

	snprintf(dir, sizeof dir, "%s/mail", s->dir);
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));)
		for (size_t i = 0; i < n; i++) {
			id_suffix(end, v[i].subject);
			if (!str_ends(str_of(e->d_name), str_of(end)))
				continue;
			snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
			gone |= !unlink(path);
		}
	if (d)
		closedir(d);
	if (gone)
		dir_sync(dir);
}

/* SQLite is restored as a whole (backup.c). The database of PostgreSQL is brought back by others:
 * one that is older than the last erasure has that subject as it was. */
void erased_file_late(struct store_conn *c, struct arena *a, struct erased_ids *out)
{
	const char *log = path_join(a, c->store->dir, "erased.log");
	struct erased_ids all;

	if (c->engine == &engine_lite || access(log, F_OK))
		return;
	all = erased_read(a, c->store->secrets.replay, file_read(a, log, ERASED_LOG_BYTES_MAX));
	if (all.n && !subject_erased(c, all.v[all.n - 1]))
		*out = all;
}

struct erased_ids erased_read(struct arena *a, const uint8_t key[KEY_BYTES], str log)
{
	struct erased_ids all = {0};
	char before[ERASED_DIGEST_CHARS + 1] = "", want[ERASED_LINE_BYTES];

	while (log.n) {
		str line = str_cut(&log, '\n'), rest = line, id = str_cut(&rest, ' '),
		    at = str_cut(&rest, ' ');
		int64_t subject, us;

		bool fine = str_int(id, &subject) && str_int(at, &us) && log.p;
		int n = fine ? erased_line(want, key, before, subject, us) : 0;

		if (!fine || !str_eq_secret((str){want, (size_t)n - 1}, line))
			fault(FAULT_STORE,
				"the erasure log is not of this installation, or was changed (line "
				"%zu)",
				all.n + 1);
		*ARENA_PUSH(a, &all) = subject;
		memcpy(before, rest.p, ERASED_DIGEST_CHARS);
		before[ERASED_DIGEST_CHARS] = 0;
	}
	return all;
}
