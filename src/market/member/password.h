/* password: which passwords are taken, and how they are kept.
 *
 * Rules as NIST SP 800-63B has them: length counts, composition does not; what is commonly used or
 * follows from the account is refused. */
#ifndef KONTOR_PASSWORD_H
#define KONTOR_PASSWORD_H

#include "base/base.h"

enum { PASSWORD_CHARS_MIN = 10, PASSWORD_CHARS_MAX = 128 };

enum password_fault {
	PASSWORD_FINE,
	PASSWORD_SHORT,
	PASSWORD_LONG,
	/* on the list, or a word of it with ornaments: Welcome2024!, p4ssw0rd123 */
	PASSWORD_COMMON,
	/* one sign, one short piece over and over, a row of the keyboard or alphabet */
	PASSWORD_PATTERN,
	PASSWORD_OWN, /* holds the name, the address or the company and little else */
};
/* `own` are n texts that belong to the account. */
enum password_fault password_check(struct arena *a, str password, const str *own, size_t n);

/* Argon2id, 64 MiB and 3 passes: slow on purpose, for the worker pool. */
str password_hash(struct arena *a, str password);
/* Takes the same time for a hash that is empty (no such account): it is checked against a fixed
 * one. */
bool password_right(str hash, str password);

#endif
