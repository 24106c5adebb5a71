/* What other tools want to know: one line per statement, fields separated by tabs. */
#include "queryc.h"

#include <stdio.h>

static void tables(const struct statement *st)
{
	const char *comma = "";

	for (size_t i = 0; i < st->scopes.n; i++) {
		const struct scope *s = &st->scopes.v[i];

		if (!s->table && !s->fts)
			continue;
		printf("%s" STR_FMT "%s" STR_FMT, comma, STR_ARG(s->purpose),
			s->purpose.n ? "." : "", STR_ARG(s->name));
		comma = ",";
	}
}

static void columns(const struct statement *st)
{
	for (size_t i = 0; i < st->items.n; i++)
		printf("%s" STR_FMT, i ? "," : "", STR_ARG(st->items.v[i].name));
	for (size_t i = 0; i < st->columns.n; i++)
		printf("%s" STR_FMT, i ? "," : "", STR_ARG(st->columns.v[i]));
}

void list_statements(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++) {
			const struct statement *st = &q->sources.v[i].v[k];

			printf(STR_FMT "\t%s\t%d\t" STR_FMT "\t", STR_ARG(st->name), st->file,
				st->line, STR_ARG(st->purpose->name));
			tables(st);
			putchar('\t');
			columns(st);
			putchar('\n');
		}
}
