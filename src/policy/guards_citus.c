/* Guards where several database machines share the rows (Citus; doc/scale.md, decision 259).
 *
 * What lies on the coordinator alone is guarded as everywhere (guards_pg.c). Of a placed table, and
 * of the copies of what lies everywhere, the other machines see nothing of views and their owners:
 * what comes there comes with the rights of who logged in. So these may use the tables, and row
 * policies ask for the purpose that the transaction says. A row policy there asks no other table;
 * that stays with the view and with the statement's text. */
#include "../base/out.h"
#include "read.h"

struct making {
	struct arena *a;
	const struct policy *p;
	str roles, layout;
	struct out o;
	const struct policy_table *t;
};

static bool lies(const struct making *m, const char *kind)
{
	return policy_lies(m->layout, m->t->name, kind);
}

/* Whose a row is, as far as the row says it. */
static str condition(struct making *m, const struct policy_grant *g, bool new)
{
	struct gate_places places = {.layout = m->layout};
	str s = {0};

	if (new)
		s = gate_check(m->a, m->p, m->t, g, GATE_PG_ALONE, &places);
	for (size_t i = 0; !new &&i < g->using_n; i++)
		s = str_fmt(m->a, STR_FMT "%s(" STR_FMT ")", STR_ARG(s), i ? " or " : "",
			STR_ARG(gate_sql_pg(
				m->a, m->p, m->t, g->using[i], GATE_PG_ALONE, &places)));
	if (!s.n)
		s = S("true");
	if (!new && g->consent.n)
		s = str_fmt(m->a, "(" STR_FMT ") and (mask & %lld) <> 0", STR_ARG(s),
			(long long)(INT64_C(1) << policy_purpose(m->p, g->consent)->bit));
	return s;
}

enum right { READ, CHANGE, REMOVE, ADD, RIGHTS };
static const char *const words[RIGHTS] = {"select", "update", "delete", "insert"};

static bool gives(const struct policy_grant *g, enum right right)
{
	switch (right) {
	case READ: return g->columns_n || g->update_n || g->may_delete;
	case CHANGE: return g->update_n;
	case REMOVE: return g->may_delete;
	case ADD: return g->insert_n;
	case RIGHTS: break;
	}
	return false;
}

/* What is published is seen beside any other purpose. */
static str published(struct making *m, enum right right)
{
	const struct policy_grant *g = policy_grant(m->t, S("public"));

	return g && gives(g, right) ? condition(m, g, right == ADD) : S("false");
}

/* A policy for all purposes that give the right, and the right itself. */
static void put_policy(struct making *m, enum right right, char prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < m->t->grants_n; i++)
		n += gives(&m->t->grants[i], right);
	if (!n)
		return;
	out_fmt(&m->o,
		"grant %s on base.%c_" STR_FMT " to \"" STR_FMT "_app\";\n"
		"create policy \"purposes %s\" on base.%c_" STR_FMT " for %s to \"" STR_FMT
		"_app\", \"" STR_FMT "_house\" %s ((" STR_FMT ") or case kontor.purpose()",
		words[right], prefix, STR_ARG(m->t->name), STR_ARG(m->roles), words[right], prefix,
		STR_ARG(m->t->name), words[right], STR_ARG(m->roles), STR_ARG(m->roles),
		right == ADD ? "with check" : "using", STR_ARG(published(m, right)));
	for (size_t i = 0; i < m->t->grants_n; i++)
		if (gives(&m->t->grants[i], right))
			out_fmt(&m->o, " when '" STR_FMT "' then (" STR_FMT ")",
				STR_ARG(m->t->grants[i].purpose),
				STR_ARG(condition(m, &m->t->grants[i], right == ADD)));
	out_lit(&m->o, " else false end);\n");
}

/* The owners of views are asked on the coordinator, when a statement is planned, and nothing else
 * looks like them. */
static void put_owners(struct making *m, char prefix)
{
	struct out to;

	out_init(&to, m->a, 400, 1 << 14, NULL);
	for (size_t i = 0; i < m->t->grants_n; i++)
		out_fmt(&to, "%s\"" STR_FMT "_for_" STR_FMT "\"", i ? ", " : "", STR_ARG(m->roles),
			STR_ARG(m->t->grants[i].purpose));
	if (!m->t->grants_n)
		return;
	out_fmt(&m->o,
		"grant select on base.%c_" STR_FMT " to " STR_FMT
		";\ncreate policy \"owners of views\" on base.%c_" STR_FMT " for select to " STR_FMT
		" using (true);\n",
		prefix, STR_ARG(m->t->name), STR_ARG(out_view(&to)), prefix, STR_ARG(m->t->name),
		STR_ARG(out_view(&to)));
}

static void put_house(struct making *m, char prefix, const char *condition)
{
	out_fmt(&m->o,
		"create policy \"house\" on base.%c_" STR_FMT " for all to \"" STR_FMT
		"_house\" using (%s);\n",
		prefix, STR_ARG(m->t->name), STR_ARG(m->roles), condition);
}

static void put_close(struct making *m, char prefix)
{
	out_fmt(&m->o,
		"alter table base.%c_" STR_FMT " owner to \"" STR_FMT
		"_owner\", enable row level security, force row level security;\n",
		prefix, STR_ARG(m->t->name), STR_ARG(m->roles));
}

/* Who is restricted is asked beside every gate, whatever the purpose. */
static void put_restricted(struct making *m)
{
	put_close(m, 'e');
	put_house(m, 'e', "true");
	out_fmt(&m->o,
		"create policy \"who is restricted\" on base.e_restricted for select using "
		"(true);\ngrant select on base.e_restricted to \"" STR_FMT "_app\"",
		STR_ARG(m->roles));
	for (size_t i = 0; i < m->p->purposes_n; i++)
		out_fmt(&m->o, ", \"" STR_FMT "_for_" STR_FMT "\"", STR_ARG(m->roles),
			STR_ARG(m->p->purposes[i].name));
	out_lit(&m->o, ";\n");
}

/* Read beside placed rows in one statement: Citus then reads it as whoever logged in. */
static bool beside(const struct making *m)
{
	return str_eq(m->t->name, S("basket_line"));
}

static void put_table(struct making *m)
{
	if (lies(m, "placed")) {
		for (enum right r = READ; r < RIGHTS; r++)
			put_policy(m, r, 'r');
		put_owners(m, 'r');
		put_house(m, 'r', "kontor.purpose() = 'house'");
		return;
	}
	put_house(m, 'r', "true");
	if (beside(m))
		put_policy(m, READ, 'r');
	if (!lies(m, "everywhere"))
		return;
	if (str_eq(m->t->name, S("restricted"))) {
		put_restricted(m);
		return;
	}
	put_close(m, 'e');
	put_policy(m, READ, 'e');
	put_owners(m, 'e');
	put_house(m, 'e', "true");
}

struct citus_guards citus_guards(struct arena *a, const struct policy *p, str roles, str layout)
{
	struct making m = {.a = a, .p = p, .roles = roles, .layout = layout};
	struct citus_guards c;

	out_init(&m.o, a, 1 << 14, 1 << 22, NULL);
	out_lit(&m.o, "set local citus.multi_shard_modify_mode = 'sequential';\n");
	for (size_t i = 0; i < p->purposes_n; i++)
		out_fmt(&m.o,
			"do $$ begin create role \"" STR_FMT "_for_" STR_FMT
			"\" nologin; exception when duplicate_object then null; end $$;\n",
			STR_ARG(roles), STR_ARG(p->purposes[i].name));
	c.before = str_dup(a, out_view(&m.o));
	out_init(&m.o, a, 1 << 16, 1 << 24, NULL);
	out_lit(&m.o, "set local citus.enable_ddl_propagation = on;\n");
	out_fmt(&m.o, "grant usage on schema base to \"" STR_FMT "_app\", \"" STR_FMT "_house\";\n",
		STR_ARG(roles), STR_ARG(roles));
	for (size_t i = 0; i < p->tables_n; i++) {
		m.t = &p->tables[i];
		put_table(&m);
	}
	c.behind = out_view(&m.o);
	return c;
}
