/* JSON out: rows by their descriptors. */
#include "inner.h"

static void json_maybe(struct json *j, const struct row_field *f, const char *at)
{
	const struct maybe_int *v = (const void *)at;

	if (!v->is)
		json_none(j);
	else if (f->kind == ROW_BOOL)
		json_bool(j, v->v != 0);
	else
		json_int(j, v->v);
}

static void json_enum(struct json *j, const struct row_field *f, int v)
{
	const struct enum_desc *e = enum_desc_of(f->type);

	MUST(e);
	if (v >= 1 && (size_t)v <= e->n)
		json_str(j, str_of(e->values[v - 1]));
	else
		json_none(j);
}

static void json_field(struct json *j, const struct row_field *f, const char *at)
{
	const money *m = (const void *)at;
	const struct price *p = (const void *)at;

	if (f->null && (f->kind == ROW_INT || f->kind == ROW_BOOL)) {
		json_maybe(j, f, at);
		return;
	}
	switch (f->kind) {
	case ROW_STR: json_str(j, *(const str *)(const void *)at); return;
	case ROW_INT: json_int(j, *(const int64_t *)(const void *)at); return;
	case ROW_BOOL: json_bool(j, *(const bool *)at); return;
	case ROW_ID: json_id(j, *(const int64_t *)(const void *)at); return;
	case ROW_TIME: json_time(j, *(const instant *)(const void *)at); return;
	case ROW_GROUP: json_row(j, f->group, at); return;
	case ROW_ENUM: json_enum(j, f, *(const int *)(const void *)at); return;
	case ROW_MONEY:
		if (m->currency[0])
			json_money(j, *m);
		else
			json_none(j);
		return;
	case ROW_PRICE:
		if (p->currency[0])
			json_price(j, *p);
		else
			json_none(j);
		return;
	}
}

void json_row(struct json *j, const struct row_desc *d, const void *row)
{
	json_open(j);
	for (size_t i = 0; i < d->n; i++) {
		json_key(j, d->fields[i].name);
		json_field(j, &d->fields[i], (const char *)row + d->fields[i].offset);
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
