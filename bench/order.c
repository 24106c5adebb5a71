/* order: durable orders over HTTP beside durable one-row writes, 64 connections, in rounds.
 *
 *	order ADDRESS:PORT,… BUYERS ROUNDS PID,…    BUYERS: what seed printed; PID: the servers
 *
 * Each round every buyer puts one offer into the basket (one row inserted, the answer after the
 * flush) and then orders it (order, line, stock, timeline, number, outbox, key). */
#include "bench/bench.h"

enum { BUYERS_MAX = 100000, ROUNDS_MAX = 50, ORDERS_PER_S_MIN = 4000 };

struct buyer {
	char token[64], address[16], offer[16], seller[16], currency[4];
	long long quantity;
};
struct run {
	struct buyer *buyer;
	size_t n;
	int64_t key; /* of this run: a key that was used answers without an order */
	int round;
};

static void buyers_read(struct run *r, struct arena *a, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		fault(FAULT_OUTSIDE, "%s cannot be read", path);
	r->buyer = arena_array(a, struct buyer, BUYERS_MAX);
	while (r->n < BUYERS_MAX) {
		struct buyer *b = &r->buyer[r->n];

		if (fscanf(f, "%63s %15s %15s %15s %3s %lld %*s %*s", b->token, b->address,
			    b->offer, b->seller, b->currency, &b->quantity) != 6)
			break;
		r->n++;
	}
	fclose(f);
	if (!r->n)
		fault(FAULT_OUTSIDE, "%s names no buyers", path);
}

static str post(
	struct arena *a, const struct buyer *b, const char *path, const char *more, str body)
{
	return str_fmt(a,
		"POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n" STR_FMT,
		path, b->token, body.n, more, STR_ARG(body));
}

static str basket_request(void *ctx, struct arena *a, size_t i)
{
	const struct run *r = ctx;
	const struct buyer *b = &r->buyer[i];

	return post(a, b, "/api/v1/basket", "",
		str_fmt(a, "{\"offer\":\"%s\",\"quantity\":%lld}", b->offer, b->quantity));
}

static str order_request(void *ctx, struct arena *a, size_t i)
{
	const struct run *r = ctx;
	const struct buyer *b = &r->buyer[i];
	str path = str_fmt(a, "/api/v1/basket/place/%s/%s", b->seller, b->currency),
	    key = str_fmt(
		    a, "Idempotency-Key: bench-%lld-%d-%zu\r\n", (long long)r->key, r->round, i);

	return post(a, b, path.p, key.p,
		str_fmt(a,
			"{\"address\":\"%s\",\"contact\":\"Ann Buyer\",\"po_number\":\"PO-%zu\"}",
			b->address, i));
}

static double rate(struct flood *f, const char *what)
{
	double took = flood_run(f);

	if (f->wrong)
		fault(FAULT_OUTSIDE, "%zu of %zu: %s were refused, the first with: %s", f->wrong,
			f->n, what, f->first_wrong);
	return (double)f->n / took;
}

static void servers_read(struct flood *f, const char *addresses)
{
	str rest = str_of(addresses);

	while (rest.n && f->servers < FLOOD_SERVERS_MAX) {
		str at = str_cut(&rest, ',');
		char one[64];

		snprintf(one, sizeof one, STR_FMT, STR_ARG(at));
		f->to[f->servers++] = address_of(one);
	}
}

static double cpu_of(const char *pids)
{
	double sum = 0;

	for (str rest = str_of(pids); rest.n;)
		sum += cpu_us_of(atoi(str_cut(&rest, ',').p));
	return sum;
}

static double written_of(const char *pids)
{
	double sum = 0;

	for (str rest = str_of(pids); rest.n;)
		sum += written_kb_of(atoi(str_cut(&rest, ',').p));
	return sum;
}

static void run(const char *address, const char *buyers, int rounds, const char *pid)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct run r = {.key = id_make()};
	double orders[ROUNDS_MAX] = {0}, shares[ROUNDS_MAX] = {0};

	buyers_read(&r, a, buyers);
	for (r.round = 0; r.round < rounds; r.round++) {
		struct flood f = {.ctx = &r, .n = r.n};

		servers_read(&f, address);
		f.request = basket_request;
		f.status = 201;
		double before = cpu_of(pid);
		double rows = rate(&f, "basket lines"), between = cpu_of(pid),
		       written = written_of(pid);

		f.request = order_request;
		f.status = 201;
		orders[r.round] = rate(&f, "orders");
		shares[r.round] = orders[r.round] / rows;
		printf("# round %d: one-row writes %.0f/s (%.0f us of CPU each), orders %.0f/s "
		       "(%.0f us, %.1f KB written), share %.2f\n",
			r.round + 1, rows, (between - before) / (double)r.n, orders[r.round],
			(cpu_of(pid) - between) / (double)r.n,
			(written_of(pid) - written) / (double)r.n, shares[r.round]);
	}
	double per_s = median(orders, (size_t)rounds), share = median(shares, (size_t)rounds);

	bar("order_durable", per_s, "orders/s", ">=4000", per_s >= ORDERS_PER_S_MIN);
	bar("order_of_one_row_write", share, "share", ">=0.333", share >= 1.0 / 3);
	arena_free(a);
}

int main(int argc, char **argv)
{
	struct fault_point fp;
	int rounds = argc == 5 ? atoi(argv[3]) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: order ADDRESS:PORT,... BUYERS ROUNDS PID,...\n");
		return 2;
	}
	if (!FAULT_TRY(fp)) {
		fprintf(stderr, "order: %s\n", fp.what);
		return 1;
	}
	run(argv[1], argv[2], rounds, argv[4]);
	FAULT_END(fp);
	return 0;
}
