/* What a start leaves cold: connections (each with its guards), and the pages of the data on the
 * disk. Both are made ready beside the first requests. */
#include "inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE_WARM = 10 };

struct store_conn *warm_take(struct store *s)
{
	pthread_mutex_lock(&s->conns_mutex);
	struct store_conn *c = s->spare;

	if (c)
		s->spare = c->next;
	pthread_mutex_unlock(&s->conns_mutex);
	return c;
}

static void connection_make(struct store *s)
{
	struct store_conn *volatile c = NULL;
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		c = conn_open(s, false);
		FAULT_END(fp);
	} else {
		LOG(LOG_WARN, "a connection was not made", LOG_S("why", str_of(fp.what)));
	}
	if (!c)
		return;
	pthread_mutex_lock(&s->conns_mutex);
	c->next = s->spare;
	s->spare = c;
	pthread_mutex_unlock(&s->conns_mutex);
}

static int64_t memory_available(void)
{
	char line[128];
	long long kib = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof line, f) && sscanf(line, "MemAvailable: %lld", &kib) != 1)
		;
	if (f)
		fclose(f);
	return kib * 1024;
}

/* From its end: what came last is asked for most. The descriptor stays open until the engine has
 * closed the file: closing any descriptor of a file drops every lock that this process holds on it
 * (POSIX), the engine's too, and another process that opens the database would then take it for
 * unused and throw its log away when it leaves. */
static void data_read(struct store *s)
{
	char *buffer = malloc(WARM_BYTES);
	int fd = s->data_fd = open(s->data_path, O_RDONLY | O_CLOEXEC);
	off_t at = fd >= 0 && buffer ? lseek(fd, 0, SEEK_END) : 0;
	int64_t left = memory_available() * WARM_MEMORY_PERCENT / 100;

	while (at > 0 && left > 0 && !atomic_load(&s->closing)) {
		off_t n = at < WARM_BYTES ? at : WARM_BYTES;

		at -= n;
		left -= n;
		if (pread(fd, buffer, (size_t)n, at) <= 0)
			break;
	}
	free(buffer);
}

static void *warm(void *store)
{
	struct store *s = store;

	for (int i = 0; i < s->warm && !atomic_load(&s->closing); i++)
		connection_make(s);
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE_WARM); /* of this thread alone */
	data_read(s);
	return NULL;
}

void store_warm(struct store *s, int connections)
{
	MUST(!s->warm && connections > 0);
	s->warm = connections;
	if (pthread_create(&s->warmer, NULL, warm, s))
		s->warm = 0; /* it only takes longer then */
}

void warm_stop(struct store *s)
{
	if (s->warm) {
		atomic_store(&s->closing, true);
		pthread_join(s->warmer, NULL);
		s->warm = 0;
	}
	for (struct store_conn *c; (c = warm_take(s));)
		conn_close(c);
}
