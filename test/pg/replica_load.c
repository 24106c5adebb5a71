/* Visitors search and clients order at a server that reads from a standby, and the standby is lost
 * under them: no request fails, and when it is there again it is read from again. */
#include "test/fault/orders.h"
#include "test/pg/cluster.h"

enum { VISITORS = 16, SOON_MS = 60000 };

static struct cluster one, other;
static atomic_bool enough;
static atomic_llong shown, failed;

static const char *address_of(const struct cluster *c)
{
	return str_fmt(
		test_arena, "postgresql://admin@/" STR_FMT "?host=%s", STR_ARG(rows_name()), c->dir)
		.p;
}

/* Each question is another one, so no page is kept; each visitor comes from an address of its own,
 * and the last one asks for the server's health. */
static void *visitor(void *number)
{
	const int n = (int)(intptr_t)number;
	char url[120], from[60];
	struct answer a = {0};
	CURL *curl = curl_easy_init();

	MUST(curl);
	for (int i = 0; !atomic_load(&enough); i++) {
		snprintf(from, sizeof from, "X-Forwarded-For: 10.%d.%d.1", 30 + n, i / 20 % 250);
		snprintf(url, sizeof url, "%s/search?q=M8-%d", server.base, i);
		if (n == VISITORS - 1)
			snprintf(url, sizeof url, "%s/healthz", server.base);
		ask(curl, &a, url, NULL, (const char *const[]){from, NULL});
		atomic_fetch_add(&shown, 1);
		if (!a.rc && a.status == 200)
			continue;
		if (atomic_fetch_add(&failed, 1) == 0)
			printf("# %s: %d %ld %.300s\n", url, (int)a.rc, a.status,
				a.body ? a.body : "");
	}
	free(a.body);
	curl_easy_cleanup(curl);
	return NULL;
}

/* A number of /metrics, over all that its name begins. */
static double metric(const char *begins)
{
	struct answer a = {0};
	CURL *curl = curl_easy_init();
	double sum = 0;

	ask(curl, &a, str_fmt(test_arena, "%s/metrics", server.base).p, NULL,
		(const char *const[]){"X-Nobody: passed on", NULL});
	for (const char *p = a.body ? strstr(a.body, begins) : NULL; p; p = strstr(p, begins)) {
		p += strlen(begins);
		sum += strtod(p + strcspn(p, " "), NULL);
	}
	free(a.body);
	curl_easy_cleanup(curl);
	return sum;
}

static bool soon_used(bool wanted)
{
	for (int ms = 0; ms < SOON_MS; ms += 100) {
		if ((metric("\nkontor_replica_used{") > 0) == wanted)
			return true;
		usleep(100000);
	}
	return false;
}

static double on_standby(void)
{
	return metric("\nkontor_reads_total{side=\"/");
}

static double lost_at;

static void standby_lost(void)
{
	lost_at = on_standby();
	cluster_kill(&other);
	CHECK(soon_used(false));
	CHECK(cluster_again(&other));
	CHECK(soon_used(true));
}

static void visitors_and_clients(void)
{
	pthread_t t[VISITORS];

	for (int i = 0; i < VISITORS; i++)
		MUST(!pthread_create(&t[i], NULL, visitor, (void *)(intptr_t)i));
	clients_disturbed(1000, standby_lost);
	atomic_store(&enough, true);
	for (int i = 0; i < VISITORS; i++)
		pthread_join(t[i], NULL);
}

TEST(a_standby_is_lost_under_those_who_read)
{
	cluster_make(&one, "/tmp", NULL);
	cluster_start(&one);
	cluster_copy(&other, one.dir, true);
	cluster_start(&other);
	MUST(!setenv("KONTOR_PG", one.dir, 1));
	home_make();
	world_make_in(program_home);
	clients_make();
	CHECK_INT(1, kontor("serve", market, "--replica", address_of(&one)));
	SAYS("takes writes, so it is no standby");
	REQUIRE(server_start(&server, market, "--behind-proxy", "--replica", address_of(&other)));
	CHECK(soon_used(true));
	for (int ms = 0; ms < SOON_MS && get_status(&server, "/search?q=M8") != 200; ms += 100)
		usleep(100000); /* the index is being made */
	visitors_and_clients();
	books();
	CHECK_INT(0, atomic_load(&failed));
	CHECK_INT(0, troubles);
	CHECK(acked_all > 0 && atomic_load(&shown) > 0 && lost_at > 0);
	CHECK(on_standby() > lost_at);
	printf("# %lld orders answered; %lld pages, %.0f reads on the standby, %.0f begun again\n",
		(long long)acked_all, (long long)atomic_load(&shown), on_standby(),
		metric("\nkontor_reads_again_total"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	clients_end();
	home_end();
	cluster_end(&other);
	cluster_end(&one);
}

int main(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return test_main();
}
