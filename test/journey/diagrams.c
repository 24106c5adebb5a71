/* The state diagrams in doc/ are what the transition tables print: behind the line
 * `<!-- process: NAME -->` stands the Mermaid text of that table. UPDATE=1 writes them anew. */
#include <stdio.h>
#include <stdlib.h>

#include "market/process.h"
#include "test/test.h"

/* the order's: unit/order_doc.c */
extern const struct process company_process, offer_process, petition_process, quote_process;

enum { DOC_BYTES_MAX = 1 << 20 };

static str doc_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *p = arena_alloc(test_arena, 1, DOC_BYTES_MAX);

	if (!f)
		fault(FAULT_OUTSIDE, "%s cannot be read", path);
	size_t n = fread(p, 1, DOC_BYTES_MAX, f);

	fclose(f);
	return (str){p, n};
}

static void doc_write(const char *path, str text)
{
	FILE *f = fopen(path, "we");

	if (!f || fwrite(text.p, 1, text.n, f) != text.n || fclose(f))
		fault(FAULT_OUTSIDE, "%s cannot be written", path);
}

static void check(const char *path, const struct process *p)
{
	str doc = doc_read(path),
	    mark = str_fmt(test_arena, "<!-- process: %s -->\n```mermaid\n", p->name);
	size_t at = str_find(doc, mark), end;
	struct out o;

	out_init(&o, test_arena, 4096, 1 << 20, NULL);
	process_diagram(p, &o);
	str drawn = out_view(&o);

	if (at == (size_t)-1) {
		TEST_FAIL("%s has no place for the diagram of %s", path, p->name);
		return;
	}
	str rest = str_sub(doc, at + mark.n, doc.n);

	end = str_find(rest, S("```"));
	MUST(end != (size_t)-1);
	if (str_eq(str_sub(rest, 0, end), drawn))
		return;
	if (getenv("UPDATE"))
		doc_write(path, str_cat(test_arena,
					str_cat(test_arena, str_sub(doc, 0, at + mark.n), drawn),
					str_sub(rest, end, rest.n)));
	else
		TEST_FAIL("the diagram of %s in %s is not what its table says: UPDATE=1 "
			  "build/asan/test/journey/diagrams",
			p->name, path);
}

TEST(documents_show_the_tables_as_they_are)
{
	check("doc/member.md", &company_process);
	check("doc/catalogue.md", &offer_process);
	check("doc/rights.md", &petition_process);
	check("doc/quote.md", &quote_process);
}

int main(void)
{
	return test_main();
}
