/* Access and portability as files: JSON, CSV, and the JSON Schema of what is taken along. */
#include "market/rights/access.h"

#include "market/catalogue/catalogue.h"
#include "market/rights/disclosed.h"

/* ---- what stands around the rows ------------------------------------------------------------- */

static void json_member(struct json *j, const char *key, str s)
{
	json_key(j, key);
	json_str(j, s);
}

static void json_next(struct json *j, const struct access_head *h)
{
	json_key(j, "next");
	if (h->data->next)
		json_int(j, h->data->next);
	else
		json_none(j);
}

static void opening(struct req *r, struct json *j, const struct access_head *h)
{
	json_member(j, "made_at", instant_iso(r->arena, h->at));
	json_member(j, "policy", hex_of(r->arena, h->policy->hash.b, sizeof h->policy->hash.b));
	json_key(j, "subject");
	json_id(j, h->want->subject);
}

static void controller(struct json *j, const struct policy_operator *c)
{
	json_key(j, "controller");
	json_open(j);
	json_member(j, "name", c->name);
	json_member(j, "email", c->email);
	json_member(j, "country", c->country);
	json_member(j, "data_protection_officer", c->dpo_email);
	json_member(j, "complain_to", c->authority);
	json_member(j, "complain_at", c->authority_link);
	json_close(j);
}

/* ---- tables: what the policy says of each field ---------------------------------------------- */

static bool reads(const struct policy_grant *g, str column)
{
	for (size_t i = 0; i < g->columns_n; i++)
		if (str_eq(g->columns[i], column))
			return true;
	return false;
}

static void field_uses(
	struct json *j, const struct policy *p, const struct policy_table *t, str column)
{
	json_key(j, "purposes");
	json_list(j);
	for (size_t i = 0; i < t->grants_n; i++)
		if (reads(&t->grants[i], column) && policy_purpose(p, t->grants[i].purpose))
			json_str(j, t->grants[i].purpose);
	json_end(j);
	json_key(j, "recipients");
	json_list(j);
	for (size_t i = 0; i < p->recipients_n; i++)
		if (access_receives(&p->recipients[i], t,
			    &(struct walk_value){.column = policy_column(t, column)}))
			json_str(j, p->recipients[i].name);
	json_end(j);
}

static void table_sources(struct json *j, const struct policy *p, const struct policy_table *t)
{
	static const struct {
		enum access_source bit;
		const char *name;
	} names[] = {{SOURCE_PEOPLE, "people who use the marketplace"},
		{SOURCE_STAFF, "the operator's staff"}, {SOURCE_PROGRAM, "made by the program"}};
	unsigned from = access_sources(p, t);

	json_key(j, "sources");
	json_list(j);
	for (size_t i = 0; i < COUNT(names); i++)
		if (from & names[i].bit)
			json_str(j, str_of(names[i].name));
	json_end(j);
}

static void table_json(struct json *j, const struct policy *p, const struct access_part *part)
{
	const struct policy_table *t = part->table;

	json_open(j);
	json_member(j, "table", t->name);
	json_member(j, "about", t->about);
	json_key(j, "rows");
	json_int(j, part->of);
	table_sources(j, p, t);
	json_key(j, "kept");
	json_list(j);
	for (size_t i = 0; i < t->keeps_n; i++) {
		json_open(j);
		json_member(j, "from", t->keeps[i].from);
		json_member(j, "for", t->keeps[i].duration);
		json_member(j, "because", t->keeps[i].because);
		json_close(j);
	}
	json_end(j);
	json_key(j, "fields");
	json_open(j);
	for (size_t i = 0; i < t->columns_n; i++) {
		json_key(j, str_dup(j->o->arena, t->columns[i].name).p);
		json_open(j);
		field_uses(j, p, t, t->columns[i].name);
		json_close(j);
	}
	json_close(j);
	json_close(j);
}

static void purposes_json(struct json *j, const struct policy *p)
{
	json_key(j, "purposes");
	json_open(j);
	for (size_t i = 0; i < p->purposes_n; i++) {
		json_key(j, str_dup(j->o->arena, p->purposes[i].name).p);
		json_open(j);
		json_member(j, "title", p->purposes[i].title);
		json_member(j, "why", p->purposes[i].why);
		json_member(j, "basis", p->purposes[i].basis);
		json_close(j);
	}
	json_close(j);
}

static void recipients_json(struct json *j, const struct policy *p)
{
	json_key(j, "recipients");
	json_open(j);
	for (size_t i = 0; i < p->recipients_n; i++) {
		const struct policy_recipient *x = &p->recipients[i];

		json_key(j, str_dup(j->o->arena, x->name).p);
		json_open(j);
		json_member(j, "name", x->title);
		json_member(j, "does", x->does);
		json_member(j, "role", x->role);
		json_key(j, "countries");
		json_list(j);
		for (size_t k = 0; k < x->countries_n; k++)
			json_str(j, x->countries[k]);
		json_end(j);
		json_close(j);
	}
	json_close(j);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void value_json(struct json *j, const struct policy *p, const struct policy_table *t,
	const struct access_row *row, const struct walk_value *v)
{
	if (v->kind == WALK_NULL)
		json_none(j);
	else if (access_withheld(t, v->column->name))
		json_str(j, S("(kept, not handed out)"));
	else if (v->kind == WALK_INT && v->column->type.kind == TYPE_BOOL)
		json_bool(j, v->i);
	else if (v->kind == WALK_INT &&
		 (v->column->type.kind == TYPE_INT || v->column->type.kind == TYPE_MONEY ||
			 v->column->type.kind == TYPE_PRICE))
		json_int(j, v->i);
	else
		json_str(j, access_value(j->o->arena, p, row, v));
}

/* Fields of a sealed group stand in an object of its name. */
static void values_json(struct json *j, const struct policy *p, const struct policy_table *t,
	const struct access_row *row)
{
	const struct walk_value *group = NULL;

	for (size_t i = 0; i < row->n; i++) {
		const struct walk_value *v = &row->v[i];
		bool goes_on = group && v->field && v->column == group->column;
		str elsewhere = access_elsewhere(j->o->arena, t, row, v);

		if (v->kind == WALK_REDACTED && !elsewhere.p)
			continue;
		if (group && !goes_on)
			json_close(j);
		if (v->field && !goes_on) {
			json_key(j, str_dup(j->o->arena, v->column->name).p);
			json_open(j);
		}
		group = v->field ? v : NULL;
		json_key(j, str_dup(j->o->arena, v->field ? v->field->name : v->column->name).p);
		if (elsewhere.p)
			json_str(j, elsewhere);
		else
			value_json(j, p, t, row, v);
	}
	if (group)
		json_close(j);
}

static void row_json(struct json *j, const struct policy *p, const struct policy_table *t,
	const struct access_row *row)
{
	json_open(j);
	json_key(j, "shared");
	json_bool(j, row->own->access);
	json_key(j, "left_out");
	json_list(j);
	for (size_t i = 0; i < row->n; i++)
		if (row->v[i].kind == WALK_REDACTED &&
			!access_elsewhere(j->o->arena, t, row, &row->v[i]).p)
			json_str(j, row->v[i].column->name);
	json_end(j);
	json_key(j, "values");
	json_open(j);
	values_json(j, p, t, row);
	json_close(j);
	json_close(j);
}

/* ---- who was given it, what was chosen, what was said ---------------------------------------- */

static void given_json(struct req *r, struct json *j, const struct policy *p)
{
	struct disclosure_id before = {INT64_MAX};
	size_t n = 0;

	json_key(j, "given_to");
	json_list(j);
	for (;;) {
		struct disclosed_own_rows v = disclosed_own(r->db, before);

		for (size_t i = 0; i < v.n; i++) {
			const struct disclosed_own_row *d = &v.v[i];

			json_open(j);
			json_member(j, "recipient", disclosed_recipient(r->out, p, d->recipient));
			json_member(j, "addressee", d->content.addressee);
			json_member(j, "at", instant_iso(r->arena, d->at));
			json_member(j, "purpose", d->purpose);
			json_member(j, "fields", d->fields);
			json_member(j, "country", d->country);
			json_member(j, "instrument", d->instrument);
			json_close(j);
		}
		n += v.n;
		if (!v.n || n >= ACCESS_DISCLOSURES_MAX)
			break;
		before = v.v[v.n - 1].id;
	}
	json_end(j);
}

static void words_json(struct req *r, struct json *j, struct notice_text_id notice)
{
	struct access_words_row w;

	if (!access_words(r->db, notice, &w))
		return;
	json_member(j, "words", w.about);
	json_member(j, "language", w.language);
	json_member(j, "digest", hex_of(r->arena, (const uint8_t *)w.digest.p, w.digest.n));
}

static void choices_json(struct req *r, struct json *j)
{
	struct choice_events_rows v = choice_events(
		r->db, (struct person_id){r->viewer.person}, (struct consent_event_id){INT64_MAX});
	struct served_mine_rows s = served_mine(r->db);

	json_key(j, "choices");
	json_list(j);
	for (size_t i = 0; i < v.n; i++) {
		json_open(j);
		json_member(j, "purpose", v.v[i].purpose);
		json_member(j, "state", str_of(consent_state_name((int)v.v[i].state).p));
		json_member(j, "at", instant_iso(r->arena, v.v[i].at));
		words_json(r, j, v.v[i].notice_id);
		json_close(j);
	}
	json_end(j);
	json_key(j, "notices");
	json_list(j);
	for (size_t i = 0; i < s.n; i++) {
		json_open(j);
		json_member(j, "form", s.v[i].form);
		json_member(j, "at", instant_iso(r->arena, s.v[i].at));
		words_json(r, j, s.v[i].notice_id);
		json_close(j);
	}
	json_end(j);
}

void access_json(struct req *r, const struct access_head *h)
{
	struct json j = json_to(r->out);
	const struct access_data *d = h->data;

	answer_type(r, "application/json");
	json_open(&j);
	opening(r, &j, h);
	controller(&j, &h->controller);
	json_next(&j, h);
	json_key(&j, "tables");
	json_list(&j);
	for (size_t i = 0; i < d->n; i++)
		table_json(&j, h->policy, &d->v[i]);
	json_end(&j);
	json_key(&j, "rows");
	json_open(&j);
	for (size_t i = 0; i < d->n; i++) {
		json_key(&j, str_dup(r->arena, d->v[i].table->name).p);
		json_list(&j);
		for (size_t k = 0; k < d->v[i].n; k++)
			row_json(&j, h->policy, d->v[i].table, &d->v[i].v[k]);
		json_end(&j);
	}
	json_close(&j);
	if (h->want->subject == r->viewer.person) {
		given_json(r, &j, h->policy);
		choices_json(r, &j);
	}
	purposes_json(&j, h->policy);
	recipients_json(&j, h->policy);
	json_close(&j);
}

/* ---- CSV: one line for each value ------------------------------------------------------------ */

static void csv_line(struct out *o, const struct policy_table *t, const struct access_row *row,
	str field, str value)
{
	csv_field(o, t->name);
	out_char(o, ',');
	csv_field(o, id_text(o->arena, row->id));
	out_char(o, ',');
	out_str(o, row->own->access ? S("shared,") : S("own,"));
	csv_field(o, field);
	out_char(o, ',');
	csv_field(o, value);
	out_lit(o, "\r\n");
}

void access_csv(struct req *r, const struct access_head *h)
{
	struct out *o = r->out;
	const struct access_data *d = h->data;

	out_lit(o, "table,row,whose,field,value\r\n");
	for (size_t i = 0; i < d->n; i++)
		for (size_t k = 0; k < d->v[i].n; k++) {
			const struct access_row *row = &d->v[i].v[k];

			for (size_t f = 0; f < row->n; f++) {
				const struct walk_value *v = &row->v[f];
				str file = access_elsewhere(r->arena, d->v[i].table, row, v);
				str value = file.p		       ? file
					    : v->kind == WALK_REDACTED ? S("(about somebody else)")
					    : access_withheld(d->v[i].table, v->column->name)
						    ? S("(kept, not handed out)")
						    : access_value(r->arena, h->policy, row, v);

				csv_line(o, d->v[i].table, row, access_column(r->arena, v), value);
			}
		}
	if (d->next)
		out_fmt(o, "next,,,from,%lld\r\n", (long long)d->next);
}

/* ---- to be taken along ----------------------------------------------------------------------- */

void portable_json(struct req *r, const struct access_head *h)
{
	struct json j = json_to(r->out);
	const struct access_data *d = h->data;

	answer_type(r, "application/json");
	json_open(&j);
	json_member(&j, "schema", S(ACCESS_SCHEMA_PATH));
	opening(r, &j, h);
	json_next(&j, h);
	json_key(&j, "tables");
	json_open(&j);
	for (size_t i = 0; i < d->n; i++) {
		if (!d->v[i].n)
			continue;
		json_key(&j, str_dup(r->arena, d->v[i].table->name).p);
		json_list(&j);
		for (size_t k = 0; k < d->v[i].n; k++) {
			json_open(&j);
			values_json(&j, h->policy, d->v[i].table, &d->v[i].v[k]);
			json_close(&j);
		}
		json_end(&j);
	}
	json_close(&j);
	json_close(&j);
}

static void type_is(struct json *j, const char *type, bool null)
{
	json_key(j, "type");
	if (!null) {
		json_str(j, str_of(type));
		return;
	}
	json_list(j);
	json_str(j, str_of(type));
	json_str(j, S("null"));
	json_end(j);
}

static void enum_is(struct json *j, const struct policy *p, const struct policy_column *k)
{
	const struct policy_enum *e = policy_enum(p, k->type.name);

	json_key(j, "enum");
	json_list(j);
	for (size_t i = 0; e && i < e->n; i++)
		json_str(j, e->values[i]);
	if (k->null)
		json_none(j);
	json_end(j);
}

static void group_is(struct json *j, const struct policy_group *g)
{
	type_is(j, "object", false);
	json_key(j, "properties");
	json_open(j);
	for (size_t i = 0; i < g->n; i++) {
		json_key(j, str_dup(j->o->arena, g->fields[i].name).p);
		json_open(j);
		type_is(j, "string", true);
		json_member(j, "$comment", g->fields[i].dpv);
		json_close(j);
	}
	json_close(j);
	json_key(j, "additionalProperties");
	json_bool(j, false);
}

static void column_is(struct json *j, const struct policy *p, const struct policy_table *t,
	const struct policy_column *k)
{
	json_key(j, str_dup(j->o->arena, k->name).p);
	json_open(j);
	switch (k->type.kind) {
	case TYPE_SEALED: group_is(j, policy_group(t, k->name)); break;
	case TYPE_ENUM: enum_is(j, p, k); break;
	case TYPE_BOOL: type_is(j, "boolean", k->null); break;
	case TYPE_INT:
	case TYPE_MONEY: /* in minor units of the row's currency */
	case TYPE_PRICE: /* in millionths of it */ type_is(j, "integer", k->null); break;
	case TYPE_TIME:
		type_is(j, "string", k->null);
		json_member(j, "format", S("date-time"));
		break;
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_ID:
	case TYPE_BLIND: type_is(j, "string", k->null); break;
	}
	if (k->dpv.n)
		json_member(j, "$comment", k->dpv);
	json_close(j);
}

static bool table_portable(const struct policy *p, const struct policy_table *t)
{
	bool owned = false;

	for (size_t i = 0; i < t->owns_n; i++)
		owned |= !t->owns[i].access;
	for (size_t i = 0; owned && i < t->columns_n; i++)
		if (!str_eq(t->columns[i].name, S("id")) &&
			access_provided(p, t, t->columns[i].name))
			return true;
	return false;
}

static void table_is(struct json *j, const struct policy *p, const struct policy_table *t)
{
	json_key(j, str_dup(j->o->arena, t->name).p);
	json_open(j);
	json_member(j, "description", t->about);
	type_is(j, "array", false);
	json_key(j, "items");
	json_open(j);
	type_is(j, "object", false);
	json_key(j, "properties");
	json_open(j);
	for (size_t i = 0; i < t->columns_n; i++)
		if (access_provided(p, t, t->columns[i].name))
			column_is(j, p, t, &t->columns[i]);
	json_close(j);
	json_key(j, "additionalProperties");
	json_bool(j, false);
	json_close(j);
	json_close(j);
}

static void string_is(struct json *j, const char *key, const char *more, str value)
{
	json_key(j, key);
	json_open(j);
	type_is(j, "string", false);
	if (more)
		json_member(j, more, value);
	json_close(j);
}

static void head_is(struct json *j)
{
	static const char *const needed[] = {
		"schema", "made_at", "policy", "subject", "next", "tables"};

	json_member(j, "$schema", S("https://json-schema.org/draft/2020-12/schema"));
	json_member(j, "$id", S(ACCESS_SCHEMA_PATH));
	json_member(j, "title", S("What a person gave to a Kontor marketplace, to be taken along"));
	type_is(j, "object", false);
	json_key(j, "required");
	json_list(j);
	for (size_t i = 0; i < COUNT(needed); i++)
		json_str(j, str_of(needed[i]));
	json_end(j);
	json_key(j, "additionalProperties");
	json_bool(j, false);
}

void portable_schema(struct out *o, const struct policy *p)
{
	struct json j = json_to(o);

	json_open(&j);
	head_is(&j);
	json_key(&j, "properties");
	json_open(&j);
	string_is(&j, "schema", "const", S(ACCESS_SCHEMA_PATH));
	string_is(&j, "made_at", "format", S("date-time"));
	string_is(&j, "policy", "pattern", S("^[0-9a-f]{64}$"));
	string_is(&j, "subject", NULL, S(""));
	json_key(&j, "next");
	json_open(&j);
	type_is(&j, "integer", true);
	json_close(&j);
	json_key(&j, "tables");
	json_open(&j);
	type_is(&j, "object", false);
	json_key(&j, "additionalProperties");
	json_bool(&j, false);
	json_key(&j, "properties");
	json_open(&j);
	for (size_t i = 0; i < p->tables_n; i++)
		if (table_portable(p, &p->tables[i]))
			table_is(&j, p, &p->tables[i]);
	json_close(&j);
	json_close(&j);
	json_close(&j);
	json_close(&j);
}
