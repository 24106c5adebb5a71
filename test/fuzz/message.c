/* Messages of agents. First byte even: the rest is a body as it comes; nothing passes that our key
 * did not sign. Odd: the rest is what an agent signed; it comes out as it went in, no bent bit
 * passes, and whatever it says, the forms take it within their limits. An address for callbacks
 * that is let through leads to the agent's host, as libcurl reads it too. */
#include <curl/curl.h>
#include <sodium.h>
#include <stdlib.h>

#include "egress/egress.h"
#include "market/rights/agent.h"
#include "web/inner.h"

#define HOST "hand.example"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES],
	other[crypto_sign_PUBLICKEYBYTES];

static void check(bool good)
{
	if (!good)
		abort();
}

static void keys_once(void)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = "agent",
			     strange[] = "0123456789abcdef0123456789abcdef";
	uint8_t unused[crypto_sign_SECRETKEYBYTES];

	check(sodium_init() >= 0);
	crypto_sign_seed_keypair(public, secret, seed);
	crypto_sign_seed_keypair(other, unused, strange);
}

static void line_good(str s, size_t most)
{
	check(str_utf8(s) && str_chars(s) <= most && !str_has(s, '\n') && !str_has(s, '\0'));
}

static void callback(str url)
{
	CURLU *u;
	char *host = NULL, *scheme = NULL;

	if (!egress_agent_address(url, S(HOST)))
		return;
	u = curl_url();
	char *text = strndup(url.p, url.n);

	/* what libcurl does not read at all leads nowhere */
	if (!curl_url_set(u, CURLUPART_URL, text, 0)) {
		check(!curl_url_get(u, CURLUPART_HOST, &host, 0) && !strcasecmp(host, HOST));
		check(!curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) && !strcmp(scheme, "https"));
	}
	curl_free(host);
	curl_free(scheme);
	curl_url_cleanup(u);
	free(text);
}

static void forms(struct arena *a, struct values *v)
{
	static const struct policy none;
	const struct form *const all[] = {
		&agent_exercise_form, &agent_revoke_form, &agent_setup_form, NULL};
	instant t;

	for (size_t i = 0; all[i]; i++) {
		struct form_errors e = {0};
		struct form_check c = {.arena = a, .policy = &none, .values = v, .errors = &e};
		const struct agent_exercise *f = form_parse(&c, all[i]);

		check(e.n <= FORM_ERRORS_MAX);
		if (e.n || i)
			continue;
		line_good(f->agent, 200);
		line_good(f->request, 200);
		line_good(f->callback, 400);
		line_good(f->exercise, 40);
		check(str_has(f->email, '@') && f->email.n <= 254);
		callback(f->callback);
		(void)(instant_parse(f->issued, &t) && instant_parse(f->expires, &t));
	}
}

static void raw(struct arena *a, str body)
{
	str bytes;

	if (!message_decode(a, body, &bytes))
		return;
	check(bytes.n > crypto_sign_BYTES && bytes.n < body.n);
	if (message_signed(bytes, public).p)
		check(!message_signed(bytes, other).p);
}

static void said(struct arena *a, str message)
{
	unsigned long long k;
	size_t most;
	uint8_t *p = arena_alloc(a, 1, crypto_sign_BYTES + message.n + 1);
	struct values v = {0};
	str bytes = {NULL, 0}, why;

	crypto_sign(p, &k, (const uint8_t *)message.p, message.n, secret);
	most = sodium_base64_ENCODED_LEN(k, sodium_base64_VARIANT_ORIGINAL);
	char *body = arena_alloc(a, 1, most);

	sodium_bin2base64(body, most, p, k, sodium_base64_VARIANT_ORIGINAL);
	check(message_decode(a, str_of(body), &bytes) == (message.n > 0));
	if (!message.n)
		return;
	check(str_eq(message_signed(bytes, public), message) && !message_signed(bytes, other).p);
	((uint8_t *)(uintptr_t)bytes.p)[message.n % bytes.n] ^= (uint8_t)(1 << message.n % 8);
	check(!message_signed(bytes, public).p);
	if (values_message(a, message, &v, &why) == PARSED)
		forms(a, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct arena *a;

	if (!ready)
		keys_once();
	ready = true;
	if (n < 1 || n > 1 << 15)
		return 0;
	a = arena_make((size_t)64 << 20);
	str rest = str_dup(a, (str){(const char *)data + 1, n - 1});

	if (data[0] % 2)
		said(a, rest);
	else
		raw(a, rest);
	arena_free(a);
	return 0;
}
