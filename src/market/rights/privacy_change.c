/* What a change of the policy is about, in the reader's words: the name of the thing, and what its
 * value was and is. Facts are paths and values (policy/facts.c). */
#include "market/rights/cookies.h"
#include "market/rights/privacy.h"

enum { WORDS_BYTES_MAX = 16 << 10, PARTS_MAX = 4 };

static str said(struct out *o, struct text t)
{
	struct out line;

	out_init(&line, o->arena, 128, WORDS_BYTES_MAX, o->locale);
	out_text_plain(&line, t);
	return out_view(&line);
}

/* What the policy no longer has is called as it was spelt: "old_partner" is "old partner". */
static str spelt(struct out *o, str name)
{
	char *p = arena_alloc(o->arena, 1, name.n + 1);

	for (size_t i = 0; i < name.n; i++)
		p[i] = name.p[i] == '_' ? ' ' : name.p[i];
	return (str){p, name.n};
}

static str cookie_named(struct out *o, const struct policy *p, str name)
{
	for (size_t i = 0; i < p->cookies_n; i++)
		if (str_eq(p->cookies[i].name, name))
			return said(o, TEXT(privacy_named_cookie, name,
					       privacy_say(o, p, "cookie", name, "why",
						       p->cookies[i].why)));
	return said(o, TEXT(privacy_named_old_cookie, name));
}

static str tag_named(struct out *o, const struct policy *p, str name)
{
	const struct policy_tag *t = policy_tag(p, name);

	return t ? said(o, TEXT(privacy_named_tag, said(o, cookies_kind(t->kind)),
				   privacy_say(o, p, "tag", name, "why", t->why)))
		 : spelt(o, name);
}

/* {NULL, 0}: there is none of that name any more. */
static str thing_named(struct out *o, const struct policy *p, str kind, str name)
{
	const struct policy_purpose *u = policy_purpose(p, name);
	const struct policy_recipient *r = policy_recipient(p, name);
	const struct policy_table *t = policy_table(p, name);
	const struct policy_transfer *x = policy_transfer(p, name);

	if (str_eq(kind, S("purpose")) && u)
		return privacy_say(o, p, "purpose", name, "title", u->title);
	if (str_eq(kind, S("recipient")) && r)
		return privacy_say(o, p, "recipient", name, "title", r->title);
	if (str_eq(kind, S("table")) && t)
		return privacy_say(o, p, "table", name, "about", t->about);
	if (str_eq(kind, S("transfer")) && x)
		return x->document.n ? x->document : said(o, privacy_footing(o, x));
	if (str_eq(kind, S("operator")))
		return said(o, TEXT(privacy_named_operator));
	if (str_eq(kind, S("mail"))) {
		int msg = msg_of(str_cat(o->arena, S("mail.kind."), name));

		return msg ? said(o, (struct text){.msg = msg}) : (str){NULL, 0};
	}
	for (size_t i = 0; i < p->interests_n && str_eq(kind, S("interest")); i++)
		if (str_eq(p->interests[i].name, name))
			return privacy_say(o, p, "interest", name, "title", p->interests[i].title);
	return (str){NULL, 0};
}

/* What of it: the country or purpose that a recipient got. */
static str detail(struct out *o, const struct policy *p, str key, str member)
{
	const struct policy_purpose *u = policy_purpose(p, member);

	if (str_eq(key, S("country")) && member.n)
		return said(o, privacy_country(member));
	if (str_eq(key, S("purpose")) && u)
		return privacy_say(o, p, "purpose", member, "title", u->title);
	return (str){NULL, 0};
}

str privacy_named(struct out *o, str path)
{
	const struct policy *p = privacy_model();
	str rest = path, kind = str_cut(&rest, '.'), name = str_cut(&rest, '.'),
	    key = str_cut(&rest, '.'), member = str_cut(&rest, '.'), thing, more;

	if (str_eq(kind, S("cookie")))
		return cookie_named(o, p, name);
	if (str_eq(kind, S("tag")))
		return tag_named(o, p, name);
	thing = thing_named(o, p, kind, name);
	if (!thing.n)
		thing = spelt(o, name.n ? name : path);
	more = detail(o, p, key, member);
	return more.n ? said(o, TEXT(privacy_named_of, thing, more)) : thing;
}

/* Written for people, in the policy's own words. */
static bool prose(str key)
{
	static const char *const keys[] = {"why", "title", "does", "about", "without", "test",
		"interest", "necessity", "balance", "because", "sends", "name", "email", "limits",
		"contract", "document", "importer", "assessment", "address", "legal_form",
		"dpo_name", "dpo_email", "authority", "law", "from", "until", "link", "opt_out",
		"required", NULL};

	for (const char *const *k = keys; *k; k++)
		if (str_eq(key, str_of(*k)))
			return true;
	return false;
}

static struct text number_said(str key, str value)
{
	int64_t n;

	if (!str_int(value, &n))
		return text_none();
	if (str_eq(key, S("max_age_s")))
		return privacy_age(n);
	if (str_eq(key, S("class")) && n >= COOKIE_ESSENTIAL && n <= COOKIE_MARKETING)
		return privacy_class((enum policy_cookie_class)n);
	return str_eq(key, S("age")) ? TEXT(privacy_years, n) : text_none();
}

struct text privacy_value(struct out *o, str path, str value)
{
	const struct policy *p = privacy_model();
	str rest = path, kind = str_cut(&rest, '.'), last = path;

	for (size_t at; (at = str_find(last, S("."))) != (size_t)-1;)
		last = str_sub(last, at + 1, last.n);
	if (!value.n)
		return text_none();
	if (str_eq(last, S("for")) || str_eq(last, S("renew")) || str_eq(last, S("most")))
		return plain_duration(value);
	if (str_eq(last, S("basis")))
		return plain_basis(value);
	if (str_eq(last, S("country")))
		return privacy_country(value);
	if (str_eq(last, S("role")) && str_eq(kind, S("recipient")))
		return privacy_role(value);
	if (str_eq(last, S("serves"))) {
		const struct policy_recipient *r = policy_recipient(p, value);

		return AS_TEXT(r ? privacy_say(o, p, "recipient", value, "title", r->title)
				 : spelt(o, value));
	}
	if (str_eq(kind, S("table")) && str_eq(last, S("from"))) /* the event that time runs from */
		return privacy_event(value);
	return prose(last) ? AS_TEXT(value) : number_said(last, value);
}
