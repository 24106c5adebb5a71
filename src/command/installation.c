/* Opening an installation. */
#include "command/installation.h"

#include "base/limits.h"
#include "policy/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLICY_ARENA_BYTES_MAX = 64 << 20 };

const struct policy *installation_policy(struct arena *a)
{
	struct policy_errors e = {0};
	const struct policy *p = policy_read(a, embedded_policy, embedded_policy_n, &e);

	if (p)
		return p;
	for (size_t i = 0; i < e.n; i++)
		fprintf(stderr, "%s:%d: error: " STR_FMT "\n", e.v[i].at.file, e.v[i].at.line,
			STR_ARG(e.v[i].text));
	fault(FAULT_BUG, "the policy that the program was built with cannot be read");
}

/* The policy of the program as this installation narrows it: DIR/policy/narrow.yaml, if there is
 * one. A file that would widen anything stops the start. */
const struct policy *installation_narrowed(struct arena *a, const struct policy *p, const char *dir)
{
	const char *path = str_fmt(a, "%s/policy/narrow.yaml", dir).p;
	struct policy_errors e = {0};
	struct policy_source file = {path, {0}};
	FILE *in = fopen(path, "rb");
	char *text;

	if (!in && errno == ENOENT)
		return p;
	if (!in)
		fault(FAULT_OUTSIDE, "%s: %s", path, strerror(errno));
	text = arena_alloc(a, 1, POLICY_FILE_BYTES_MAX + 2);
	file.text = (str){text, fread(text, 1, POLICY_FILE_BYTES_MAX + 1, in)};
	fclose(in);
	p = policy_narrow(a, p, &file, &e);
	if (!p)
		fault(FAULT_POLICY, "%s", policy_errors_text(a, &e).p);
	return p;
}

bool installation_folder_free(const char *command, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool is_free = true;

	if (!d) {
		if (errno == ENOENT)
			return true;
		fprintf(stderr, "kontor %s: %s: %s\n", command, dir, strerror(errno));
		return false;
	}
	while (is_free && (e = readdir(d)))
		is_free = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	closedir(d);
	if (!is_free)
		fprintf(stderr,
			"kontor %s: %s is not empty: give a new folder, or empty this one\n",
			command, dir);
	return is_free;
}

static bool on_citus;

void installation_citus(bool is)
{
	on_citus = is;
}

struct installation installation_open(
	const char *dir, const char *keys, const char *master, bool create)
{
	struct installation in = {.arena = arena_make(POLICY_ARENA_BYTES_MAX)};
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		in.policy = installation_narrowed(in.arena, installation_policy(in.arena), dir);
		in.store = store_open(&(struct store_options){.dir = dir,
			.keys_path = keys ? keys : getenv("KONTOR_KEYS"),
			.master_path = master,
			.database = getenv("KONTOR_DATABASE"),
			.policy = in.policy,
			.create = create,
			.citus = on_citus});
		FAULT_END(fp);
		return in;
	}
	arena_free(in.arena);
	fault(fp.kind, "%s", fp.what);
}

void installation_database(const char *address)
{
	if (address)
		setenv("KONTOR_DATABASE", address, 1);
}

void installation_close(struct installation *in)
{
	store_close(in->store);
	arena_free(in->arena);
}

void installation_absolute(char out[PATH_MAX], const char *path)
{
	char here[PATH_MAX / 2];

	if (!*path || *path == '/' || !getcwd(here, sizeof here))
		snprintf(out, PATH_MAX, "%s", path);
	else
		snprintf(out, PATH_MAX, "%s/%s", here, path);
}
