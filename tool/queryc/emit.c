/* One pair of C files for each .sql, and the registry of all statements. */
#include "queryc.h"

struct emit {
	struct queryc *q;
	const struct source *f;
	const struct statement *st;
	struct out o;
};
#define PUT(e, ...) out_fmt(&(e)->o, __VA_ARGS__)

str upper(struct queryc *q, str s)
{
	char *p = arena_alloc(q->a, 1, s.n + 1);

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		p[i] = c >= 'a' && c <= 'z'				  ? (char)(c - 32)
		       : (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c
									  : '_';
	}
	return (str){p, s.n};
}

/* ---- types ----------------------------------------------------------------------------------- */
static str group_name(struct emit *e, const struct policy_table *t, const struct policy_group *g)
{
	return str_fmt(e->q->a, STR_FMT "_" STR_FMT, STR_ARG(t->name), STR_ARG(g->name));
}

static str item_ctype(struct emit *e, const struct item *it)
{
	switch (it->type.kind) {
	case TYPE_INT: return it->null ? S("struct maybe_int ") : S("int64_t ");
	case TYPE_BOOL: return it->null ? S("struct maybe_int ") : S("bool ");
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_BLIND: return S("str ");
	case TYPE_TIME: return S("instant ");
	case TYPE_ID: return str_fmt(e->q->a, "struct " STR_FMT " ", STR_ARG(it->type.name));
	case TYPE_ENUM: return str_fmt(e->q->a, "enum " STR_FMT " ", STR_ARG(it->type.name));
	case TYPE_MONEY: return S("money ");
	case TYPE_PRICE: return S("struct price ");
	case TYPE_SEALED:
		return str_fmt(e->q->a, "struct " STR_FMT " ",
			STR_ARG(group_name(e, it->table, it->group)));
	}
	return S("");
}

static str param_ctype(struct emit *e, const struct param *p)
{
	if (p->list)
		return p->type.kind == TYPE_TEXT ? S("const str *")
						 : str_fmt(e->q->a, "const struct " STR_FMT " *",
							   STR_ARG(p->type.name));
	switch (p->type.kind) {
	case TYPE_INT:
	case TYPE_MONEY:
	case TYPE_PRICE: return p->null ? S("struct maybe_int ") : S("int64_t ");
	case TYPE_BOOL: return p->null ? S("struct maybe_int ") : S("bool ");
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_BLIND: return S("str ");
	case TYPE_TIME: return S("instant ");
	case TYPE_ID: return str_fmt(e->q->a, "struct " STR_FMT " ", STR_ARG(p->type.name));
	case TYPE_ENUM: return str_fmt(e->q->a, "enum " STR_FMT " ", STR_ARG(p->type.name));
	case TYPE_SEALED:
		return str_fmt(e->q->a, "const struct " STR_FMT " *",
			STR_ARG(group_name(e, p->table, p->group)));
	}
	return S("");
}

/* ---- declarations ---------------------------------------------------------------------------- */
static void comment(struct emit *e)
{
	str rest = e->st->comment;

	PUT(e, "\n/* %s:%d", e->st->file, e->st->line);
	while (rest.p && rest.n) {
		str line = str_cut(&rest, '\n');

		PUT(e, "\n * ");
		for (size_t i = 0; i < line.n; i++) /* a comment cannot end itself */
			PUT(e, "%c%s", line.p[i],
				line.p[i] == '*' && i + 1 < line.n && line.p[i + 1] == '/' ? " "
											   : "");
	}
	PUT(e, " */\n");
}

static void signature(struct emit *e)
{
	const struct statement *st = e->st;

	if (st->shape == SHAPE_ONE)
		PUT(e, "bool ");
	else if (st->shape == SHAPE_MANY)
		PUT(e, "struct " STR_FMT "_rows ", STR_ARG(st->name));
	else
		PUT(e, st->shape == SHAPE_ONCE ? "void " : "int64_t ");
	PUT(e, STR_FMT "(struct db *db", STR_ARG(st->name));
	for (size_t i = 0; i < st->params.n; i++) {
		PUT(e, ", " STR_FMT STR_FMT, STR_ARG(param_ctype(e, &st->params.v[i])),
			STR_ARG(st->params.v[i].name));
		if (st->params.v[i].list)
			PUT(e, ", size_t " STR_FMT "_n", STR_ARG(st->params.v[i].name));
	}
	if (st->shape == SHAPE_ONE)
		PUT(e, ", struct " STR_FMT "_row *row", STR_ARG(st->name));
	PUT(e, ")");
}

static void declaration(struct emit *e)
{
	const struct statement *st = e->st;

	comment(e);
	if (st->shape < SHAPE_EXEC) {
		PUT(e, "struct " STR_FMT "_row {\n", STR_ARG(st->name));
		for (size_t i = 0; i < st->items.n; i++)
			PUT(e, "\t" STR_FMT STR_FMT ";%s\n",
				STR_ARG(item_ctype(e, &st->items.v[i])),
				STR_ARG(st->items.v[i].name),
				st->items.v[i].null ? " /* may be none */" : "");
		PUT(e, "};\nextern const struct row_desc " STR_FMT "_desc;\n", STR_ARG(st->name));
	}
	if (st->shape == SHAPE_MANY)
		PUT(e,
			"struct " STR_FMT "_rows {\n\tstruct " STR_FMT
			"_row *v;\n\tsize_t n, cap;\n};\n",
			STR_ARG(st->name), STR_ARG(st->name));
	if (st->shape == SHAPE_ONE || st->shape == SHAPE_EXEC)
		PUT(e, "__attribute__((warn_unused_result)) ");
	signature(e);
	PUT(e, ";\n");
}

/* ---- the statement --------------------------------------------------------------------------- */
static void c_text(struct emit *e, str s)
{
	PUT(e, "\"");
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\n')
			PUT(e, "\\n\"\n\t\t\"");
		else if (c == '"' || c == '\\')
			PUT(e, "\\%c", c);
		else if (c == '?' && i && s.p[i - 1] == '?') /* no trigraphs */
			PUT(e, "\\?");
		else if (c == '\t')
			PUT(e, "\\t");
		else
			out_char(&e->o, c);
	}
	PUT(e, "\"");
}

/* The same statement for PostgreSQL, with the types of its parameters: a letter for each. What only
 * SQLite has (a full-text table) has none. */
static void statement_pg(struct emit *e)
{
	struct statement *st = (struct statement *)e->st;

	if (st->fts)
		return;
	PUT(e, "\t.pg = ");
	c_text(e, rewrite_pg(e->q, st));
	PUT(e, ",\n\t.pg_types = \"");
	for (size_t i = 0; i < st->params.n; i++) {
		const char *type = type_pg(&st->params.v[i].type);
		char letter = strcmp(type, "bytea") == 0  ? 'y'
			      : strcmp(type, "text") == 0 ? 't'
							  : 'i';

		out_char(&e->o, (char)(letter - (st->params.v[i].list ? 'a' - 'A' : 0)));
	}
	PUT(e, "\",\n");
	bool viewer;
	str citus = rewrite_citus(e->q, st, &viewer);

	if (!citus.n)
		return;
	PUT(e, "\t.citus = ");
	c_text(e, citus);
	PUT(e, ",\n%s", viewer ? "\t.citus_viewer = true,\n" : "");
}

/* The same for many rows; what stands in front of the statement's data is the list of what a row
 * asks about. */
static void rows_pg(struct emit *e, str rows)
{
	if (!rows.n)
		return;
	PUT(e, "\t.pg_rows = ");
	c_text(e, rows);
	PUT(e, ",\n\t.pg_asks = " STR_FMT "_asks,\n", STR_ARG(e->st->name));
}

static str asks_pg(struct emit *e)
{
	struct names asks;
	str rows = e->st->fts ? (str){0} : rewrite_pg_rows(e->q, (struct statement *)e->st, &asks);

	if (!rows.n)
		return rows;
	PUT(e, "static const char *const " STR_FMT "_asks[] = {", STR_ARG(e->st->name));
	for (size_t i = 0; i < asks.n; i++)
		PUT(e, "\"r_" STR_FMT "\", ", STR_ARG(asks.v[i]));
	PUT(e, "NULL};\n");
	return rows;
}

static void statement_data(struct emit *e, size_t id)
{
	static const char *const shapes[] = {"", "STMT_ONE", "STMT_MANY", "STMT_EXEC", "STMT_ONCE"};
	const struct statement *st = e->st;
	bool write = st->verb != 's';

	PUT(e, "\n/* %s:%d */\n", st->file, st->line);
	if (write && st->columns.n) {
		PUT(e, "static const char *const " STR_FMT "_columns[] = {", STR_ARG(st->name));
		for (size_t i = 0; i < st->columns.n; i++)
			PUT(e, "\"" STR_FMT "\", ", STR_ARG(st->columns.v[i]));
		PUT(e, "NULL};\n");
	}
	str rows = asks_pg(e);

	PUT(e,
		"const struct stmt " STR_FMT "_stmt = {\n\t.name = \"" STR_FMT
		"\",\n\t.file = \"%s\",\n\t.line = %d,\n",
		STR_ARG(st->name), STR_ARG(st->name), st->file, st->line);
	PUT(e, "\t.purpose = PURPOSE_" STR_FMT ",\n", STR_ARG(upper(e->q, st->purpose->name)));
	if (st->also_public)
		PUT(e, "\t.also_public = true,\n");
	PUT(e, "\t.sql = ");
	c_text(e, st->sql);
	PUT(e, ",\n");
	statement_pg(e);
	rows_pg(e, rows);
	PUT(e, "\t.shape = %s,\n\t.verb = '%c',\n", shapes[st->shape], st->verb);
	if (write)
		PUT(e, "\t.writes = \"%s" STR_FMT "\",\n", st->target->table ? "r_" : "",
			STR_ARG(st->target->name));
	if (write && st->columns.n)
		PUT(e, "\t.columns = " STR_FMT "_columns,\n", STR_ARG(st->name));
	if (st->fts)
		PUT(e, "\t.fts = true,\n");
	if (st->lag)
		PUT(e, "\t.lag = true,\n");
	PUT(e, "\t.id = %zu,\n};\n", id);
}

/* ---- parameters ------------------------------------------------------------------------------ */
static void bind_sealed(struct emit *e, const struct param *p, int n)
{
	const struct statement *st = e->st;

	PUT(e,
		"\tdb_bind_sealed(q, %d, \"" STR_FMT "\", \"" STR_FMT "\", " STR_FMT ".v, " STR_FMT
		".v,\n\t\t",
		n, STR_ARG(p->table->name), STR_ARG(p->group->name),
		STR_ARG(st->params.v[p->row].name), STR_ARG(st->params.v[p->key].name));
	PUT(e, STR_FMT "_pack(db->arena, " STR_FMT "));\n",
		STR_ARG(group_name(e, p->table, p->group)), STR_ARG(p->name));
}

static void bind_maybe(struct emit *e, const char *is, const char *value, str name, int n)
{
	PUT(e,
		"\tif (%s" STR_FMT "%s)\n\t\tdb_bind_int(q, %d, " STR_FMT
		"%s);\n\telse\n\t\tdb_bind_null(q, %d);\n",
		*is == '(' ? "instant_is" : "",
		STR_ARG(*is == '(' ? str_fmt(e->q->a, "(" STR_FMT, STR_ARG(name)) : name),
		*is == '(' ? ")" : is, n, STR_ARG(name), value, n);
}

static void bind_list(struct emit *e, const struct param *p, int n)
{
	bool text = p->type.kind == TYPE_TEXT;

	PUT(e, "\tdb_bind_%s(q, %d, %s" STR_FMT ", " STR_FMT "_n);\n", text ? "texts" : "ints", n,
		text ? "" : "(const int64_t *)", STR_ARG(p->name), STR_ARG(p->name));
}

static void bind(struct emit *e, const struct param *p, int n)
{
	switch (p->type.kind) {
	case TYPE_INT:
	case TYPE_BOOL:
	case TYPE_MONEY:
	case TYPE_PRICE:
		if (p->null)
			bind_maybe(e, ".is", ".v", p->name, n);
		else
			PUT(e, "\tdb_bind_int(q, %d, " STR_FMT ");\n", n, STR_ARG(p->name));
		break;
	case TYPE_ENUM:
		if (p->null)
			bind_maybe(e, "", "", p->name, n);
		else
			PUT(e, "\tdb_bind_int(q, %d, (int64_t)" STR_FMT ");\n", n,
				STR_ARG(p->name));
		break;
	case TYPE_ID:
		if (p->null)
			bind_maybe(e, ".v", ".v", p->name, n);
		else
			PUT(e, "\tdb_bind_int(q, %d, " STR_FMT ".v);\n", n, STR_ARG(p->name));
		break;
	case TYPE_TIME:
		if (p->null) {
			bind_maybe(e, "(", ".us", p->name, n);
		} else {
			PUT(e, "\tMUST(instant_is(" STR_FMT "));\n", STR_ARG(p->name));
			PUT(e, "\tdb_bind_int(q, %d, " STR_FMT ".us);\n", n, STR_ARG(p->name));
		}
		break;
	case TYPE_TEXT: PUT(e, "\tdb_bind_text(q, %d, " STR_FMT ");\n", n, STR_ARG(p->name)); break;
	case TYPE_BLOB: PUT(e, "\tdb_bind_blob(q, %d, " STR_FMT ");\n", n, STR_ARG(p->name)); break;
	case TYPE_BLIND:
		PUT(e,
			"\tdb_bind_blind(q, %d, \"" STR_FMT "\", \"" STR_FMT "." STR_FMT
			"\", " STR_FMT ");\n",
			n, STR_ARG(p->table->name), STR_ARG(p->group->name), STR_ARG(p->field),
			STR_ARG(p->name));
		break;
	case TYPE_SEALED: bind_sealed(e, p, n); break;
	}
}

bool param_stands(const struct statement *st, int number)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].kind == TOKEN_PARAM && st->v[i].number == number)
			return true;
	return false;
}

static void binds(struct emit *e)
{
	for (size_t i = 0; i < e->st->params.n; i++)
		if (param_stands(e->st, (int)i + 1)) /* some only own a sealed record */
			(e->st->params.v[i].list ? bind_list : bind)(
				e, &e->st->params.v[i], (int)i + 1);
}

/* ---- rows ------------------------------------------------------------------------------------ */
static void read_plain(struct emit *e, const struct item *it, int i)
{
	const char *n = str_dup(e->q->a, it->name).p;

	switch (it->type.kind) {
	case TYPE_INT:
	case TYPE_BOOL:
		if (it->null)
			PUT(e,
				"\trow->%s = (struct maybe_int){!db_is_null(q, %d), db_int(q, "
				"%d)};\n",
				n, i, i);
		else
			PUT(e, "\trow->%s = db_int(q, %d)%s;\n", n, i,
				it->type.kind == TYPE_BOOL ? " != 0" : "");
		break;
	case TYPE_TEXT: PUT(e, "\trow->%s = db_text(q, %d);\n", n, i); break;
	case TYPE_BLOB:
	case TYPE_BLIND: PUT(e, "\trow->%s = db_blob(q, %d);\n", n, i); break;
	case TYPE_TIME:
		if (it->null)
			PUT(e,
				"\trow->%s = db_is_null(q, %d) ? TIME_NONE : (instant){db_int(q, "
				"%d)};\n",
				n, i, i);
		else
			PUT(e, "\trow->%s.us = db_int(q, %d);\n", n, i);
		break;
	case TYPE_ID: PUT(e, "\trow->%s.v = db_int(q, %d);\n", n, i); break;
	case TYPE_ENUM:
		PUT(e, "\trow->%s = (enum " STR_FMT ")db_int(q, %d);\n", n, STR_ARG(it->type.name),
			i);
		break;
	case TYPE_SEALED:
		PUT(e,
			"\t" STR_FMT "_unpack(db->arena, db_sealed(q, %d, \"" STR_FMT
			"\", \"" STR_FMT "\"), &row->%s);\n",
			STR_ARG(group_name(e, it->table, it->group)), i, STR_ARG(it->table->name),
			STR_ARG(it->group->name), n);
		break;
	case TYPE_MONEY:
	case TYPE_PRICE: break;
	}
}

/* Behind the others: the currency must have been read. */
static void read_amount(struct emit *e, const struct item *it, int i)
{
	const struct item *c = &e->st->items.v[it->currency < 0 ? 0 : it->currency];
	bool money_is = it->type.kind == TYPE_MONEY;

	if (it->null || c->null)
		PUT(e, "\tif (!db_is_null(q, %d) && row->" STR_FMT ".p)\n\t", i, STR_ARG(c->name));
	PUT(e, "\trow->" STR_FMT " = %s(db_int(q, %d), row->" STR_FMT ");\n", STR_ARG(it->name),
		money_is ? "money_of" : "price_of", i, STR_ARG(c->name));
}

static void read_function(struct emit *e)
{
	const struct statement *st = e->st;

	PUT(e,
		"\nstatic void " STR_FMT "_read(struct db *db, struct query *q, struct " STR_FMT
		"_row *row)\n{\n\t(void)db;\n",
		STR_ARG(st->name), STR_ARG(st->name));
	for (size_t i = 0; i < st->items.n; i++)
		read_plain(e, &st->items.v[i], (int)i);
	for (size_t i = 0; i < st->items.n; i++)
		if (st->items.v[i].type.kind == TYPE_MONEY ||
			st->items.v[i].type.kind == TYPE_PRICE)
			read_amount(e, &st->items.v[i], (int)i);
	PUT(e, "}\n");
}

static void field(struct emit *e, const struct item *it)
{
	static const char *const kinds[] = {[TYPE_INT] = "ROW_INT",
		[TYPE_BOOL] = "ROW_BOOL",
		[TYPE_TEXT] = "ROW_STR",
		[TYPE_TIME] = "ROW_TIME",
		[TYPE_ID] = "ROW_ID",
		[TYPE_ENUM] = "ROW_ENUM",
		[TYPE_MONEY] = "ROW_MONEY",
		[TYPE_PRICE] = "ROW_PRICE",
		[TYPE_SEALED] = "ROW_GROUP"};

	if (it->type.kind == TYPE_BLOB || it->type.kind == TYPE_BLIND)
		return;
	PUT(e, "\t{\"" STR_FMT "\", %s, offsetof(struct " STR_FMT "_row, " STR_FMT "), %s, ",
		STR_ARG(it->name), kinds[it->type.kind], STR_ARG(e->st->name), STR_ARG(it->name),
		it->null ? "true" : "false");
	if (it->type.kind == TYPE_ID || it->type.kind == TYPE_ENUM)
		PUT(e, "\"" STR_FMT "\", NULL},\n", STR_ARG(it->type.name));
	else if (it->type.kind == TYPE_SEALED)
		PUT(e, "NULL, &" STR_FMT "_desc},\n", STR_ARG(group_name(e, it->table, it->group)));
	else
		PUT(e, "NULL, NULL},\n");
}

static void descriptor(struct emit *e)
{
	const struct statement *st = e->st;
	size_t n = 0;

	for (size_t i = 0; i < st->items.n; i++)
		n += st->items.v[i].type.kind != TYPE_BLOB &&
		     st->items.v[i].type.kind != TYPE_BLIND;
	if (n) {
		PUT(e, "\nstatic const struct row_field " STR_FMT "_fields[] = {\n",
			STR_ARG(st->name));
		for (size_t i = 0; i < st->items.n; i++)
			field(e, &st->items.v[i]);
		PUT(e, "};");
	}
	PUT(e,
		"\nconst struct row_desc " STR_FMT "_desc = {\"" STR_FMT "\", %s" STR_FMT
		"%s, %zu, sizeof(struct " STR_FMT "_row)};\n",
		STR_ARG(st->name), STR_ARG(st->name), n ? "" : "NULL",
		STR_ARG(n ? st->name : S("")), n ? "_fields" : "", n, STR_ARG(st->name));
}

/* ---- functions ------------------------------------------------------------------------------- */
static void body(struct emit *e)
{
	const struct statement *st = e->st;
	const char *name = st->name.p;
	int n = (int)st->name.n;

	PUT(e, "\n");
	signature(e);
	PUT(e, "\n{\n\tstruct query *q = db_start(db, &%.*s_stmt);\n", n, name);
	switch (st->shape) {
	case SHAPE_ONE:
		PUT(e, "\tbool found = false;\n\n\t*row = (struct %.*s_row){0};\n", n, name);
		break;
	case SHAPE_MANY: PUT(e, "\tstruct %.*s_rows rows = {0};\n\n", n, name); break;
	case SHAPE_EXEC:
	case SHAPE_ONCE: PUT(e, "\n"); break;
	}
	binds(e);
	switch (st->shape) {
	case SHAPE_ONE:
		PUT(e,
			"\t%s (db_step(q)) {\n\t\t%.*s_read(db, q, row);\n\t\tfound = "
			"true;\n\t}\n\tdb_finish(q);\n\treturn found;\n}\n",
			/* a second step finds no row, or that there are too many */
			st->single ? "if" : "while", n, name);
		break;
	case SHAPE_MANY:
		PUT(e,
			"\twhile (db_step(q))\n\t\t%.*s_read(db, q, ARENA_PUSH(db->arena, "
			"&rows));\n\tdb_finish(q);\n\treturn rows;\n}\n",
			n, name);
		break;
	case SHAPE_EXEC: PUT(e, "\treturn db_finish(q);\n}\n"); break;
	case SHAPE_ONCE: PUT(e, "\tdb_once(q);\n}\n"); break;
	}
}

static struct emit begin(struct queryc *q, const struct source *f)
{
	struct emit e = {.q = q, .f = f};

	out_init(&e.o, q->a, 1 << 14, 64 << 20, NULL);
	if (f)
		PUT(&e, "/* Made by tool/queryc from %s. */\n", f->path);
	else
		PUT(&e, "/* Made by tool/queryc. */\n");
	return e;
}

static void emit_source(struct queryc *q, const struct source *f, size_t id)
{
	struct emit h = begin(q, f), c = begin(q, f);
	str guard = upper(q, str_of(f->base));

	PUT(&h,
		"#ifndef KONTOR_GEN_" STR_FMT "_H\n#define KONTOR_GEN_" STR_FMT
		"_H\n\n#include \"gen/types.h\"\n"
		"#include \"store/store.h\"\n",
		STR_ARG(guard), STR_ARG(guard));
	PUT(&c, "#include \"gen/%s.h\"\n", f->base);
	for (size_t i = 0; i < f->n; i++) {
		h.st = c.st = &f->v[i];
		declaration(&h);
		statement_data(&c, id + i);
		if (f->v[i].shape < SHAPE_EXEC) {
			read_function(&c);
			descriptor(&c);
		}
		body(&c);
	}
	PUT(&h, "\n#endif\n");
	emit_file(q, str_fmt(q->a, "%s.h", f->base).p, &h.o);
	emit_file(q, str_fmt(q->a, "%s.c", f->base).p, &c.o);
}

void emit_all(struct queryc *q)
{
	struct emit r = begin(q, NULL);
	size_t id = 0;

	PUT(&r, "#include \"store/store.h\"\n\n");
	for (size_t i = 0; i < q->sources.n; i++)
		for (size_t k = 0; k < q->sources.v[i].n; k++)
			PUT(&r, "extern const struct stmt " STR_FMT "_stmt;\n",
				STR_ARG(q->sources.v[i].v[k].name));
	PUT(&r, "\nconst struct stmt *const statements[] = {\n");
	for (size_t i = 0; i < q->sources.n; i++) {
		emit_source(q, &q->sources.v[i], id);
		id += q->sources.v[i].n;
		for (size_t k = 0; k < q->sources.v[i].n; k++)
			PUT(&r, "\t&" STR_FMT "_stmt,\n", STR_ARG(q->sources.v[i].v[k].name));
	}
	PUT(&r, "\tNULL,\n};\n");
	emit_file(q, "statements.c", &r.o);
	emit_types(q);
}
