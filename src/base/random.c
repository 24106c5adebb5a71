/* Random bytes, digests, hex and base64: libsodium, set up once. */
#include "base.h"

#include <pthread.h>
#include <sodium.h>

static void sodium_begin(void)
{
	if (sodium_init() < 0)
		fault(FAULT_BUG, "libsodium cannot start: no source of random bytes");
}

static void sodium_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, sodium_begin);
}

void random_bytes(void *p, size_t n)
{
	sodium_ready();
	randombytes_buf(p, n);
}

str hex_of(struct arena *a, const void *p, size_t n)
{
	char *hex = arena_alloc(a, 2, n + 1);

	sodium_bin2hex(hex, 2 * n + 1, p, n);
	return (str){hex, 2 * n};
}

bool hex_parse(str s, void *p, size_t n)
{
	size_t made;

	return s.n == 2 * n && sodium_hex2bin(p, n, s.p, s.n, NULL, &made, NULL) == 0 && made == n;
}

str base64url_of(struct arena *a, const void *p, size_t n)
{
	const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	size_t size = sodium_base64_encoded_len(n, variant);
	char *text = arena_alloc(a, 1, size);

	sodium_bin2base64(text, size, p, n, variant);
	return (str){text, size - 1};
}

/* libsodium's reader takes some bytes beyond ASCII for digits (1.0.18), so they are refused here:
 * a token must have one spelling. */
static bool ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] & 0x80)
			return false;
	return true;
}

bool base64url_parse(struct arena *a, str s, str *bytes)
{
	size_t most = s.n / 4 * 3 + 3, n;
	char *p = arena_alloc(a, 1, most + 1);

	if (!ascii(s) || sodium_base642bin((unsigned char *)p, most, s.n ? s.p : "", s.n, NULL, &n,
				 NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return false;
	*bytes = (str){p, n};
	return true;
}

struct digest digest_of(str s)
{
	struct digest d;

	sodium_ready();
	crypto_generichash(d.b, sizeof d.b, (const unsigned char *)s.p, s.n, NULL, 0);
	return d;
}

struct digest digest_keyed(const uint8_t key[32], str s)
{
	struct digest d;

	sodium_ready();
	crypto_generichash(d.b, sizeof d.b, (const unsigned char *)s.p, s.n, key, 32);
	return d;
}
