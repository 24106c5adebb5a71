/* Sealing: one authenticated record for each row and group, and blind indexes of single fields. */
#include "inside.h"

#include <sodium.h>
#include <stdio.h>

/* A record: format, version of the key, nonce, ciphertext and tag. What it belongs to is
 * authenticated with it, so that a blob moved to another row, group, table or owner, or sealed
 * under another key of this owner, does not open. */
enum {
	VERSION_BYTES = 8, /* little-endian */
	HEAD = 1 + VERSION_BYTES,
	HEAD_FORMAT_1 = 1,
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	LABEL_MAX = 256,
};

struct belonging {
	const char *table, *group;
	int64_t row, owner, version; /* version 0: a record of format 1 */
};

/* "2 person.email row 17 key 17 version 4": by hand, for a list opens thousands of records and
 * printf took a tenth of that. */
struct label {
	char *p;
	size_t n;
};

static void label_text(struct label *l, const char *s)
{
	size_t n = strlen(s);

	MUST(l->n + n < LABEL_MAX);
	memcpy(l->p + l->n, s, n);
	l->n += n;
}

static void label_number(struct label *l, const char *before, int64_t v)
{
	char digits[24], *at = digits + sizeof digits - 1;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	*at = 0;
	do
		*--at = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--at = '-';
	label_text(l, before);
	label_text(l, at);
}

static size_t label(char out[LABEL_MAX], const struct belonging *b)
{
	struct label l = {out, 0};

	label_number(&l, "", b->version ? SEAL_FORMAT : 1);
	label_text(&l, " ");
	label_text(&l, b->table);
	label_text(&l, ".");
	label_text(&l, b->group);
	label_number(&l, " row ", b->row);
	label_number(&l, " key ", b->owner);
	if (b->version)
		label_number(&l, " version ", b->version);
	return l.n;
}

str seal(struct store_conn *c, struct arena *a, const char *table, const char *group, int64_t row,
	int64_t owner, str record)
{
	uint8_t key[KEY_BYTES];
	char about[LABEL_MAX];
	uint8_t *p = arena_alloc(a, 1, HEAD + NONCE + record.n + TAG);
	struct belonging b = {table, group, row, owner, keys_need(c, owner, key)};
	size_t about_n = label(about, &b);

	p[0] = SEAL_FORMAT;
	for (int i = 0; i < VERSION_BYTES; i++)
		p[1 + i] = (uint8_t)((uint64_t)b.version >> (8 * i));
	random_bytes(p + HEAD, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + HEAD + NONCE, NULL, (const void *)record.p,
		record.n, (const void *)about, about_n, NULL, p + HEAD, key);
	explicit_bzero(key, sizeof key);
	return (str){(char *)p, HEAD + NONCE + record.n + TAG};
}

/* Length of the head, and the version that it tells; 0: no record of ours. */
static size_t head_of(str blob, int64_t *version)
{
	const uint8_t *p = (const void *)blob.p;
	size_t head = blob.n && p[0] == SEAL_FORMAT ? HEAD : HEAD_FORMAT_1;
	uint64_t v = 0;

	*version = 0;
	if (blob.n < head + NONCE + TAG || (p[0] != SEAL_FORMAT && p[0] != 1))
		return 0;
	for (int i = 0; head == HEAD && i < VERSION_BYTES; i++)
		v |= (uint64_t)p[1 + i] << (8 * i);
	*version = (int64_t)v;
	return head;
}

str unseal(struct store_conn *c, struct arena *a, const char *table, const char *group, int64_t row,
	int64_t owner, str blob)
{
	const uint8_t *p = (const void *)blob.p;
	uint8_t key[KEY_BYTES];
	char about[LABEL_MAX];
	struct belonging b = {table, group, row, owner, 0};
	int64_t version = keys_get(c, owner, key);

	if (!version)
		return (str){0}; /* erased */
	size_t head = head_of(blob, &b.version);

	if (!head)
		fault(FAULT_STORE, "a sealed record of %s.%s is damaged", table, group);
	if (b.version && b.version != version)
		fault(FAULT_STORE, "a sealed record of %s.%s is of another key of its owner", table,
			group);
	size_t n = blob.n - head - NONCE - TAG, about_n = label(about, &b);
	char *out = arena_alloc(a, 1, n + 1);
	int bad = crypto_aead_xchacha20poly1305_ietf_decrypt((void *)out, NULL, NULL,
		p + head + NONCE, n + TAG, (const void *)about, about_n, p + head, key);

	explicit_bzero(key, sizeof key);
	if (bad)
		fault(FAULT_STORE, "a sealed record of %s.%s does not belong where it lies", table,
			group);
	return (str){out, n};
}

static const struct policy_field *field_of(
	const struct store *s, const char *table, const char *field)
{
	const struct policy_table *t = policy_table(s->policy, str_of(table));
	str name = str_of(field), group = str_cut(&name, '.');
	const struct policy_group *g = t ? policy_group(t, group) : NULL;

	for (size_t i = 0; g && i < g->n; i++)
		if (str_eq(g->fields[i].name, name))
			return &g->fields[i];
	fault(FAULT_BUG, "%s.%s is not a field of the policy", table, field);
}

/* Telephone numbers: digits alone, an international prefix 00 counts as +. Everything else (e-mail
 * above all): trimmed and in lower case. */
static str normalised(struct arena *a, const struct policy_field *f, str v)
{
	if (!str_eq(f->dpv, S("pd:TelephoneNumber")))
		return str_lower(a, str_trim(v));
	char *p = arena_alloc(a, 1, v.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] >= '0' && v.p[i] <= '9')
			p[n++] = v.p[i];
	return n > 2 && p[0] == '0' && p[1] == '0' ? (str){p + 2, n - 2} : (str){p, n};
}

void blind_of(struct store *s, const char *table, const char *field, str v, uint8_t out[16])
{
	const struct policy_field *f = field_of(s, table, field);
	struct arena *a = arena_make((size_t)1 << 20);
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		str plain = normalised(a, f, v);
		crypto_generichash_state h;

		crypto_generichash_init(&h, s->secrets.blind, KEY_BYTES, 16);
		crypto_generichash_update(&h, (const void *)table, strlen(table) + 1);
		crypto_generichash_update(&h, (const void *)field, strlen(field) + 1);
		crypto_generichash_update(&h, (const void *)plain.p, plain.n);
		crypto_generichash_final(&h, out, 16);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
}
