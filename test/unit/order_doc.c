/* doc/order.md shows the table of an order as a diagram: it must be the table's own. UPDATE=1
 * writes it anew. */
#include "market/order/order.h"
#include "test/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOC_BYTES_MAX = 64 << 10 };
static const char path[] = "doc/order.md", mark[] = "```mermaid\n", end[] = "```\n";

static str doc_read(void)
{
	char *p = arena_alloc(test_arena, 1, DOC_BYTES_MAX);
	FILE *f = fopen(path, "r");

	if (!f)
		return S("");
	size_t n = fread(p, 1, DOC_BYTES_MAX, f);

	(void)fclose(f);
	return (str){p, n};
}

TEST(the_diagram_is_the_tables)
{
	struct out o;
	str doc = doc_read();
	size_t from = str_find(doc, str_of(mark));

	REQUIRE(from != (size_t)-1);
	from += strlen(mark);
	size_t to = from + str_find(str_sub(doc, from, doc.n - from), str_of(end));

	REQUIRE(to >= from && to < doc.n);
	out_init(&o, test_arena, 4096, DOC_BYTES_MAX, &locales[0]);
	process_diagram(&order_process, &o);
	if (getenv("UPDATE")) {
		FILE *f = fopen(path, "w");

		REQUIRE(f);
		(void)fprintf(f, STR_FMT STR_FMT STR_FMT, (int)from, doc.p, STR_ARG(out_view(&o)),
			STR_ARG(str_sub(doc, to, doc.n - to)));
		REQUIRE(!fclose(f));
		return;
	}
	CHECK_STR(out_view(&o), str_sub(doc, from, to - from));
}

int main(void)
{
	return test_main();
}
