/* JSON out: rows by their descriptors. */
#include "inner.h"

static void json_field(struct json *j, const struct row_field *f, const char *at, const struct policy *p)
{
	switch (f->kind) {
	case ROW_STR: json_str(j, *(const str *)at); return;
	case ROW_INT:
		/* int? is struct maybe_int {bool is; int64_t v;} */
		if (f->null && !*(const bool *)at)
			json_none(j);
		else
			json_int(j, *(const int64_t *)(f->null ? at + offsetof(struct { bool is; int64_t v; }, v) : at));
		return;
	case ROW_BOOL: json_bool(j, *(const bool *)at); return;
	case ROW_ID: json_id(j, *(const int64_t *)at); return;
	case ROW_TIME: json_time(j, *(const instant *)at); return;
	case ROW_MONEY: json_money(j, *(const money *)at); return;
	case ROW_PRICE: json_price(j, *(const struct price *)at); return;
	case ROW_GROUP: json_row(j, f->group, at); return;
	case ROW_ENUM: {
		const struct policy_enum *e = policy_enum(p, str_of(f->type));
		int v = *(const int *)at;

		if (e && v >= 1 && (size_t)v <= e->n)
			json_str(j, e->values[v - 1]);
		else
			json_none(j);
		return;
	}
	}
}

static const struct policy *policy_of_rows;

void api_policy(const struct policy *p)
{
	policy_of_rows = p;
}

void json_row(struct json *j, const struct row_desc *d, const void *row)
{
	json_open(j);
	for (size_t i = 0; i < d->n; i++) {
		json_key(j, d->fields[i].name);
		json_field(j, &d->fields[i], (const char *)row + d->fields[i].offset, policy_of_rows);
	}
	json_close(j);
}

int answer_rows(struct req *r, const struct row_desc *d, const void *rows, size_t n, str next)
{
	struct json j = json_to(r->out);

	json_open(&j);
	json_key(&j, "items");
	json_list(&j);
	for (size_t i = 0; i < n; i++)
		json_row(&j, d, (const char *)rows + i * d->size);
	json_end(&j);
	json_key(&j, "next");
	json_str(&j, next.n ? next : (str){NULL, 0});
	json_close(&j);
	answer_type(r, "application/json");
	return 200;
}

int answer_row(struct req *r, const struct row_desc *d, const void *row)
{
	struct json j = json_to(r->out);

	json_row(&j, d, row);
	answer_type(r, "application/json");
	return 200;
}
