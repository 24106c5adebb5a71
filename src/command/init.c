/* kontor init. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "gen/types.h"
#include "market/demo/demo.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
	"usage: kontor init DIR [--demo] [--operator-name NAME] [--operator-email ADDRESS]\n"
	"\n"
	"Makes a new installation in DIR, which must be empty or not there yet: the database, the "
	"key\n"
	"store and the master key. Keep a copy of DIR/master.key in a safe place.\n"
	"\n"
	"  --demo                   fill it with a demonstration: companies, products and orders "
	"that are\n"
	"                           made up, and four log-ins with a password that everybody "
	"knows\n"
	"  --operator-name NAME     who runs the marketplace, as every page says\n"
	"  --operator-email ADDRESS where the operator is reached\n"
	"  --keys FILE              the key store, if not DIR/keys.db; or, with --database, an "
	"address: a\n"
	"                           database of its own, best in a cluster of its own, which "
	"several servers\n"
	"                           share (kontor join). Or KONTOR_KEYS\n"
	"  --master FILE            the master key, if not DIR/master.key\n"
	"  --database ADDRESS       a database of PostgreSQL 15 for the data, empty, with encoding "
	"UTF8 and\n"
	"                           collation C: postgresql://SUPERUSER@HOST/NAME. Without it they "
	"lie in\n"
	"                           DIR/data.db. Or KONTOR_DATABASE\n"
	"  --citus                  with --database, the coordinator of several machines: what is "
	"traded is\n"
	"                           spread over them (doc/scale.md, \"Citus\")\n";

struct init {
	const char *dir, *keys, *master, *name, *email, *database;
	bool demo, citus;
};

static void progress(const char *what, int done, int of)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r  %-12s %5d of %5d", what, done, of);
	if (done == of)
		fputc('\n', stderr);
}

static void say_demo(const char *dir, struct demo_count n)
{
	printf("%s holds a demonstration: %lld companies, %lld people, %lld categories, %lld "
	       "products, %lld offers,\n"
	       "%lld pictures, %lld orders with %lld lines. None of them exists.\n\n",
		dir, (long long)n.companies, (long long)n.people, (long long)n.categories,
		(long long)n.products, (long long)n.offers, (long long)n.pictures,
		(long long)n.orders, (long long)n.lines);
	printf("Log-ins, for demonstrations only (everybody knows the password):\n\n");
	for (const struct demo_login *l = demo_logins; l->what; l++)
		printf("  %-10s %-26s %s\n", l->what, l->email, DEMO_PASSWORD);
	printf("\nStart it with:  kontor serve %s --listen 127.0.0.1:8080\nThen open:      "
	       "http://127.0.0.1:8080/\n",
		dir);
}

/* What pages of a demonstration may show of other sites, after a click; those do not exist. */
static void demo_switches(const char *dir)
{
	static const char text[] =
		"# Switched on for the demonstration: see doc/policy-files.md. These sites do not "
		"exist.\n"
		"recipients: {projector: {on: yes}, circle_square: {on: yes}, chirrup: {on: yes}}\n"
		"tags: {projector_video: {on: yes}, circle_square_button: {on: yes}, "
		"chirrup_button: {on: yes}}\n";
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof path, "%s/policy", dir);
	if (mkdir(path, 0700) && errno != EEXIST)
		fault(FAULT_OUTSIDE, "%s: %s", path, strerror(errno));
	snprintf(path, sizeof path, "%s/policy/narrow.yaml", dir);
	f = fopen(path, "wx"); /* one that is there stays */
	if (!f)
		return;
	if (fputs(text, f) < 0 || fclose(f))
		fault(FAULT_OUTSIDE, "%s: %s", path, strerror(errno));
}

static void say_beside(const struct store *s)
{
	if (store_keys_beside(s))
		printf("The key store lies in the cluster of the data: a copy of that cluster "
		       "holds both, and opens until\nthe master key is rotated and the old one "
		       "destroyed. Better give it a cluster of its own.\n\n");
}

static void make(const struct init *i)
{
	struct installation in = installation_open(i->dir, i->keys, i->master, true);

	if (i->name || i->demo)
		demo_setting_write(in.store, SETTING_NAME_OPERATOR_NAME,
			str_of(i->name ? i->name : "Kontor Demonstration"));
	if (i->email || i->demo)
		demo_setting_write(in.store, SETTING_NAME_OPERATOR_EMAIL,
			str_of(i->email ? i->email : demo_logins[0].email));
	if (i->demo) {
		demo_switches(i->dir);
		say_demo(i->dir, demo_fill(in.store, progress));
	} else {
		say_beside(in.store);
		printf("%s is a new installation.\n\nNext:\n  kontor operator add %s   add "
		       "yourself as the operator\n"
		       "  kontor serve %s          serve it on http://127.0.0.1:8080/\n\n"
		       "Keep a copy of the master key in a safe place: without it nothing personal "
		       "can be read.\n",
			i->dir, i->dir, i->dir);
	}
	installation_close(&in);
}

int command_init(int argc, char **argv)
{
	struct init i = {0};
	const struct opt options[] = {{"demo", .flag = &i.demo}, {"operator-name", .text = &i.name},
		{"operator-email", .text = &i.email}, {"keys", .text = &i.keys},
		{"master", .text = &i.master}, {"database", .text = &i.database},
		{"citus", .flag = &i.citus}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 1, 1);
	if (code != OPTIONS_GO)
		return code;
	if (i.citus && !i.database && !getenv("KONTOR_DATABASE"))
		return options_wrong(usage, "init", "--citus needs --database");
	i.dir = argv[optind];
	installation_database(i.database);
	installation_citus(i.citus);
	if (!installation_folder_free("init", i.dir))
		return 1;
	make(&i);
	return 0;
}
