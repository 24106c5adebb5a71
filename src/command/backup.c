/* kontor backup, kontor restore. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "store/backup.h"
#include "store/control.h"
#include "store/move.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct places { /* of the key store and the master key; NULL: in the folder */
	const char *keys, *master;
};

static const char backup_usage[] =
	"usage: kontor backup DIR FILE [--keys FILE] [--master FILE]\n"
	"\n"
	"Writes FILE (data and files), FILE.keys (the key store) and FILE.erased (who was erased) "
	"while\n"
	"the marketplace runs, reads them again and verifies them. Throw FILE.keys away after "
	"days; "
	"keep\n"
	"FILE as long as you like: whoever is erased is erased in FILE too once its keys are "
	"gone.\n"
	"Neither holds the master key: keep DIR/master.key in a safe, and the newest FILE.erased "
	"as "
	"long\n"
	"as there is any backup: restore asks for it.\n"
	"A server that runs writes them by itself: its user must be able to (with systemd: name a "
	"place in DIR,\n"
	"and move them away).\n"
	"\n"
	"  --keys FILE    the key store, if not DIR/keys.db\n"
	"  --master FILE  the master key, if not DIR/master.key\n";

static const char restore_usage[] =
	"usage: kontor restore FILE DIR --master FILE --erased LOG|none [--keys FILE|ADDRESS]\n"
	"                      [--database ADDRESS [--citus]]\n"
	"\n"
	"Makes the installation DIR (a new folder) from a backup, after verifying all of it.\n"
	"\n"
	"  --master FILE  the master key of the installation, as it was when the backup was made\n"
	"  --erased LOG   the newest copy of the installation's erased.log (the newest "
	"FILE.erased, "
	"or\n"
	"                 DIR/erased.log): who was erased after the backup is erased again before "
	"the\n"
	"                 port opens. \"none\" if nothing of it is left (people come back: tell "
	"them)\n"
	"  --keys FILE    the key store's part, if not FILE.keys\n"
	"  --keys ADDRESS an empty database of PostgreSQL for the keys, which servers then share: "
	"with\n"
	"                 --database. Without it they lie in DIR/keys.db. Or KONTOR_KEYS\n"
	"  --database ADDRESS  an empty database of PostgreSQL for the data, whichever engine the "
	"backup is\n"
	"                 of. Without it they lie in DIR/data.db. Or KONTOR_DATABASE\n"
	"  --citus        it is the coordinator of several machines (Citus): the rows are spread "
	"over these\n";

static void say(void *ctx, const char *line)
{
	(void)ctx;
	printf("%s\n", line);
}

/* The server may stand in another folder: it is told the whole path. */
static int backup(const char *dir, const char *file, const struct places *at)
{
	char path[PATH_MAX];
	const char *const words[] = {"backup", path, NULL};

	installation_absolute(path, file);
	int code = control_ask(dir, 2, words, stdout);

	if (code >= 0)
		return code;
	struct installation in = installation_open(dir, at->keys, at->master, false);

	store_backup(in.store, path, say, NULL);
	installation_close(&in);
	return 0;
}

int command_backup(int argc, char **argv)
{
	struct places at = {0};
	const struct opt options[] = {
		{"keys", .text = &at.keys}, {"master", .text = &at.master}, {0}};
	int code = options_read(backup_usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(backup_usage, argc, argv, 2, 2);
	if (code != OPTIONS_GO)
		return code;
	return backup(argv[optind], argv[optind + 1], &at);
}

/* Restored, and who is in the log erased again; how many. */
static size_t restored(struct restore_options *o)
{
	o->schema = store_schema_number();
	store_restore(o);
	struct installation in = installation_open(o->dir, NULL, NULL, false);
	size_t n = store_replayed(in.store);

	installation_close(&in);
	return n;
}

static void line(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s\n", text);
}

struct target {
	const char *database, *keys;
	bool citus;
};

static void moved(const char *from, const char *to, const struct target *t)
{
	struct arena *a = arena_make((size_t)64 << 20);
	struct move_options m = {.from = from,
		.to = to,
		.database = t->database,
		.citus = t->citus,
		.to_keys = t->keys,
		.progress.said = line};
	struct fault_point fp;

	if (FAULT_TRY(fp)) {
		m.policy = installation_narrowed(a, installation_policy(a), from);
		store_move(&m);
		FAULT_END(fp);
		arena_free(a);
		return;
	}
	arena_free(a);
	fault(fp.kind,
		"%s. What was restored lies in %s: kontor move %s %s --database ADDRESS%s%s goes "
		"on",
		fp.what, from, from, to, t->citus ? " --citus" : "",
		t->keys ? " --keys ADDRESS" : "");
}

/* On SQLite first, so that who was erased never gets into the database; then it is moved. */
static int restore(const struct restore_options *wanted, const struct target *t)
{
	struct restore_options here = *wanted, *o = &here;
	const char *to = o->dir;
	char dir[PATH_MAX];

	if (t->database) {
		if (!installation_folder_free("restore", to))
			return 1;
		store_move_fit(t->database, t->keys, t->citus);
		if (snprintf(dir, sizeof dir, "%s.restored", to) >= (int)sizeof dir)
			fault(FAULT_OUTSIDE, "%s: too long", to);
		o->dir = dir;
		unsetenv("KONTOR_DATABASE");
		unsetenv("KONTOR_KEYS");
	}
	size_t n = restored(o);

	if (t->database) {
		moved(dir, to, t);
		store_restored_drop(dir);
	}
	printf("restored into %s; %zu erasures repeated\n", to, n);
	return 0;
}

int command_restore(int argc, char **argv)
{
	struct restore_options o = {0};
	struct target t = {getenv("KONTOR_DATABASE"), getenv("KONTOR_KEYS"), false};
	const struct opt options[] = {{"keys", .text = &o.keys}, {"master", .text = &o.master},
		{"erased", .text = &o.erased}, {"database", .text = &t.database},
		{"citus", .flag = &t.citus}, {0}};
	int code = options_read(restore_usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(restore_usage, argc, argv, 2, 2);
	if (code != OPTIONS_GO)
		return code;
	if (!o.master || !o.erased)
		return options_wrong(restore_usage, "restore", "--master and --erased are needed");
	o.file = argv[optind];
	o.dir = argv[optind + 1];
	if (!strcmp(o.erased, "none"))
		o.erased = NULL;
	if (o.keys && store_address(o.keys)) { /* no file: where the keys are to lie */
		t.keys = o.keys;
		o.keys = NULL;
	} else if (t.keys && !store_address(t.keys)) {
		t.keys = NULL;
	}
	if (t.keys && !t.database)
		return options_wrong(restore_usage, "restore",
			"a key store in PostgreSQL goes with data in PostgreSQL: say --database");
	if (t.citus && !t.database)
		return options_wrong(restore_usage, "restore", "--citus needs --database");
	return restore(&o, &t);
}
