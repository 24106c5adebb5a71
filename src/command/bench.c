/* kontor bench: what this program costs on this machine. */
#include "command/command.h"
#include "command/gdpr.h"
#include "command/installation.h"

#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char usage[] =
	"usage: kontor bench gdpr DIR|--temp [--records N] [--operations N] [--clients N]\n"
	"\n"
	"Measures the four roles of GDPRbench (customer, processor, controller, regulator) on an\n"
	"installation of its own in DIR, which must be empty or not there yet, or in a temporary "
	"folder\n"
	"that goes away afterwards: sealing, purposes, ledgers and logs are on. Prints each bar "
	"as\n"
	"  bar NAME VALUE UNIT BOUND pass|fail\n"
	"between two looks at the machine. The exit code is 1 when a bar fails.\n"
	"\n"
	"  --records N      people, each a record (100000)\n"
	"  --operations N   of each role (10000)\n"
	"  --clients N      that ask at the same time (16)\n";

enum { CLIENTS = 16, CLIENTS_MAX = 64, RECORDS_MIN = 1000 };
#define ROLE_S_MAX 10.0
#define PERSONAL_BYTES 100 /* of a record, as GDPRbench counts */

static void machine(const char *when)
{
	struct utsname u;
	double load[3] = {0};

	(void)uname(&u);
	(void)!getloadavg(load, 3);
	printf("# machine %s: %ld cores, %s %s, load %.2f %.2f %.2f\n", when,
		sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release, load[0], load[1], load[2]);
	fflush(stdout);
}

static void progress(const char *what, int64_t is, int64_t of)
{
	static _Thread_local int64_t before;
	int64_t now = clock_coarse_us();

	if (is < of && now - before < SECOND_US / 2)
		return;
	before = now;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r  %-10s %7lld of %7lld%s", what, (long long)is, (long long)of,
			is == of ? "\n" : "");
	else if (is == of)
		fprintf(stderr, "  %-10s %lld\n", what, (long long)of);
}

static bool bar(const char *name, double value, const char *unit, double most, const char *bound)
{
	bool pass = most <= 0 || value <= most;

	printf("bar %s %.3f %s %s %s\n", name, value, unit, bound, pass ? "pass" : "fail");
	fflush(stdout);
	return pass;
}

static bool role_bar(const struct gdpr *g, enum gdpr_role role, double most)
{
	struct gdpr_result r = gdpr_run(g, role);
	char name[60];

	printf("# %s: %lld operations, %lld rows read, %lld answers wrong, %.1f us of processor "
	       "time for each operation\n",
		gdpr_role_name[role], (long long)r.operations, (long long)r.rows,
		(long long)r.wrong, r.cpu_seconds * 1e6 / (double)r.operations);
	snprintf(name, sizeof name, "gdpr_%s", gdpr_role_name[role]);
	bool pass = bar(name, r.seconds, "s", most, most > 0 ? "<=10" : "reported");

	snprintf(name, sizeof name, "gdpr_%s_wrong", gdpr_role_name[role]);
	return bar(name, (double)r.wrong, "answers", 0.5, "=0") && pass;
}

static int64_t bytes_of(const char *dir, const char *file)
{
	char path[PATH_MAX];
	struct stat s;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	return stat(path, &s) ? 0 : s.st_size;
}

static bool space_bar(const struct gdpr *g, const char *dir)
{
	static const char *const files[] = {"data.db", "data.db-wal", "keys.db", "keys.db-wal"};
	int64_t sum = 0;

	for (size_t i = 0; i < COUNT(files); i++)
		sum += bytes_of(dir, files[i]);
	printf("# %.1f MB in all, %.0f bytes for each record\n", (double)sum / 1e6,
		(double)sum / (double)g->records);
	return bar("gdpr_bytes_of_personal", (double)sum / (double)g->records / PERSONAL_BYTES,
		"times", 0, "reported");
}

/* Filled, closed and opened again: what is measured is a marketplace that runs, not one that is
 * still being filled. */
static int work(struct gdpr *g, struct installation *in, const char *dir)
{
	bool good = true;

	machine("before");
	printf("# %lld records, %lld operations of each role, %d clients; sealed, with ledger and "
	       "logs\n",
		(long long)g->records, (long long)g->operations, g->clients);
	g->store = in->store;
	bar("gdpr_load", gdpr_load(g), "s", 0, "reported");
	installation_close(in);
	*in = installation_open(dir, NULL, NULL, false);
	g->store = in->store;
	good &= space_bar(g, dir);
	good &= role_bar(g, GDPR_PROCESSOR, ROLE_S_MAX);
	good &= role_bar(g, GDPR_CUSTOMER, ROLE_S_MAX);
	good &= role_bar(g, GDPR_CONTROLLER, 0);
	bar("gdpr_controller_by_row", gdpr_by_row(g), "ms/operation", 0, "reported");
	good &= role_bar(g, GDPR_REGULATOR, 0);
	machine("after");
	gdpr_end();
	return good ? 0 : 1;
}

static int gone(const char *path, const struct stat *s, int flag, struct FTW *f)
{
	(void)s, (void)flag, (void)f;
	return remove(path);
}

static bool number(const char *text, int64_t least, int64_t most, int64_t *v)
{
	return str_int(str_of(text), v) && *v >= least && *v <= most;
}

static int run(const char *dir, struct gdpr *g)
{
	struct fault_point fp;
	volatile int code = 1;

	if (FAULT_TRY(fp)) {
		struct installation in = installation_open(dir, NULL, NULL, true);

		code = work(g, &in, dir);
		installation_close(&in);
		FAULT_END(fp);
	} else {
		fprintf(stderr, "kontor bench: %s\n", fp.what);
	}
	return code;
}

int command_bench(int argc, char **argv)
{
	static const struct option options[] = {{"temp", no_argument, NULL, 't'},
		{"records", required_argument, NULL, 'r'},
		{"operations", required_argument, NULL, 'o'},
		{"clients", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct gdpr g = {
		.records = 100000, .operations = 10000, .clients = CLIENTS, .progress = progress};
	const char *tmp = getenv("TMPDIR");
	char dir[PATH_MAX] = "";
	int64_t clients = CLIENTS;
	bool temp = false, good = true;

	for (int o; (o = getopt_long(argc, argv, "h", options, NULL)) != -1;)
		switch (o) {
		case 't': temp = true; break;
		case 'r': good &= number(optarg, RECORDS_MIN, 10000000, &g.records); break;
		case 'o': good &= number(optarg, 1, 100000000, &g.operations); break;
		case 'c': good &= number(optarg, 1, CLIENTS_MAX, &clients); break;
		case 'h': return printf("%s", usage) < 0;
		default: good = false;
		}
	good &= optind < argc && !strcmp(argv[optind], "gdpr") && argc - optind == 2 - temp;
	if (!good) {
		fprintf(stderr, "%s", usage);
		return 2;
	}
	if (getenv("KONTOR_DATABASE")) {
		fprintf(stderr, "kontor bench: it measures an installation on SQLite: unset "
				"KONTOR_DATABASE\n");
		return 1;
	}
	g.clients = (int)clients;
	log_level_set(LOG_ERROR);
	if (temp)
		snprintf(dir, sizeof dir, "%s/kontor-bench-XXXXXX", tmp ? tmp : "/tmp");
	else
		snprintf(dir, sizeof dir, "%s", argv[optind + 1]);
	if (temp && !mkdtemp(dir)) {
		fprintf(stderr, "kontor bench: no temporary folder can be made\n");
		return 1;
	}
	/* records are made up: never among those of a marketplace */
	int code = installation_folder_free("bench", dir) ? run(dir, &g) : 1;

	if (temp)
		nftw(dir, gone, 16, FTW_DEPTH | FTW_PHYS);
	return code;
}
