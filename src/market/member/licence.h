/* licence: a company's proofs of registration. The file lies sealed under the company's key in the
 * row itself and is read for the purpose kyc alone: by the company's own administrators, and by
 * staff who wrote a reason down (desk_licence.c). doc/member.md, decision 239. */
#ifndef KONTOR_LICENCE_H
#define KONTOR_LICENCE_H

#include "market/member/member.h"

#include "gen/licence.sql.h"

enum {
	LICENCE_MEGABYTES_MAX = 4,
	LICENCE_BYTES_MAX = LICENCE_MEGABYTES_MAX << 20, /* one file */
	LICENCES_MAX = 10,				 /* of one company */
	LICENCE_NOTE_CHARS_MAX = 200,
};
_Static_assert((int)LICENCE_BYTES_MAX <= (int)RECORD_FIELD_BYTES_MAX,
	"a file is one field of a sealed group");

struct licence_upload {
	struct upload file;
	int kind;
	str note;
};
extern const struct form licence_form;

#endif
