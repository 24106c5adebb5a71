/* installation: what several commands do alike: read the policy, open the store. */
#ifndef KONTOR_INSTALLATION_H
#define KONTOR_INSTALLATION_H

#include "store/store.h"

#include <limits.h>

struct installation {
	struct arena *arena; /* the policy lives here */
	const struct policy *policy;
	struct store *store;
};

/* Reads the policy that the program embeds, opens the store of the folder; faults with what is
 * wrong.
 * keys and master may be NULL (beside the data); create makes a new installation. */
struct installation installation_open(
	const char *dir, const char *keys, const char *master, bool create);
/* What --database says stands before what KONTOR_DATABASE says; NULL: nothing was said. Before the
 * installation is opened. */
/* What is made lies on several machines (Citus). */
void installation_citus(bool is);
void installation_database(const char *address);
void installation_close(struct installation *in);

/* Is the folder empty, or not there yet? Says so on standard error when it is not. */
bool installation_folder_free(const char *command, const char *dir);

/* It as this installation narrows it. */
const struct policy *installation_narrowed(
	struct arena *a, const struct policy *p, const char *dir);

/* The embedded policy alone, for commands without a store. */
const struct policy *installation_policy(struct arena *a);

/* The same file for a server that was started in another folder: the path from the root. An empty
 * path stays empty. */
void installation_absolute(char out[PATH_MAX], const char *path);

#endif
