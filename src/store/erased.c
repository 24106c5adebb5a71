/* erased.log: one line for each erasure, appended and flushed before the key goes. A backup that is
 * older than an erasure brings the subject back; a restore replays this file over it. Lines name
 * the subject's number and the time, nothing else, and carry a keyed digest. */
#include "inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void id_suffix(char end[64], int64_t subject)
{
	struct arena *a = arena_make(1 << 16);

	snprintf(end, 64, "-%s.eml", id_text(a, subject).p);
	arena_free(a);
}

static int line_of(char out[160], struct store *s, int64_t subject, int64_t at_us)
{
	char head[80], hex[33];
	int n = snprintf(head, sizeof head, "%lld %lld", (long long)subject, (long long)at_us);
	struct digest d = digest_keyed(s->secrets.replay, (str){head, (size_t)n});

	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", d.b[i]);
	return snprintf(out, 160, "%s %s\n", head, hex);
}

void erased_log(struct store *s, const struct drop *v, size_t n)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/erased.log", s->dir);
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0;

	for (size_t i = 0; ok && i < n; i++) {
		char line[160];
		int k = line_of(line, s, v[i].subject, clock_now().us);

		ok = write(fd, line, (size_t)k) == k;
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

bool erased_line(struct store *s, str line, int64_t *subject)
{
	str rest = line, id = str_cut(&rest, ' '), at = str_cut(&rest, ' ');
	int64_t us;
	char want[160];

	if (!str_int(id, subject) || !str_int(at, &us))
		return false;
	int n = line_of(want, s, *subject, us);

	return str_eq_secret((str){want, (size_t)n - 1}, line);
}
