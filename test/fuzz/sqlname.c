/* Any bytes as a file of statements, against the fixture of test/policy/queryc: mistakes with
 * their place, or C; never anything else. What is accepted names nothing that the policy does
 * not give. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool/queryc/queryc.h"

static struct arena *kept;
static struct queryc base;

void emit_file(struct queryc *q, const char *name, const struct out *o)
{
	(void)q;
	MUST(*name && o->n && str_utf8(out_view(o)));
}

static str text_of(const char *path)
{
	FILE *f = fopen(path, "rbe");
	char *p = arena_alloc(kept, 1, 1 << 16);
	size_t n = f ? fread(p, 1, (1 << 16) - 1, f) : 0;

	if (!n)
		abort();
	fclose(f);
	return (str){p, n};
}

static void open_once(void)
{
	static const char root[] = "test/policy/queryc/";
	struct policy_errors e = {0};

	kept = arena_make((size_t)256 << 20);
	base.a = kept;
	base.policy_dir = str_cat(kept, str_of(root), S("policy")).p;
	base.policy = policy_read_dir(kept, base.policy_dir, &e);
	MUST(base.policy);
	*ARENA_PUSH(kept, &base.schema) = (struct source){.path = "schema.sql",
		.text = text_of(str_cat(kept, str_of(root), S("schema/0001-fixture.sql")).p)};
	MUST(compile_open(&base));
}

/* Every accepted read and write is one that the policy gives. */
static void judge(const struct statement *st)
{
	for (size_t i = 0; i < st->scopes.n; i++) {
		const struct scope *s = &st->scopes.v[i];

		MUST(!s->table || (s->grant && (str_eq(s->purpose, st->purpose->name) ||
						       str_eq(s->purpose, S("public")))));
	}
	for (size_t i = 0; i < st->items.n; i++)
		if (st->items.v[i].scope && st->items.v[i].column)
			MUST(granted(st->items.v[i].scope->grant, st->items.v[i].column->name));
	for (size_t i = 0; i < st->columns.n; i++)
		if (st->target->table)
			MUST(st->verb == 'i'
					? listed(st->target->grant->insert,
						  st->target->grant->insert_n, st->columns.v[i])
					: listed(st->target->grant->update,
						  st->target->grant->update_n, st->columns.v[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct queryc q;
	struct fault_point fp;

	if (!kept)
		open_once();
	q = base;
	q.a = arena_make((size_t)256 << 20);
	if (FAULT_TRY(fp)) {
		*ARENA_PUSH(q.a, &q.sources) = (struct source){.path = "x.sql",
			.base = "x.sql",
			.noun = S("x"),
			.text = str_dup(q.a, (str){n ? (const char *)data : "", n})};
		compile_sources(&q);
		for (size_t i = 0; i < q.errors.n; i++)
			MUST(q.errors.v[i].line >= 1 && q.errors.v[i].text.n);
		for (size_t i = 0; i < q.sources.v[0].n && !q.errors.n; i++)
			judge(&q.sources.v[0].v[i]);
		if (!q.errors.n)
			emit_all(&q);
		FAULT_END(fp);
	} else if (fp.kind != FAULT_MEMORY) {
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(q.a);
	return 0;
}
