/* Forms: values to a C struct. One mistake per field, the first one. */
#include "inner.h"

void form_errors_add(struct arena *a, struct form_errors *e, str field, struct text t)
{
	if (e->n >= FORM_ERRORS_MAX)
		return;
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(str_of(e->v[i].field), field))
			return;
	*ARENA_PUSH(a, e) = (struct form_error){str_dup(a, field).p, t};
}

struct spot { /* one field of one row */
	struct form_check *c;
	const struct field *field;
	str prefix; /* "lines.2." */
	str name;   /* prefix and the field's name */
	char *at;   /* where the C value goes */
};

static void wrong(const struct spot *s, struct text t)
{
	form_errors_add(s->c->arena, s->c->errors, s->name, t);
}

static struct value *take(const struct spot *s, str name)
{
	struct value *v = NULL;

	for (size_t i = 0; i < s->c->values->n; i++) {
		struct value *x = &s->c->values->v[i];

		if (!str_eq(x->name, name))
			continue;
		if (v && s->field->kind != FIELD_BOOL)
			wrong(s, TEXT(web_twice));
		x->used = true;
		v = x;
	}
	return v;
}

static int64_t text_max(const struct field *f)
{
	if (f->max)
		return f->max;
	if (f->kind == FIELD_LONG)
		return 10000;
	return f->kind == FIELD_EMAIL ? 254 : 256;
}

static bool controls(str s, bool lines)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == 0x7f || (c < 0x20 && c != '\t' && !(lines && c == '\n')))
			return true;
	}
	return false;
}

/* Browsers send line ends as CR LF; kept is LF. */
static str lines_of(struct arena *a, str s)
{
	char *p;
	size_t n = 0;

	if (!str_has(s, '\r'))
		return s;
	p = arena_alloc(a, 1, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
			p[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
	return (str){p, n};
}

/* addr-spec as mail servers take it without SMTPUTF8: dot-atom @ a domain with a dot. */
static bool email_good(str s)
{
	str domain = s, local = str_cut(&domain, '@');
	char before = '.';

	if (!local.n || local.n > 64 || domain.n < 3 || !str_has(domain, '.') ||
		str_has(domain, '@'))
		return false;
	for (size_t i = 0; i < local.n; before = local.p[i++]) {
		unsigned char c = (unsigned char)local.p[i];

		if (c <= 0x20 || c >= 0x7f || strchr("\"(),:;<>@[\\]", c) ||
			(c == '.' && before == '.'))
			return false;
	}
	if (before == '.')
		return false;
	before = '.';
	for (size_t i = 0; i < domain.n; before = domain.p[i++]) {
		char c = domain.p[i];
		bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!alnum && c != '-' && c != '.')
			return false;
		if ((c == '.' || c == '-') && (before == '.' || (c == '.' && before == '-')))
			return false;
	}
	return before != '.' && before != '-';
}

static void text_parse(const struct spot *s, str text)
{
	const struct field *f = s->field;
	str *out = (str *)s->at;

	if (!str_utf8(text)) {
		wrong(s, TEXT(web_not_text));
		return;
	}
	if (f->kind == FIELD_LONG)
		text = lines_of(s->c->arena, text);
	if (f->kind != FIELD_PASSWORD && controls(text, f->kind == FIELD_LONG)) {
		wrong(s, f->kind == FIELD_LONG ? TEXT(web_not_text) : TEXT(web_not_line));
		return;
	}
	if (f->kind == FIELD_EMAIL)
		text = str_lower(s->c->arena, text);
	*out = text;
	int64_t n = (int64_t)str_chars(text);

	if (n > text_max(f))
		wrong(s, TEXT(web_too_long, (long)text_max(f)));
	else if (n < f->min)
		wrong(s, TEXT(web_too_short, (long)f->min));
	else if (f->kind == FIELD_EMAIL && !email_good(text))
		wrong(s, TEXT(web_not_email));
}

static void number_check(const struct spot *s, int64_t v)
{
	const struct field *f = s->field;

	if (f->min == 0 && f->max == 0)
		return;
	if (v < f->min)
		wrong(s, TEXT(web_too_small, (long)f->min));
	else if (v > f->max)
		wrong(s, TEXT(web_too_large, (long)f->max));
}

static void int_parse(const struct spot *s, str text)
{
	int64_t v;

	if (!str_int(text, &v)) {
		wrong(s, TEXT(web_not_number));
		return;
	}
	*(int64_t *)s->at = v;
	number_check(s, v);
}

static void bool_parse(const struct spot *s, const struct value *v, str text)
{
	if (v->kind == VALUE_TRUE || v->kind == VALUE_FALSE)
		*(bool *)s->at = v->kind == VALUE_TRUE;
	else if (!s->c->values->json && (str_eq(text, S("on")) || str_eq(text, S("yes")) ||
						str_eq(text, S("1")) || str_eq(text, S("true"))))
		*(bool *)s->at = true;
	else if (!s->c->values->json &&
		 (str_eq(text, S("no")) || str_eq(text, S("0")) || str_eq(text, S("false"))))
		*(bool *)s->at = false;
	else
		wrong(s, TEXT(web_not_yes_no));
}

static void enum_parse(const struct spot *s, str text)
{
	const struct policy_enum *e = policy_enum(s->c->policy, str_of(s->field->choices));

	MUST(e);
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(e->values[i], text)) {
			*(int *)s->at = (int)i + 1;
			return;
		}
	wrong(s, TEXT(web_not_choice));
}

static void code_parse(const struct spot *s, str text)
{
	for (const struct code *k = s->field->codes; k->code; k++)
		if (str_eq(str_of(k->code), text)) {
			*(str *)s->at = str_of(k->code);
			return;
		}
	wrong(s, TEXT(web_not_choice));
}

/* JSON may write an amount as the API prints it: {"amount": "12.50", "currency": "EUR"}. */
static str currency_of(const struct spot *s)
{
	struct arena *a = s->c->arena;
	struct value *v =
		values_find(s->c->values, str_fmt(a, STR_FMT ".currency", STR_ARG(s->name)));

	if (v) {
		v->used = true;
		return v->text;
	}
	v = values_find(s->c->values, str_fmt(a, STR_FMT "%s", STR_ARG(s->prefix), s->field->with));
	if (!v && s->prefix.n)
		v = values_find(
			s->c->values, str_of(s->field->with)); /* one currency for all rows */
	return v ? str_trim(v->text) : (str){NULL, 0};
}

static void amount_parse(const struct spot *s, str text)
{
	str currency = currency_of(s);
	int64_t v = 0;
	bool good;

	if (currency_exponent(currency) < 0) {
		wrong(s, TEXT(web_not_amount)); /* the currency field says what is wrong with it */
		return;
	}
	if (s->field->kind == FIELD_MONEY) {
		money m;

		good = money_parse(text, currency, &m);
		v = good ? m.minor : 0;
	} else {
		struct price p;

		good = price_parse(text, currency, &p);
		v = good ? p.micro : 0;
	}
	if (!good) {
		wrong(s, TEXT(web_not_amount));
		return;
	}
	*(int64_t *)s->at = v;
	number_check(s, v);
}

static bool starts_with(str s, const char *p, size_t n)
{
	return s.n >= n && !memcmp(s.p, p, n);
}

str upload_sniff(str b)
{
	if (starts_with(b, "\xff\xd8\xff", 3))
		return S("image/jpeg");
	if (starts_with(b, "\x89PNG\r\n\x1a\n", 8))
		return S("image/png");
	if (b.n >= 12 && !memcmp(b.p, "RIFF", 4) && !memcmp(b.p + 8, "WEBP", 4))
		return S("image/webp");
	if (starts_with(b, "GIF87a", 6) || starts_with(b, "GIF89a", 6))
		return S("image/gif");
	if (starts_with(b, "%PDF-", 5))
		return S("application/pdf");
	if (starts_with(b, "PK\x03\x04", 4))
		return S("application/zip");
	if (starts_with(b, "\x1f\x8b", 2))
		return S("application/gzip");
	return str_utf8(b) ? S("text/plain") : S("application/octet-stream");
}

/* The name is for showing only: the last segment, printable text. */
static str file_name_clean(struct arena *a, str s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '/' || s.p[i - 1] == '\\') {
			s = str_sub(s, i, s.n);
			break;
		}
	if (!str_utf8(s) || controls(s, false) || s.n > 200)
		return str_dup(a, S("file"));
	return s;
}

static void file_parse(const struct spot *s, const struct value *v)
{
	struct upload *u = (struct upload *)s->at;

	if (v->kind != VALUE_FILE) {
		wrong(s, TEXT(web_not_file));
		return;
	}
	*u = (struct upload){
		file_name_clean(s->c->arena, v->file_name), upload_sniff(v->text), v->text};
	if (s->field->max && (int64_t)v->text.n > s->field->max)
		wrong(s, TEXT(web_status_413));
}

static void fill(struct form_check *c, const struct form *f, str prefix, void *into);

/* The row's number of "lines.12.quantity" behind "lines."; -1: not one. */
static int64_t row_number(str name, str prefix)
{
	str rest = str_sub(name, prefix.n, name.n), number = str_cut(&rest, '.');
	int64_t v;

	if (!str_starts(name, prefix) || number.n > 4 || !rest.n || !str_int(number, &v) || v < 0)
		return -1;
	return number.n > 1 && number.p[0] == '0' ? -1 : v;
}

/* Rows that were left empty altogether are not rows (a form shows spare lines). */
static void rows_parse(const struct spot *s)
{
	struct form_check *c = s->c;
	struct form_rows *rows = (struct form_rows *)s->at;
	str prefix = str_cat(c->arena, s->name, S("."));
	int64_t top = -1, limit = REQ_VALUES_MAX;
	struct value *list = values_find(c->values, s->name);

	if (list) {
		list->used = true;
		if (list->kind != VALUE_LIST && list->kind != VALUE_NULL)
			wrong(s, TEXT(web_bad_body, S("[]")));
	}
	bool *full = arena_array(c->arena, bool, (size_t)limit);

	for (size_t i = 0; i < c->values->n; i++) {
		const struct value *v = &c->values->v[i];
		int64_t n = row_number(v->name, prefix);

		if (n < 0 || n >= limit)
			continue;
		if (c->values->json || v->text.n || v->kind == VALUE_TRUE ||
			v->kind == VALUE_FILE) {
			full[n] = true;
			top = n > top ? n : top;
		}
	}
	rows->v = arena_alloc(c->arena, s->field->rows->size, (size_t)s->field->max + 1);
	for (int64_t i = 0; i <= top; i++) {
		if (!full[i])
			continue;
		if ((int64_t)rows->n == s->field->max) {
			wrong(s, TEXT(web_too_many_rows, (long)s->field->max));
			return;
		}
		fill(c, s->field->rows,
			str_fmt(c->arena, STR_FMT "%lld.", STR_ARG(prefix), (long long)i),
			(char *)rows->v + rows->n * s->field->rows->size);
		rows->n++;
	}
	int64_t least = s->field->min ? s->field->min : s->field->required;

	if ((int64_t)rows->n < least)
		wrong(s, TEXT(web_too_few_rows, (long)least));
}

static void id_parse_field(const struct spot *s, str text)
{
	if (!id_parse(text, (int64_t *)s->at))
		wrong(s, TEXT(web_not_id));
}

static void date_parse(const struct spot *s, str text)
{
	if (!instant_parse(text, (instant *)s->at))
		wrong(s, TEXT(web_not_date));
}

/* JSON says what a value is; only the right kind is taken, so that "12" is not 12. */
static bool kind_fits(const struct spot *s, const struct value *v)
{
	enum field_kind k = s->field->kind;

	if (!s->c->values->json)
		return v->kind == VALUE_TEXT || (v->kind == VALUE_FILE && k == FIELD_FILE);
	if (k == FIELD_INT)
		return v->kind == VALUE_NUMBER;
	if (k == FIELD_BOOL)
		return v->kind == VALUE_TRUE || v->kind == VALUE_FALSE;
	return v->kind == VALUE_TEXT;
}

static struct text kind_error(enum field_kind k)
{
	switch (k) {
	case FIELD_INT: return TEXT(web_not_number);
	case FIELD_BOOL: return TEXT(web_not_yes_no);
	case FIELD_ENUM:
	case FIELD_CODE: return TEXT(web_not_choice);
	case FIELD_ID: return TEXT(web_not_id);
	case FIELD_MONEY:
	case FIELD_PRICE: return TEXT(web_not_amount);
	case FIELD_DATE: return TEXT(web_not_date);
	case FIELD_FILE: return TEXT(web_not_file);
	case FIELD_TEXT:
	case FIELD_LONG:
	case FIELD_EMAIL:
	case FIELD_PASSWORD:
	case FIELD_ROWS: break;
	}
	return TEXT(web_not_string);
}

static void value_parse(const struct spot *s, const struct value *v, str text)
{
	switch (s->field->kind) {
	case FIELD_TEXT:
	case FIELD_LONG:
	case FIELD_EMAIL:
	case FIELD_PASSWORD: text_parse(s, text); break;
	case FIELD_INT: int_parse(s, text); break;
	case FIELD_BOOL: bool_parse(s, v, text); break;
	case FIELD_ENUM: enum_parse(s, text); break;
	case FIELD_CODE: code_parse(s, text); break;
	case FIELD_ID: id_parse_field(s, text); break;
	case FIELD_MONEY:
	case FIELD_PRICE: amount_parse(s, text); break;
	case FIELD_DATE: date_parse(s, text); break;
	case FIELD_FILE: file_parse(s, v); break;
	case FIELD_ROWS: break;
	}
}

/* In JSON an object may stand where one value belongs: then only its parts have names. */
static bool has_parts(const struct spot *s)
{
	str prefix = str_cat(s->c->arena, s->name, S("."));

	for (size_t i = 0; s->c->values->json && i < s->c->values->n; i++)
		if (str_starts(s->c->values->v[i].name, prefix))
			return true;
	return false;
}

static void field_parse(const struct spot *s)
{
	const struct field *f = s->field;
	struct value *v;
	str text;

	if (f->kind == FIELD_DATE)
		*(instant *)s->at = TIME_NONE;
	if (f->kind == FIELD_ROWS) {
		rows_parse(s);
		return;
	}
	v = take(s, s->name);
	if (!v && (f->kind == FIELD_MONEY || f->kind == FIELD_PRICE))
		v = take(s, str_cat(s->c->arena, s->name, S(".amount")));
	if (v && v->kind == VALUE_NULL)
		v = NULL;
	text = v ? v->text : (str){NULL, 0};
	if (f->kind != FIELD_PASSWORD && f->kind != FIELD_FILE)
		text = str_trim(text);
	/* A browser sends every field of a form, also those left empty; a picture not chosen comes
	 * without name and bytes. A box not ticked does not come at all. */
	bool absent = !v || (!text.n && v->kind != VALUE_TRUE && v->kind != VALUE_FALSE &&
				    v->kind != VALUE_LIST);

	if (absent && !v && has_parts(s)) {
		wrong(s, kind_error(f->kind));
		return;
	}
	if (absent) {
		if (f->required && f->kind != FIELD_BOOL)
			wrong(s, TEXT(web_required));
		else if (f->required && !(s->c->values->json && v))
			wrong(s, TEXT(web_tick));
		return;
	}
	if (!kind_fits(s, v)) {
		wrong(s, kind_error(f->kind));
		return;
	}
	value_parse(s, v, text);
	if (f->kind == FIELD_BOOL && f->required && !s->c->values->json && !*(bool *)s->at)
		wrong(s, TEXT(web_tick));
}

static void fill(struct form_check *c, const struct form *f, str prefix, void *into)
{
	for (size_t i = 0; i < f->fields_n; i++) {
		struct spot s = {.c = c,
			.field = &f->fields[i],
			.prefix = prefix,
			.at = (char *)into + f->fields[i].offset};

		s.name = str_cat(c->arena, prefix, str_of(f->fields[i].name));
		field_parse(&s);
	}
}

void *form_parse(struct form_check *c, const struct form *f)
{
	void *into = arena_alloc(c->arena, f->size, 1);

	fill(c, f, S(""), into);
	for (size_t i = 0; i < c->values->n; i++)
		if (!c->values->v[i].used && !str_starts(c->values->v[i].name, S("_")))
			c->dropped++;
	return into;
}
