/* queryc: src/.../NOUN.sql to typed C. See doc/queryc.md. */
#include "queryc/queryc.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAYOUT_FILE "citus.sql" /* beside the tables: where their rows lie */

static const char usage[] =
	"queryc OUT POLICY SCHEMA FILE.sql ...          C for every statement into the folder OUT\n"
	"queryc --check POLICY SCHEMA FILE.sql ...      mistakes only\n"
	"queryc --plans DATABASE POLICY SCHEMA FILE.sql ...  how the engine would find the rows\n"
	"queryc --pg POLICY SCHEMA FILE.sql ...         the statements as PostgreSQL prepares "
	"them\n"
	"queryc --citus POLICY SCHEMA FILE.sql ...      the same of those whose text differs on\n"
	"                                               several machines\n"
	"queryc --places POLICY SCHEMA FILE.sql ...     which machines each statement asks\n"
	"queryc --typed-list POLICY SCHEMA FILE.sql ... statement, file, line, purpose, tables, "
	"columns\n";

/* ---- mistakes -------------------------------------------------------------------------------- */
static int by_place(const void *a, const void *b)
{
	const struct mistake *x = a, *y = b;
	int d = strcmp(x->file, y->file);

	if (!d)
		d = x->line - y->line;
	return d ? d : (x->nth > y->nth) - (x->nth < y->nth);
}

static int mistakes_tell(const struct queryc *q)
{
	if (q->errors.n)
		qsort(q->errors.v, q->errors.n, sizeof *q->errors.v, by_place);
	for (size_t i = 0; i < q->errors.n; i++)
		fprintf(stderr, "%s:%d: error: " STR_FMT "\n", q->errors.v[i].file,
			q->errors.v[i].line, STR_ARG(q->errors.v[i].text));
	if (q->errors.n == QUERYC_ERRORS_MAX)
		fprintf(stderr, "queryc: more than %d mistakes: the rest is not shown\n",
			QUERYC_ERRORS_MAX);
	return q->errors.n ? 1 : 0;
}

/* ---- files ----------------------------------------------------------------------------------- */
static str file_text(struct queryc *q, const char *path, bool *ok)
{
	FILE *f = fopen(path, "rbe");
	struct stat st;
	char *p = NULL;

	*ok = false;
	if (f && fstat(fileno(f), &st) == 0 && st.st_size <= QUERYC_FILE_BYTES_MAX) {
		p = arena_alloc(q->a, 1, (size_t)st.st_size + 1);
		*ok = fread(p, 1, (size_t)st.st_size, f) == (size_t)st.st_size;
	}
	if (f)
		fclose(f);
	return *ok ? (str){p, (size_t)st.st_size} : (str){0};
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void source_add(struct queryc *q, const char *path)
{
	struct source f = {.path = path, .base = base_name(path)};
	str rest = str_of(f.base);
	bool ok;

	f.noun = str_dup(q->a, str_cut(&rest, '.'));
	f.text = file_text(q, path, &ok);
	if (!ok)
		mistake(q, path, 1, "cannot be read: %s", strerror(errno));
	if (!name_good(f.noun))
		mistake(q, path, 1,
			"a file of statements is called after its noun: small letters, digits and "
			"_");
	for (size_t i = 0; i < q->sources.n; i++)
		if (!strcmp(q->sources.v[i].base, f.base))
			mistake(q, path, 1, "two files are called %s: the other is %s", f.base,
				q->sources.v[i].path);
	if (ok)
		*ARENA_PUSH(q->a, &q->sources) = f;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

static void schema_read(struct queryc *q)
{
	DIR *d = opendir(q->schema_dir);
	bool ok;

	if (!d) {
		mistake(q, q->schema_dir, 1, "cannot be read: %s", strerror(errno));
		return;
	}
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		struct source f = {0};

		if (!str_ends(str_of(e->d_name), S(".sql")) || !strcmp(e->d_name, LAYOUT_FILE))
			continue;
		f.path = str_fmt(q->a, "%s/%s", q->schema_dir, e->d_name).p;
		f.text = file_text(q, f.path, &ok);
		if (!ok)
			mistake(q, f.path, 1, "cannot be read: %s", strerror(errno));
		*ARENA_PUSH(q->a, &q->schema) = f;
	}
	closedir(d);
	if (q->schema.n)
		qsort(q->schema.v, q->schema.n, sizeof *q->schema.v, by_path);
}

static str layout_text(struct queryc *q)
{
	const char *path = str_fmt(q->a, "%s/" LAYOUT_FILE, q->schema_dir).p;
	bool ok;
	str text = file_text(q, path, &ok);

	if (ok)
		q->layout_path = path;
	q->layout_text = text;
	return text;
}

/* Written beside and renamed, so that no half file is ever seen; left alone when nothing
 * changed, so that make rebuilds little. Nothing is written while there are mistakes. */
void emit_file(struct queryc *q, const char *name, const struct out *o)
{
	const char *path = str_fmt(q->a, "%s/%s", q->out_dir, name).p;
	const char *beside = str_fmt(q->a, "%s/.%s.%d", q->out_dir, name, (int)getpid()).p;
	bool ok;
	FILE *f;

	if (q->errors.n)
		return;
	if (str_eq(file_text(q, path, &ok), out_view(o)) && ok)
		return;
	f = fopen(beside, "wbe");
	if (!f || fwrite(o->p, 1, o->n, f) != o->n || fclose(f) != 0 || rename(beside, path) != 0) {
		mistake(q, path, 1, "cannot be written: %s", strerror(errno));
		unlink(beside);
	}
}

static void compile(struct queryc *q)
{
	struct policy_errors e = {0};

	q->policy = policy_read_dir(q->a, q->policy_dir, &e);
	for (size_t i = 0; i < e.n; i++)
		mistake(q, e.v[i].at.file ? e.v[i].at.file : q->policy_dir, e.v[i].at.line, STR_FMT,
			STR_ARG(e.v[i].text));
	schema_read(q);
	str layout = layout_text(q);

	if (q->errors.n || !q->policy || !compile_open(q))
		return;
	if (q->layout_path)
		layout_read(q, layout);
	compile_sources(q);
}

static int run(struct queryc *q, const char *database)
{
	bool list = !strcmp(q->out_dir, "--typed-list"), check = !strcmp(q->out_dir, "--check");

	if (q->sources.n)
		qsort(q->sources.v, q->sources.n, sizeof *q->sources.v, by_path);
	compile(q);
	if (!q->errors.n && database)
		plans_check(q, database);
	else if (!q->errors.n && list)
		list_statements(q);
	else if (!q->errors.n && !strcmp(q->out_dir, "--pg"))
		list_pg(q);
	else if (!q->errors.n && !strcmp(q->out_dir, "--citus"))
		list_citus(q);
	else if (!q->errors.n && !strcmp(q->out_dir, "--places"))
		list_places(q);
	else if (!q->errors.n && !check)
		emit_all(q);
	engine_close(q);
	return mistakes_tell(q);
}

int main(int argc, char **argv)
{
	struct queryc q = {.a = arena_make((size_t)1 << 30)};
	struct fault_point fp;
	const char *database = NULL;
	volatile int status;

	if (argc > 2 && !strcmp(argv[1], "--plans")) {
		database = argv[2];
		argc--;
		argv++;
	}
	bool known =
		argc >= 2 &&
		(*argv[1] != '-' || strcmp(argv[1], "--check") == 0 ||
			strcmp(argv[1], "--pg") == 0 || strcmp(argv[1], "--citus") == 0 ||
			strcmp(argv[1], "--places") == 0 || strcmp(argv[1], "--typed-list") == 0);

	if (argc < 4 || !known) {
		fputs(usage, stderr);
		return 2;
	}
	q.out_dir = argv[1];
	q.policy_dir = argv[2];
	q.schema_dir = argv[3];
	for (int i = 4; i < argc; i++)
		source_add(&q, argv[i]);
	if (FAULT_TRY(fp)) {
		status = run(&q, database);
		FAULT_END(fp);
		return status;
	}
	fprintf(stderr, "queryc: %s: %s\n", fault_name(fp.kind), fp.what);
	return 1;
}
