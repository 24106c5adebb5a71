/* embedded: the files of policy/ as the build put them into the program (tool/embed), named as in
 * the source tree, for policy_read. */
#ifndef KONTOR_POLICY_EMBEDDED_H
#define KONTOR_POLICY_EMBEDDED_H

#include "policy.h"

extern const struct policy_source embedded_policy[]; /* ends with name NULL */
extern const size_t embedded_policy_n;

#endif
