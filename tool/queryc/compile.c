/* The way of a statement through the parts, and the mistakes found on it. */
#include "queryc.h"

#include <stdio.h>

/* ---- mistakes -------------------------------------------------------------------------------- */
static void mistake_add(struct queryc *q, const char *file, int line, const char *fmt, va_list ap)
{
	char text[1200];

	vsnprintf(text, sizeof text, fmt, ap);
	for (size_t i = 0; i < q->errors.n; i++)
		if (q->errors.v[i].line == line && !strcmp(q->errors.v[i].file, file) &&
			str_eq(q->errors.v[i].text, str_of(text)))
			return;
	if (q->errors.n < QUERYC_ERRORS_MAX)
		*ARENA_PUSH(q->a, &q->errors) =
			(struct mistake){file, line, str_dup(q->a, str_of(text)), q->errors.n};
}

void mistake(struct queryc *q, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	mistake_add(q, file, line, fmt, ap);
	va_end(ap);
}

void wrong(struct queryc *q, struct statement *st, int line, const char *fmt, ...)
{
	va_list ap;

	st->bad = true;
	va_start(ap, fmt);
	mistake_add(q, st->file, line, fmt, ap);
	va_end(ap);
}

/* ---- the way of a statement ------------------------------------------------------------------ */
static void statement_compile(struct queryc *q, struct statement *st)
{
	if (st->bad)
		return;
	rules_words(q, st);
	if (st->bad)
		return;
	scopes_find(q, st);
	if (st->bad)
		return;
	write_find(q, st);
	items_find(q, st);
	rules_columns(q, st);
	if (st->bad)
		return;
	rules_lag(q, st);
	if (st->bad)
		return;
	rules_near(q, st);
	rewrite(q, st);
	if (!st->bad)
		engine_compile(q, st);
	if (!st->bad)
		result_find(q, st);
	if (!st->bad)
		rules_order(q, st);
	if (!st->bad)
		rules_single(q, st);
}

/* Function names are one space over all files. */
static void names_check(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < i; k++)
			for (size_t a = 0; a < q->sources.v[i].n; a++)
				for (size_t b = 0; b < q->sources.v[k].n; b++)
					if (str_eq(q->sources.v[i].v[a].name,
						    q->sources.v[k].v[b].name))
						wrong(q, &q->sources.v[i].v[a],
							q->sources.v[i].v[a].line,
							"two statements are called \"" STR_FMT
							"\": the other is in %s:%d",
							STR_ARG(q->sources.v[i].v[a].name),
							q->sources.v[k].path,
							q->sources.v[k].v[b].line);
}

bool compile_open(struct queryc *q)
{
	engine_open(q);
	return !q->errors.n;
}

void compile_sources(struct queryc *q)
{
	for (size_t i = 0; i < q->sources.n; i++)
		source_read(q, &q->sources.v[i]);
	names_check(q);
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++)
			statement_compile(q, &q->sources.v[i].v[k]);
}
