/* kontor policy from outside: each thing to do has its help, explain and who tell all of it, what
 * other tools read comes back the same, and what an installation narrows holds. */
#include "test/program.h"
#include "test/rows.h"

#include <jansson.h>

static const char *const deeds[] = {
	"check", "show", "explain", "who", "diff", "facts", "texts", "export", "import", NULL};

TEST(each_deed_has_help_of_its_own)
{
	home_make();
	for (const char *const *d = deeds; *d; d++) {
		CHECK_INT(0, kontor("policy", *d, "--help"));
		SAYS(str_fmt(test_arena, "usage: kontor policy %s ", *d).p);
		CHECK(!strstr(program_said,
			strcmp(*d, "who") ? "kontor policy who" : "kontor policy show"));
		CHECK_INT(2, kontor("policy", *d, "--nonsense"));
		SAYS("there is no option --nonsense; `kontor policy --help` lists them");
		CHECK_INT(2, kontor("policy", *d, "a", "b", "c", "d"));
		SAYS("is too much");
	}
	CHECK_INT(2, kontor("policy", "explain"));
	SAYS("explain wants TABLE.COLUMN");
	CHECK_INT(2, kontor("policy", "who"));
	SAYS("who wants ROLE");
	SAYS("kontor policy who officer"); /* an example */
	CHECK_INT(2, kontor("policy", "sell"));
	SAYS("there is no such thing to do");
	CHECK_INT(2, kontor("breach", "--from"));
	SAYS("--from needs a value behind it");
	CHECK_INT(2, kontor("keys", "-x", "rotate"));
	SAYS("there is no option -x");
	home_end();
}

TEST(a_column_is_explained_whole)
{
	home_make();
	CHECK_INT(0, kontor("policy", "explain", "orders.consignee"));
	SAYS("sealed under the key of id");
	SAYS("needed: the goods cannot be delivered without it");
	SAYS("trade: Make and carry out orders"); /* what for */
	SAYS("(contract, GDPR Art. 6(1)(b); policy/tables/orders.yaml:");
	SAYS("who     admin, buyer, sales"); /* who */
	SAYS("rows    seller_id = viewer_company()");
	SAYS("adds only if new.buyer_id = viewer_company()");
	SAYS("10 years from closed_at, then erased: tax"); /* how long */
	SAYS("owned by buyer_id");
	SAYS("deal_parties, The other party of your order"); /* who receives it */
	SAYS("is sent nothing, runs what it lies on");
	SAYS("if the written order of a case names it");
	SAYS("rows    seller_id = viewer_company() and confirmed_at is not null");
	SAYS("order_delivery for delivery"); /* which statements */
	SAYS("src/market/order/order.sql:");
	CHECK_INT(0, kontor("policy", "explain", "person.email"));
	SAYS("in the mail confirm_address");
	CHECK_INT(0, kontor("policy", "explain", "setting.value"));
	SAYS("no end: the table holds nothing personal");
	CHECK_INT(0, kontor("policy", "who", "officer"));
	SAYS("legal: ");
	SAYS("each use is recorded");
	CHECK_INT(1, kontor("policy", "who", "king"));
	SAYS("There are: visitor, admin");
	CHECK(!strstr(program_said, "did you mean"));
	CHECK_INT(1, kontor("policy", "who", "oficer"));
	SAYS("did you mean officer?");
	SAYS("There are: visitor, admin");
	/* misspelt: what was meant, and what there is */
	CHECK_INT(1, kontor("policy", "explain", "order.note"));
	SAYS("there is no table order; did you mean orders?");
	CHECK_INT(1, kontor("policy", "explain", "orders.notee"));
	SAYS("the table orders has no column notee; did you mean note?");
	SAYS("It has: id, number");
	CHECK_INT(1, kontor("policy", "explain", "orders"));
	SAYS("orders is a table: which column of it?");
	CHECK_INT(1, kontor("policy", "explain", "orders.consignee.street"));
	SAYS("street is a field of orders.consignee");
	CHECK_INT(0, kontor("policy", "explain", "order_event.words"));
	SAYS("as long as what its order_id leads to");
	CHECK_INT(0, kontor("policy", "texts", "fr"));
	SAYS("nothing is translated into \"fr\" yet");
	home_end();
}

/* Words of the vocabulary that an answer uses: each stands in our list. */
static void terms_listed(json_t *j, const char *list)
{
	const char *key;
	json_t *v;
	size_t i;

	if (json_is_string(j)) {
		const char *s = json_string_value(j);

		if (strncmp(s, "dpv:", 4) != 0 && strncmp(s, "pd:", 3) != 0 &&
			strncmp(s, "eu-gdpr:", 8) != 0)
			return;
		if (!strstr(list, str_fmt(test_arena, "\n%s,", s).p))
			TEST_FAIL("%s is not in policy/dpv/terms.csv", s);
	}
	if (json_is_object(j))
		json_object_foreach(j, key, v)
		{
			if (!strncmp(key, "dpv:", 4) &&
				!strstr(list, str_fmt(test_arena, "\n%s,", key).p))
				TEST_FAIL("%s is not in policy/dpv/terms.csv", key);
			terms_listed(v, list);
		}
	json_array_foreach(j, i, v) terms_listed(v, list);
}

static char *text_of(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = arena_alloc(test_arena, 1, 4 << 20);
	size_t n = f ? fread(text, 1, (4 << 20) - 1, f) : 0;

	CHECK(f);
	if (f)
		fclose(f);
	text[n] = 0;
	return text;
}

static void keep_said(const char *path)
{
	FILE *f = fopen(path, "wb");

	MUST(f);
	fputs(program_said, f);
	fclose(f);
}

TEST(the_policy_is_told_in_the_words_of_dpv)
{
	json_t *j;

	home_make();
	CHECK_INT(0, kontor("policy", "export", "--dpv"));
	j = json_loads(program_said, 0, NULL);
	REQUIRE(j);
	CHECK(json_array_size(json_object_get(j, "@graph")) > 60);
	terms_listed(json_object_get(j, "@graph"), text_of("policy/dpv/terms.csv"));
	SAYS("\"dpv:hasLegalBasis\":\"eu-gdpr:A6-1-b\"");
	SAYS("\"dpv:hasDataImporter\":\"Tidewater Metrics Inc., Portland, Oregon\"");
	SAYS("\"dpv:hasDuration\":\"P10Y\"");
	SAYS("eu-gdpr:A46-2-c");
	SAYS("eu-gdpr:A20");
	SAYS("\"dpv:hasRepresentative\":");
	json_decref(j);
	CHECK_INT(2, kontor("policy", "export"));
	SAYS("say --dpv or --fideslang");
	home_end();
}

/* Out, in as drafts that hold, out again: data sets, uses and recipients are the same. */
TEST(what_fideslang_can_say_comes_back_the_same)
{
	char *first, *second;
	size_t n = 0;

	home_make();
	CHECK_INT(0, kontor("policy", "export", "--fideslang"));
	keep_said(in_home("out.yaml"));
	CHECK_INT(0,
		kontor("policy", "import", "--fideslang", in_home("out.yaml"), in_home("drafts")));
	SAYS("The drafts hold.");
	SAYS("out.yaml:3:1: note: `organization` has no equivalent and is left out");
	CHECK_INT(0, kontor("policy", "check", in_home("drafts")));
	CHECK_INT(0, kontor("policy", "export", "--fideslang", in_home("drafts")));
	keep_said(in_home("again.yaml"));
	first = text_of(in_home("out.yaml"));
	second = text_of(in_home("again.yaml"));
	for (str rest = str_of(first); rest.n;) {
		str line = str_cut(&rest, '\n'), key = str_trim(line);

		if (!str_starts(key, S("- name:")) && !str_starts(key, S("description:")) &&
			!str_starts(key, S("fides_meta:")) && !str_starts(key, S("data_use:")) &&
			!str_starts(key, S("legal_basis")) && !str_starts(key, S("features:")) &&
			!str_starts(key, S("impact_")))
			continue;
		n++;
		if (!strstr(second, str_dup(test_arena, line).p))
			TEST_FAIL("did not come back: " STR_FMT, STR_ARG(line));
	}
	CHECK(n > 400);
	CHECK_INT(1,
		kontor("policy", "import", "--fideslang", in_home("out.yaml"), in_home("drafts")));
	SAYS("name a folder that is not there yet");
	home_end();
}

TEST(a_foreign_file_with_mistakes_writes_nothing)
{
	FILE *f;

	home_make();
	f = fopen(in_home("bad.yaml"), "wb");
	fputs("dataset:\n  - fides_key: shop\n    collections:\n      - name: customers\n        "
	      "fields:\n"
	      "          - name: E-Mail\n            data_categories: [user.contact.email]\n"
	      "system:\n  - fides_key: app\n    privacy_declarations:\n      - name: sell\n"
	      "        data_use: essential.service\n        dataset_references: [shop]\n",
		f);
	fclose(f);
	CHECK_INT(1, kontor("policy", "import", "--fideslang", in_home("bad.yaml"), in_home("d")));
	SAYS("bad.yaml:6:13: error: `name` of a field must be a name or group.name");
	SAYS("bad.yaml:11:9: error: `sell` needs `legal_basis_for_processing`");
	SAYS("nothing was written");
	CHECK(access(in_home("d"), F_OK) != 0);
	f = fopen(in_home("torn.yaml"), "wb");
	fputs("dataset: [a\n", f);
	fclose(f);
	CHECK_INT(1, kontor("policy", "import", "--fideslang", in_home("torn.yaml"), in_home("d")));
	SAYS("torn.yaml:");
	CHECK_INT(1, kontor("policy", "import", "--fideslang", in_home("none.yaml"), in_home("d")));
	home_end();
}

/* ---- what an installation takes away ------------------------------------------------------ */
static void narrow(const char *text)
{
	FILE *f;

	mkdir(in_home("market/policy"), 0700);
	f = fopen(in_home("market/policy/narrow.yaml"), "wb");
	MUST(f);
	fputs(text, f);
	fclose(f);
}

static bool shows(const struct server *s, const char *path, long status, const char *part)
{
	CURL *c = curl_easy_init();
	struct answer a = {0};
	bool good;

	ask(c, &a, str_fmt(test_arena, "%s%s", s->base, path).p, NULL, NULL);
	good = !a.rc && a.status == status && a.body && strstr(a.body, part);
	if (!good)
		printf("# %s: %ld\n", path, a.status);
	free(a.body);
	curl_easy_cleanup(c);
	return good;
}

TEST(an_installation_takes_away_and_its_page_says_so)
{
	struct server server;

	home_make();
	rows_use();
	REQUIRE(!kontor("init", in_home("market")));
	rows_used();
	REQUIRE(server_start(&server, in_home("market")));
	CHECK(shows(&server, "/privacy", 200, "Version 1"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	narrow("off: [seller_leads]\nrecipients: {carrier: {off: yes}, authorities: {countries: "
	       "[DE]}}\n"
	       "keep: {orders: P8Y}\n");
	REQUIRE(server_start(&server, in_home("market")));
	CHECK(shows(&server, "/privacy", 200, "Version 2"));
	CHECK(shows(&server, "/privacy", 200, "Switched off on this marketplace"));
	CHECK(shows(&server, "/privacy", 200, "8 years"));
	CHECK(shows(&server, "/privacy/v/2/changes", 200, "purpose.seller_leads.off"));
	CHECK(shows(&server, "/privacy/v/2/changes", 200, "table.orders.keep.01.for"));
	CHECK(shows(&server, "/privacy/v/2/changes", 200, "Less use of data"));
	CHECK_INT(0, server_end(&server, SIGTERM));
	rows_drop();
	home_end();
}

TEST(what_would_be_wider_stops_the_start_where_it_stands)
{
	static const struct {
		const char *text, *says;
	} v[] = {{"keep: {orders: P80Y}\n", "narrow.yaml:1:16: error: "},
		{"off: [account]\n", "narrow.yaml:1:6: error: `account` cannot be switched off"},
		{"recipients:\n  carrier: {countries: [US]}\n",
			"narrow.yaml:2:24: error: `countries` may only leave out"},
		{"cookies: {kontor: {off: yes}}\n", "narrow.yaml:1:19: error: "},
		{"off: [seller_leads\n", "narrow.yaml:"},
		{"widen: yes\n", "narrow.yaml:1:1: error: "}};
	struct server server;

	home_make();
	rows_use();
	REQUIRE(!kontor("init", in_home("market")));
	rows_used();
	for (size_t i = 0; i < COUNT(v); i++) {
		narrow(v[i].text);
		CHECK(!server_start(&server, in_home("market")));
		SAYS(v[i].says);
	}
	rows_drop();
	home_end();
}

int main(void)
{
	return test_main();
}
