/* record: the bytes of a sealed group, before they are sealed and after they are opened.
 *
 * Per field that is there: its number in the policy (1 byte, from 1), its length (4 bytes,
 * little endian), its bytes. Fields stand in the order of their numbers. A number that the
 * policy no longer knows is skipped, so that a newer program reads older records and the other
 * way round. */
#ifndef KONTOR_RECORD_H
#define KONTOR_RECORD_H

#include "row.h"

/* v is the struct that d describes, all fields str; numbers[i] is the number of field i. v ==
 * NULL gives {NULL, 0}: no record at all. A field longer than RECORD_FIELD_BYTES_MAX faults. */
str record_pack(struct arena *a, const struct row_desc *d, const uint8_t *numbers, const void *v);
/* Fills fields of *v that the record has, copied into the arena; the caller has zeroed it. A record
 * that is not well formed, names a number twice or 0, faults (FAULT_STORE). */
void record_unpack(
	struct arena *a, const struct row_desc *d, const uint8_t *numbers, str record, void *v);

/* One field as it stands in the record, by its number; false: not there. Faults like unpack. */
bool record_field(str record, int number, str *field);

/* A value of a closed list by its number from 1; empty text when it is none. */
str value_name(const struct enum_desc *e, int v);
/* Its number, 0: none of them. */
int value_of(const struct enum_desc *e, str s);

#endif
