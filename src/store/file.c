/* Small files of an installation, written so that a crash leaves the old one or the new one. */
#include "inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_BYTES_MAX = 64 << 20, /* of one that lies in a bucket */
	FILE_TOUCH_S = 3600,	   /* what is asked for is said to be young so often */
};

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

/* By a name of its own: two may put the same file at once. Backups leave out points. */
static void local_put(struct db *db, const char *path, str name, str bytes)
{
	str id = id_text(db->arena, id_make());
	const char *tmp = file_path(db, str_fmt(db->arena, "." STR_FMT, STR_ARG(id)).p, name);

	file_write_synced(tmp, bytes, 0600);
	if (rename(tmp, path))
		fault(FAULT_STORE, "%s: %s", path, strerror(errno));
	parent_sync(path);
}

void db_file_put(struct db *db, str name, str bytes)
{
	const char *path = file_path(db, "", name);
	const struct store_bucket *b = db->conn->store->bucket;

	if (b) /* whole there before any row can name it */
		b->put(b->ctx, db->arena, name, bytes);
	if (!utimensat(AT_FDCWD, path, NULL, 0)) /* there: young again, so it is not swept */
		return;
	local_put(db, path, name, bytes);
}

/* From the bucket into the folder, which is its cache; false: it is in neither. */
static bool fetch(struct db *db, const char *path, str name)
{
	const struct store_bucket *b = db->conn->store->bucket;
	struct db copy = *db; /* with an arena of its own: what is asked for may be large */
	struct fault_point fp;
	volatile bool found = false;
	struct stat st;

	if (!lstat(path, &st)) {
		if (b && st.st_mtim.tv_sec < clock_real().us / SECOND_US - FILE_TOUCH_S)
			(void)utimensat(AT_FDCWD, path, NULL, 0); /* stays in the cache */
		return true;
	}
	if (!b)
		return false;
	copy.arena = arena_make(2 * FILE_BYTES_MAX);
	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		str bytes = b->get(b->ctx, copy.arena, name, FILE_BYTES_MAX);

		found = bytes.p != NULL;
		if (found)
			local_put(&copy, path, name, bytes);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(copy.arena);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return found;
}

str db_file_get(struct db *db, str name, size_t bytes_max)
{
	const char *path = file_path(db, "", name);

	return fetch(db, path, name) ? file_read(db->arena, path, bytes_max) : (str){NULL, 0};
}

const char *db_file_path(struct db *db, str name)
{
	const char *path = file_path(db, "", name);

	(void)fetch(db, path, name);
	return path;
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

/* ---- a bucket -------------------------------------------------------------------------------- */
void store_files_in(struct store *s, const struct store_bucket *b)
{
	s->bucket = b;
}

bool store_files_apart(const struct store *s)
{
	return s->bucket != NULL;
}

static const char *cached(struct store *s, struct arena *a, str name)
{
	return str_fmt(a, "%s/files/" STR_FMT, s->dir, STR_ARG(name)).p;
}

bool store_file_drop(struct store *s, struct arena *a, str name, instant before)
{
	if (atomic_load(&s->backups) || !s->bucket->drop(s->bucket->ctx, a, name, before))
		return false;
	unlink(cached(s, a, name));
	return true;
}

void store_file_away(struct store *s, struct arena *a, str name, bool named)
{
	const char *path = cached(s, a, name);
	const struct store_bucket *b = s->bucket;
	struct arena *own = arena_make(2 * FILE_BYTES_MAX);
	struct fault_point fp;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		if (named && !b->there(b->ctx, own, name))
			b->put(b->ctx, own, name, file_read(own, path, FILE_BYTES_MAX));
		unlink(path);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(own);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
}

size_t store_bucket_old(
	struct store *s, struct arena *a, instant before, str *v, size_t most, bool *end)
{
	const struct store_bucket *b = s->bucket;
	str last = {NULL, 0};
	size_t n = b->old(b->ctx, a, str_of(s->bucket_after), before, v, most, &last, end);

	MUST(last.n < sizeof s->bucket_after);
	snprintf(s->bucket_after, sizeof s->bucket_after, STR_FMT, *end ? 0 : (int)last.n,
		last.p ? last.p : "");
	return n;
}
