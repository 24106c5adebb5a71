/* web over real sockets: framing that two readers could read differently, limits, keep-alive,
 * suspended writes, graceful stop. Bytes are written as they stand here. */
#include "web_app.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

enum { BUSY_MS = 10000 };
static struct web *server;
static char answer[1 << 20];
static size_t answer_n;

static void begin_with(struct web_options o)
{
	o.address = "127.0.0.1:0";
	o.limit_loopback = false;
	journey_store();
	server = web_start(journey.store, &o);
	journey.web = NULL;
}

static void begin(void)
{
	begin_with(app_options);
}

static void end(void)
{
	web_stop(server);
	journey_end();
}

static int dial(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)web_port(server)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	MUST(fd >= 0 && !connect(fd, (struct sockaddr *)&a, sizeof a));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

static void put(int fd, str s)
{
	while (s.n) {
		ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the server closed: its answer says why */
		s = str_sub(s, (size_t)n, s.n);
	}
}

/* Reads until the other side closes, or `ms` pass without a byte; true: it closed. The first byte
 * may take `first_ms`, and so may the end where the answer announces it: a busy machine is no
 * mistake. */
static bool hear_for(int fd, int first_ms, int ms)
{
	answer_n = 0;
	answer[0] = 0;
	for (;;) {
		bool more = !answer_n || strstr(answer, "Connection: close");
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, more ? first_ms : ms) <= 0)
			return false;
		n = recv(fd, answer + answer_n, sizeof answer - 1 - answer_n, 0);
		if (n <= 0)
			return true;
		answer_n += (size_t)n;
		answer[answer_n] = 0;
	}
}

static bool hear(int fd, int ms)
{
	return hear_for(fd, ms, ms);
}

static int status_of(str s)
{
	return s.n > 12 && str_starts(s, S("HTTP/1.1 ")) ? atoi(s.p + 9) : 0;
}

/* One connection, these bytes, what comes back: the status of the first answer; *closed. */
static int say(str bytes, bool *closed)
{
	int fd = dial();

	put(fd, bytes);
	*closed = hear_for(fd, BUSY_MS, 400);
	close(fd);
	return status_of((str){answer, answer_n});
}

#define GET_ "GET / HTTP/1.1\r\n"
#define HOST "Host: kontor.test\r\n"

TEST(what_two_readers_could_read_differently_is_refused)
{
	static const struct {
		const char *what;
		str bytes;
	} bad[] = {
		{"two Content-Length", S("POST /hook HTTP/1.1\r\n" HOST
					 "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")},
		{"two alike", S("POST /hook HTTP/1.1\r\n" HOST
				"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")},
		{"length and chunks",
			S("POST /hook HTTP/1.1\r\n" HOST
			  "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
		{"length with a sign",
			S("POST /hook HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc")},
		{"length as a list",
			S("POST /hook HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc")},
		{"gzip, chunked", S("POST /hook HTTP/1.1\r\n" HOST
				    "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
		{"chunked twice", S("POST /hook HTTP/1.1\r\n" HOST
				    "Transfer-Encoding: chunked\r\nTransfer-Encoding: "
				    "chunked\r\n\r\n0\r\n\r\n")},
		{"xchunked", S("POST /hook HTTP/1.1\r\n" HOST
			       "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")},
		{"no Host", S(GET_ "\r\n")},
		{"two Hosts", S(GET_ HOST "Host: evil.test\r\n\r\n")},
		{"Host with a space", S(GET_ "Host : kontor.test\r\n\r\n")},
		{"Host with a path", S(GET_ "Host: kontor.test/x\r\n\r\n")},
		{"empty Host", S(GET_ "Host: \r\n\r\n")},
		{"folded line", S(GET_ HOST "X-Note: a\r\n b\r\nAccept: */*\r\n\r\n")},
		{"folded last line", S(GET_ HOST "X-Note: a\r\n b\r\n\r\n")},
		{"folded first line", S(GET_ " x: y\r\n" HOST "\r\n")},
		{"NUL in a value", S(GET_ HOST "X-Note: a\0b\r\nAccept: */*\r\n\r\n")},
		{"NUL in the last value", S(GET_ HOST "X-Note: a\0b\r\n\r\n")},
		{"NUL in a name", S(GET_ HOST "X-No\0te: a\r\n\r\n")},
		{"bare LF", S(GET_ HOST "X-Note: a\nAccept: */*\r\n\r\n")},
		{"bare CR", S(GET_ HOST "X-Note: a\rAccept: b\r\n\r\n")},
		{"control in a value", S(GET_ HOST "X-Note: a\001b\r\n\r\n")},
		{"DEL in a value", S(GET_ HOST "X-Note: a\177b\r\n\r\n")},
		{"blank in a name", S(GET_ HOST "X Note: a\r\n\r\n")},
		{"no colon", S(GET_ HOST "X-Note\r\n\r\n")},
		{"empty name", S(GET_ HOST ": a\r\n\r\n")},
		{"absolute target", S("GET http://kontor.test/ HTTP/1.1\r\n" HOST "\r\n")},
		{"no slash", S("GET x HTTP/1.1\r\n" HOST "\r\n")},
		{"fragment", S("GET /#a HTTP/1.1\r\n" HOST "\r\n")},
		{"byte beyond ASCII", S("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n")},
		{"backslash", S("GET /\\x HTTP/1.1\r\n" HOST "\r\n")},
		{"other version", S("GET / HTTP/3.7\r\n" HOST "\r\n")},
		{"body of a GET", S("GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc")},
	};
	bool closed;

	begin();
	for (size_t i = 0; i < COUNT(bad); i++) {
		int status = say(bad[i].bytes, &closed);

		if (!closed || (status != 400 && status != 505 && status != 0))
			TEST_FAIL("%s: %d, %s", bad[i].what, status,
				closed ? "closed" : "still open");
		if (closed && !status)
			printf("# %s: closed without an answer\n", bad[i].what);
	}
	CHECK_INT(200, say(S(GET_ HOST "X-Note:  a\tb \r\nX-Empty:\r\n\r\n"), &closed));
	CHECK(!closed);
	CHECK_INT(200, say(S(GET_ "Host: [::1]:8080\r\nConnection: close\r\n\r\n"), &closed));
	CHECK(closed);
	end();
}

TEST(limits_answer_and_close)
{
	struct out o;
	bool closed;

	begin();
	out_init(&o, test_arena, 1 << 16, 8 << 20, NULL);
	out_lit(&o, "GET /");
	for (int i = 0; i < REQ_URI_BYTES_MAX; i++)
		out_char(&o, 'a');
	out_lit(&o, " HTTP/1.1\r\n" HOST "\r\n");
	CHECK_INT(414, say(out_view(&o), &closed));
	CHECK(closed);
	out_cut(&o, 0);
	out_lit(&o, GET_ HOST);
	for (int i = 0; i < REQ_HEADERS_MAX + 1; i++)
		out_fmt(&o, "X-%d: y\r\n", i);
	out_lit(&o, "\r\n");
	CHECK_INT(400, say(out_view(&o), &closed));
	out_cut(&o, 0);
	out_lit(&o, GET_ HOST "X-Big: ");
	for (int i = 0; i < 1 << 20; i++)
		out_char(&o, 'b');
	out_lit(&o, "\r\n\r\n");
	int status = say(out_view(&o), &closed);

	CHECK(closed && (status == 431 || status == 413 || status == 400 || status == 0));
	/* ten megabytes announced: refused before they are sent */
	CHECK_INT(413, say(S("POST /hook HTTP/1.1\r\n" HOST "Content-Length: 10485760\r\n"
			     "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=a"),
			       &closed));
	CHECK(closed);
	end();
}

TEST(chunks_over_the_limit_are_cut)
{
	static char block[65536];
	bool closed;
	int fd, sent = 0;

	begin();
	memset(block, 'a', sizeof block);
	fd = dial();
	put(fd, S("POST /hook HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		  "Content-Type: application/x-www-form-urlencoded\r\n\r\n"));
	for (; sent < 160; sent++) {
		if (send(fd, "10000\r\n", 7, MSG_NOSIGNAL) <= 0 ||
			send(fd, block, sizeof block, MSG_NOSIGNAL) <= 0 ||
			send(fd, "\r\n", 2, MSG_NOSIGNAL) <= 0)
			break;
	}
	closed = hear(fd, 500);
	CHECK(closed);
	CHECK(sent < 160); /* ten megabytes were not taken */
	close(fd);
	/* a little over: all read, answered 413 */
	fd = dial();
	put(fd, S("POST /hook HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		  "Content-Type: application/x-www-form-urlencoded\r\n\r\n"));
	for (int i = 0; i < 17; i++) {
		put(fd, S("10000\r\n"));
		put(fd, (str){block, sizeof block});
		put(fd, S("\r\n"));
	}
	put(fd, S("0\r\n\r\n"));
	hear(fd, 500);
	CHECK_INT(413, status_of((str){answer, answer_n}));
	close(fd);
	end();
}

TEST(one_connection_many_requests)
{
	bool closed;

	begin();
	int fd = dial();

	for (int i = 0; i < 50; i++) {
		put(fd, str_fmt(test_arena,
				"POST /hook HTTP/1.1\r\n" HOST "Content-Type: "
				"application/x-www-form-urlencoded\r\nContent-Length: 16\r\n\r\n"
				"name=k%02d&amount=",
				i));
		answer_n = 0;
		while (!strstr(answer, "\r\n\r\n") || !answer_n) {
			struct pollfd p = {.fd = fd, .events = POLLIN};

			REQUIRE(poll(&p, 1, 3000) == 1);
			ssize_t n = recv(fd, answer + answer_n, sizeof answer - 1 - answer_n, 0);

			REQUIRE(n > 0);
			answer_n += (size_t)n;
			answer[answer_n] = 0;
		}
		CHECK_INT(i ? 409 : 303, status_of((str){answer, answer_n})); /* one amount, once */
		if (i)
			hear(fd, 30);
	}
	close(fd);
	/* two at once: answered in order */
	CHECK_INT(200,
		say(S(GET_ HOST "\r\nGET /nothing HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"),
			&closed));
	CHECK(closed && strstr(answer, "HTTP/1.1 404"));
	/* what the head alone decides does not close either */
	CHECK_INT(404, say(S("GET /nothing HTTP/1.1\r\n" HOST "\r\n"), &closed));
	CHECK(!closed);
	CHECK_INT(200, say(S("GET /api/v1/openapi.json HTTP/1.1\r\n" HOST "\r\n" GET_ HOST "\r\n"),
			       &closed));
	CHECK(!closed && strstr(answer, "home person=0"));
	/* HEAD has the length and no body */
	CHECK_INT(200, say(S("HEAD /big HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &closed));
	CHECK(!strstr(answer, "row 1"));
	CHECK(strstr(answer, "Content-Length: "));
	CHECK(!strstr(answer, "Content-Length: 0\r\n"));
	CHECK_INT(200, say(S("GET /big HTTP/1.1\r\n" HOST
			     "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"),
			       &closed));
	CHECK(strstr(answer, "Content-Encoding: gzip"));
	end();
}

static atomic_int good_writes, all_writes;

static void *writer(void *arg)
{
	int64_t me = (intptr_t)arg;

	for (int i = 0; i < 20; i++) {
		char buffer[4096], body[64];
		int fd = dial(), n = snprintf(body, sizeof body, "name=w%lld-%d&amount=%lld",
					 (long long)me, i, 1 + (long long)me * 20 + i);
		str request = {buffer,
			(size_t)snprintf(buffer, sizeof buffer,
				"POST /hook HTTP/1.1\r\n" HOST "Content-Type: "
				"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n"
				"Connection: close\r\n\r\n%s",
				n, body)};

		put(fd, request);
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, 10000) == 1 && recv(fd, buffer, 12, 0) == 12 &&
			!memcmp(buffer + 9, "303", 3))
			atomic_fetch_add(&good_writes, 1);
		atomic_fetch_add(&all_writes, 1);
		close(fd);
	}
	return NULL;
}

TEST(many_writers_at_once)
{
	pthread_t t[16];

	begin();
	atomic_store(&good_writes, 0);
	for (intptr_t i = 0; i < 16; i++)
		pthread_create(&t[i], NULL, writer, (void *)i);
	for (int i = 0; i < 16; i++)
		pthread_join(t[i], NULL);
	CHECK_INT(320, atomic_load(&good_writes));
	end();
}

static void *stopper(void *arg)
{
	nanosleep(&(struct timespec){0, 8 * 1000000}, NULL);
	web_stop(arg);
	return NULL;
}

TEST(a_stop_finishes_what_it_began)
{
	pthread_t t;

	begin();
	int idle = dial(), fd = dial();
	str token_ = {NULL, 0};

	journey.web = server;
	as("visitor");
	token_ = token();
	journey.web = NULL;
	str body = str_fmt(test_arena, "name=late&amount=3&_token=" STR_FMT, STR_ARG(token_));

	app_waits_for = &server->stopping;

	put(fd, str_fmt(test_arena,
			"POST /slow HTTP/1.1\r\n" HOST "Origin: http://kontor.test\r\n"
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
			"%zu\r\n\r\n" STR_FMT,
			body.n, STR_ARG(body)));
	pthread_create(&t, NULL, stopper, server);
	CHECK(hear(fd, 8000));
	CHECK_INT(303, status_of((str){answer, answer_n}));
	CHECK(strstr(answer, "Connection: close"));
	app_waits_for = NULL;
	pthread_join(t, NULL);
	CHECK(hear(idle, 1000));
	close(idle);
	close(fd);
	journey_end();
}

/* A byte now and then keeps the library's idle timer from firing; the watcher's does. */
TEST(a_byte_at_a_time_is_too_slow)
{
	struct web_options o = app_options;
	int64_t from = clock_mono_us();

	o.head_s = 1;
	o.total_s = 2;
	begin_with(o);
	int head = dial(), body = dial(), patient = dial();
	bool head_closed = false, body_closed = false;

	put(head, S(GET_));
	put(body, S("POST /hook HTTP/1.1\r\n" HOST
		    "Content-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: 1000\r\n\r\n"));
	while (clock_mono_us() - from < 6 * SECOND_US && !(head_closed && body_closed)) {
		if (!head_closed) {
			put(head, S("x"));
			head_closed = hear(head, 50);
		}
		if (!body_closed) {
			put(body, S("x"));
			body_closed = hear(body, 50);
		}
	}
	CHECK(head_closed && body_closed);
	CHECK(hear(patient, 500)); /* said nothing at all */
	close(head);
	close(body);
	close(patient);
	end();
}

TEST(a_proxy_says_who_and_how)
{
	struct web_options o = app_options;
	bool closed;

	o.behind_proxy = true;
	begin_with(o);
	CHECK_INT(404, say(S("GET /metrics HTTP/1.1\r\n" HOST
			     "X-Forwarded-For: 10.0.0.1, 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
			     "Connection: close\r\n\r\n"),
			       &closed));
	CHECK(strstr(answer, "Strict-Transport-Security"));
	CHECK_INT(
		200, say(S("GET /metrics HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &closed));
	CHECK(!strstr(answer, "Strict-Transport-Security"));
	end();
	o.https = "https://market.example";
	begin_with(o);
	CHECK_INT(308, say(S("GET /search?q=bolt HTTP/1.1\r\n" HOST
			     "X-Forwarded-Proto: http\r\nConnection: close\r\n\r\n"),
			       &closed));
	CHECK(strstr(answer, "Location: https://market.example/search?q=bolt\r\n"));
	CHECK_INT(308, say(S("POST /sign-in HTTP/1.1\r\n" HOST
			     "Content-Length: 5\r\nX-Forwarded-Proto: http\r\n"
			     "Connection: close\r\n\r\na=bcd"),
			       &closed));
	CHECK_INT(
		200, say(S("GET /metrics HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), &closed));
	end();
	begin();
	CHECK_INT(200, say(S("GET /metrics HTTP/1.1\r\n" HOST
			     "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n"),
			       &closed));
	end();
}

TEST(tls_is_served_directly)
{
	struct web_options o = app_options;
	char dir[] = "/tmp/kontor-tls-XXXXXX", cert[64], key[64], command[600];
	FILE *f;

	MUST(mkdtemp(dir));
	snprintf(cert, sizeof cert, "%s/cert.pem", dir);
	snprintf(key, sizeof key, "%s/key.pem", dir);
	snprintf(command, sizeof command,
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
		"-subj /CN=kontor.test -days 2 -keyout %s -out %s 2>/dev/null",
		key, cert);
	if (system(command)) {
		printf("# openssl is not here: skipped\n");
		return;
	}
	o.tls_cert = cert;
	o.tls_key = key;
	begin_with(o);
	snprintf(command, sizeof command, "curl -ksi --max-time 5 https://127.0.0.1:%d/",
		web_port(server));
	f = popen(command, "r");
	answer_n = fread(answer, 1, sizeof answer - 1, f);
	answer[answer_n] = 0;
	pclose(f);
	CHECK_INT(200, status_of((str){answer, answer_n}));
	CHECK(strstr(answer, "Strict-Transport-Security"));
	end();
	o.tls_key = cert;
	o.address = "127.0.0.1:0";
	journey_store();
	CHECK_FAULT(FAULT_OUTSIDE, web_start(journey.store, &o));
	journey_end();
	unlink(cert);
	unlink(key);
	rmdir(dir);
}

TEST(a_taken_port_is_said)
{
	struct web_options o = app_options;
	char address[32];

	begin();
	snprintf(address, sizeof address, "127.0.0.1:%d", web_port(server));
	o.address = address;
	CHECK_FAULT(FAULT_OUTSIDE, web_start(journey.store, &o));
	o.address = "localhost:80";
	CHECK_FAULT(FAULT_OUTSIDE, web_start(journey.store, &o));
	o.address = "nonsense";
	CHECK_FAULT(FAULT_OUTSIDE, web_start(journey.store, &o));
	end();
}

int main(void)
{
	return test_main();
}
