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

/* ---- for PostgreSQL -------------------------------------------------------------------------- */
const char *type_pg(const struct type *t)
{
	switch (t->kind) {
	case TYPE_TEXT: return "text";
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND: return "bytea";
	case TYPE_INT:
	case TYPE_BOOL:
	case TYPE_TIME:
	case TYPE_ID:
	case TYPE_ENUM:
	case TYPE_MONEY:
	case TYPE_PRICE: return "bigint";
	}
	fault(FAULT_BUG, "type kind %d", (int)t->kind);
}

/* A text on one line: what is in it stands for blanks alone, but for texts in quotes. */
static void put_line(str s)
{
	for (size_t i = 0; i < s.n; i++)
		putchar(s.p[i] == '\n' || s.p[i] == '\t' ? ' ' : s.p[i]);
}

static void list_one(
	const struct statement *st, const char *kind, bool arrays, bool viewer, str sql)
{
	printf(STR_FMT "%s\t%s\t%d\t" STR_FMT "\t%c\t", STR_ARG(st->name), kind, st->file, st->line,
		STR_ARG(st->purpose->name), st->verb);
	for (size_t n = 0; n < st->params.n; n++)
		printf("%s%s%s", n ? "," : "", type_pg(&st->params.v[n].type),
			arrays || st->params.v[n].list ? "[]" : "");
	if (viewer)
		printf("%sbigint", st->params.n ? "," : "");
	putchar('\t');
	for (size_t n = 0; n < st->items.n; n++)
		printf("%s%s", n ? "," : "", type_pg(&st->items.v[n].type));
	putchar('\t');
	put_line(sql);
	putchar('\n');
}

void list_pg(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++) {
			struct statement *st = &q->sources.v[i].v[k];
			struct names asks;
			str rows = rewrite_pg_rows(q, st, &asks);

			list_one(st, "", false, false, rewrite_pg(q, st));
			if (rows.n)
				list_one(st, LIST_ROWS, true, false, rows);
		}
}

void list_citus(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++) {
			struct statement *st = &q->sources.v[i].v[k];
			bool viewer;
			str text = rewrite_citus(q, st, &viewer);

			if (text.n)
				list_one(st, "", false, viewer, text);
		}
}
