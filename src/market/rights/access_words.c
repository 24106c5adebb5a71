/* What stored values are called on pages, in the reader's language. Files (JSON, CSV) keep the
 * names of the policy, for programs. */
#include "market/rights/access.h"

#include "market/order/order.h"
#include "market/plain.h"
#include "market/quote/quote.h"
#include "market/rights/disclosed.h"
#include "market/rights/handover.h"
#include "market/rights/hold.h"
#include "market/rights/petition.h"
#include "market/rights/privacy.h"
#include "market/words.h"

static struct text hold_text(int state)
{
	return hold_state_text((enum legal_hold_state)state);
}

/* Enums that have words already: from a function, or under keys that end in the value. */
static const struct {
	const char *name;
	struct text (*text)(int value);
	const char *keys;
} known[] = {
	{"access_form", access_form_text, NULL},
	{"aggregate_report", NULL, "aggregate."},
	{"aggregate_state", NULL, "aggregate."},
	{"company_happening", NULL, "member.event_"},
	{"company_size", NULL, "member.size_"},
	{"company_state", NULL, "member.state_"},
	{"consent_method", choice_method_text, NULL},
	{"consent_state", choice_state_text, NULL},
	{"document_kind", NULL, "product.kind_"},
	{"handover_ground", handover_ground_text, NULL},
	{"handover_happening", handover_event_text, NULL},
	{"handover_state", handover_state_text, NULL},
	{"hook_event", NULL, "disclosed."},
	{"import_state", NULL, "upload."},
	{"incoterm", NULL, "incoterm."},
	{"industry", NULL, "member.industry_"},
	{"legal_hold_state", hold_text, NULL},
	{"licence_kind", NULL, "licence.kind_"},
	{"offer_state", NULL, "offer.state."},
	{"order_happening", order_event_text, NULL},
	{"order_state", order_state_text, NULL},
	{"petition_happening", petition_happening_text, NULL},
	{"petition_kind", petition_kind_text, NULL},
	{"petition_refusal", petition_refusal_text, NULL},
	{"petition_state", petition_state_text, NULL},
	{"petition_via", petition_via_text, NULL},
	{"quote_happening", quote_event_text, NULL},
	{"quote_state", quote_state_text, NULL},
	{"unit", NULL, "unit."},
	{"version_class", NULL, "privacy.change."},
};

static struct text keyed(struct arena *a, const char *keys, str value)
{
	str key = str_fmt(a, "%s" STR_FMT, keys, STR_ARG(value));

	for (char *c = (char *)(uintptr_t)key.p; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	/* units count: "one piece" */
	return (struct text){.msg = msg_of(key), .arg = {arg_int(1)}};
}

struct text access_enum_text(struct arena *a, const struct policy_enum *e, int64_t value)
{
	if (value < 1 || (size_t)value > e->n)
		return text_none();
	for (size_t i = 0; i < COUNT(known); i++)
		if (str_eq(e->name, str_of(known[i].name)))
			return known[i].text ? known[i].text((int)value)
					     : keyed(a, known[i].keys, e->values[value - 1]);
	return keyed(a, str_fmt(a, "enum." STR_FMT ".", STR_ARG(e->name)).p, e->values[value - 1]);
}

struct text access_role_text(struct arena *a, str role)
{
	struct text t = keyed(a, "member.role_", role);

	return t.msg ? t : keyed(a, "enum.role.", role);
}

/* A set of roles, or of the uses that somebody's choices allow: its members, as many as fit. */
static size_t set_texts(struct arena *a, const struct policy *p, const struct walk_value *v,
	struct text *to, size_t most)
{
	str name = v->column->name;
	size_t n = 0;

	if (str_eq(name, S("roles")) || str_eq(name, S("staff")))
		for (size_t i = 0; i < p->roles_n && n < most; i++)
			if ((uint64_t)v->i >> p->roles[i].bit & 1)
				to[n++] = access_role_text(a, p->roles[i].name);
	if (str_eq(name, S("mask")))
		for (size_t i = 0; i < p->purposes_n && n < most; i++)
			if ((uint64_t)v->i >> p->purposes[i].bit & 1)
				to[n++] = choice_title_of(a, p->purposes[i].name);
	return n;
}

/* ---- names of the policy, which are stored as text ---- */

struct text access_kind_text(struct arena *a, str kind)
{
	static const struct {
		const char *kind;
		int text;
	} others[] = {{"subject.rectified", MSG_disclosed_rectified},
		{"subject.erased", MSG_disclosed_erased},
		{"subject.restricted", MSG_disclosed_restricted},
		{"subject.unrestricted", MSG_disclosed_unrestricted},
		{"request.status", MSG_disclosed_status}, {"visits", MSG_access_kind_visits},
		{"report", MSG_access_kind_report}, {"order", MSG_access_kind_order}};

	for (size_t i = 0; i < COUNT(others); i++)
		if (str_eq(kind, str_of(others[i].kind)))
			return (struct text){.msg = others[i].text};
	return mail_text(a, kind);
}

struct text access_instrument_text(struct out *o, const struct policy *p, str name)
{
	for (size_t i = 0; i < p->transfers_n; i++)
		if (str_eq(p->transfers[i].name, name))
			return privacy_footing(o, &p->transfers[i]);
	return text_none();
}

/* "DE", or "eea/DE": as which region's somebody was judged, and of which country. */
static struct text country_text(str code)
{
	size_t at = str_find(code, S("/"));

	return country_name(at == (size_t)-1 ? code : str_sub(code, at + 1, code.n));
}

static struct text language_text(struct arena *a, str tag)
{
	const struct locale *l = locale_of(tag);

	return tag.n && l && str_starts(str_of(l->tag), tag) ? AS_TEXT(plain_own_name(a, l))
							     : text_none();
}

/* Columns whose text is a name: in whichever table they stand. */
static struct text named_text(struct out *o, const struct policy *p, str column, str s)
{
	static const char *const countries_[] = {
		"country", "ship_country", "ships_from", "origin", "region"};

	for (size_t i = 0; i < COUNT(countries_); i++)
		if (str_eq(column, str_of(countries_[i])))
			return country_text(s);
	if (str_eq(column, S("purpose")) && policy_purpose(p, s))
		return choice_title_of(o->arena, s);
	if (str_eq(column, S("recipient")))
		return AS_TEXT(disclosed_recipient(o, p, s));
	if (str_eq(column, S("basis")))
		return plain_basis(s);
	if (str_eq(column, S("kind")))
		return access_kind_text(o->arena, s);
	if (str_eq(column, S("instrument")))
		return access_instrument_text(o, p, s);
	if (str_eq(column, S("locale")) || str_eq(column, S("language")))
		return language_text(o->arena, s);
	if (str_eq(column, S("fields")) || str_eq(column, S("tables")))
		return AS_TEXT(access_fields_words(o, p, s));
	return text_none();
}

str access_fields_words(struct out *o, const struct policy *p, str fields)
{
	struct out said;

	out_init(&said, o->arena, 256, 64 << 10, o->locale);
	while (fields.n) {
		str one = str_cut(&fields, ' '), rest = one, name = str_cut(&rest, '.');
		const struct policy_table *t = policy_table(p, name);
		str column = str_cut(&rest, '.');
		struct walk_value v = {.column = t && column.n ? policy_column(t, column) : NULL};

		if (!one.n)
			continue;
		out_str(&said, said.n ? S("; ") : S(""));
		if (v.column)
			out_text_plain(&said, access_label(o->arena, &v));
		else
			out_str(&said,
				t ? privacy_say(o, p, "table", t->name, "about", t->about) : one);
	}
	return out_view(&said);
}

size_t access_texts(struct out *o, const struct policy *p, const struct walk_value *v,
	struct text *to, size_t most)
{
	const struct type *t = &v->column->type;
	const struct policy_enum *e;

	if (v->kind == WALK_TEXT && !v->field) {
		to[0] = named_text(o, p, v->column->name, v->s);
		return text_is(to[0]);
	}
	if (v->kind != WALK_INT)
		return 0;
	if (t->kind == TYPE_INT)
		return set_texts(o->arena, p, v, to, most);
	e = t->kind == TYPE_ENUM ? policy_enum(p, t->name) : NULL;
	to[0] = e ? access_enum_text(o->arena, e, v->i) : text_none();
	return to[0].msg != 0;
}
