/* Decoding pictures in a child process that may do nothing else. */
#include "market/catalogue/picture.h"

#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <gd.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct picture_head { /* child to parent, then the bytes of both */
	uint32_t width, height, large_n, small_n;
};

/* ---- the parent ---- */

static bool send_all(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = send(fd, (const char *)p + at, n - at, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += (size_t)k;
	}
	return true;
}

static bool receive_all(int fd, void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = recv(fd, (char *)p + at, n - at, 0);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return false;
		at += (size_t)k;
	}
	return true;
}

static bool talk(struct arena *a, int fd, str bytes, struct picture_made *m)
{
	struct picture_head h;

	if (!send_all(fd, bytes.p, bytes.n) || shutdown(fd, SHUT_WR) ||
		!receive_all(fd, &h, sizeof h))
		return false;
	if (!h.large_n || !h.small_n || h.large_n > PICTURE_ARENA_BYTES_MAX ||
		h.small_n > PICTURE_ARENA_BYTES_MAX || !h.width || !h.height ||
		h.width > PICTURE_LARGE_PX || h.height > PICTURE_LARGE_PX)
		return false;
	char *large = arena_alloc(a, 1, h.large_n), *small = arena_alloc(a, 1, h.small_n);

	if (!receive_all(fd, large, h.large_n) || !receive_all(fd, small, h.small_n))
		return false;
	*m = (struct picture_made){{large, h.large_n}, {small, h.small_n}, h.width, h.height};
	/* The child is not trusted: what it sends must at least be what it says. */
	return !memcmp(large, "\xff\xd8\xff", 3) && !memcmp(small, "\xff\xd8\xff", 3);
}

static pid_t start(int child_fd)
{
	char name[] = "kontor",
	     command[] = "picture", *const argv[] = {name, command, NULL}, *const env[] = {NULL};
	posix_spawn_file_actions_t f;
	pid_t pid = 0;

	if (posix_spawn_file_actions_init(&f))
		return 0;
	if (posix_spawn_file_actions_adddup2(&f, child_fd, 0) ||
		posix_spawn_file_actions_addopen(&f, 1, "/dev/null", O_WRONLY, 0) ||
		posix_spawn_file_actions_addopen(&f, 2, "/dev/null", O_WRONLY, 0) ||
		posix_spawn(&pid, "/proc/self/exe", &f, NULL, argv, env))
		pid = 0;
	posix_spawn_file_actions_destroy(&f);
	return pid;
}

bool picture_make(struct arena *a, str bytes, struct picture_made *m)
{
	const struct timeval wait = {PICTURE_WAIT_S, 0};
	int fd[2], status = 0;
	bool good = false;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		fault(FAULT_OUTSIDE, "pictures: no socket: %s", strerror(errno));
	setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	pid_t pid = start(fd[1]);

	close(fd[1]);
	if (pid)
		good = talk(a, fd[0], bytes, m);
	close(fd[0]);
	if (!pid)
		fault(FAULT_OUTSIDE, "pictures: the program cannot be started a second time");
	if (!good)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return good && WIFEXITED(status) && !WEXITSTATUS(status);
}

/* ---- the child ---- */

/* By the system call itself: what a sanitizer does before it asks for more than is allowed here. */
noreturn static void leave(int code)
{
	for (;;)
		syscall(SYS_exit_group, code);
}

/* Memory, and reading and writing what is open: nothing else. Memory that can be executed is not
 * given out any more. */
static bool lock_in(void)
{
	static const int calls[] = {SCMP_SYS(read), SCMP_SYS(recvfrom), SCMP_SYS(write),
		SCMP_SYS(sendto), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk),
		SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_gettime),
		SCMP_SYS(getrandom)};
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool good =
		c && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

	for (size_t i = 0; good && i < COUNT(calls); i++)
		good = !seccomp_rule_add(c, SCMP_ACT_ALLOW, calls[i], 0);
	good = good &&
	       !seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
	       !seccomp_rule_add(c, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
	       !seccomp_load(c);
	if (c)
		seccomp_release(c);
	return good;
}

static void limit(int what, rlim_t v)
{
	setrlimit(what, &(struct rlimit){v, v});
}

static void limits_set(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, PICTURE_WAIT_S - 2);
	limit(RLIMIT_FSIZE, 0);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is terabytes of address space */
	limit(RLIMIT_AS, (rlim_t)768 << 20);
#endif
	close_range(3, ~0U, 0);
}

/* The whole input; *n 0: none, or more than a form may carry. */
static unsigned char *read_all(size_t *n)
{
	static unsigned char p[REQ_UPLOAD_BYTES_MAX + 1];

	*n = 0;
	for (ssize_t k; (k = recv(0, p + *n, REQ_UPLOAD_BYTES_MAX + 1 - *n, 0)) > 0;)
		*n += (size_t)k;
	if (*n > REQ_UPLOAD_BYTES_MAX)
		*n = 0;
	return p;
}

static unsigned at16(const unsigned char *p, bool little)
{
	return little ? (unsigned)(p[0] | p[1] << 8) : (unsigned)(p[0] << 8 | p[1]);
}

static uint32_t at32(const unsigned char *p, bool little)
{
	return little ? at16(p, true) | (uint32_t)at16(p + 2, true) << 16
		      : (uint32_t)at16(p, false) << 16 | at16(p + 2, false);
}

/* How the camera was held (1 upright, 3, 6, 8 turned) in an Exif block; 1 if it does not say. */
static unsigned exif_turn(const unsigned char *p, size_t n)
{
	if (n < 20 || memcmp(p, "Exif\0\0", 6) != 0)
		return 1;
	const unsigned char *t = p + 6;
	size_t m = n - 6;
	bool little = t[0] == 'I';
	size_t ifd = at32(t + 4, little);

	if (ifd > m || m - ifd < 2)
		return 1;
	size_t entries = at16(t + ifd, little);

	for (size_t i = 0; i < entries && ifd + 2 + (i + 1) * 12 <= m; i++) {
		const unsigned char *e = t + ifd + 2 + i * 12;

		if (at16(e, little) == 0x0112)
			return at16(e + 8, little);
	}
	return 1;
}

static unsigned jpeg_turn(const unsigned char *p, size_t n)
{
	for (size_t at = 2; at + 4 <= n && p[at] == 0xff && p[at + 1] != 0xda;) {
		size_t length = at16(p + at + 2, false);

		if (length < 2 || length > n - at - 2)
			break;
		if (p[at + 1] == 0xe1)
			return exif_turn(p + at + 4, length - 2);
		at += 2 + length;
	}
	return 1;
}

/* Fits a picture into a square of `side`, on white. Never larger than it was. */
static gdImagePtr fit(gdImagePtr from, int side)
{
	int w = gdImageSX(from), h = gdImageSY(from), longest = w > h ? w : h;

	if (longest > side) {
		w = (int)((int64_t)w * side / longest);
		h = (int)((int64_t)h * side / longest);
	}
	w = w ? w : 1;
	h = h ? h : 1;
	gdImagePtr to = gdImageCreateTrueColor(w, h);

	if (!to)
		return NULL;
	gdImageFilledRectangle(to, 0, 0, w - 1, h - 1, gdTrueColor(255, 255, 255));
	gdImageCopyResampled(to, from, 0, 0, 0, 0, w, h, gdImageSX(from), gdImageSY(from));
	return to;
}

static gdImagePtr turned(gdImagePtr from, unsigned turn)
{
	int w = gdImageSX(from), h = gdImageSY(from);
	bool side = turn == 6 || turn == 8;
	gdImagePtr to =
		turn == 3 || side ? gdImageCreateTrueColor(side ? h : w, side ? w : h) : NULL;

	if (!to)
		return from;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			int c = gdImageGetTrueColorPixel(from, x, y);

			if (turn == 3)
				gdImageSetPixel(to, w - 1 - x, h - 1 - y, c);
			else if (turn == 6)
				gdImageSetPixel(to, h - 1 - y, x, c);
			else
				gdImageSetPixel(to, y, w - 1 - x, c);
		}
	gdImageDestroy(from);
	return to;
}

static void silent(int priority, const char *format, va_list args)
{
	(void)priority, (void)format, (void)args;
}

static gdImagePtr decode(unsigned char *p, size_t n, unsigned *turn)
{
	*turn = 1;
	if (n < 16 || n > INT32_MAX)
		return NULL;
	if (!memcmp(p, "\x89PNG", 4))
		return gdImageCreateFromPngPtr((int)n, p);
	if (!memcmp(p, "RIFF", 4) && !memcmp(p + 8, "WEBP", 4))
		return gdImageCreateFromWebpPtr((int)n, p);
	if (memcmp(p, "\xff\xd8\xff", 3) != 0)
		return NULL;
	*turn = jpeg_turn(p, n);
	return gdImageCreateFromJpegPtr((int)n, p);
}

int picture_worker(void)
{
	size_t n;
	unsigned turn;

	limits_set();
	unsigned char *p = read_all(&n);

	gdSetErrorMethod(silent);
	if (!n || !lock_in())
		leave(3);
	gdImagePtr whole = decode(p, n, &turn);

	if (!whole || (int64_t)gdImageSX(whole) * gdImageSY(whole) > PICTURE_PIXELS_MAX)
		leave(4);
	gdImagePtr large = fit(whole, PICTURE_LARGE_PX);

	if (!large)
		leave(4);
	large = turned(large, turn);
	gdImagePtr small = fit(large, PICTURE_SMALL_PX);
	int large_n = 0, small_n = 0;
	void *large_p = gdImageJpegPtr(large, &large_n, 84),
	     *small_p = small ? gdImageJpegPtr(small, &small_n, 80) : NULL;

	if (!large_p || !small_p)
		leave(4);
	struct picture_head h = {(uint32_t)gdImageSX(large), (uint32_t)gdImageSY(large),
		(uint32_t)large_n, (uint32_t)small_n};
	bool sent = send_all(0, &h, sizeof h) && send_all(0, large_p, (size_t)large_n) &&
		    send_all(0, small_p, (size_t)small_n);

	leave(sent ? 0 : 5);
}
