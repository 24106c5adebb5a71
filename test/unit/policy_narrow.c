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

int main(void)
{
	return test_main();
}
