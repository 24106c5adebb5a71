/* What the policy says of one purpose, gathered for people. */
#include "market/rights/choice.h"

#include "market/plain.h"

/* A message by its key; `otherwise` when there is none. */
static struct text worded(struct arena *a, const char *prefix, str name, struct text otherwise)
{
	int msg = msg_of(str_fmt(a, "%s" STR_FMT, prefix, STR_ARG(str_lower(a, name))));

	return msg ? (struct text){.msg = msg} : otherwise;
}

struct text choice_title_of(struct arena *a, str purpose)
{
	return worded(a, "choice.title.", purpose, AS_TEXT(purpose));
}

static void data_add(struct arena *a, struct purpose_facts *f, str dpv)
{
	str rest = dpv;

	(void)str_cut(&rest, ':');
	struct text t = worded(a, "data.", rest, AS_TEXT(rest));

	for (size_t i = 0; i < f->data_n; i++)
		if (f->data[i].msg == t.msg && str_eq(f->data[i].arg[0].s, t.arg[0].s))
			return;
	if (f->data_n < CHOICE_LIST_MAX)
		f->data[f->data_n++] = t;
}

static void column_add(
	struct arena *a, struct purpose_facts *f, const struct policy_table *t, str name)
{
	const struct policy_column *k = policy_column(t, name);
	const struct policy_group *g =
		k && k->type.kind == TYPE_SEALED ? policy_group(t, name) : NULL;

	if (k && k->dpv.n)
		data_add(a, f, k->dpv);
	for (size_t i = 0; g && i < g->n; i++)
		data_add(a, f, g->fields[i].dpv);
}

static void table_add(struct arena *a, struct purpose_facts *f, const struct policy_table *t)
{
	const struct policy_grant *g = policy_grant(t, f->u->name);
	size_t before = f->data_n;

	if (!g)
		return;
	f->used = true;
	for (size_t i = 0; i < g->columns_n; i++)
		column_add(a, f, t, g->columns[i]);
	if (f->data_n == before || !t->keeps_n || f->keeps_n == CHOICE_LIST_MAX)
		return;
	f->keep_of[f->keeps_n] = t;
	f->keeps[f->keeps_n++] = &t->keeps[0];
}

void purpose_facts(struct arena *a, const struct policy *p, const struct policy_purpose *u,
	struct purpose_facts *f)
{
	*f = (struct purpose_facts){.u = u, .basis = plain_basis(u->basis)};
	f->title = choice_title_of(a, u->name);
	f->why = worded(a, "choice.why.", u->name, AS_TEXT(u->why));
	f->without = worded(a, "choice.without.", u->name, text_none());
	for (size_t i = 0; i < p->tables_n; i++)
		table_add(a, f, &p->tables[i]);
	for (size_t i = 0; i < p->recipients_n; i++)
		for (size_t k = 0; k < p->recipients[i].purposes_n; k++)
			if (str_eq(p->recipients[i].purposes[k], u->name) &&
				f->recipients_n < CHOICE_LIST_MAX)
				f->recipients[f->recipients_n++] = p->recipients[i].title;
}

static str text_str(struct arena *a, const struct locale *l, struct text t)
{
	struct out o;

	out_init(&o, a, 64, CHOICE_TEXT_BYTES_MAX, l);
	out_text_plain(&o, t);
	return out_view(&o);
}

static void line(struct out *o, struct text t)
{
	out_text_plain(o, t);
	out_char(o, '\n');
}

/* Without a promise beyond the model: data, recipients and periods are those that the program obeys
 * at this moment. */
str purpose_words(struct arena *a, const struct locale *l, const struct purpose_facts *f)
{
	struct out o;

	out_init(&o, a, 1024, CHOICE_TEXT_BYTES_MAX, l);
	line(&o, f->title);
	line(&o, f->why);
	line(&o, f->basis);
	out_text_plain(&o, TEXT(choice_data));
	for (size_t i = 0; i < f->data_n; i++) {
		out_str(&o, i ? S(", ") : S(": "));
		out_text_plain(&o, f->data[i]);
	}
	out_char(&o, '\n');
	out_text_plain(&o, TEXT(choice_recipients));
	out_lit(&o, ": ");
	for (size_t i = 0; i < f->recipients_n; i++) {
		out_str(&o, i ? S(", ") : S(""));
		out_str(&o, f->recipients[i]);
	}
	if (!f->recipients_n)
		out_text_plain(&o, TEXT(choice_nobody));
	out_char(&o, '\n');
	for (size_t i = 0; i < f->keeps_n; i++)
		line(&o, TEXT(choice_kept_line, f->keep_of[i]->about,
				 text_str(a, l, plain_duration(f->keeps[i]->duration)),
				 f->keeps[i]->because));
	if (text_is(f->without))
		line(&o, f->without);
	line(&o, choice_kind(f->u) == CHOICE_CONSENT ? TEXT(choice_withdraw_any_time)
						     : TEXT(choice_object_any_time));
	return out_view(&o);
}
