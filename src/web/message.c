/* Signed messages (PROOF_MESSAGE): the body is base64 of an Ed25519 signature with the signed JSON
 * behind it, as libsodium's combined mode writes it. Whose key must fit, the market says; what was
 * not signed by it reaches no form and no handler. */
#include "inner.h"

#include <sodium.h>

bool message_decode(struct arena *a, str body, str *bytes)
{
	size_t n = 0;
	uint8_t *p = arena_alloc(a, 1, body.n + 1);

	body = str_trim(body);
	if (!body.n || sodium_base642bin(p, body.n, body.p, body.n, "\r\n", &n, NULL,
			       sodium_base64_VARIANT_ORIGINAL))
		return false;
	*bytes = (str){(char *)p, n};
	return n > crypto_sign_BYTES;
}

str message_signed(str bytes, const uint8_t key[crypto_sign_PUBLICKEYBYTES])
{
	str message = str_sub(bytes, crypto_sign_BYTES, bytes.n);

	return crypto_sign_verify_detached(
		       (const uint8_t *)bytes.p, (const uint8_t *)message.p, message.n, key)
		       ? (str){NULL, 0}
		       : message;
}

/* The key of whoever says to have signed it; reads under signin. */
static bool signer(struct exchange *x, uint8_t key[32])
{
	str header = exchange_header(x, S("Authorization")), token = {NULL, 0};
	bool known;

	if (header.n > 7 && header.n <= 512 && str_eq_nocase(str_sub(header, 0, 7), S("Bearer ")))
		token = str_trim(str_sub(header, 7, header.n));
	exchange_read(x, BIT(PURPOSE_SIGNIN));
	known = x->web->options.signer &&
		x->web->options.signer(&x->req, token, key, &x->req.viewer);
	exchange_read_end(x);
	return known;
}

int message_open(struct exchange *x)
{
	str params, type = media_type(exchange_header(x, S("Content-Type")), &params), bytes;
	str body = {x->body_buffer ? (const char *)x->body_buffer : "", x->body_n};
	uint8_t key[crypto_sign_PUBLICKEYBYTES];

	if (x->body_over)
		return 413;
	if (!str_eq_nocase(type, S("text/plain")))
		return 415;
	if (!message_decode(x->arena, body, &bytes))
		return 400;
	if (!signer(x, key))
		return 401;
	x->message = message_signed(bytes, key);
	return x->message.p ? 0 : 403;
}

str message_text(const struct req *r, const char *name)
{
	const struct value *v = values_find(&r->web->values, str_of(name));

	return v && v->kind == VALUE_TEXT && str_utf8(v->text) ? v->text : (str){NULL, 0};
}

str message_bytes(const struct req *r)
{
	return r->web->x->message;
}

/* What every message must say of itself: whom it is for, from when until when. */
int message_good(struct exchange *x)
{
	int status = 0;

	if (!x->web->options.message)
		return 403;
	exchange_read(x, BIT(PURPOSE_SIGNIN));
	status = x->web->options.message(&x->req);
	exchange_read_end(x);
	return status;
}
