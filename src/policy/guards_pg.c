/* Guards for PostgreSQL, made from the same policy as those of SQLite (guards.c;
 * doc/postgresql.md).
 *
 * Each purpose is a schema of views that belong to a role of that purpose, which nobody logs in as.
 * Two fences say the same of each row: the condition of the view, and the row policy of the base
 * table for the role that owns the view. */
#include "../base/out.h"
#include "read.h"

enum { GUARDS_BYTES_MAX = 16 << 20, GATES_MAX = 64 };

struct making {
	struct arena *a;
	const struct policy *p;
	str roles;
	str layout;		   /* on several machines (guards_citus.c); empty: on one */
	struct gate_places places; /* of the view at hand */
	bool copy;		   /* the views at hand are of copies */
	struct out o;
	bool *done;		      /* the grants whose views are there, by place */
	const struct policy_table *t; /* at hand */
	const struct policy_grant *g;
};
struct columns {
	str *v;
	size_t n, cap;
};

static void column_add(struct making *m, struct columns *l, str name)
{
	if (policy_column(m->t, name) && !policy_has(l->v, l->n, name))
		*ARENA_PUSH(m->a, l) = name;
}

static void columns_add(struct making *m, struct columns *l, const str *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		column_add(m, l, v[i]);
}

static bool is_sealed(const struct making *m, str column)
{
	return policy_column(m->t, column)->type.kind == TYPE_SEALED;
}

static void put_list(struct making *m, const struct columns *l)
{
	for (size_t i = 0; i < l->n; i++)
		out_fmt(&m->o, "%s" STR_FMT, i ? ", " : "", STR_ARG(l->v[i]));
}

/* ---- conditions ----------------------------------------------------------------------------- */
static void put_gate(struct making *m, str text)
{
	out_fmt(&m->o, "(" STR_FMT ")",
		STR_ARG(gate_sql_pg(m->a, m->p, m->t, text, GATE_PG_OWN,
			m->places.layout.n ? &m->places : NULL)));
}

static bool lies(const struct making *m, const char *kind)
{
	return m->layout.n && policy_lies(m->layout, m->t->name, kind);
}

/* What the rows of a view are read from: the table, or its copy on every machine. */
static str from_table(const struct making *m)
{
	return str_fmt(m->a, m->copy ? "base.e_" STR_FMT " as r_" STR_FMT : "base.r_" STR_FMT,
		STR_ARG(m->t->name), STR_ARG(m->t->name));
}

/* Whose data a row is, when the purpose may not use what is restricted (as in guards.c). */
static str isolated_by(const struct making *m)
{
	if (!policy_table(m->p, S("restricted")) ||
		policy_purpose(m->p, m->g->purpose)->opens_restricted || !m->t->subject.n ||
		!policy_column(m->t, m->t->subject))
		return (str){0};
	return m->t->subject;
}

/* Consent and restriction: asked beside every gate. An anti join, so that a plan may probe the
 * small table by its key; in a policy it becomes one look-up for each row. */
static void put_rest(struct making *m)
{
	str subject = isolated_by(m);

	if (m->g->consent.n)
		out_fmt(&m->o, " and (r_" STR_FMT ".mask & %lld) <> 0", STR_ARG(m->t->name),
			(long long)(INT64_C(1) << policy_purpose(m->p, m->g->consent)->bit));
	if (subject.n && policy_tells_restricted(m->t))
		out_fmt(&m->o, " and r_" STR_FMT ".restricted = 0", STR_ARG(m->t->name));
	else if (subject.n)
		out_fmt(&m->o,
			" and not exists (select 1 from base.%c_restricted as held_back where "
			"held_back.id = r_" STR_FMT "." STR_FMT ")",
			m->places.layout.n ? 'e' : 'r', STR_ARG(m->t->name), STR_ARG(subject));
}

/* `column = viewer_company()` and nothing else: the column, and who asks in *viewer; else empty. */
static str compares_viewer(const struct making *m, str gate, str *viewer)
{
	str column = str_cut(&gate, ' ');

	if (!policy_column(m->t, column) || !str_starts(gate, S("= viewer_")) ||
		str_find(gate, S("()")) != gate.n - 2)
		return (str){0};
	*viewer = str_sub(gate, 2, gate.n - 4); /* without `= ` and `()` */
	return column;
}

/* Two or more columns that are compared with the same asker, in one comparison: who asks is worked
 * out once, which costs more than the comparison. False: the gates are not of that kind. */
static bool put_using_any(struct making *m)
{
	str columns = S(""), who = S("");

	for (size_t i = 0; i < m->g->using_n; i++) {
		str viewer, column = compares_viewer(m, m->g->using[i], &viewer);

		if (!column.n || (i && !str_eq(viewer, who)))
			return false;
		who = viewer;
		columns = str_fmt(m->a, STR_FMT "%sr_" STR_FMT "." STR_FMT, STR_ARG(columns),
			i ? ", " : "", STR_ARG(m->t->name), STR_ARG(column));
	}
	if (m->g->using_n < 2)
		return false;
	out_fmt(&m->o, STR_FMT " = any (array[" STR_FMT "])", STR_ARG(policy_viewer_pg(m->a, who)),
		STR_ARG(columns));
	return true;
}

/* All gates of the grant in one. */
static void put_using(struct making *m)
{
	out_lit(&m->o, "(");
	if (!put_using_any(m))
		for (size_t i = 0; i < m->g->using_n; i++) {
			out_str(&m->o, i ? S(" or ") : S(""));
			put_gate(m, m->g->using[i]);
		}
	out_str(&m->o, m->g->using_n ? S(")") : S("true)"));
	put_rest(m);
}

/* What a new row is asked: the check, or else the gates. */
static void put_check(struct making *m)
{
	if (m->g->check.n) {
		m->places = (struct gate_places){.layout = m->layout, .beside = true};
		put_gate(m, m->g->check);
		m->places = (struct gate_places){0};
		return;
	}
	out_lit(&m->o, "(");
	for (size_t i = 0; i < m->g->using_n; i++) {
		out_str(&m->o, i ? S(" or ") : S(""));
		put_gate(m, m->g->using[i]);
	}
	out_str(&m->o, m->g->using_n ? S(")") : S("true)"));
}

/* One branch of a list: its own gate, and none of the rows that an earlier one gave. */
static void put_branch(struct making *m, size_t branch)
{
	put_gate(m, m->g->using[branch]);
	for (size_t i = 0; i < branch; i++) {
		out_lit(&m->o, " and ");
		put_gate(m, m->g->using[i]);
		out_lit(&m->o, " is not true");
	}
	put_rest(m);
}

/* ---- views ---------------------------------------------------------------------------------- */
static bool changes(const struct policy_grant *g)
{
	return g->update_n || g->may_delete;
}

static void put_view(struct making *m, const char *kind)
{
	out_fmt(&m->o, "\"" STR_FMT "\".\"" STR_FMT "%s\"", STR_ARG(m->g->purpose),
		STR_ARG(m->t->name), kind);
}

static void view_begin(struct making *m, const char *kind)
{
	out_lit(&m->o, "create view ");
	put_view(m, kind);
	out_lit(&m->o, " as ");
}

/* The view belongs to the purpose's role, whose rights and policies it is run with. */
static void view_end(struct making *m, const char *kind, const char *option)
{
	out_fmt(&m->o, "%s;\nalter view ", option);
	put_view(m, kind);
	out_fmt(&m->o, " owner to \"" STR_FMT "_for_" STR_FMT "\";\n", STR_ARG(m->roles),
		STR_ARG(m->g->purpose));
}

/* A sealed column leaves with what opens it, the row and the key, in front of its bytes; the
 * program opens it. Nothing to open: none. */
static void put_read_column(struct making *m, str name)
{
	const struct policy_group *g = policy_group(m->t, name);

	if (is_sealed(m, name))
		out_fmt(&m->o,
			"pg_catalog.int8send(r_" STR_FMT ".id) || pg_catalog.int8send(r_" STR_FMT
			"." STR_FMT ") || r_" STR_FMT "." STR_FMT,
			STR_ARG(m->t->name), STR_ARG(m->t->name), STR_ARG(g->key),
			STR_ARG(m->t->name), STR_ARG(name));
	else
		out_fmt(&m->o, "r_" STR_FMT "." STR_FMT, STR_ARG(m->t->name), STR_ARG(name));
	out_fmt(&m->o, " as " STR_FMT, STR_ARG(name));
}

static void put_select(struct making *m)
{
	out_fmt(&m->o, "select %s", lies(m, "placed") ? "place, " : "");
	for (size_t i = 0; i < m->g->columns_n; i++) {
		out_str(&m->o, i ? S(", ") : S(""));
		put_read_column(m, m->g->columns[i]);
	}
	out_fmt(&m->o, " from " STR_FMT " where ", STR_ARG(from_table(m)));
}

static void grant_app(struct making *m, const char *kind, const char *right, struct columns l)
{
	if (right && !l.n)
		return;
	out_fmt(&m->o, "grant %s", right ? right : "delete");
	if (right) {
		out_lit(&m->o, " (");
		put_list(m, &l);
		out_lit(&m->o, ")");
	}
	out_lit(&m->o, " on ");
	put_view(m, kind);
	out_fmt(&m->o, " to \"" STR_FMT "_app\";\n", STR_ARG(m->roles));
}

/* A view that reads holds the columns of the grant and no other: the right to all of it is asked
 * once for a statement, and not for each column (doc/decisions/273). */
static void grant_reading(struct making *m, const char *kind)
{
	out_lit(&m->o, "grant select on ");
	put_view(m, kind);
	out_fmt(&m->o, " to \"" STR_FMT "_app\";\n", STR_ARG(m->roles));
}

static void reading_views(struct making *m)
{
	size_t n = m->g->using_n;
	const char *kind = m->copy ? POLICY_COPY : "";

	view_begin(m, kind);
	for (size_t i = 0; i < (n ? n : 1); i++) {
		out_str(&m->o, i ? S("\n\tunion all ") : S(""));
		put_select(m);
		if (n)
			put_branch(m, i);
		else
			put_using(m);
	}
	view_end(m, kind, "");
	grant_reading(m, kind);
	if (n < 2 || m->copy)
		return;
	view_begin(m, POLICY_NEAR);
	put_select(m);
	put_using(m);
	view_end(m, POLICY_NEAR, "");
	grant_reading(m, POLICY_NEAR);
}

static struct columns clear_columns(struct making *m)
{
	struct columns l = {0};

	for (size_t i = 0; i < m->g->columns_n; i++)
		if (!is_sealed(m, m->g->columns[i]))
			column_add(m, &l, m->g->columns[i]);
	return l;
}

/* A view with bare columns alone, through which rows are written; the engine asks its condition of
 * each row before and after. */
static void writing_view(struct making *m, const char *kind, const struct columns *l)
{
	view_begin(m, kind);
	out_lit(&m->o, "select ");
	for (size_t i = 0; i < l->n; i++)
		out_fmt(&m->o, "%sr_" STR_FMT "." STR_FMT, i ? ", " : "", STR_ARG(m->t->name),
			STR_ARG(l->v[i]));
	out_fmt(&m->o, " from base.r_" STR_FMT " where ", STR_ARG(m->t->name));
}

static void writing_views(struct making *m)
{
	struct columns clear = clear_columns(m), l = clear, update = {0}, insert = {0};

	if (lies(m, "placed")) /* the table itself is written */
		return;
	columns_add(m, &update, m->g->update, m->g->update_n);
	columns_add(m, &insert, m->g->insert, m->g->insert_n);
	if (changes(m->g)) {
		columns_add(m, &l, update.v, update.n);
		writing_view(m, POLICY_CHANGE, &l);
		put_using(m);
		view_end(m, POLICY_CHANGE, " with local check option");
		grant_app(m, POLICY_CHANGE, "select", clear);
		grant_app(m, POLICY_CHANGE, "update", update);
		if (m->g->may_delete)
			grant_app(m, POLICY_CHANGE, NULL, update);
	}
	if (insert.n) {
		writing_view(m, POLICY_NEW, &insert);
		put_check(m);
		view_end(m, POLICY_NEW, " with local check option");
		grant_app(m, POLICY_NEW, "insert", insert);
	}
}

/* ---- the base table: what the purpose's role may do there ----------------------------------- */
/* Everything that the purpose's views name. */
static struct columns used_columns(struct making *m)
{
	struct columns l = {0};

	columns_add(m, &l, m->g->columns, m->g->columns_n);
	columns_add(m, &l, m->g->update, m->g->update_n);
	columns_add(m, &l, m->g->insert, m->g->insert_n);
	for (size_t i = 0; i < m->t->columns_n; i++) {
		str name = m->t->columns[i].name;
		bool used = m->g->check.n > 0 && gate_uses(m->a, m->t, m->g->check, name);

		for (size_t k = 0; k < m->g->using_n && !used; k++)
			used = gate_uses(m->a, m->t, m->g->using[k], name);
		if (used)
			column_add(m, &l, name);
	}
	for (size_t i = 0; i < m->g->columns_n; i++)
		if (is_sealed(m, m->g->columns[i])) {
			column_add(m, &l, S("id"));
			column_add(m, &l, policy_group(m->t, m->g->columns[i])->key);
		}
	if (m->g->consent.n)
		column_add(m, &l, S("mask"));
	column_add(m, &l, isolated_by(m));
	if (isolated_by(m).n && policy_tells_restricted(m->t))
		column_add(m, &l, S("restricted"));
	return l;
}

static void grant_base(struct making *m, const char *right, struct columns l)
{
	if (!l.n)
		return;
	out_fmt(&m->o, "grant %s (", right);
	put_list(m, &l);
	out_fmt(&m->o, ") on base.r_" STR_FMT " to \"" STR_FMT "_for_" STR_FMT "\";\n",
		STR_ARG(m->t->name), STR_ARG(m->roles), STR_ARG(m->g->purpose));
}

static void policy_begin(struct making *m, const char *right)
{
	out_fmt(&m->o,
		"create policy \"" STR_FMT " %s\" on base.r_" STR_FMT " for %s to \"" STR_FMT
		"_for_" STR_FMT "\" ",
		STR_ARG(m->g->purpose), right, STR_ARG(m->t->name), right, STR_ARG(m->roles),
		STR_ARG(m->g->purpose));
}

/* The condition stands in brackets of its own kind, `(...)::int <> 0`: the view asks the same, and
 * the planner, which would count what is left of the rows twice, takes this for nearly all of them.
 * What `public` shows is published, so its policies ask for restricted people alone: any condition
 * would keep a page's look-ups from their indexes (doc/decisions/231). */
static void policy_using(struct making *m, const char *right)
{
	bool published = str_eq(m->g->purpose, S("public"));

	policy_begin(m, right);
	if (!m->g->consent.n && !isolated_by(m).n && (published || !m->g->using_n)) {
		out_lit(&m->o, "using (true);\n");
		return;
	}
	out_lit(&m->o, "using ((");
	if (published) {
		out_lit(&m->o, "true");
		put_rest(m);
	} else {
		put_using(m);
	}
	out_lit(&m->o, ")::int <> 0);\n");
}

static void base_rights(struct making *m)
{
	struct columns update = {0}, insert = {0};

	if (lies(m, "placed"))
		return;
	columns_add(m, &update, m->g->update, m->g->update_n);
	columns_add(m, &insert, m->g->insert, m->g->insert_n);
	if (m->g->columns_n)
		out_fmt(&m->o,
			"grant select on base.r_" STR_FMT " to \"" STR_FMT "_for_" STR_FMT "\";\n",
			STR_ARG(m->t->name), STR_ARG(m->roles), STR_ARG(m->g->purpose));
	else
		grant_base(m, "select", used_columns(m));
	grant_base(m, "update", update);
	grant_base(m, "insert", insert);
	if (m->g->columns_n || changes(m->g))
		policy_using(m, "select");
	if (update.n)
		policy_using(m, "update");
	if (m->g->may_delete) {
		out_fmt(&m->o,
			"grant delete on base.r_" STR_FMT " to \"" STR_FMT "_for_" STR_FMT "\";\n",
			STR_ARG(m->t->name), STR_ARG(m->roles), STR_ARG(m->g->purpose));
		policy_using(m, "delete");
	}
	if (insert.n) {
		policy_begin(m, "insert");
		out_lit(&m->o, "with check (");
		put_check(m);
		out_lit(&m->o, ");\n");
	}
}

/* ---- views that gates read ------------------------------------------------------------------ */
static void grant_of_gate(struct making *m, str text)
{
	struct gate_view v[GATES_MAX];
	size_t n = gate_views(m->a, m->p, text, v, COUNT(v));

	for (size_t i = 0; i < n; i++)
		if (!str_eq(v[i].grant->purpose, m->g->purpose))
			for (size_t near = 0; near < (v[i].grant->using_n > 1 ? 2 : 1); near++)
				out_fmt(&m->o,
					"grant select on \"" STR_FMT "\".\"" STR_FMT
					"%s\" to \"" STR_FMT "_for_" STR_FMT "\";\n",
					STR_ARG(v[i].grant->purpose), STR_ARG(v[i].table->name),
					near ? POLICY_NEAR : "", STR_ARG(m->roles),
					STR_ARG(m->g->purpose));
}

static size_t place_of(const struct making *m, const struct policy_grant *g)
{
	size_t at = 0;

	for (size_t i = 0; i < m->p->tables_n; i++)
		for (size_t k = 0; k < m->p->tables[i].grants_n; k++, at++)
			if (&m->p->tables[i].grants[k] == g)
				return at;
	fault(FAULT_BUG, "a grant of another policy");
}

/* Behind those that its gates read. */
static void read_one(struct making *m, const struct policy_table *t, const struct policy_grant *g)
{
	size_t at = place_of(m, g);

	if (m->done[at] || !g->columns_n)
		return;
	m->done[at] = true;
	for (size_t i = 0; i < g->using_n; i++) {
		struct gate_view v[GATES_MAX];
		size_t n = gate_views(m->a, m->p, g->using[i], v, COUNT(v));

		for (size_t k = 0; k < n; k++)
			read_one(m, v[k].table, v[k].grant);
	}
	m->t = t;
	m->g = g;
	if (lies(m, "placed"))
		m->places = (struct gate_places){
			m->layout, str_fmt(m->a, "r_" STR_FMT ".place", STR_ARG(t->name)), true};
	reading_views(m);
	m->places = (struct gate_places){0};
}

/* What lies everywhere, once more from its copy: beside rows that a machine alone has, no other
 * table can be asked. */
static void read_copy(struct making *m)
{
	if (!lies(m, "everywhere") || !m->g->columns_n)
		return;
	m->copy = true;
	m->places = (struct gate_places){.layout = m->layout};
	reading_views(m);
	m->places = (struct gate_places){0};
	m->copy = false;
}

/* ---- all of it ------------------------------------------------------------------------------ */
static void tables_close(struct making *m)
{
	for (size_t i = 0; i < m->p->tables_n; i++)
		out_fmt(&m->o,
			"alter table base.r_" STR_FMT " owner to \"" STR_FMT
			"_owner\", enable row level security, force row level security;\n",
			STR_ARG(m->p->tables[i].name), STR_ARG(m->roles));
}

static bool granted_somewhere(const struct policy *p, str purpose)
{
	for (size_t i = 0; i < p->tables_n; i++)
		if (policy_grant(&p->tables[i], purpose))
			return true;
	return false;
}

static void purposes_open(struct making *m)
{
	for (size_t i = 0; i < m->p->purposes_n; i++) {
		str u = m->p->purposes[i].name;

		if (!granted_somewhere(m->p, u))
			continue;
		out_fmt(&m->o,
			"drop schema if exists \"" STR_FMT "\" cascade;\ncreate schema \"" STR_FMT
			"\";\nrevoke all on schema \"" STR_FMT "\" from public;\n"
			"grant usage on schema \"" STR_FMT "\" to \"" STR_FMT "_app\";\n"
			"do $$ begin create role \"" STR_FMT "_for_" STR_FMT
			"\" nologin; exception when duplicate_object then null; end $$;\n"
			"revoke all on all tables in schema base from \"" STR_FMT "_for_" STR_FMT
			"\";\ngrant create on schema \"" STR_FMT "\" to \"" STR_FMT "_for_" STR_FMT
			"\";\n",
			STR_ARG(u), STR_ARG(u), STR_ARG(u), STR_ARG(u), STR_ARG(m->roles),
			STR_ARG(m->roles), STR_ARG(u), STR_ARG(m->roles), STR_ARG(u), STR_ARG(u),
			STR_ARG(m->roles), STR_ARG(u));
	}
}

/* The set of who is restricted is read by every policy that leaves them out. */
static void restricted_open(struct making *m)
{
	if (!policy_table(m->p, S("restricted")))
		return;
	out_lit(&m->o, "create policy \"who is restricted\" on base.r_restricted for select using "
		       "(true);\n");
	for (size_t i = 0; i < m->p->purposes_n; i++)
		if (granted_somewhere(m->p, m->p->purposes[i].name))
			out_fmt(&m->o,
				"grant select (id) on base.r_restricted to \"" STR_FMT
				"_for_" STR_FMT "\";\n",
				STR_ARG(m->roles), STR_ARG(m->p->purposes[i].name));
}

static void each_grant(struct making *m, void (*f)(struct making *))
{
	for (size_t i = 0; i < m->p->tables_n; i++)
		for (size_t k = 0; k < m->p->tables[i].grants_n; k++) {
			m->t = &m->p->tables[i];
			m->g = &m->t->grants[k];
			f(m);
		}
}

static void gates_open(struct making *m)
{
	for (size_t i = 0; i < m->g->using_n; i++)
		grant_of_gate(m, m->g->using[i]);
	if (m->g->check.n)
		grant_of_gate(m, m->g->check);
}

static str guards(struct making m)
{
	const struct policy *p = m.p;
	size_t grants = 0;

	for (size_t i = 0; i < p->tables_n; i++)
		grants += p->tables[i].grants_n;
	m.done = arena_array(m.a, bool, grants + 1);
	out_init(&m.o, m.a, 1 << 16, GUARDS_BYTES_MAX, NULL);
	out_lit(&m.o, "set local search_path = '';\n"
		      "do $$ declare p record; begin\n"
		      "for p in select policyname, tablename from pg_catalog.pg_policies where "
		      "schemaname = 'base' loop\n"
		      "execute pg_catalog.format('drop policy %I on base.%I', p.policyname, "
		      "p.tablename);\nend loop; end $$;\n");
	tables_close(&m);
	if (m.layout.n) /* the other machines see no views */
		out_lit(&m.o, "set local citus.enable_ddl_propagation = off;\n");
	purposes_open(&m);
	each_grant(&m, read_copy);
	for (size_t i = 0; i < p->tables_n; i++)
		for (size_t k = 0; k < p->tables[i].grants_n; k++)
			read_one(&m, &p->tables[i], &p->tables[i].grants[k]);
	each_grant(&m, writing_views);
	each_grant(&m, gates_open);
	each_grant(&m, base_rights);
	restricted_open(&m);
	return out_view(&m.o);
}

str policy_guards_pg(struct arena *a, const struct policy *p, str roles)
{
	return guards((struct making){.a = a, .p = p, .roles = roles});
}

str policy_guards_citus(struct arena *a, const struct policy *p, str roles, str layout)
{
	struct citus_guards c = citus_guards(a, p, roles, layout);
	str views = guards((struct making){.a = a, .p = p, .roles = roles, .layout = layout});

	return str_fmt(
		a, STR_FMT STR_FMT STR_FMT, STR_ARG(c.before), STR_ARG(views), STR_ARG(c.behind));
}

str policy_check_pg(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, const struct gate_places *places)
{
	return gate_check(a, p, t, g, GATE_PG_NEW, places);
}
