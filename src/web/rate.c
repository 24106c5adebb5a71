/* Rate limits: token buckets in a table of fixed size, keyed by class and truncated address or
 * account. A bucket that is full again says nothing, so the fullest neighbour makes room. */
#include "inner.h"

#include <stdlib.h>

enum { SHARDS = 16, WAYS = 8, SETS = RATE_BUCKETS / SHARDS / WAYS };

struct bucket {
	uint64_t key; /* 0: free */
	int64_t at_us;
	double tokens;
};
struct rate_table {
	uint8_t secret[32]; /* nobody can aim at somebody's bucket */
	unsigned servers;   /* over which a client's requests are spread */
	struct shard {
		pthread_mutex_t lock;
		struct bucket set[SETS][WAYS];
	} shard[SHARDS];
};
static const struct rule {
	double burst, per_s;
} rules[RATE_COUNT] = {
	[RATE_READ] = {400, 50},
	[RATE_WRITE] = {60, 2},
	[RATE_API] = {200, 20},
	[RATE_SIGNIN] = {20, 0.1},
};

struct rate_table *rate_make(unsigned servers)
{
	struct rate_table *t = calloc(1, sizeof *t);

	if (!t)
		fault(FAULT_MEMORY, "no memory for the rate table");
	random_bytes(t->secret, sizeof t->secret);
	t->servers = servers ? servers : 1;
	for (int i = 0; i < SHARDS; i++)
		pthread_mutex_init(&t->shard[i].lock, NULL);
	return t;
}

void rate_free(struct rate_table *t)
{
	for (int i = 0; t && i < SHARDS; i++)
		pthread_mutex_destroy(&t->shard[i].lock);
	free(t);
}

static double filled(const struct bucket *b, const struct rule *r, int64_t now)
{
	double t = b->tokens + (double)(now - b->at_us) / SECOND_US * r->per_s;

	return t < r->burst ? t : r->burst;
}

/* One request costs a hash; BLAKE2b of 40 bytes is 0.3 us. */
static uint64_t hash(const struct rate_table *t, enum rate class, str key)
{
	char buffer[128];
	size_t n = key.n < sizeof buffer - 1 ? key.n : sizeof buffer - 1;
	struct digest d;
	uint64_t v;

	buffer[0] = (char)class;
	memcpy(buffer + 1, key.p, n);
	d = digest_keyed(t->secret, (str){buffer, n + 1});
	memcpy(&v, d.b, sizeof v);
	return v | 1;
}

int rate_take(struct rate_table *t, enum rate class, str key, int64_t now)
{
	const struct rule part = {rules[class].burst / t->servers, rules[class].per_s / t->servers},
			  *r = &part;
	uint64_t h = hash(t, class, key);
	struct shard *s = &t->shard[(h >> 8) % SHARDS];
	struct bucket *set = s->set[(h >> 16) % SETS], *b = NULL;
	int wait = 0;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < WAYS && !b; i++)
		if (set[i].key == h)
			b = &set[i];
	if (!b) {
		b = &set[0]; /* the one least lately asked for is the fullest of its class */
		for (int i = 1; i < WAYS; i++)
			if (set[i].at_us < b->at_us)
				b = &set[i];
		*b = (struct bucket){h, now, r->burst};
	}
	b->tokens = filled(b, r, now);
	b->at_us = now;
	if (b->tokens >= 1)
		b->tokens -= 1;
	else
		wait = (int)((1 - b->tokens) / r->per_s) + 1;
	pthread_mutex_unlock(&s->lock);
	return wait;
}
