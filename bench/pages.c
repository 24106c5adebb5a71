/* pages: how long product pages take, alone or while others work.
 *
 *	pages wait ADDRESS:PORT PATH                  until it is answered; prints the clock then
 *	pages time ADDRESS:PORT BUYERS SECONDS NAME MOST_MS [SIGN-INS]
 *
 * `time` asks for 200 pages a second over 16 connections; with SIGN-INS so many clients sign in
 * meanwhile, one after the other each, with a password that Argon2id has to check. */
#include "bench/bench.h"
#include "market/demo/demo.h"

enum { PRODUCTS_MAX = 10000, SIGNINS_MAX = 64, PAGES_PER_S = 200, WAIT_S = 30 };

struct world {
	struct sockaddr_in to;
	char (*product)[16], (*email)[40];
	size_t n;
	atomic_bool over;
};
struct signer {
	struct world *w;
	pthread_t thread;
	int number;
	size_t done, wrong;
};

static void world_read(struct world *w, struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		fault(FAULT_OUTSIDE, "%s cannot be read", path);
	w->product = arena_alloc(a, sizeof *w->product, PRODUCTS_MAX);
	w->email = arena_alloc(a, sizeof *w->email, PRODUCTS_MAX);
	while (w->n < PRODUCTS_MAX && fscanf(f, "%*s %*s %*s %*s %*s %*s %15s %39s",
					      w->product[w->n], w->email[w->n]) == 2)
		w->n++;
	fclose(f);
	if (!w->n)
		fault(FAULT_OUTSIDE, "%s names no products", path);
}

static str page_request(void *ctx, struct arena *a, size_t i)
{
	const struct world *w = ctx;

	return str_fmt(a, "GET /product/%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		w->product[i * 2654435761u % w->n]);
}

/* The value of a hidden field, as the page shows it. */
static str hidden(struct arena *a, str page, const char *name)
{
	str mark = str_fmt(a, "name=\"%s\" value=\"", name);
	size_t at = str_find(page, mark);

	if (at == (size_t)-1)
		return S("");
	str rest = str_sub(page, at + mark.n, page.n);

	return str_dup(a, str_cut(&rest, '"'));
}

static bool sign_in(struct arena *a, int fd, const char *email)
{
	str page = ask(fd, S("GET /sign-in HTTP/1.1\r\nHost: localhost\r\n\r\n"));

	if (status_of(page) != 200)
		return false;
	str token = hidden(a, page, "_token"), key = hidden(a, page, "_key");
	str body = str_fmt(a,
		"_token=" STR_FMT "&_key=" STR_FMT "&email=%s&password=" DEMO_PASSWORD "&next=/",
		STR_ARG(token), STR_ARG(key), email);
	str answer = ask(fd, str_fmt(a,
				     "POST /sign-in HTTP/1.1\r\nHost: localhost\r\n"
				     "Origin: http://localhost\r\n"
				     "Content-Type: application/x-www-form-urlencoded\r\n"
				     "Content-Length: %zu\r\n\r\n" STR_FMT,
				     body.n, STR_ARG(body)));

	return status_of(answer) == 303 && str_find(answer, S("Set-Cookie: kontor=")) != (size_t)-1;
}

static void *signer_main(void *ctx)
{
	struct signer *s = ctx;
	struct arena *a = arena_make((size_t)16 << 20);
	int fd = dial(&s->w->to);

	for (size_t i = (size_t)s->number; !atomic_load(&s->w->over); i += SIGNINS_MAX) {
		arena_reset(a);
		if (sign_in(a, fd, s->w->email[i % s->w->n]))
			s->done++;
		else
			s->wrong++;
	}
	close(fd);
	arena_free(a);
	return NULL;
}

static void times(
	struct world *w, struct arena *a, int secs, const char *name, double most_ms, int signins)
{
	static struct signer s[SIGNINS_MAX];
	struct paced p = {.to = w->to,
		.rate = PAGES_PER_S,
		.seconds = secs,
		.request = page_request,
		.ctx = w};
	size_t done = 0, wrong = 0;
	double from = seconds();

	for (int i = 0; i < signins; i++) {
		s[i].w = w;
		s[i].number = i;
		MUST(!pthread_create(&s[i].thread, NULL, signer_main, &s[i]));
	}
	paced_run(&p, a);
	atomic_store(&w->over, true);
	for (int i = 0; i < signins; i++) {
		pthread_join(s[i].thread, NULL);
		done += s[i].done;
		wrong += s[i].wrong;
	}
	if (signins)
		printf("# %d clients signed in %.1f times a second meanwhile, %zu refused\n",
			signins, (double)done / (seconds() - from), wrong);
	printf("# %s: %zu pages, %zu not answered with 200; p50 %.2f ms, p90 %.2f, p99 %.2f, most "
	       "%.2f\n",
		name, p.n, p.wrong, quantile_ms(p.us, p.n, 50), quantile_ms(p.us, p.n, 90),
		quantile_ms(p.us, p.n, 99), quantile_ms(p.us, p.n, 100));
	double p99 = quantile_ms(p.us, p.n, 99);

	bar(name, p99, "ms", str_fmt(a, "<=%g", most_ms).p,
		p99 <= most_ms && !p.wrong && !wrong && (!signins || done));
}

/* Seconds since 1970 when the path was first answered with 200. */
static void wait_for(struct sockaddr_in to, struct arena *a, const char *path)
{
	double end = seconds() + WAIT_S;
	str request =
		str_fmt(a, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);

	for (; seconds() < end; usleep(500)) {
		int fd = dial_try(&to);

		if (fd < 0)
			continue;
		int status = status_of(ask(fd, request));

		close(fd);
		if (status == 200) {
			printf("%.6f\n", (double)clock_real().us / 1e6);
			return;
		}
	}
	fault(FAULT_OUTSIDE, "%s was not answered within %d s", path, WAIT_S);
}

int main(int argc, char **argv)
{
	struct fault_point fp;
	struct world w = {.over = false};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "pages: %s\n", fp.what);
		return 1;
	}
	struct arena *a = arena_make((size_t)64 << 20);

	if (argc == 4 && !strcmp(argv[1], "wait")) {
		wait_for(address_of(argv[2]), a, argv[3]);
	} else if (argc >= 7 && !strcmp(argv[1], "time")) {
		int signins = argc > 7 ? atoi(argv[7]) : 0;

		w.to = address_of(argv[2]);
		world_read(&w, a, argv[3]);
		times(&w, a, atoi(argv[4]), argv[5], atof(argv[6]),
			signins < SIGNINS_MAX ? signins : SIGNINS_MAX);
	} else {
		fault(FAULT_OUTSIDE, "see the top of bench/pages.c for how to call it");
	}
	arena_free(a);
	FAULT_END(fp);
	return 0;
}
