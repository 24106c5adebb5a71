/* Changes of a policy and what each asks of people: one edit of the files at a time. */
#include "policy/policy.h"
#include "test/test.h"

static const char *const dpv_csv = "id,kind\ndpv:ServiceProvision,purpose\ndpv:Marketing,"
				   "purpose\ndpv:DirectMarketing,purpose\n"
				   "pd:Name,data\npd:EmailAddress,data\npd:Health,data\n";
static const char *const base =
	"ids: [person_id]\n"
	"roles:\n"
	"  buyer: {bit: 2, kind: member}\n"
	"  robot: {bit: 3, kind: principal}\n"
	"interests:\n"
	"  run: {title: Run, whose: controller, interest: i, necessity: n, balance: b, safeguards: "
	"[s], decided: 2026-03-01}\n"
	"purposes:\n"
	"  trade: {bit: 1, why: make orders, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: "
	"[buyer]}\n"
	"  count: {bit: 4, why: count, dpv: dpv:ServiceProvision, basis: A6-1-f, lia: run, roles: "
	"[buyer]}\n"
	"  news: {bit: 2, why: send news, dpv: dpv:DirectMarketing, basis: A6-1-a, without: none "
	"come, roles: [robot]}\n"
	"operator: {name: A, legal_form: f, address: [s], country: DE, email: e, imprint: i, "
	"dpo_name: d, dpo_email: e, authority: a}\n"
	"regions:\n"
	"  eea: {title: the EEA, law: GDPR, countries: [DE, FR]}\n"
	"  others: {title: others, law: GDPR}\n"
	"transfers:\n"
	"  any: {kind: derogation, article: A49-1-b, because: w, countries: any}\n"
	"recipients:\n"
	"  carrier: {title: C, does: d, category: logistics, role: controller, countries: [FR], "
	"instrument: any, purposes: [trade], fields: [person.name]}\n"
	"  mailer: {title: M, does: d, category: business_partners, link: l, role: controller, "
	"countries: "
	"[FR], instrument: any, purposes: [news], fields: [person.email]}\n"
	"  later: {title: L, does: d, category: payment, role: controller, link: l, countries: "
	"[FR], "
	"purposes: [trade], fields: all, planned: yes}\n"
	"cookies:\n"
	"  need: {why: w, party: first, class: essential, max_age: P1D}\n"
	"  nice: {why: w, party: first, class: personal, max_age: P1D}\n"
	"minors: {age: 18, attested: yes, guardian: yes, about: a}\n";
static const char *const person = "table: person\n"
				  "about: people\n"
				  "subject: id\n"
				  "columns: {id: person_id, mask: int, name: {type: sealed, null: "
				  "yes}, email: {type: sealed, "
				  "null: yes}, at: time}\n"
				  "groups:\n"
				  "  name: {fields: {name: pd:Name}}\n"
				  "  email: {fields: {email: pd:EmailAddress}}\n"
				  "purposes:\n"
				  "  trade: {read: [id, name], using: \"id = viewer_person()\"}\n"
				  "  news: {read: [id, email], consent: news}\n"
				  "keep: [{from: at, for: P1Y, because: tax, then: erase}]\n";

static struct policy_facts facts_of(const char *shared, const char *table)
{
	struct policy_errors e = {0};
	struct policy_source files[] = {{"shared.yaml", str_of(shared)},
		{"tables/person.yaml", str_of(table)}, {"terms.csv", str_of(dpv_csv)}};
	const struct policy *p = policy_read(test_arena, files, COUNT(files), &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return policy_facts(test_arena, p);
}

static const char *edited(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	return at ? str_fmt(test_arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)).p
		  : NULL;
}

/* One edit and the changes that come of it, as "class kind touched path". */
static const struct {
	const char *from, *to;
	enum policy_class class;
	enum policy_change_kind kind;
	enum policy_touched touched;
	const char *path, *waits;
} edits[] = {
	{"why: make orders", "why: make and carry out orders", CLASS_EDITORIAL, CHANGE_WORDS,
		TOUCHED_NOBODY, "purpose.trade.why", ""},
	{"purposes:\n  trade: {bit",
		"purposes:\n  more: {bit: 9, why: w, dpv: dpv:Marketing, basis: A6-1-a, "
		"without: w, roles: [buyer]}\n  trade: {bit",
		CLASS_CONSENT, CHANGE_PURPOSE, TOUCHED_EVERYONE, "purpose.more", "more"},
	{"purposes:\n  trade: {bit",
		"purposes:\n  more: {bit: 9, why: w, dpv: dpv:Marketing, basis: A6-1-b, "
		"roles: [buyer]}\n  trade: {bit",
		CLASS_NOTICE, CHANGE_PURPOSE, TOUCHED_EVERYONE, "purpose.more", ""},
	{"A6-1-a, without: none come,", "A6-1-c, objection: absolute,", CLASS_CONSENT, CHANGE_BASIS,
		TOUCHED_EVERYONE, "purpose.news.basis", "news"},
	{"A6-1-f, lia: run,", "A6-1-c,", CLASS_NOTICE, CHANGE_BASIS, TOUCHED_EVERYONE,
		"purpose.count.basis", ""},
	{"[robot]}", "[robot, buyer]}", CLASS_CONSENT, CHANGE_WHO, TOUCHED_CONSENTERS,
		"purpose.news.role.buyer", "news"},
	{"A6-1-b, roles: [buyer]", "A6-1-b, roles: [buyer, robot]", CLASS_EDITORIAL, CHANGE_WORDS,
		TOUCHED_NOBODY, "purpose.trade.role.robot", ""},
	{"trade: {read: [id, name]", "trade: {read: [id, name, email]", CLASS_NOTICE, CHANGE_USE,
		TOUCHED_SUBJECTS, "table.person.grant.trade.read.email", ""},
	{"news: {read: [id, email]", "news: {read: [id, email, name]", CLASS_CONSENT, CHANGE_USE,
		TOUCHED_CONSENTERS, "table.person.grant.news.read.name", "news"},
	{"trade: {read: [id, name]", "trade: {read: [id, name, at]", CLASS_EDITORIAL, CHANGE_WORDS,
		TOUCHED_NOBODY, "table.person.grant.trade.read.at", ""},
	{", consent: news", "", CLASS_CONSENT, CHANGE_USE, TOUCHED_SUBJECTS,
		"table.person.grant.news.consent", "news"},
	{", using: \"id = viewer_person()\"", "", CLASS_NOTICE, CHANGE_WHO, TOUCHED_SUBJECTS,
		"table.person.grant.trade.using.01", ""},
	{"{name: pd:Name}", "{name: pd:Name, nick: pd:Name}", CLASS_NOTICE, CHANGE_FIELD,
		TOUCHED_SUBJECTS, "table.person.group.name.field.nick", ""},
	{"{name: pd:Name}}", "{name: pd:Name}, special: A9-2-a}", CLASS_CONSENT, CHANGE_SPECIAL,
		TOUCHED_SUBJECTS, "table.person.group.name.special", ""},
	{"for: P1Y", "for: P10Y", CLASS_NOTICE, CHANGE_LONGER, TOUCHED_SUBJECTS,
		"table.person.keep.01.for", ""},
	{"for: P1Y", "for: P11M", CLASS_EDITORIAL, CHANGE_NARROWER, TOUCHED_NOBODY,
		"table.person.keep.01.for", ""},
	{"then: erase", "then: anonymise", CLASS_NOTICE, CHANGE_LONGER, TOUCHED_SUBJECTS,
		"table.person.keep.01.then", ""},
	{"because: tax", "because: tax law", CLASS_EDITORIAL, CHANGE_WORDS, TOUCHED_NOBODY,
		"table.person.keep.01.because", ""},
	{"recipients:\n",
		"recipients:\n  new: {title: N, does: d, category: logistics, role: "
		"controller, countries: [DE], purposes: [trade], fields: [person.name]}\n",
		CLASS_NOTICE, CHANGE_RECIPIENT, TOUCHED_EVERYONE, "recipient.new", ""},
	{"recipients:\n",
		"recipients:\n  new: {title: N, does: d, category: logistics, role: "
		"controller, countries: [DE], purposes: [trade], fields: [person.name], planned: "
		"yes}\n",
		CLASS_EDITORIAL, CHANGE_WORDS, TOUCHED_NOBODY, "recipient.new", ""},
	{", planned: yes", "", CLASS_NOTICE, CHANGE_RECIPIENT, TOUCHED_EVERYONE,
		"recipient.later.planned", ""},
	{"controller, countries: [FR], instrument: any, purposes: [trade]",
		"controller, countries: [FR, US], instrument: any, purposes: [trade]", CLASS_NOTICE,
		CHANGE_COUNTRY, TOUCHED_EVERYONE, "recipient.carrier.country.US", ""},
	{"countries: [FR], instrument: any, purposes: [news]",
		"countries: [FR, US], instrument: any, purposes: [news]", CLASS_CONSENT,
		CHANGE_COUNTRY, TOUCHED_CONSENTERS, "recipient.mailer.country.US", "news"},
	{"fields: [person.email]", "fields: [person.email, person.id]", CLASS_CONSENT,
		CHANGE_MORE_OUT, TOUCHED_CONSENTERS, "recipient.mailer.field.person.id", "news"},
	{"essential, max_age: P1D", "essential, max_age: P2D", CLASS_NOTICE, CHANGE_COOKIE,
		TOUCHED_EVERYONE, "cookie.need.max_age_s", ""},
	{"personal, max_age: P1D", "personal, max_age: P2D", CLASS_CONSENT, CHANGE_COOKIE,
		TOUCHED_EVERYONE, "cookie.nice.max_age_s", ""},
	{"personal, max_age: P1D", "personal, max_age: PT1H", CLASS_EDITORIAL, CHANGE_NARROWER,
		TOUCHED_NOBODY, "cookie.nice.max_age_s", ""},
	{"class: personal", "class: essential", CLASS_NOTICE, CHANGE_COOKIE, TOUCHED_EVERYONE,
		"cookie.nice.class", ""},
	{"operator: {name: A", "operator: {name: B", CLASS_NOTICE, CHANGE_OPERATOR,
		TOUCHED_EVERYONE, "operator.name", ""},
	{"imprint: i", "imprint: j", CLASS_EDITORIAL, CHANGE_WORDS, TOUCHED_NOBODY,
		"operator.imprint", ""},
	{"age: 18", "age: 16", CLASS_NOTICE, CHANGE_WHO, TOUCHED_EVERYONE, "minors.age", ""},
};

static const struct policy_change *change_at(const struct policy_changes *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(c->v[i].path, str_of(path)))
			return &c->v[i];
	return NULL;
}

TEST(every_change_has_its_class_and_names_who_is_touched)
{
	struct policy_facts before = facts_of(base, person);

	for (size_t i = 0; i < COUNT(edits); i++) {
		const char *shared = edited(base, edits[i].from, edits[i].to);
		const char *table = shared ? NULL : edited(person, edits[i].from, edits[i].to);
		struct policy_facts after;
		struct policy_changes c;
		const struct policy_change *x;

		MUST(shared || table);
		after = facts_of(shared ? shared : base, table ? table : person);
		c = policy_diff(test_arena, &before, &after);
		x = change_at(&c, edits[i].path);
		if (!x || x->class != edits[i].class || x->kind != edits[i].kind ||
			x->touched != edits[i].touched ||
			!str_eq(x->purpose, str_of(edits[i].waits)) || c.class != edits[i].class)
			TEST_FAIL("%s\n# -> %s\n# gives:\n%s", edits[i].from, edits[i].to,
				policy_changes_text(test_arena, &c).p);
	}
}

TEST(taking_away_asks_nothing_and_the_same_is_no_change)
{
	struct policy_facts whole = facts_of(base, person), less, none;
	const char *shared =
		edited(base, "  nice: {why: w, party: first, class: personal, max_age: P1D}\n", "");
	struct policy_changes c;

	none = facts_of(base, person);
	c = policy_diff(test_arena, &whole, &none);
	CHECK(c.n == 0 && c.class == 0);
	less = facts_of(shared, person);
	c = policy_diff(test_arena, &whole, &less);
	REQUIRE(c.n == 1);
	CHECK(c.class == CLASS_EDITORIAL && c.v[0].kind == CHANGE_NARROWER);
	CHECK(str_eq(c.v[0].path, S("cookie.nice")));
	c = policy_diff(test_arena, &less, &whole);
	CHECK(c.n == 1 && c.class == CLASS_CONSENT);
}

int main(void)
{
	return test_main();
}
