/* What an installation may take away at run time, and what it may not. */
#include "policy/policy.h"
#include "test/test.h"

static const struct policy *whole(void)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read_dir(test_arena, "policy", &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return p;
}

static const struct policy *narrowed(const struct policy *whole, const char *text, str *said)
{
	struct policy_errors e = {0};
	struct policy_source file = {"narrow.yaml", str_of(text)};
	const struct policy *p = policy_narrow(test_arena, whole, &file, &e);

	*said = policy_errors_text(test_arena, &e);
	CHECK(!p == (said->n != 0));
	return p;
}

TEST(an_installation_takes_away)
{
	str said;
	const struct policy *w = whole();
	const struct policy *p = narrowed(w,
		"off: [marketing, seller_leads]\n"
		"operator:\n"
		"  name: B\n  legal_form: f\n  address: [s]\n  country: FR\n"
		"  email: e\n  imprint: i\n  dpo_name: d\n  dpo_email: e\n"
		"  authority: a\n  uk_representative: u\n"
		"recipients:\n"
		"  mail_server: {title: Our own, hosts: [mail.example]}\n"
		"  carrier: {off: yes}\n"
		"cookies:\n"
		"  kontor_look: {max_age: P30D}\n"
		"keep: {orders: P8Y}\n",
		&said);
	struct policy_facts before, after;
	struct policy_changes c;

	if (!p)
		TEST_FAIL("%s", said.p);
	REQUIRE(p);
	CHECK(policy_purpose(p, S("marketing"))->off && !policy_purpose(p, S("trade"))->off);
	CHECK(p->off == (UINT64_C(1) << policy_purpose(p, S("marketing"))->bit |
				UINT64_C(1) << policy_purpose(p, S("seller_leads"))->bit));
	CHECK(str_eq(policy_recipient(p, S("mail_server"))->title, S("Our own")));
	CHECK(policy_recipient(p, S("carrier"))->planned);
	CHECK(str_eq(policy_table(p, S("orders"))->keeps[0].duration, S("P8Y")));
	CHECK(!w->off && str_eq(policy_table(w, S("orders"))->keeps[0].duration, S("P10Y")));
	CHECK(memcmp(p->hash.b, w->hash.b, sizeof p->hash.b) != 0);
	before = policy_facts(test_arena, w);
	after = policy_facts(test_arena, p);
	c = policy_diff(test_arena, &before, &after);
	for (size_t i = 0; i < c.n; i++) /* but for names of its own, nothing is wider */
		CHECK(c.v[i].class == CLASS_EDITORIAL || c.v[i].kind == CHANGE_OPERATOR ||
			str_ends(c.v[i].path, S(".title")));
	c = policy_diff(test_arena, &after, &before); /* on again: asked or told */
	CHECK(c.class == CLASS_CONSENT);
}

TEST(wider_is_refused_with_its_place)
{
	static const struct {
		const char *text, *said;
	} v[] = {
		{"off: [rights]\n", "narrow.yaml:1:6: error: `rights` cannot be switched off"},
		{"off: [dancing]\n", "narrow.yaml:1:6: error: there is no purpose `dancing`"},
		{"keep: {orders: P11Y}\n", "narrow.yaml:1:16: error: `orders` is kept for P10Y"},
		{"keep: {orders: long}\n", "narrow.yaml:1:16: error: `long` is not an ISO 8601"},
		{"keep: {nothing: P1Y}\n",
			"narrow.yaml:1:8: error: `nothing` is not in the policy"},
		{"recipients:\n  carrier: {countries: [DE, US]}\n",
			"narrow.yaml:2:24: error: `countries` may only leave out, and `US`"},
		{"recipients:\n  friend: {off: yes}\n",
			"narrow.yaml:2:3: error: `friend` is not in the policy"},
		{"recipients:\n  carrier: {fields: [person.name]}\n",
			"narrow.yaml:2:13: error: a recipient as narrowed has no key `fields`"},
		{"cookies: {kontor: {off: yes}}\n",
			"narrow.yaml:1:19: error: the cookie `kontor` is essential"},
		{"cookies: {kontor_look: {max_age: P2Y}}\n",
			"narrow.yaml:1:34: error: the cookie `kontor_look` may live shorter"},
		{"cookies: {kontor: {max_age: P2Y}}\n",
			"narrow.yaml:1:29: error: the cookie `kontor` may live shorter"},
		{"recipients:\n  carrier: {on: yes}\n",
			"narrow.yaml:2:17: error: `carrier` is not optional in the policy"},
		{"tags:\n  mail_pixel: {on: yes}\n",
			"narrow.yaml:2:20: error: `mail_pixel` is not optional in the policy"},
		{"tags:\n  mail_pixel: {hosts: [a.example]}\n",
			"narrow.yaml:2:15: error: `mail_pixel` is not optional"},
		{"cookies:\n  kontor: {on: yes}\n",
			"narrow.yaml:2:16: error: `kontor` is not optional"},
		{"purposes: {}\n", "narrow.yaml:1:1: error: narrow.yaml has no key `purposes`"},
	};
	const struct policy *w = whole();
	str said;

	for (size_t i = 0; i < COUNT(v); i++) {
		CHECK(!narrowed(w, v[i].text, &said));
		if (!str_starts(said, str_of(v[i].said)))
			TEST_FAIL("%s says:\n%s", v[i].text, said.p);
	}
}

/* The error's text without the place in the policy's own files. */
static bool says(str said, const char *what)
{
	return str_find(said, str_of(what)) != (size_t)-1;
}

TEST(what_is_optional_is_switched_on)
{
	const struct policy *w = whole(), *p;
	const instant now = {INT64_C(1790000000) * SECOND_US},
		      later = {INT64_C(1850000000) * SECOND_US};
	str said;

	CHECK(!policy_tag_live(w, policy_tag(w, S("northlight_pixel")), now));
	p = narrowed(w,
		"recipients: {northlight: {on: yes, title: Ours}}\n"
		"tags: {northlight_pixel: {on: yes, src: \"https://p.ours.test/x\", hosts: "
		"[p.ours.test]}}\n",
		&said);
	REQUIRE(p);
	const struct policy_tag *t = policy_tag(p, S("northlight_pixel"));

	CHECK(policy_tag_live(p, t, now));
	CHECK(!policy_tag_live(p, t, later)); /* the decision on its country has ended */
	CHECK_TEXT("https://p.ours.test/x", t->src);
	CHECK(policy_tag(w, S("northlight_pixel"))->planned);
	/* Those who read the policy are asked: it is wider than before. */
	struct policy_facts before = policy_facts(test_arena, w),
			    after = policy_facts(test_arena, p);

	CHECK(policy_diff(test_arena, &before, &after).class == CLASS_CONSENT);
	CHECK(!narrowed(w, "tags: {northlight_pixel: {on: yes}}\n", &said));
	CHECK(says(said, "is served by `northlight`, which is only planned"));
	CHECK(!narrowed(w,
		"recipients: {northlight: {on: yes}}\n"
		"tags: {northlight_pixel: {on: yes, src: \"https://elsewhere.test/x\"}}\n",
		&said));
	CHECK(says(said, "loads from `elsewhere.test`, which is not among its `hosts`"));
	CHECK(!narrowed(w, "tags: {adflow_tag: {opt_out: \"http://a.test\"}}\n", &said));
	CHECK(says(said, "`opt_out` must be an address that begins with https://"));
}

int main(void)
{
	return test_main();
}
