/* Bodies: the first byte picks the language, the second how the bytes are cut. What one cut reads,
 * every cut reads; what was read keeps its limits; a form takes whatever comes. */
#include <stdlib.h>

#include "web/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct row {
	str sku;
	int64_t quantity;
};
static const struct field row_fields[] = {
	{.name = "sku", .kind = FIELD_TEXT, .required = true, .max = 10, AT(struct row, sku)},
	{.name = "quantity", .kind = FIELD_INT, .min = 1, .max = 99, AT(struct row, quantity)},
};
static const struct form row_form = {
	"row", row_fields, COUNT(row_fields), sizeof(struct row), false};
struct all {
	str line, text, email, password, code;
	int64_t number, id, amount, price;
	bool yes;
	instant day;
	struct upload file;
	struct form_rows rows;
};
static const struct code codes[] = {{"EUR", 0}, {"JPY", 0}, {NULL, 0}};
static const struct field all_fields[] = {
	{.name = "line",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 2,
		.max = 20,
		AT(struct all, line)},
	{.name = "text", .kind = FIELD_LONG, .max = 40, AT(struct all, text)},
	{.name = "email", .kind = FIELD_EMAIL, AT(struct all, email)},
	{.name = "password", .kind = FIELD_PASSWORD, AT(struct all, password)},
	{.name = "code", .kind = FIELD_CODE, .codes = codes, AT(struct all, code)},
	{.name = "number", .kind = FIELD_INT, .min = -5, .max = 5, AT(struct all, number)},
	{.name = "id", .kind = FIELD_ID, AT(struct all, id)},
	{.name = "amount", .kind = FIELD_MONEY, .with = "code", AT(struct all, amount)},
	{.name = "price", .kind = FIELD_PRICE, .with = "code", AT(struct all, price)},
	{.name = "yes", .kind = FIELD_BOOL, AT(struct all, yes)},
	{.name = "day", .kind = FIELD_DATE, AT(struct all, day)},
	{.name = "file", .kind = FIELD_FILE, .max = 1000, AT(struct all, file)},
	{.name = "rows", .kind = FIELD_ROWS, .max = 3, .rows = &row_form, AT(struct all, rows)},
};
static const struct form all_form = {
	"all", all_fields, COUNT(all_fields), sizeof(struct all), true};

static void check(bool good)
{
	if (!good)
		abort();
}

static void form(struct arena *a, struct values *v)
{
	static const struct policy none;
	struct form_errors e = {0};
	struct form_check c = {.arena = a, .policy = &none, .values = v, .errors = &e};
	const struct all *f = form_parse(&c, &all_form);

	check(e.n <= FORM_ERRORS_MAX && f->rows.n <= 3);
	if (e.n)
		return;
	check(str_utf8(f->line) && str_chars(f->line) >= 2 && str_chars(f->line) <= 20 &&
		!str_has(f->line, '\n'));
	check(str_chars(f->text) <= 40 && !str_has(f->text, '\r'));
	check(!f->email.n || str_has(f->email, '@'));
	check(f->number >= -5 && f->number <= 5);
}

static bool cut(struct arena *a, str body, size_t step, struct values *v)
{
	struct multipart *m = multipart_make(a, S("multipart/form-data; boundary=XX"), v);

	for (size_t i = 0; i < body.n; i += step)
		if (!multipart_feed(m, body.p + i, body.n - i < step ? body.n - i : step))
			return false;
	return multipart_end(m);
}

static void multipart(struct arena *a, str body, size_t step)
{
	struct values whole = {0}, pieces = {0};
	bool good = cut(a, body, body.n + 1, &whole);

	check(good == cut(a, body, step, &pieces));
	if (!good)
		return;
	check(whole.n == pieces.n && whole.n <= REQ_VALUES_MAX);
	for (size_t i = 0; i < whole.n; i++)
		check(str_eq(whole.v[i].name, pieces.v[i].name) &&
			str_eq(whole.v[i].text, pieces.v[i].text) &&
			whole.v[i].name.n <= REQ_FIELD_NAME_BYTES_MAX);
	form(a, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a;
	struct values v = {0};
	str body, why;

	if (n < 2 || n > 1 << 16)
		return 0;
	a = arena_make((size_t)256 << 20);
	body = str_dup(a, (str){(const char *)data + 2, n - 2});
	switch (data[0] % 3) {
	case 0:
		if (values_urlencoded(a, body, &v) == PARSED)
			form(a, &v);
		break;
	case 1:
		if (values_json(a, body, &v, &why) == PARSED)
			form(a, &v);
		break;
	case 2: multipart(a, body, data[1] % 9 + 1); break;
	default: break;
	}
	arena_free(a);
	return 0;
}
