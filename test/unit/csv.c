/* RFC 4180, and what is not. */
#include "market/catalogue/csv.h"
#include "test/test.h"

struct text {
	str rest;
	size_t piece;
	bool broken;
};

static ssize_t give(void *ctx, void *p, size_t n)
{
	struct text *t = ctx;

	if (!t->rest.n)
		return t->broken ? -1 : 0;
	if (n > t->piece)
		n = t->piece;
	if (n > t->rest.n)
		n = t->rest.n;
	memcpy(p, t->rest.p, n);
	t->rest = str_sub(t->rest, n, t->rest.n);
	return (ssize_t)n;
}

/* Everything that is read, as text: "1:a|b" for rows, "2!QUOTE" for what is refused. */
static str read_all(str text, size_t piece, bool broken)
{
	static const char *const names[] = {
		"", "ROW", "END", "QUOTE", "UNCLOSED", "LONG", "MANY", "CUT"};
	struct text t = {text, piece, broken};
	struct csv *c = csv_make(test_arena, give, &t);
	struct csv_row row;
	enum csv_result r;
	str all = S("");

	while ((r = csv_next(c, &row)) != CSV_END) {
		if (r != CSV_ROW) {
			all = str_fmt(test_arena, STR_FMT "%lld!%s ", STR_ARG(all),
				(long long)row.line, names[r]);
			continue;
		}
		all = str_fmt(test_arena, STR_FMT "%lld:", STR_ARG(all), (long long)row.line);
		for (size_t i = 0; i < row.n; i++)
			all = str_fmt(test_arena, STR_FMT "%s" STR_FMT, STR_ARG(all), i ? "|" : "",
				STR_ARG(row.field[i]));
		all = str_cat(test_arena, all, S(" "));
	}
	return all;
}

static void reads(int line, const char *want, str text, bool broken)
{
	for (size_t piece = 1; piece < 9; piece++)
		test_str(__FILE__, line, "csv", str_of(want), read_all(text, piece, broken));
	test_str(__FILE__, line, "csv", str_of(want), read_all(text, 1 << 20, broken));
}
#define READS(want, lit) reads(__LINE__, want, S(lit), false)

TEST(plain_rows)
{
	READS("1:a|b|c 2:d|e|f ", "a,b,c\nd,e,f\n");
	READS("1:a|b 2:c|d ", "a,b\r\nc,d\r\n");
	READS("1:a|b ", "a,b");
	READS("1:a| 2:|b ", "a,\n,b\n");
	READS("2:a ", "\na\n\n\n");
	READS("", "");
	READS("1:a 2:b ", "\xef\xbb\xbf"
			  "a\nb\n");
}

TEST(quoted_rows)
{
	READS("1:a|b,c|d ", "a,\"b,c\",d\n");
	READS("1:say \"hi\"|x ", "\"say \"\"hi\"\"\",x\n");
	READS("1:a\nb|c 3:d ", "\"a\nb\",c\nd\n");
	READS("1:| ", "\"\",\"\"\n");
	READS("1:a ", "\"a\"");
}

TEST(bad_rows_cost_themselves_alone)
{
	READS("1:a|b 2!UNCLOSED 3:c|d ", "a,b\nx\"y,z\nc,d\n");
	READS("1!QUOTE 2:c ", "\"a\"b\nc\n");
	READS("1:a 2!UNCLOSED 3:c 4:d ", "a\n\"b\nc\nd\n");
	READS("1!UNCLOSED ", "\"a");
	/* two stray quotes hang lines together: only the first of them is lost */
	READS("1!QUOTE 2:b 3!UNCLOSED 4:d ", "x\"a\nb\nc\"d\nd\n");
}

TEST(a_source_that_breaks_off)
{
	reads(__LINE__, "1:a 2!CUT ", S("a\nb"), true);
	reads(__LINE__, "1:a 2!CUT ", S("a\n"), true);
	reads(__LINE__, "1!CUT ", S(""), true);
	reads(__LINE__, "1!CUT ", S("\"a"), true);
}

/* A short line behind what is too long: it has to be found again. */
static void line_b(char *p)
{
	p[0] = '\n';
	p[1] = 'b';
	p[2] = '\n';
}

TEST(limits)
{
	size_t n = CSV_ROW_BYTES_MAX + 100;
	char *p = arena_array(test_arena, char, n + 8);

	memset(p, 'x', n);
	line_b(p + n);
	CHECK_TEXT("1!LONG 2:b ", read_all((str){p, n + 3}, 1 << 20, false));
	memset(p, ',', CSV_FIELDS_MAX);
	line_b(p + CSV_FIELDS_MAX);
	CHECK_TEXT("1!MANY 2:b ", read_all((str){p, CSV_FIELDS_MAX + 3}, 1 << 20, false));
	p[0] = '"';
	memset(p + 1, 'x', n);
	line_b(p + 1 + n);
	CHECK_TEXT("1!UNCLOSED 2:b ", read_all((str){p, n + 4}, 1 << 20, false));
}

int main(void)
{
	return test_main();
}
