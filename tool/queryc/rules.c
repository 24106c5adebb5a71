/* What may stand where: the parts of SQL that statements are written in, so that one text means the
 * same on both engines and the gates cannot be walked around. */
#include "queryc.h"

/* ---- words ----------------------------------------------------------------------------------- */
static const struct {
	const char *word, *why;
} refused[] = {
	{"collate", "collations differ between engines: store what is to be compared in the form "
		    "that compares"},
	{"like", "like reads every row and differs between engines: use an index or full-text "
		 "search"},
	{"ilike", "ilike reads every row: use an index or full-text search"},
	{"glob", "glob is not in both engines"},
	{"regexp", "regexp is not in both engines"},
	{"pragma", "pragma is the store's business"},
	{"attach", "attach is the store's business"},
	{"detach", "detach is the store's business"},
	{"vacuum", "vacuum is the store's business"},
	{"explain", "explain is not a statement of the program"},
	{"analyze", "analyze is the store's business"},
	{"reindex", "reindex is the store's business"},
	{"create", "tables are made by schema/ alone"},
	{"drop", "tables are dropped by schema/ alone"},
	{"alter", "tables are changed by schema/ alone"},
	{"begin", "transactions are the store's business"},
	{"commit", "transactions are the store's business"},
	{"rollback", "transactions are the store's business"},
	{"savepoint", "transactions are the store's business"},
	{"returning", "returning would hand out rows past the gate: select them"},
	{"indexed", "the engine picks its index: make a better one in schema/"},
	{"natural", "a join says what it joins by: on"},
	{"cross", "a join says what it joins by: on"},
	{"rowid", "rowid is the engine's own: name the id column"},
	{"oid", "oid is the engine's own: name the id column"},
	{"current_timestamp", "the clock is the program's: pass a time"},
	{"current_date", "the clock is the program's: pass a time"},
	{"current_time", "the clock is the program's: pass a time"},
	{"materialized", "materialized is a hint that only one engine knows"},
};

static void word_check(struct queryc *q, struct statement *st, size_t i)
{
	const struct token *t = &st->v[i];
	const struct token *before = i ? &st->v[i - 1] : &st->v[st->n];

	if (t->kind == TOKEN_QUOTED && !token_is(before, "as"))
		wrong(q, st, t->line, "quotes stand behind \"as\" only: \"" STR_FMT "\"",
			STR_ARG(t->s));
	if (token_is(t, "*") &&
		(token_is(before, "select") || token_is(before, ",") || token_is(before, ".") ||
			token_is(before, "distinct") || token_is(before, "all")))
		wrong(q, st, t->line, "columns are named one by one, not with *");
	if (t->kind != TOKEN_WORD)
		return;
	for (size_t k = 0; k < COUNT(refused); k++)
		if (str_eq_nocase(t->s, str_of(refused[k].word)) &&
			!(str_eq_nocase(t->s, S("rowid")) && st->noun.n && st->fts))
			wrong(q, st, t->line, "%s", refused[k].why);
	if (str_starts(t->s, S("sqlite_")) || str_starts(t->s, S("r_")) ||
		str_starts(t->s, S("pragma_")))
		wrong(q, st, t->line,
			"\"" STR_FMT "\" is out of reach: a table is named with its purpose",
			STR_ARG(t->s));
	if ((token_is(t, "main") || token_is(t, "temp")) && token_is(&st->v[i + 1], "."))
		wrong(q, st, t->line, "tables are named with their purpose");
	if (token_is(before, "do") && token_is(t, "update"))
		wrong(q, st, t->line,
			"\"on conflict do update\" would skip the gate of the update: write two "
			"statements");
	if (token_is(t, "or") && (token_is(before, "insert") || token_is(before, "update")))
		wrong(q, st, t->line, "\"" STR_FMT " or\" is not in both engines",
			STR_ARG(before->s));
	if (token_is(t, "null") &&
		(token_is(before, "=") || token_is(before, "<>") || token_is(before, "!=")) &&
		!(token_is(&st->v[0], "update") && t->depth == 0))
		wrong(q, st, t->line, "nothing equals null: write \"is null\"");
}

static void shape_check(struct queryc *q, struct statement *st)
{
	const struct token *t = &st->v[0];

	if (token_is(t, "select") || token_is(t, "with"))
		st->verb = 's';
	else if (token_is(t, "insert"))
		st->verb = 'i';
	else if (token_is(t, "update"))
		st->verb = 'u';
	else if (token_is(t, "delete"))
		st->verb = 'd';
	else
		wrong(q, st, t->line, "a statement is select, insert, update or delete");
	if (st->verb && st->shape && (st->verb == 's') == (st->shape >= SHAPE_EXEC))
		wrong(q, st, st->line,
			st->verb == 's' ? "a select gives rows: -> one or -> many"
					: "what writes is -> exec or -> once");
}

/* -> many says how many at most, and never more than a page of answers can carry. */
static void limit_check(struct queryc *q, struct statement *st)
{
	const struct token *limit = NULL;
	int64_t v;

	for (size_t i = 0; i < st->n; i++)
		if (token_is(&st->v[i], "limit") && st->v[i].depth == 0)
			limit = &st->v[i + 1];
	if (!limit && st->shape == SHAPE_MANY)
		wrong(q, st, st->line, "-> many needs a limit");
	if (limit && limit->kind == TOKEN_NUMBER && str_int(limit->s, &v) && v > LIST_ROWS_MAX)
		wrong(q, st, limit->line, "a limit of more than %d rows", LIST_ROWS_MAX);
}

static void params_check(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i < st->n; i++) {
		const struct token *t = &st->v[i];

		if (t->kind == TOKEN_PARAM && (size_t)t->number > st->params.n)
			wrong(q, st, t->line, "there is no parameter $%d", t->number);
		else if (t->kind == TOKEN_PARAM)
			st->params.v[t->number - 1].used = true;
	}
	for (size_t i = 0; i < st->params.n; i++)
		if (st->params.v[i].type.kind == TYPE_SEALED && st->params.v[i].used)
			st->params.v[st->params.v[i].row].used =
				st->params.v[st->params.v[i].key].used = true;
	for (size_t i = 0; i < st->params.n; i++)
		if (!st->params.v[i].used)
			wrong(q, st, st->line, "parameter \"" STR_FMT "\" ($%zu) is not used",
				STR_ARG(st->params.v[i].name), i + 1);
}

void rules_words(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i < st->n; i++)
		if (st->v[i].kind == TOKEN_WORD && engine_is_fts(q, st->v[i].s))
			st->fts = true;
	for (size_t i = 0; i < st->n; i++)
		word_check(q, st, i);
	if (!st->bad)
		shape_check(q, st);
	if (st->verb == 's')
		limit_check(q, st);
	params_check(q, st);
}

/* ---- functions ------------------------------------------------------------------------------- */
/* None raises an error that depends on a row's values: an error in a condition would tell about
 * rows that the guard hides. The store's authorizer has the same list. */
static const char *const functions[] = {"count", "sum", "min", "max", "avg", "lower", "upper",
	"length", "substr", "coalesce", "ifnull", "nullif", "iif", "instr", "replace", "trim",
	"ltrim", "rtrim", "round", "sign", "row_number", "rank", "dense_rank", "lag", "lead",
	"first_value", "last_value", "group_concat", "viewer_person", "viewer_company",
	"viewer_session", "viewer_roles", NULL};
static const char *const fts_functions[] = {"bm25", "highlight", "snippet", NULL};
static const char *const before_bracket[] = {"in", "values", "exists", "and", "or", "not", "as",
	"over", "from", "on", "using", "join", "where", "select", "when", "then", "else", "case",
	"by", "between", "is", "limit", "having", "conflict", "union", "all", "set", "filter",
	"distinct", "recursive", NULL};

static void function_check(struct queryc *q, struct statement *st, size_t i)
{
	const struct token *t = &st->v[i];

	if (t->kind != TOKEN_WORD || !token_is(&st->v[i + 1], "(") || word_in(t->s, before_bracket))
		return;
	if ((i && token_is(&st->v[i - 1], ".")) || listed(st->ctes.v, st->ctes.n, t->s))
		return;
	if (st->verb == 'i' &&
		(i == 2 || i == 4 ||
			(i > 2 && st->v[i - 1].kind == TOKEN_WORD && i < 7 && st->v[i].depth == 0)))
		return; /* insert into trade.orders (, and of a full-text table */
	if (word_in(t->s, functions) || (st->fts && word_in(t->s, fts_functions)))
		return;
	wrong(q, st, t->line,
		"the function " STR_FMT
		"() is not on the list of those that raise no errors and are in both engines",
		STR_ARG(t->s));
}

/* ---- types of what is compared --------------------------------------------------------------- */
static const char *const kinds[] = {[TYPE_INT] = "int",
	[TYPE_BOOL] = "bool",
	[TYPE_TEXT] = "text",
	[TYPE_BLOB] = "blob",
	[TYPE_TIME] = "time",
	[TYPE_ID] = "id",
	[TYPE_ENUM] = "enum",
	[TYPE_MONEY] = "money",
	[TYPE_PRICE] = "price",
	[TYPE_SEALED] = "sealed",
	[TYPE_BLIND] = "blind"};

static str type_text(const struct type *t)
{
	return t->kind == TYPE_ID || t->kind == TYPE_ENUM ? t->name : str_of(kinds[t->kind]);
}

/* sealed(person.email), blind(person.email.email), text */
static str param_text(struct queryc *q, const struct param *p)
{
	str s = type_text(&p->type);

	if (p->group && p->table)
		s = str_fmt(q->a, STR_FMT "(" STR_FMT "." STR_FMT "%s" STR_FMT ")", STR_ARG(s),
			STR_ARG(p->table->name), STR_ARG(p->group->name), p->field.n ? "." : "",
			STR_ARG(p->field));
	return s;
}

static str column_text(
	struct queryc *q, const struct policy_table *t, const struct policy_column *c)
{
	str s = type_text(&c->type);

	if (c->type.kind == TYPE_SEALED || c->type.kind == TYPE_BLIND)
		s = str_fmt(q->a, STR_FMT "(" STR_FMT "." STR_FMT ")", STR_ARG(s), STR_ARG(t->name),
			STR_ARG(c->type.kind == TYPE_SEALED ? c->name : c->type.with));
	return s;
}

void param_fits(struct queryc *q, struct statement *st, const struct token *t,
	const struct policy_table *table, const struct policy_column *c)
{
	const struct param *p = &st->params.v[t->number - 1];
	const struct type *a = &p->type, *b = &c->type;
	bool fits = a->kind == b->kind &&
		    ((a->kind != TYPE_ID && a->kind != TYPE_ENUM) || str_eq(a->name, b->name));

	if (a->kind == TYPE_BLIND && b->kind == TYPE_BLOB)
		return; /* a keyed index of what has no column of its own: who tried to sign in */
	if (fits && a->kind == TYPE_SEALED)
		fits = p->table == table && p->group && str_eq(p->group->name, c->name);
	if (fits && a->kind == TYPE_BLIND && p->group)
		fits = p->table == table &&
		       str_eq(str_fmt(q->a, STR_FMT "." STR_FMT, STR_ARG(p->group->name),
				      STR_ARG(p->field)),
			       b->with);
	if (!fits)
		wrong(q, st, t->line,
			"parameter \"" STR_FMT "\" is " STR_FMT ", " STR_FMT "." STR_FMT
			" is " STR_FMT,
			STR_ARG(p->name), STR_ARG(param_text(q, p)), STR_ARG(table->name),
			STR_ARG(c->name), STR_ARG(column_text(q, table, c)));
}

static bool comparison(const struct token *t)
{
	static const char *const signs[] = {"=", "<>", "!=", "<", "<=", ">", ">=", NULL};

	return t->kind == TOKEN_SIGN && word_in(t->s, signs);
}

bool list_at(const struct statement *st, size_t i)
{
	return i + 3 < st->n && token_is(&st->v[i], "in") && token_is(&st->v[i + 1], "(") &&
	       st->v[i + 2].kind == TOKEN_PARAM && (size_t)st->v[i + 2].number <= st->params.n &&
	       st->params.v[st->v[i + 2].number - 1].list && token_is(&st->v[i + 3], ")");
}

/* o.id = $1, $1 = o.id and o.id in ($1): the column on the other side, when it stands alone. */
static struct found other_side(struct queryc *q, const struct statement *st, size_t i)
{
	struct found f = {0};

	if (i >= 2 && comparison(&st->v[i - 1]) && st->v[i - 2].kind == TOKEN_WORD) {
		size_t at = i >= 4 && token_is(&st->v[i - 3], ".") ? i - 4 : i - 2;

		f = column_at(q, st, at);
	} else if (comparison(&st->v[i + 1])) {
		f = column_at(q, st, i + 2);
	} else if (i >= 3 && list_at(st, i - 2)) {
		size_t at = i >= 5 && token_is(&st->v[i - 4], ".") ? i - 5 : i - 3;

		f = column_at(q, st, at);
	}
	return f;
}

/* ---- columns --------------------------------------------------------------------------------- */
static void read_check(struct queryc *q, struct statement *st, size_t i, struct found f)
{
	struct place at;

	if (f.scope && !f.column) {
		wrong(q, st, st->v[i].line, "no column \"" STR_FMT "\" in " STR_FMT,
			STR_ARG(st->v[i + 2].s), STR_ARG(f.scope->name));
		return;
	}
	if (!f.column || granted(f.scope->grant, f.column->name))
		return;
	at = f.scope->grant ? f.scope->grant->at : f.column->at;
	wrong(q, st, st->v[i].line,
		"purpose \"" STR_FMT "\" may not read " STR_FMT "." STR_FMT " (%s:%d)",
		STR_ARG(f.scope->purpose), STR_ARG(f.scope->table->name), STR_ARG(f.column->name),
		at.file, at.line);
}

static bool stands_bare(const struct statement *st, size_t i, size_t tokens)
{
	for (size_t k = 0; k < st->items.n; k++)
		if (st->items.v[k].from == i && st->items.v[k].to == i + tokens)
			return st->sels.v[0].compound == 0;
	return false;
}

static void sealed_check(struct queryc *q, struct statement *st, size_t i, struct found f)
{
	bool compound = false;

	for (size_t k = 1; k < st->sels.n; k++)
		compound = compound || st->sels.v[k].compound == 0;
	if (f.column->type.kind == TYPE_SEALED && (compound || !stands_bare(st, i, f.tokens)))
		wrong(q, st, st->v[i].line,
			STR_FMT "." STR_FMT
				" is sealed: it stands alone in the list of a select, nowhere else",
			STR_ARG(f.scope->table->name), STR_ARG(f.column->name));
}

static void blind_check(struct queryc *q, struct statement *st, size_t i, struct found f)
{
	const struct token *a = &st->v[i + f.tokens], *b = &st->v[i + f.tokens + 1];

	if (f.column->type.kind != TYPE_BLIND)
		return;
	if (token_is(a, "=") && b->kind == TOKEN_PARAM)
		return;
	if (token_is(a, "is") && (token_is(b, "null") || token_is(b, "not")))
		return;
	if (i >= 2 && token_is(&st->v[i - 1], "=") && st->v[i - 2].kind == TOKEN_PARAM)
		return;
	wrong(q, st, st->v[i].line,
		STR_FMT
		"." STR_FMT
		" is a blind index: it is compared with = and a blind parameter, nothing else",
		STR_ARG(f.scope->table->name), STR_ARG(f.column->name));
}

/* A sealed or blind parameter means something in its own place only. */
static void param_place(struct queryc *q, struct statement *st, size_t i)
{
	const struct token *t = &st->v[i];
	const struct param *p = &st->params.v[t->number - 1];
	struct found f = other_side(q, st, i);

	if (f.column && !(st->verb == 'u' && i >= st->set_from && i < st->set_to))
		param_fits(q, st, t, f.scope->table, f.column);
	if (p->list && !(i >= 2 && list_at(st, i - 2)))
		wrong(q, st, t->line, "a list stands alone: in ($%d)", t->number);
	if (st->bad || t->target)
		return;
	if (p->type.kind == TYPE_SEALED &&
		!(st->verb == 'u' && i >= st->set_from && i < st->set_to))
		wrong(q, st, t->line,
			"a sealed parameter is the whole value of an inserted or set column");
	if (p->type.kind == TYPE_BLIND && !f.column)
		wrong(q, st, t->line,
			"a blind parameter is compared with = or is the whole value of a column");
}

void rules_columns(struct queryc *q, struct statement *st)
{
	for (size_t i = 0; i < st->n; i++) {
		struct found f;

		function_check(q, st, i);
		if (st->v[i].kind == TOKEN_PARAM)
			param_place(q, st, i);
		if (st->v[i].target)
			continue;
		f = column_at(q, st, i);
		if (!f.scope)
			continue;
		read_check(q, st, i, f);
		if (f.column && !st->bad) {
			sealed_check(q, st, i, f);
			blind_check(q, st, i, f);
		}
	}
}

/* ---- lag ------------------------------------------------------------------------------------- */
/* Some seconds old is an answer only where the policy says so of each table. */
void rules_lag(struct queryc *q, struct statement *st)
{
	if (!st->lag)
		return;
	if (st->verb != 's') {
		wrong(q, st, st->line, "only what reads may lag: this one writes");
		return;
	}
	for (size_t i = 0; i < st->scopes.n; i++) {
		const struct scope *s = &st->scopes.v[i];

		if (s->table && s->grant && !s->grant->lag)
			wrong(q, st, st->v[s->token].line,
				"purpose \"" STR_FMT "\" may not read " STR_FMT
				" with a lag (%s:%d): leave \"lag\" out, or say \"lag: yes\" there",
				STR_ARG(s->grant->purpose), STR_ARG(s->table->name),
				s->grant->at.file, s->grant->at.line);
		if (s->fts)
			wrong(q, st, st->v[s->token].line,
				"a full-text table is on this machine: it has no lag");
	}
}

/* ---- order by -------------------------------------------------------------------------------- */
/* `closed_at is not null` or `closed_at < $1` in the same select: the rows with NULL are gone. */
static bool null_left_out(struct queryc *q, const struct statement *st, struct found f, int sel)
{
	bool out = false;

	for (size_t i = 0; i < st->n; i++) {
		struct found g = st->v[i].sel == sel ? column_at(q, st, i) : (struct found){0};
		const struct token *t = &st->v[i + g.tokens];

		if (st->v[i].sel == sel && token_is(&st->v[i], "or"))
			return false;
		if (g.column == f.column && g.scope == f.scope && g.column)
			out = out || comparison(t) ||
			      (token_is(t, "is") && token_is(t + 1, "not") &&
				      token_is(t + 2, "null"));
	}
	return out;
}

/* Is what is sorted by never NULL? A name of the result is looked up there. */
static bool never_null(struct queryc *q, const struct statement *st, size_t from, size_t to)
{
	struct found f = column_at(q, st, from);

	if (to == from + 1 && st->v[from].kind == TOKEN_WORD && !f.column)
		for (size_t k = 0; k < st->items.n; k++)
			if (str_eq(st->items.v[k].given, st->v[from].s))
				return !st->items.v[k].null;
	if (f.column && f.tokens == to - from)
		return (!f.column->null && !f.scope->outer) ||
		       null_left_out(q, st, f, st->v[from].sel);
	if (token_is(&st->v[from], "count") && bracket_end(st, from + 1) + 1 == to)
		return true;
	return f.scope == NULL && to == from + 1 &&
	       word_in(st->v[from].s, (const char *const[]){"rank", "rowid", NULL});
}

static void term_check(struct queryc *q, struct statement *st, size_t from, size_t to)
{
	size_t end = to;

	for (size_t i = from; i < to; i++)
		if (token_is(&st->v[i], "nulls") && st->v[i].depth == st->v[from].depth)
			return;
	if (end > from && (token_is(&st->v[end - 1], "asc") || token_is(&st->v[end - 1], "desc")))
		end--;
	if (st->v[from].kind == TOKEN_NUMBER)
		wrong(q, st, st->v[from].line, "order by names what it sorts by");
	else if (!never_null(q, st, from, end))
		wrong(q, st, st->v[from].line,
			"what may be null is sorted differently by each engine: say nulls first or "
			"nulls last");
}

void rules_order(struct queryc *q, struct statement *st)
{
	static const char *const ends[] = {"limit", "offset", "rows", "range", "groups", ")", NULL};

	for (size_t i = 0; i + 2 < st->n; i++) {
		size_t from = i + 2, k = from;
		int depth = st->v[i].depth;

		if (!token_is(&st->v[i], "order") || !token_is(&st->v[i + 1], "by"))
			continue;
		for (; k < st->n && st->v[k].depth >= depth &&
			!(st->v[k].depth == depth && word_in(st->v[k].s, ends));
			k++)
			if (st->v[k].depth == depth && token_is(&st->v[k], ",")) {
				term_check(q, st, from, k);
				from = k + 1;
			}
		if (from < k)
			term_check(q, st, from, k);
	}
}
