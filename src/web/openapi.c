/* OpenAPI 3.1 from the route tables: what is served is what is described. Every route under /api/
 * is in it, with parameters from its path and query form, its body from the form's declaration,
 * its answer from the row descriptor. */
#include "inner.h"

#include <stdio.h>

struct doc {
	struct json j;
	struct arena *arena;
	const struct web *web;
	const struct row_desc **rows; /* those that answers name, in order of first use */
	size_t rows_n;
};

static void text(struct json *j, const char *key, const char *value)
{
	json_key(j, key);
	json_str(j, str_of(value));
}

/* Bounds beyond what every reader of JSON holds exactly bound nothing: they are left out. */
static void number(struct json *j, const char *key, int64_t v)
{
	const int64_t exact = INT64_C(1) << 53;

	if (v > exact || v < -exact)
		return;
	json_key(j, key);
	json_int(j, v);
}

static void reference(struct json *j, const char *kind, const char *name)
{
	char path[160];

	snprintf(path, sizeof path, "#/components/%s/%s", kind, name);
	json_open(j);
	text(j, "$ref", path);
	json_close(j);
}

static str message(int msg)
{
	return msg_template(&locales[0], msg);
}

/* ---- what is sent ------------------------------------------------------------------------ */

static void schema_form(struct doc *d, const struct form *f);

static void choices(struct doc *d, const struct field *f)
{
	struct json *j = &d->j;

	text(j, "type", "string");
	json_key(j, "enum");
	json_list(j);
	if (f->kind == FIELD_ENUM) {
		const struct policy_enum *e = policy_enum(d->web->policy, str_of(f->choices));

		for (size_t i = 0; e && i < e->n; i++)
			json_str(j, e->values[i]);
	} else {
		for (const struct code *c = f->codes; c->code; c++)
			json_str(j, str_of(c->code));
	}
	json_end(j);
}

static void lengths(struct json *j, const struct field *f)
{
	text(j, "type", "string");
	if (f->min)
		number(j, "minLength", f->min);
	if (f->max)
		number(j, "maxLength", f->max);
}

static void schema_field(struct doc *d, const struct field *f)
{
	struct json *j = &d->j;

	json_open(j);
	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_LONG: lengths(j, f); break;
	case FIELD_EMAIL:
		lengths(j, f);
		text(j, "format", "email");
		break;
	case FIELD_PASSWORD:
		lengths(j, f);
		text(j, "format", "password");
		break;
	case FIELD_INT:
		text(j, "type", "integer");
		text(j, "format", "int64");
		if (f->min || f->max) {
			number(j, "minimum", f->min);
			number(j, "maximum", f->max);
		}
		break;
	case FIELD_BOOL: text(j, "type", "boolean"); break;
	case FIELD_ENUM:
	case FIELD_CODE: choices(d, f); break;
	case FIELD_ID:
		text(j, "type", "string");
		text(j, "pattern", "^[0-9a-hjkmnp-tv-z]{13}$");
		break;
	case FIELD_MONEY:
	case FIELD_PRICE:
		text(j, "type", "string");
		text(j, "pattern", "^-?[0-9]+(\\.[0-9]+)?$");
		break;
	case FIELD_DATE:
		text(j, "type", "string");
		text(j, "description", "RFC 3339 date or date-time, UTC");
		break;
	case FIELD_FILE:
		text(j, "type", "string");
		text(j, "format", "binary");
		break;
	case FIELD_ROWS:
		text(j, "type", "array");
		number(j, "maxItems", f->max);
		json_key(j, "items");
		schema_form(d, f->rows);
		break;
	}
	if (f->label && f->kind != FIELD_DATE) {
		json_key(j, "description");
		json_str(j, message(f->label));
	}
	json_close(j);
}

static void schema_form(struct doc *d, const struct form *f)
{
	struct json *j = &d->j;
	bool required = false;

	json_open(j);
	text(j, "type", "object");
	json_key(j, "properties");
	json_open(j);
	for (size_t i = 0; i < f->fields_n; i++) {
		json_key(j, f->fields[i].name);
		schema_field(d, &f->fields[i]);
		required |= f->fields[i].required;
	}
	json_close(j);
	if (required) {
		json_key(j, "required");
		json_list(j);
		for (size_t i = 0; i < f->fields_n; i++)
			if (f->fields[i].required)
				json_str(j, str_of(f->fields[i].name));
		json_end(j);
	}
	json_close(j);
}

/* ---- what is answered -------------------------------------------------------------------- */

static void schema_null(struct json *j, const char *type, bool null)
{
	if (!null) {
		text(j, "type", type);
		return;
	}
	json_key(j, "type");
	json_list(j);
	json_str(j, str_of(type));
	json_str(j, S("null"));
	json_end(j);
}

static void schema_enum(struct json *j, const struct row_field *f)
{
	const struct enum_desc *e = enum_desc_of(f->type);

	schema_null(j, "string", f->null);
	json_key(j, "enum");
	json_list(j);
	for (size_t i = 0; e && i < e->n; i++)
		json_str(j, str_of(e->values[i]));
	if (f->null)
		json_none(j);
	json_end(j);
}

static void schema_row(struct doc *d, const struct row_desc *r);

static void schema_row_field(struct doc *d, const struct row_field *f)
{
	struct json *j = &d->j;

	if (f->kind == ROW_MONEY || f->kind == ROW_PRICE) {
		reference(j, "schemas", f->null ? "MaybeAmount" : "Amount");
		return;
	}
	if (f->kind == ROW_GROUP) {
		schema_row(d, f->group);
		return;
	}
	json_open(j);
	switch (f->kind) {
	case ROW_STR: schema_null(j, "string", f->null); break;
	case ROW_INT:
		schema_null(j, "integer", f->null);
		text(j, "format", "int64");
		break;
	case ROW_BOOL: schema_null(j, "boolean", f->null); break;
	case ROW_ID:
		schema_null(j, "string", f->null);
		text(j, "description", f->type ? f->type : "id");
		break;
	case ROW_ENUM: schema_enum(j, f); break;
	case ROW_TIME:
		schema_null(j, "string", f->null);
		text(j, "format", "date-time");
		break;
	case ROW_MONEY:
	case ROW_PRICE:
	case ROW_GROUP: break;
	}
	json_close(j);
}

static void schema_row(struct doc *d, const struct row_desc *r)
{
	struct json *j = &d->j;

	json_open(j);
	text(j, "type", "object");
	json_key(j, "properties");
	json_open(j);
	for (size_t i = 0; i < r->n; i++) {
		json_key(j, r->fields[i].name);
		schema_row_field(d, &r->fields[i]);
	}
	json_close(j);
	json_close(j);
}

static void row_named(struct doc *d, const struct row_desc *r)
{
	for (size_t i = 0; i < d->rows_n; i++)
		if (d->rows[i] == r)
			return;
	d->rows[d->rows_n++] = r;
}

static void content(struct json *j, const char *type)
{
	json_key(j, "content");
	json_open(j);
	json_key(j, type);
	json_open(j);
	json_key(j, "schema");
}

static void content_end(struct json *j)
{
	json_close(j);
	json_close(j);
}

static void answer_schema(struct doc *d, const struct route *r)
{
	struct json *j = &d->j;

	row_named(d, r->answers);
	content(j, "application/json");
	if (!r->list) {
		reference(j, "schemas", r->answers->name);
		content_end(j);
		return;
	}
	json_open(j);
	text(j, "type", "object");
	json_key(j, "properties");
	json_open(j);
	json_key(j, "items");
	json_open(j);
	text(j, "type", "array");
	json_key(j, "items");
	reference(j, "schemas", r->answers->name);
	json_close(j);
	json_key(j, "next");
	json_open(j);
	schema_null(j, "string", true);
	text(j, "description", "Cursor of the next page, null on the last");
	json_close(j);
	json_close(j);
	json_close(j);
	content_end(j);
}

static void problem_response(struct json *j, const char *status)
{
	json_key(j, status);
	reference(j, "responses", "Problem");
}

static void responses(struct doc *d, const struct route *r)
{
	struct json *j = &d->j;

	json_key(j, "responses");
	json_open(j);
	json_key(j, r->method == POST ? "2XX" : "200");
	json_open(j);
	text(j, "description", r->method == POST ? "Done, and durable" : "What was asked for");
	if (r->answers)
		answer_schema(d, r);
	json_close(j);
	problem_response(j, "4XX");
	problem_response(j, "5XX");
	json_close(j);
}

/* ---- operations -------------------------------------------------------------------------- */

static void parameter(
	struct doc *d, const char *name, const char *in, bool required, const struct field *f)
{
	struct json *j = &d->j;

	json_open(j);
	text(j, "name", name);
	text(j, "in", in);
	if (required) {
		json_key(j, "required");
		json_bool(j, true);
	}
	json_key(j, "schema");
	if (f) {
		schema_field(d, f);
	} else {
		json_open(j);
		text(j, "type", "string");
		json_close(j);
	}
	json_close(j);
}

static void parameters(struct doc *d, const struct routed *r)
{
	const struct form *query = r->route->method == GET ? r->route->form : NULL;

	json_key(&d->j, "parameters");
	json_list(&d->j);
	for (size_t i = 0; i < r->params_n; i++)
		parameter(d, r->params[i], "path", true, NULL);
	for (size_t i = 0; query && i < query->fields_n; i++)
		if (query->fields[i].kind != FIELD_ROWS)
			parameter(d, query->fields[i].name, "query", query->fields[i].required,
				&query->fields[i]);
	if (r->route->method == POST)
		parameter(d, "Idempotency-Key", "header", false, NULL);
	json_end(&d->j);
}

static void operation(struct doc *d, const struct routed *r)
{
	const struct route *route = r->route;
	struct json *j = &d->j;
	struct out id;

	out_init(&id, d->arena, 64, 1024, &locales[0]);
	out_str(&id, route->method == POST ? S("post") : S("get"));
	for (const char *p = route->path; *p; p++)
		out_char(&id, (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ? *p : '_');
	json_key(j, route->method == POST ? "post" : "get");
	json_open(j);
	json_key(j, "operationId");
	json_str(j, out_view(&id));
	text(j, "summary", route->about ? route->about : route->path);
	parameters(d, r);
	if (route->method == POST && route->form) {
		json_key(j, "requestBody");
		json_open(j);
		content(j, route->form->files ? "multipart/form-data" : "application/json");
		schema_form(d, route->form);
		content_end(j);
		json_close(j);
	}
	responses(d, route);
	json_key(j, "security");
	json_list(j);
	json_open(j);
	if (route->proof == PROOF_BEARER) {
		json_key(j, "bearer");
		json_list(j);
		json_end(j);
	}
	json_close(j);
	json_end(j);
	json_close(j);
}

static void paths(struct doc *d)
{
	const struct routes *all = d->web->routes;
	bool *told = arena_array(d->arena, bool, routes_count(all) + 1);

	json_key(&d->j, "paths");
	json_open(&d->j);
	for (size_t i = 0; i < routes_count(all); i++) {
		const struct route *r = routes_at(all, i)->route;

		if (told[i] || strncmp(r->path, "/api/", 5) != 0)
			continue;
		json_key(&d->j, r->path);
		json_open(&d->j);
		for (size_t k = i; k < routes_count(all); k++)
			if (!strcmp(routes_at(all, k)->route->path, r->path)) {
				told[k] = true;
				operation(d, routes_at(all, k));
			}
		json_close(&d->j);
	}
	json_close(&d->j);
}

static void string_properties(struct json *j, const char *const *names)
{
	json_key(j, "properties");
	json_open(j);
	for (; *names; names++) {
		json_key(j, *names);
		json_open(j);
		text(j, "type", "string");
		json_close(j);
	}
}

static void problem_schema(struct json *j)
{
	json_key(j, "Problem");
	json_open(j);
	text(j, "type", "object");
	text(j, "description", "RFC 9457");
	string_properties(j, (const char *const[]){"type", "title", "detail", "request", NULL});
	json_key(j, "status");
	json_open(j);
	text(j, "type", "integer");
	json_close(j);
	json_key(j, "errors");
	json_open(j);
	text(j, "type", "array");
	json_key(j, "items");
	json_open(j);
	text(j, "type", "object");
	string_properties(j, (const char *const[]){"field", "message", NULL});
	json_close(j);
	json_close(j);
	json_close(j);
	json_close(j);
	json_close(j);
}

static void amount_schema(struct json *j, const char *name, bool null)
{
	json_key(j, name);
	json_open(j);
	schema_null(j, "object", null);
	string_properties(j, (const char *const[]){"amount", "currency", NULL});
	json_close(j);
	json_close(j);
}

static void components(struct doc *d)
{
	struct json *j = &d->j;

	json_key(j, "components");
	json_open(j);
	json_key(j, "securitySchemes");
	json_open(j);
	json_key(j, "bearer");
	json_open(j);
	text(j, "type", "http");
	text(j, "scheme", "bearer");
	json_close(j);
	json_close(j);
	json_key(j, "responses");
	json_open(j);
	json_key(j, "Problem");
	json_open(j);
	text(j, "description", "Why not");
	content(j, "application/problem+json");
	reference(j, "schemas", "Problem");
	content_end(j);
	json_close(j);
	json_close(j);
	json_key(j, "schemas");
	json_open(j);
	problem_schema(j);
	amount_schema(j, "Amount", false);
	amount_schema(j, "MaybeAmount", true);
	for (size_t i = 0; i < d->rows_n; i++) {
		json_key(j, d->rows[i]->name);
		schema_row(d, d->rows[i]);
	}
	json_close(j);
	json_close(j);
}

str openapi_print(struct arena *a, const struct web *w)
{
	struct out *o = arena_new(a, struct out);
	struct doc d = {.arena = a, .web = w};
	struct json *j = &d.j;

	out_init(o, a, 1 << 16, PAGE_BYTES_MAX, &locales[0]);
	d.j = json_to(o);
	d.rows = arena_array(a, const struct row_desc *, routes_count(w->routes) + 1);
	json_open(j);
	text(j, "openapi", "3.1.0");
	json_key(j, "info");
	json_open(j);
	text(j, "title", w->options.title ? w->options.title : "Kontor");
	text(j, "version", w->options.version ? w->options.version : "1");
	text(j, "summary", "What the marketplace's pages do, for programs");
	json_key(j, "license");
	json_open(j);
	text(j, "name", "Apache-2.0");
	text(j, "identifier", "Apache-2.0");
	json_close(j);
	json_close(j);
	json_key(j, "servers");
	json_list(j);
	json_open(j);
	text(j, "url", "/");
	json_close(j);
	json_end(j);
	paths(&d);
	components(&d);
	json_close(j);
	return out_view(o);
}
