/* sink: a recipient on this machine that keeps what it was sent last. */
#ifndef KONTOR_TEST_SINK_H
#define KONTOR_TEST_SINK_H

#include "test/journey/journey.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

/* One thread that answers what it is told to. */
static struct sink {
	int fd, port;
	const char *answer;
	char got[8192];
	int n;
	pthread_t thread;
} sink;

static void *sink_main(void *p)
{
	struct sink *s = p;

	for (;;) {
		int c = accept(s->fd, NULL, NULL);
		size_t n = 0;
		ssize_t k;

		if (c < 0)
			return NULL;
		while (n < sizeof s->got - 1 &&
			(k = read(c, s->got + n, sizeof s->got - 1 - n)) > 0) {
			n += (size_t)k;
			s->got[n] = 0;
			char *body = strstr(s->got, "\r\n\r\n"),
			     *len = strcasestr(s->got, "content-length:");

			if (body && len && strlen(body + 4) >= (size_t)atoi(len + 15))
				break;
		}
		s->n++;
		if (write(c, s->answer, strlen(s->answer)) < 0)
			perror("sink");
		close(c);
	}
}

static void sink_start(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof a;

	sink.n = 0;
	sink.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	MUST(!bind(sink.fd, (void *)&a, n) && !listen(sink.fd, 8) &&
		!getsockname(sink.fd, (void *)&a, &n));
	sink.port = ntohs(a.sin_port);
	sink.answer = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	MUST(!pthread_create(&sink.thread, NULL, sink_main, &sink));
}

/* The body of what came last. */
JOURNEY_FN str sink_body(void)
{
	const char *at = strstr(sink.got, "\r\n\r\n");

	return str_of(at ? at + 4 : "");
}

static void sink_stop(void)
{
	shutdown(sink.fd, SHUT_RDWR);
	close(sink.fd);
	pthread_join(sink.thread, NULL);
}

#endif
