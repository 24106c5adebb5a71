/* The model beyond tables: where data may go and on what, facts, regions. */
#include "policy/policy.h"
#include "test/test.h"

static const char *const shared =
	"ids: [person_id]\n"
	"roles:\n"
	"  buyer: {bit: 2, kind: member}\n"
	"interests:\n"
	"  run: {title: Run, whose: controller, interest: i, necessity: n, balance: b, safeguards: "
	"[s], decided: 2026-03-01}\n"
	"purposes:\n"
	"  trade: {bit: 1, why: \"two\\nlines\\tand \\\\ more\", dpv: dpv:ServiceProvision, basis: "
	"A6-1-f, lia: run, roles: [buyer]}\n"
	"operator: {name: A, legal_form: f, address: [s], country: DE, email: e, imprint: i, "
	"dpo_name: d, dpo_email: e, authority: a, uk_representative: u}\n"
	"regions:\n"
	"  eea: {title: the EEA, law: GDPR, countries: [DE, FR]}\n"
	"  uk: {title: the UK, law: UK GDPR, countries: [GB]}\n"
	"  others: {title: others, law: GDPR}\n"
	"transfers:\n"
	"  uk: {kind: adequacy, countries: [GB], from: 2021-06-28, until: 2031-12-27, document: "
	"d}\n"
	"  us: {kind: scc, module: 2, importer: i, countries: [US], from: 2026-02-01, until: "
	"2029-02-01, document: d, assessment: t}\n"
	"recipients:\n"
	"  carrier: {title: C, does: d, category: logistics, role: controller, countries: [FR, GB, "
	"US], instrument: [uk, us], purposes: [trade], fields: all}\n"
	"  later: {title: L, does: d, category: logistics, role: controller, countries: [FR], "
	"purposes: [trade], fields: all, planned: yes}\n";
static const char *const dpv_csv = "id,kind\ndpv:ServiceProvision,purpose\n";

static const struct policy *policy_from(const char *yaml)
{
	struct policy_errors e = {0};
	struct policy_source files[] = {
		{"shared.yaml", str_of(yaml)}, {"terms.csv", str_of(dpv_csv)}};
	const struct policy *p = policy_read(test_arena, files, COUNT(files), &e);

	if (!p)
		fault(FAULT_BUG, "%s", policy_errors_text(test_arena, &e).p);
	return p;
}

static instant on(const char *date)
{
	instant t;

	MUST(instant_parse(str_of(date), &t));
	return t;
}

static bool refused(
	const struct policy *p, const char *recipient, const char *country, const char *date)
{
	str why = {0};
	const struct policy_transfer *t =
		policy_transfer_live(p, str_of(recipient), str_of(country), on(date), &why);

	CHECK(!t == (why.n != 0));
	return !t;
}

TEST(a_transfer_needs_an_instrument_that_is_in_force)
{
	const struct policy *p = policy_from(shared);
	const struct policy_transfer *t;

	t = policy_transfer_live(p, S("carrier"), S("FR"), on("2020-01-01"), NULL);
	CHECK(t && t->kind == TRANSFER_INSIDE);
	t = policy_transfer_live(p, S("carrier"), S("US"), on("2026-02-01"), NULL);
	CHECK(t && t->kind == TRANSFER_SCC && t->module == 2);
	CHECK(refused(p, "carrier", "US", "2026-01-31"));
	CHECK(!refused(p, "carrier", "US", "2029-01-31"));
	CHECK(refused(p, "carrier", "US", "2029-02-01"));
	CHECK(!refused(p, "carrier", "GB", "2031-12-26"));
	CHECK(refused(p, "carrier", "GB", "2031-12-27"));
	CHECK(refused(p, "carrier", "CN", "2026-03-01")); /* not declared there */
	CHECK(refused(p, "carrier", "XX", "2026-03-01"));
	CHECK(refused(p, "carrier", "", "2026-03-01"));
	CHECK(refused(p, "later", "FR", "2026-03-01"));
	CHECK(refused(p, "nobody", "FR", "2026-03-01"));
}

TEST(what_ends_soon_is_said)
{
	const struct policy *p = policy_from(shared);
	str s = policy_transfers_due(test_arena, p, on("2029-01-20"), 30 * DAY_US);

	CHECK(str_find(s, S("`us` of the recipient `carrier` ends on 2029-02-01")) != (size_t)-1);
	CHECK(str_find(s, S("`uk`")) == (size_t)-1);
	s = policy_transfers_due(test_arena, p, on("2029-03-01"), 0);
	CHECK(str_find(s, S("ended on 2029-02-01")) != (size_t)-1);
	CHECK(!policy_transfers_due(test_arena, p, on("2026-03-01"), 30 * DAY_US).n);
}

TEST(an_unknown_country_is_of_the_strictest_region)
{
	const struct policy *p = policy_from(shared);

	CHECK(str_eq(policy_region_of(p, S("FR"))->name, S("eea")));
	CHECK(str_eq(policy_region_of(p, S("GB"))->name, S("uk")));
	CHECK(str_eq(policy_region_of(p, S("US"))->name, S("others")));
	CHECK(str_eq(policy_region_of(p, S("XX"))->name, S("eea")));
	CHECK(str_eq(policy_region_of(p, S(""))->name, S("eea")));
}

TEST(facts_go_to_text_and_back)
{
	const struct policy *p = policy_from(shared);
	struct policy_facts f = policy_facts(test_arena, p), back;
	str text = policy_facts_text(test_arena, &f);
	bool why = false;

	REQUIRE(policy_facts_parse(test_arena, text, &back));
	REQUIRE(back.n == f.n);
	for (size_t i = 0; i < f.n; i++) {
		CHECK(str_eq(f.v[i].path, back.v[i].path) && str_eq(f.v[i].value, back.v[i].value));
		CHECK(!i || str_cmp(f.v[i - 1].path, f.v[i].path) < 0); /* each path once */
		why |= str_eq(f.v[i].path, S("purpose.trade.why")) &&
		       str_eq(f.v[i].value, S("two\nlines\tand \\ more"));
	}
	CHECK(why);
	CHECK(!policy_facts_parse(test_arena, S("no tab\n"), &back));
	CHECK(!policy_facts_parse(test_arena, S("b\tx\na\ty\n"), &back));
	CHECK(!policy_facts_parse(test_arena, S(""), &back));
}

TEST(the_hash_follows_what_is_allowed_and_not_how_it_is_written)
{
	const struct policy *p = policy_from(shared);
	const struct policy *same =
		policy_from(str_fmt(test_arena, "# a comment\n%s# another\n", shared).p);
	size_t at = str_find(str_of(shared), S("module: 2"));
	char *other = (char *)str_fmt(test_arena, "%s", shared).p;

	other[at + 8] = '3';
	CHECK(!memcmp(p->hash.b, same->hash.b, sizeof p->hash.b));
	CHECK(memcmp(p->hash.b, policy_from(other)->hash.b, sizeof p->hash.b));
}

int main(void)
{
	return test_main();
}
