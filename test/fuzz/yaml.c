/* Any bytes as a policy file beside a sound policy: read, say what is wrong, or make the guards.
 * A first byte of ',' makes it a list of DPV terms. */
#include "policy/policy.h"

static const char *const shared =
	"ids: [company_id, person_id, order_id]\n"
	"enums: {order_state: [placed, confirmed]}\n"
	"roles: {buyer: {bit: 2, kind: member}}\n"
	"purposes:\n"
	"  trade: {bit: 1, why: w, dpv: dpv:ServiceProvision, basis: A6-1-b, roles: [buyer]}\n"
	"  public: {bit: 0, why: w, dpv: dpv:ServiceProvision, basis: none, roles: [buyer]}\n";

/* Every mistake has a place in a file and a text of its own. */
static void mistakes_check(struct arena *a, const struct policy_errors *e)
{
	for (size_t i = 0; i < e->n; i++)
		MUST(e->v[i].at.file && e->v[i].at.line >= 0 && e->v[i].text.n);
	MUST(str_utf8(policy_errors_text(a, e)));
}

static void policy_use(struct arena *a, const struct policy *p)
{
	struct guards g = policy_guards_sqlite(a, p, S("n"));

	for (size_t i = 0; i < g.n; i++)
		MUST(str_starts(policy_guard_sql(a, &g.v[i]), S("create temp view \"")));
	for (size_t i = 0; i < p->tables_n; i++)
		for (size_t k = 0; k < p->tables[i].grants_n; k++)
			policy_check_sqlite(a, p, &p->tables[i], &p->tables[i].grants[k]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_make((size_t)256 << 20);
	bool csv = n && data[0] == ',';
	struct policy_source files[] = {
		{"dpv.csv", S("dpv:ServiceProvision,purpose\npd:Name,data\n")},
		{"shared.yaml", str_of(shared)},
		{csv ? "fuzz.csv" : "fuzz.yaml", {(const char *)data + csv, n - csv}}};
	struct policy_errors e = {0};
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		const struct policy *p = policy_read(a, files, COUNT(files), &e);

		MUST((p == NULL) == (e.n != 0));
		mistakes_check(a, &e);
		if (p)
			policy_use(a, p);
		FAULT_END(fp);
	} else if (fp.kind != FAULT_MEMORY) {
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
	return 0;
}
