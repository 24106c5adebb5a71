/* Small files of an installation, written so that a crash leaves the old one or the new one. */
#include "inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

str file_read(struct arena *a, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (size_t)st.st_size > max) {
		close(fd);
		fault(FAULT_STORE, "%s: not a file of at most %zu bytes", path, max);
	}
	char *p = arena_alloc(a, 1, (size_t)st.st_size + 1);
	size_t n = 0;

	while (n < (size_t)st.st_size) {
		ssize_t k = read(fd, p + n, (size_t)st.st_size - n);

		if (k <= 0)
			break;
		n += (size_t)k;
	}
	close(fd);
	return (str){p, n};
}

void file_make_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0600)) {
		int e = errno;

		if (fd >= 0)
			close(fd);
		fault(FAULT_STORE, "%s: %s", path, strerror(e));
	}
	close(fd);
}

void dir_sync(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd)) {
		int e = errno;

		if (fd >= 0)
			close(fd);
		fault(FAULT_STORE, "%s: %s", dir, strerror(e));
	}
	close(fd);
}

static void parent_sync(const char *path)
{
	char dir[4096];
	const char *slash = strrchr(path, '/');

	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
	dir_sync(*dir ? dir : "/");
}

void file_write_synced(const char *path, str bytes, unsigned mode)
{
	char tmp[4096];
	int n = snprintf(tmp, sizeof tmp, "%s.new", path);

	MUST(n > 0 && (size_t)n < sizeof tmp);
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		fault(FAULT_STORE, "%s: %s", tmp, strerror(errno));
	bool ok = true;

	for (size_t at = 0; at < bytes.n && ok;) {
		ssize_t k = write(fd, bytes.p + at, bytes.n - at);

		ok = k > 0;
		at += ok ? (size_t)k : 0;
	}
	ok = ok && !fsync(fd);
	int e = errno;

	ok = !close(fd) && ok;
	if (!ok || rename(tmp, path)) {
		unlink(tmp);
		fault(FAULT_STORE, "%s: %s", path, strerror(ok ? errno : e));
	}
	parent_sync(path);
}

char *path_join(struct arena *a, const char *dir, const char *name)
{
	return (char *)str_fmt(a, "%s/%s", dir, name).p;
}

/* ---- files/ ---- */

static const char *file_path(struct db *db, const char *before, str name)
{
	bool good = name.n && name.n <= 80;

	for (size_t i = 0; i < name.n; i++)
		good = good &&
		       strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
			       name.p[i]);
	if (!good)
		fault(FAULT_BUG, "a file of the installation may not be called that");
	return str_fmt(
		db->arena, "%s/files/%s" STR_FMT, db->conn->store->dir, before, STR_ARG(name))
		.p;
}

void db_file_put(struct db *db, str name, str bytes)
{
	const char *path = file_path(db, "", name);
	str id = id_text(db->arena, id_make());

	if (!utimensat(AT_FDCWD, path, NULL, 0)) /* there: young again, so it is not swept */
		return;
	/* By a name of its own: two may put the same file at once. Backups leave out points. */
	const char *tmp = file_path(db, str_fmt(db->arena, "." STR_FMT, STR_ARG(id)).p, name);

	file_write_synced(tmp, bytes, 0600);
	if (rename(tmp, path))
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	parent_sync(path);
}

str db_file_get(struct db *db, str name, size_t bytes_max)
{
	const char *path = file_path(db, "", name);

	return access(path, F_OK) ? (str){NULL, 0} : file_read(db->arena, path, bytes_max);
}

const char *db_file_path(struct db *db, str name)
{
	return file_path(db, "", name);
}

void db_file_discard(struct db *db, str name)
{
	const char *path = file_path(db, "", name);

	if (unlink(path) && errno != ENOENT)
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
}

/* ---- what no row names ---- */

static bool older(const struct stat *st, instant before)
{
	return S_ISREG(st->st_mode) && st->st_mtim.tv_sec < before.us / SECOND_US;
}

void file_walk_end(struct store *s)
{
	if (s->walk)
		closedir(s->walk);
	s->walk = NULL;
}

size_t store_files_old(
	struct store *s, struct arena *a, instant before, str *v, size_t most, bool *end)
{
	struct dirent *e = NULL;
	struct stat st;
	size_t n = 0;

	if (!s->walk)
		s->walk = opendir(path_join(a, s->dir, "files"));
	if (!s->walk)
		fault(FAULT_STORE, "%s/files: %s", s->dir, strerror(errno));
	for (size_t seen = 0; seen < most && (e = readdir(s->walk)); seen++) {
		if (fstatat(dirfd(s->walk), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
			!older(&st, before))
			continue;
		if (e->d_name[0] == '.') /* the half of a put that was cut off */
			unlinkat(dirfd(s->walk), e->d_name, 0);
		else
			v[n++] = str_dup(a, str_of(e->d_name));
	}
	*end = !e;
	if (*end)
		file_walk_end(s);
	return n;
}

bool db_file_drop(struct db *db, str name, instant before)
{
	const char *path = file_path(db, "", name);
	struct stat st;

	if (!db->write)
		fault(FAULT_BUG, "a file is dropped outside of a write");
	store_due();
	return !atomic_load(&db->conn->store->backups) && !lstat(path, &st) && older(&st, before) &&
	       !unlink(path);
}
