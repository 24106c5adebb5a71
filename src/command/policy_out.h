/* policy_out: the policy for other tools, and from them. */
#ifndef KONTOR_POLICY_OUT_H
#define KONTOR_POLICY_OUT_H

#include "policy/policy.h"

/* JSON-LD in terms of the W3C Data Privacy Vocabulary 2 and its GDPR extension: controller,
 * processes (one a purpose) with basis, data, recipients, retention, transfers, rights. Faults on a
 * term that policy/dpv/terms.csv does not list. */
str policy_dpv(struct arena *a, const struct policy *p);

/* YAML of fideslang 3: an organisation, a dataset for each table with what is personal in it, a
 * system for the marketplace with a declaration for each purpose, a system for each recipient. What
 * is only ours (rows, gates, owners) stands in no line of it. */
str policy_fides(struct arena *a, const struct policy *p);

/* Drafts of policy files in a new folder, from such a file; says on standard output what it wrote
 * and what has no equivalent. Returns the exit code. */
int policy_import(struct arena *a, const char *file, const char *folder);

/* What both directions agree on: a DPV identifier and fideslang's category, a purpose and its data
 * use, a basis and its name. Empty: there is none. */
str fides_category(str dpv);
str fides_category_dpv(str category); /* the first that has it, or its nearest parent */
str fides_use(str dpv);
str fides_use_dpv(str use);
str fides_basis(str basis);
str fides_basis_letter(str name);

#endif
