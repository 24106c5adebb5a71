/* The listener: libmicrohttpd (epoll, a pool of threads) drives exchanges. A write sleeps
 * suspended until the writer has committed. Time limits: the library's own for idle connections;
 * a watcher's for heads, bodies and answers that come a byte at a time. */
#include "inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	POOL_BYTES = REQ_HEADER_BYTES_MAX * 2,
	BACKLOG = 1024,
	TLS_FILE_BYTES_MAX = 1 << 20,
	LIVE_BLOCK_BYTES = 1024, /* of a stream to a client of HTTP/1.0 */
	LIVE_LAST_MS = 500,	 /* a stop waits so long until they have heard that it ends */
	FRESH_MS = 300,		 /* a connection so young may have a request on its way */
};

struct conn { /* one connection, for the watcher */
	struct conn *prev, *next;
	int fd;
	atomic_int_fast64_t since_us; /* of the head awaited or the request under way */
	atomic_bool busy;	      /* the head is complete */
	atomic_bool live;	      /* its answer stays open */
};
struct listener {
	struct web *web;
	struct MHD_Daemon *daemon;
	int fd;
	bool tls;
	char *cert, *key;
	pthread_mutex_t lock;
	struct conn conns; /* ring */
	atomic_int suspended;
	atomic_bool stop;
	pthread_t watcher;
};
struct request { /* what the library keeps for us: one request on one connection */
	struct exchange *x;
	struct MHD_Connection *connection;
	struct listener *listener;
	enum { REQUEST_NEW, REQUEST_BODY, REQUEST_READY, REQUEST_WAITING, REQUEST_ANSWERED } at;
	bool live; /* its answer stays open, and it does not */
};

/* ---- answers ----------------------------------------------------------------------------- */

static void live_sleep(void *connection)
{
	MHD_suspend_connection(connection);
}

static void live_wake(void *connection)
{
	MHD_resume_connection(connection);
}

static ssize_t live_read(void *stream, uint64_t at, char *to, size_t max)
{
	(void)at;
	_Static_assert(MHD_CONTENT_READER_END_OF_STREAM == -1, "as stream_read says it");
	return stream_read(stream, to, max);
}

static void live_close(void *stream)
{
	stream_close(stream);
}

static struct conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i ? i->socket_context : NULL;
}

/* From here on the stream is the library's, until the connection ends. */
static struct MHD_Response *live_response(struct request *q)
{
	struct stream *s = q->x->stream;
	struct conn *c = conn_of(q->connection);

	stream_carry(s, live_sleep, live_wake, q->connection);
	q->x->stream = NULL;
	q->live = true;
	if (c)
		atomic_store(&c->live, true);
	struct MHD_Response *r = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, LIVE_BLOCK_BYTES, live_read, s, live_close);

	if (!r)
		stream_close(s);
	return r;
}

static enum MHD_Result answer(struct request *q)
{
	struct exchange *x = q->x;
	struct MHD_Response *r =
		x->stream ? live_response(q)
			  : MHD_create_response_from_buffer(x->body.n, (void *)(uintptr_t)x->body.p,
				    MHD_RESPMEM_PERSISTENT);
	enum MHD_Result queued;

	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < x->answer_n; i++)
		MHD_add_response_header(r, x->answer[i].name.p, x->answer[i].value.p);
	/* A proxy opens its next connection elsewhere, once it notices that nobody is here. */
	if (x->close || atomic_load(&x->web->stopping) || atomic_load(&x->web->draining))
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	queued = MHD_queue_response(q->connection, (unsigned)x->status, r);
	MHD_destroy_response(r);
	q->at = REQUEST_ANSWERED;
	return queued;
}

static void wake(struct exchange *x)
{
	struct request *q = x->wake_ctx;

	MHD_resume_connection(q->connection);
}

/* The library has taken it up again, and not before: it must not stop while one is suspended. */
static void back(struct request *q)
{
	q->at = REQUEST_READY;
	atomic_fetch_sub(&q->listener->suspended, 1);
}

/* ---- the head ---------------------------------------------------------------------------- */

struct heads {
	struct exchange *x;
	size_t bytes;
	bool bad;
};

static enum MHD_Result head_line(void *cls, enum MHD_ValueKind kind, const char *name,
	size_t name_n, const char *value, size_t value_n)
{
	struct heads *h = cls;
	struct exchange *x = h->x;

	(void)kind;
	h->bytes += name_n + value_n + 4;
	if (!name || !value || x->headers_n == REQ_HEADERS_MAX || h->bytes > REQ_HEADER_BYTES_MAX) {
		h->bad = true;
		return MHD_NO;
	}
	x->headers[x->headers_n++] = (struct header){{name, name_n}, {value, value_n}};
	return MHD_YES;
}

static str peer_of(struct exchange *x, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	char text[INET6_ADDRSTRLEN] = "";

	if (i && i->client_addr && i->client_addr->sa_family == AF_INET)
		inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)i->client_addr)->sin_addr, text,
			sizeof text);
	else if (i && i->client_addr && i->client_addr->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)(void *)i->client_addr)->sin6_addr,
			text, sizeof text);
	return str_dup(x->arena, str_of(text));
}

/* The proxy on this machine appends the address that it saw: the last one is its own word. */
static void behind_proxy(struct exchange *x)
{
	str list = exchange_header(x, S("X-Forwarded-For")), last = {NULL, 0};

	if (!str_eq(x->peer, S("127.0.0.1")) && !str_eq(x->peer, S("::1")))
		return;
	while (list.n)
		last = str_trim(str_cut(&list, ','));
	if (last.n)
		x->peer = str_dup(x->arena, last);
	if (str_eq_nocase(exchange_header(x, S("X-Forwarded-Proto")), S("https")))
		x->tls = true;
	x->plain = str_eq_nocase(exchange_header(x, S("X-Forwarded-Proto")), S("http"));
}

static enum exchange_step begin(struct request *q, const char *method, const char *version)
{
	struct exchange *x = q->x;
	struct heads h = {.x = x};

	x->method = str_dup(x->arena, str_of(method));
	x->headers = arena_array(x->arena, struct header, REQ_HEADERS_MAX);
	MHD_get_connection_values_n(q->connection, MHD_HEADER_KIND, head_line, &h);
	x->peer = peer_of(x, q->connection);
	x->tls = q->listener->tls;
	x->adjacent = !h.bad && (!strcmp(version, "HTTP/1.1") || !strcmp(version, "HTTP/1.0"));
	/* From 1.0.0 on the library itself refuses what would leave gaps. */
	if (MHD_get_version()[0] == '0')
		x->adjacent = x->adjacent && guard_adjacent(x->headers, x->headers_n);
	if (q->listener->web->options.behind_proxy)
		behind_proxy(x);
	x->wake = wake;
	x->wake_ctx = q;
	return exchange_head(x);
}

static enum MHD_Result suspend(struct request *q)
{
	q->at = REQUEST_WAITING;
	atomic_fetch_add(&q->listener->suspended, 1);
	MHD_suspend_connection(q->connection);
	exchange_go(q->x);
	return MHD_YES;
}

static enum MHD_Result step_on(
	struct request *q, const char *method, const char *version, const char *data, size_t *n)
{
	struct exchange *x = q->x;
	struct conn *c;

	switch (q->at) {
	case REQUEST_NEW:
		q->at = REQUEST_BODY;
		c = conn_of(q->connection);
		if (c) {
			atomic_store(&c->since_us, clock_mono_us());
			atomic_store(&c->busy, true);
		}
		if (begin(q, method, version) != STEP_ANSWER)
			return MHD_YES;
		if (x->close)
			return answer(q);
		/* An answer to the head alone would close the connection: the library takes it for
		 * a refusal of what follows. Nothing follows. */
		q->at = REQUEST_READY;
		return MHD_YES;
	case REQUEST_READY: return answer(q);
	case REQUEST_BODY:
		if (*n) {
			x->swallowed += *n;
			exchange_body(x, data, *n);
			*n = 0;
			/* what is too large is read on for a moment, so that the answer is seen,
			 * then cut */
			return x->swallowed > 2 * x->body_max + (1 << 16) ? MHD_NO : MHD_YES;
		}
		return exchange_run(x) == STEP_ANSWER ? answer(q) : suspend(q);
	case REQUEST_WAITING:
		back(q);
		exchange_resume(x);
		return answer(q);
	case REQUEST_ANSWERED: break;
	}
	return MHD_YES;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *c, const char *url,
	const char *method, const char *version, const char *data, size_t *n, void **own)
{
	struct request *q = *own;
	struct fault_point fp;
	volatile enum MHD_Result result = MHD_NO;

	(void)cls, (void)url;
	if (!q)
		return MHD_NO;
	q->connection = c;
	if (FAULT_TRY(fp)) {
		result = step_on(q, method, version, data, n);
		if (q->live) { /* what was asked is done with: a stream holds no request */
			*own = NULL;
			exchange_end(q->x);
		}
		FAULT_END(fp);
	} else {
		LOG(LOG_ERROR, "connection dropped", LOG_S("fault", str_of(fault_name(fp.kind))),
			LOG_S("what", str_of(fp.what)));
	}
	return result;
}

/* Called with the request line, before the library cuts it into path and arguments. */
static void *uri(void *cls, const char *target, struct MHD_Connection *c)
{
	struct listener *l = cls;
	struct fault_point fp;
	struct exchange *volatile x = NULL;
	struct request *q = NULL;

	if (FAULT_TRY(fp)) {
		x = exchange_begin(l->web);
		q = arena_new(x->arena, struct request);
		*q = (struct request){.x = x, .connection = c, .listener = l};
		x->target = str_dup(x->arena, str_of(target));
		FAULT_END(fp);
	} else {
		LOG(LOG_ERROR, "no memory for a request");
		if (x)
			exchange_end(x);
		return NULL;
	}
	return q;
}

/* Percent signs stay: the router decodes strictly, segment by segment. */
static size_t keep_percent(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls, (void)c;
	return strlen(s);
}

static void completed(
	void *cls, struct MHD_Connection *c, void **own, enum MHD_RequestTerminationCode why)
{
	struct request *q = *own;
	struct conn *watched = conn_of(c);

	(void)cls, (void)why;
	if (watched) {
		atomic_store(&watched->since_us, clock_mono_us());
		atomic_store(&watched->busy, false);
		atomic_store(&watched->live, false);
	}
	*own = NULL;
	if (!q)
		return;
	if (q->at == REQUEST_WAITING)
		back(q);
	exchange_end(q->x);
}

/* ---- connections and their watcher ------------------------------------------------------- */

static void connection(
	void *cls, struct MHD_Connection *m, void **own, enum MHD_ConnectionNotificationCode what)
{
	struct listener *l = cls;
	struct conn *c = *own;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *i =
			MHD_get_connection_info(m, MHD_CONNECTION_INFO_CONNECTION_FD);

		c = calloc(1, sizeof *c);
		*own = c;
		if (!c || !i)
			return;
		c->fd = i->connect_fd;
		atomic_store(&c->since_us, clock_mono_us());
		pthread_mutex_lock(&l->lock);
		c->next = &l->conns;
		c->prev = l->conns.prev;
		c->prev->next = c->next->prev = c;
		pthread_mutex_unlock(&l->lock);
	} else if (c) {
		pthread_mutex_lock(&l->lock);
		if (c->next) {
			c->prev->next = c->next;
			c->next->prev = c->prev;
		}
		pthread_mutex_unlock(&l->lock);
		free(c);
		*own = NULL;
	}
}

/* Shuts the sockets of those that are over their time; the library then sees their end. */
static void watch_once(struct listener *l, bool all)
{
	const struct web_options *o = &l->web->options;
	int head_s = o->head_s ? o->head_s : REQ_IDLE_S + REQ_HEAD_S,
	    total_s = o->total_s ? o->total_s : REQ_TOTAL_S;
	int64_t now = clock_mono_us();

	pthread_mutex_lock(&l->lock);
	for (struct conn *c = l->conns.next; c != &l->conns; c = c->next) {
		int64_t most_s = atomic_load(&c->busy) ? total_s : head_s;

		if (!all && (atomic_load(&c->live) ||
				    now - atomic_load(&c->since_us) <= most_s * SECOND_US))
			continue;
		shutdown(c->fd, SHUT_RDWR);
		if (!all)
			metrics_add(l->web->metrics, COUNT_TIMED_OUT, 1);
	}
	pthread_mutex_unlock(&l->lock);
}

static void *watch(void *arg)
{
	struct listener *l = arg;

	for (int tick = 0; !atomic_load(&l->stop); tick++) {
		nanosleep(&(struct timespec){0, 100 * 1000000}, NULL);
		if (tick % 10 == 0) {
			watch_once(l, false);
			live_tick(l->web->live);
		}
		if (tick % 100 == 0)
			kept_sweep(l->web);
	}
	return NULL;
}

/* ---- start and stop ---------------------------------------------------------------------- */

/* "127.0.0.1:8080", "[::1]:8080" */
static int listen_on(const char *address)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	const char *colon = strrchr(address, ':'), *from = address;
	char host[64];
	size_t n = colon ? (size_t)(colon - address) : 0;
	int64_t port = -1;
	int fd, on = 1;

	if (n && address[0] == '[' && address[n - 1] == ']') {
		from++;
		n -= 2;
	}
	if (!colon || !n || n >= sizeof host || !str_int(str_of(colon + 1), &port) || port < 0 ||
		port > UINT16_MAX) /* the library would take 99999 for 34463 */
		fault(FAULT_OUTSIDE,
			"%s is not an address to listen on: write 127.0.0.1:8080 or [::1]:8080",
			address);
	memcpy(host, from, n);
	host[n] = 0;
	if (getaddrinfo(host, colon + 1, &hints, &found))
		fault(FAULT_OUTSIDE,
			"%s is not an address to listen on: write 127.0.0.1:8080 or [::1]:8080",
			address);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, BACKLOG)) {
		int why = errno;

		freeaddrinfo(found);
		if (fd >= 0)
			close(fd);
		fault(FAULT_OUTSIDE, "cannot listen on %s: %s%s", address, strerror(why),
			why == EADDRINUSE ? " by another program: stop it, or choose another "
					    "address with --listen"
					  : "");
	}
	freeaddrinfo(found);
	return fd;
}

static char *file_of(const char *path)
{
	char *p = calloc(1, TLS_FILE_BYTES_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 && p ? read(fd, p, TLS_FILE_BYTES_MAX) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0) {
		free(p);
		fault(FAULT_OUTSIDE, "cannot read %s: %s", path,
			n ? strerror(errno) : "it is empty");
	}
	return p;
}

static void library_log(void *cls, const char *fmt, va_list ap)
{
	(void)cls, (void)fmt,
		(void)ap; /* may quote what a client sent: only counted, by its closing */
}

static struct MHD_Daemon *daemon_start(struct listener *l)
{
	const struct web_options *o = &l->web->options;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, l->cert},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, l->key},
		{MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_"
					    "PRECEDENCE"},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};

	return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
					MHD_USE_ERROR_LOG | (l->tls ? MHD_USE_TLS : 0),
		0, NULL, NULL, handle, l, MHD_OPTION_EXTERNAL_LOGGER, library_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, l->fd, MHD_OPTION_THREAD_POOL_SIZE,
		(unsigned)LISTEN_THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		(unsigned)(o->behind_proxy ? 0 : CONNECTIONS_PER_ADDRESS_MAX),
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)REQ_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_percent, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, uri, l, MHD_OPTION_NOTIFY_COMPLETED, completed, l,
		MHD_OPTION_NOTIFY_CONNECTION, connection, l, MHD_OPTION_ARRAY, l->tls ? tls : none,
		MHD_OPTION_END);
}

static void listener_free(struct listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->cert);
	free(l->key);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

struct listener *listener_start(struct web *w)
{
	struct listener *l = calloc(1, sizeof *l);
	struct fault_point fp;

	MUST(l);
	l->web = w;
	l->fd = -1;
	l->conns.next = l->conns.prev = &l->conns;
	pthread_mutex_init(&l->lock, NULL);
	if (FAULT_TRY(fp)) {
		if (w->options.tls_cert) {
			l->tls = true;
			l->cert = file_of(w->options.tls_cert);
			l->key = file_of(w->options.tls_key);
		}
		l->fd = listen_on(w->options.address);
		l->daemon = daemon_start(l);
		if (!l->daemon)
			fault(FAULT_OUTSIDE, "the listener does not start on %s%s",
				w->options.address,
				l->tls ? ": are certificate and key in PEM and do they belong "
					 "together?"
				       : "");
		if (pthread_create(&l->watcher, NULL, watch, l))
			fault(FAULT_MEMORY, "no thread for the watcher");
		FAULT_END(fp);
	} else {
		if (l->daemon)
			MHD_stop_daemon(l->daemon);
		listener_free(l);
		fault(fp.kind, "%s", fp.what);
	}
	return l;
}

int web_port(const struct web *w)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a = {0};
	socklen_t n = sizeof a;

	if (!w->listener || getsockname(w->listener->fd, &a.any, &n))
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.six.sin6_port : a.four.sin_port);
}

static void pause_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* Whoever waits to be let in was promised an answer by the system: closing the socket would reset
 * them, and a proxy must not send what it had sent again. */
static void backlog_take(struct listener *l)
{
	struct sockaddr_storage from;
	socklen_t n = sizeof from;
	int fd;

	while ((fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
		0) {
		MHD_add_connection(l->daemon, fd, (struct sockaddr *)&from, n);
		n = sizeof from;
	}
}

static bool fresh(struct listener *l)
{
	int64_t since = clock_mono_us() - FRESH_MS * 1000;
	bool is = false;

	pthread_mutex_lock(&l->lock);
	for (struct conn *c = l->conns.next; c != &l->conns && !is; c = c->next)
		is = !atomic_load(&c->busy) && atomic_load(&c->since_us) > since;
	pthread_mutex_unlock(&l->lock);
	return is;
}

void listener_stop(struct listener *l)
{
	int64_t until = clock_mono_us() + STOP_S * SECOND_US;

	if (!l)
		return;
	MHD_quiesce_daemon(l->daemon);
	backlog_take(l);
	close(l->fd); /* new clients are refused at once */
	l->fd = -1;
	live_end(l->web->live);
	while ((atomic_load(&l->web->under_way) || fresh(l)) && clock_mono_us() < until)
		pause_ms(5);
	if (atomic_load(&l->web->under_way))
		watch_once(l, true);
	for (int ms = 0; live_streams(l->web->live) && ms < LIVE_LAST_MS; ms += 5)
		pause_ms(5);
	/* the writer answers each; the library must not stop before */
	while (atomic_load(&l->suspended) || live_asleep(l->web->live))
		pause_ms(5);
	pause_ms(5);
	MHD_stop_daemon(l->daemon);
	atomic_store(&l->stop, true);
	pthread_join(l->watcher, NULL);
	listener_free(l);
}
