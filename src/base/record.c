/* Records of sealed groups, and what generated code needs for closed lists and prices. */
#include "record.h"
#include "limits.h"

enum { FIELD_HEAD_BYTES = 5 };

static const str *field_at(const struct row_desc *d, const void *v, size_t i)
{
	return (const str *)((const char *)v + d->fields[i].offset);
}

str record_pack(struct arena *a, const struct row_desc *d, const uint8_t *numbers, const void *v)
{
	size_t n = 0;
	uint8_t *p, *to;

	if (!v)
		return (str){0};
	for (size_t i = 0; i < d->n; i++) {
		const str *s = field_at(d, v, i);

		if (s->n > RECORD_FIELD_BYTES_MAX)
			fault(FAULT_BUG, "%s.%s: a field of more than %d bytes", d->name,
				d->fields[i].name, RECORD_FIELD_BYTES_MAX);
		n += s->p ? FIELD_HEAD_BYTES + s->n : 0;
	}
	p = to = arena_alloc(a, 1, n + 1);
	for (size_t i = 0; i < d->n; i++) {
		const str *s = field_at(d, v, i);

		if (!s->p)
			continue;
		*to++ = numbers[i];
		for (int k = 0; k < 4; k++)
			*to++ = (uint8_t)(s->n >> (8 * k));
		if (s->n)
			memcpy(to, s->p, s->n);
		to += s->n;
	}
	return (str){(const char *)p, n};
}

void record_unpack(
	struct arena *a, const struct row_desc *d, const uint8_t *numbers, str record, void *v)
{
	uint64_t seen[4] = {0};

	if (!record.p)
		return;
	const uint8_t *p = (const uint8_t *)record.p, *end = p + record.n;

	while (p < end) {
		size_t n = 0;
		uint8_t number = *p;

		if (end - p < FIELD_HEAD_BYTES)
			fault(FAULT_STORE, "%s: a record is cut off", d->name);
		for (int k = 4; k > 0; k--)
			n = n << 8 | p[k];
		p += FIELD_HEAD_BYTES;
		if (n > (size_t)(end - p) || !number || (seen[number / 64] >> number % 64 & 1))
			fault(FAULT_STORE, "%s: a record is malformed", d->name);
		seen[number / 64] |= UINT64_C(1) << number % 64;
		for (size_t i = 0; i < d->n; i++)
			if (numbers[i] == number)
				*(str *)((char *)v + d->fields[i].offset) =
					str_dup(a, (str){(const char *)p, n});
		p += n;
	}
}

bool record_field(str record, int number, str *field)
{
	const uint8_t *p = (const uint8_t *)record.p, *end = p + record.n;

	while (p < end) {
		size_t n = 0;
		int now = *p;

		if (end - p < FIELD_HEAD_BYTES)
			fault(FAULT_STORE, "a record is cut off");
		for (int k = 4; k > 0; k--)
			n = n << 8 | p[k];
		p += FIELD_HEAD_BYTES;
		if (n > (size_t)(end - p))
			fault(FAULT_STORE, "a record is malformed");
		if (now == number) {
			*field = (str){(const char *)p, n};
			return true;
		}
		p += n;
	}
	return false;
}

str value_name(const struct enum_desc *e, int v)
{
	return v >= 1 && (size_t)v <= e->n ? str_of(e->values[v - 1]) : S("");
}

int value_of(const struct enum_desc *e, str s)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(str_of(e->values[i]), s))
			return (int)i + 1;
	return 0;
}
