/* backup: an installation as three files. FILE holds data and files; FILE.keys holds the key store,
 * and should be thrown away after days: without it nothing sealed in FILE opens, and somebody who
 * was erased meanwhile is erased in FILE too. FILE.erased is the erasure log: its newest copy must
 * outlive the oldest backup. None holds the master key. */
#ifndef KONTOR_STORE_BACKUP_H
#define KONTOR_STORE_BACKUP_H

#include "store.h"

/* Online: a consistent snapshot while writes go on; the data first, then the keys. Written beside
 * its name, read again and verified, then renamed. say() may be NULL. Faults with what is wrong. */
void store_backup(
	struct store *s, const char *file, void (*say)(void *ctx, const char *line), void *ctx);

/* Unpacks a backup into `dir` (absent or empty): verified first, made beside, renamed into place.
 * The master key is copied in. What is in the erasure log is erased again by store_restore_erased,
 * on the opened store: its name is asked for so that nobody forgets it. */
struct restore_options {
	const char *file, *keys; /* NULL: FILE.keys */
	const char *master;	 /* the installation's master key */
	const char *erased;	 /* its newest erased.log; NULL: none was left */
	const char *dir;
	uint32_t schema; /* number of the newest schema file that this program knows */
};
/* The log must go on where the backup's own ends, and each line of it must be whole; it is replayed
 * when the folder is opened the first time, before anybody is let in.
 * Faults with what is wrong; then nothing is left of the target. */
void store_restore(const struct restore_options *o);
/* Takes away a folder that a backup was restored into, once its installation lies elsewhere. */
void store_restored_drop(const char *dir);
size_t store_restore_erased(struct store *s, const char *erased); /* how many were erased again */
size_t store_replayed(const struct store *s);			  /* when it was opened */
uint32_t store_schema_number(void); /* of the files that the program embeds */

/* Draws a new master key and wraps the secrets with it, on the writer. */
void store_keys_rotate(struct store *s);

#endif
