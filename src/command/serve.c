/* kontor serve: an installation over HTTP until a signal says stop. */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "market/catalogue/search_database.h"
#include "market/demo/demo.h"
#include "market/desk/country_of.h"
#include "market/market.h"
#include "market/rights/privacy.h"
#include "store/control.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char usage[] =
	"usage: kontor serve DIR [OPTIONS]\n"
	"\n"
	"Serves the installation in DIR until it is asked to stop (SIGTERM or Ctrl-C). It then "
	"takes no\n"
	"new requests, finishes those that it began, and closes the database.\n"
	"\n"
	"  --listen ADDRESS:PORT  where to listen (127.0.0.1:8080)\n"
	"  --base-url URL         how the marketplace is reached from outside, for links in mails\n"
	"                         (http://ADDRESS:PORT)\n"
	"  --tls-cert FILE        certificate chain (PEM), with --tls-key: serve HTTPS directly\n"
	"  --tls-key FILE         private key (PEM)\n"
	"  --behind-proxy         trust X-Forwarded-Proto and X-Forwarded-For of the proxy on this "
	"machine\n"
	"  --servers N            a client's requests are spread over N servers of this "
	"marketplace: each\n"
	"                         allows an Nth of what the limits say, and /healthz says 503 "
	"until its\n"
	"                         index of search is made (1)\n"
	"  --drain SECONDS        how long it answers still when it is asked to stop, while "
	"/healthz says\n"
	"                         503, so that a proxy passes on no more (0)\n"
	"  --smtp URL             mail server, smtp://HOST:PORT or smtps://…; without it mails "
	"wait in the\n"
	"                         outbox (a demonstration writes them to DIR/mail/)\n"
	"  --smtp-ca FILE         certificates (PEM) that vouch for the mail server, if not the "
	"system's\n"
	"  --mail-from ADDRESS    sender of mails\n"
	"  --keys FILE            the key store, if not DIR/keys.db; or its address, if not the "
	"one in\n"
	"                         DIR/keys. Or KONTOR_KEYS\n"
	"  --master FILE          the master key, if not DIR/master.key\n"
	"  --database ADDRESS     where the data lie in PostgreSQL, if not where DIR/database "
	"says. Or\n"
	"                         KONTOR_DATABASE\n"
	"  --replica ADDRESS      a standby of that database, postgresql://HOST/NAME, which pages "
	"that "
	"may be\n"
	"                         some seconds old are read from (again: another one). Or "
	"KONTOR_REPLICA, with\n"
	"                         blanks between them, or DIR/replicas, one a line\n"
	"  --files s3://BUCKET    where pictures and documents lie, if not in DIR/files: in a "
	"store "
	"that\n"
	"                         speaks S3, s3://BUCKET[/PREFIX]?endpoint=https://HOST[&region=…] "
	"(see\n"
	"                         doc/store.md). Or KONTOR_FILES\n"
	"  --search database      /search asks full text inside the database (PostgreSQL), which "
	"is "
	"kept from\n"
	"                         then on, and not this server's index; --search index: that one "
	"again, and\n"
	"                         nothing is kept. See doc/search.md\n"
	"\n"
	"The mail server's user and password are read from KONTOR_SMTP_USER and "
	"KONTOR_SMTP_PASSWORD,\n"
	"those of the object store from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n";

enum { SERVERS_MAX = 64, DRAIN_S_MAX = 600 };

struct serve {
	const char *dir, *keys, *master, *database, *servers, *drain, *files, *search;
	int64_t drain_s;
	struct opt_many replicas;
	struct web_options web;
	struct egress_options mail;
};

/* scheme://host, with nothing but a port behind it where `bare`. */
static bool address_good(const char *url, const char *scheme, const char *secure, bool bare)
{
	const char *rest = !strncmp(url, scheme, strlen(scheme))   ? url + strlen(scheme)
			   : !strncmp(url, secure, strlen(secure)) ? url + strlen(secure)
								   : "";

	return *rest && *rest != '/' && *rest != ':' && !strpbrk(rest, " \t\"<>") &&
	       !(bare && strchr(rest, '/'));
}

/* NULL: fine. */
static const char *numbers_wrong(struct serve *s)
{
	int64_t n = 1;

	if (s->servers && (!str_int(str_of(s->servers), &n) || n < 1 || n > SERVERS_MAX))
		return "--servers is a number from 1 to 64";
	s->web.servers = (unsigned)n;
	if (s->drain && (!str_int(str_of(s->drain), &s->drain_s) || s->drain_s < 0 ||
				s->drain_s > DRAIN_S_MAX))
		return "--drain is a number of seconds, at most 600";
	return NULL;
}

/* NULL: fine. */
static const char *wrong(const struct serve *s)
{
	if (s->search && strcmp(s->search, "index") != 0 && strcmp(s->search, "database") != 0)
		return "--search is index or database";
	if (!s->web.tls_cert != !s->web.tls_key)
		return "--tls-cert and --tls-key go together";
	if (s->mail.base_url && !address_good(s->mail.base_url, "http://", "https://", true))
		return "--base-url is http://HOST or https://HOST, with a port if it needs one and "
		       "nothing behind";
	if (s->mail.smtp_url && !address_good(s->mail.smtp_url, "smtp://", "smtps://", false))
		return "--smtp is smtp://HOST:PORT or smtps://HOST:PORT";
	if (s->mail.from && (!strchr(s->mail.from, '@') || strpbrk(s->mail.from, " \t\r\n<>")))
		return "--mail-from is an e-mail address";
	return NULL;
}

static int parse(int argc, char **argv, struct serve *s)
{
	const struct opt options[] = {{"listen", .text = &s->web.address},
		{"base-url", .text = &s->mail.base_url}, {"tls-cert", .text = &s->web.tls_cert},
		{"tls-key", .text = &s->web.tls_key},
		{"behind-proxy", .flag = &s->web.behind_proxy}, {"smtp", .text = &s->mail.smtp_url},
		{"smtp-ca", .text = &s->mail.smtp_ca}, {"mail-from", .text = &s->mail.from},
		{"keys", .text = &s->keys}, {"master", .text = &s->master},
		{"servers", .text = &s->servers}, {"drain", .text = &s->drain},
		{"database", .text = &s->database}, {"files", .text = &s->files},
		{"search", .text = &s->search}, {"replica", .many = &s->replicas}, {0}};
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 1, 1);
	if (code == OPTIONS_GO && numbers_wrong(s))
		code = options_wrong(usage, "serve", numbers_wrong(s));
	if (code == OPTIONS_GO && wrong(s))
		code = options_wrong(usage, "serve", wrong(s));
	if (code == OPTIONS_GO) {
		s->dir = argv[optind];
		installation_database(s->database);
	}
	return code;
}

static void wait_for_signal(const sigset_t *set)
{
	int sig;

	while (sigwait(set, &sig) != 0)
		;
	LOG(LOG_INFO, "stopping", LOG_I("signal", sig));
}

/* A second signal ends it at once. */
static void drain(struct web *web, int64_t seconds, const sigset_t *set)
{
	LOG(LOG_INFO, "draining", LOG_I("seconds", seconds));
	web_drain(web);
	sigtimedwait(set, NULL, &(struct timespec){.tv_sec = seconds});
}

static void replicas_name(const struct serve *s, struct installation *in)
{
	str list = {NULL, 0};

	for (int i = 0; i < s->replicas.n; i++)
		list = str_fmt(in->arena, STR_FMT "%s ", STR_ARG(list), s->replicas.v[i]);
	store_replicas(in->store, list.n ? list.p : getenv("KONTOR_REPLICA"));
}

/* What is said holds for the database until something else is. */
static void search_choose(const struct serve *s, struct store *store)
{
	bool database = s->search && !strcmp(s->search, "database");

	if (database && !store_words(store))
		fault(FAULT_STORE,
			"--search database needs an installation on one machine of PostgreSQL "
			"whose server has the extension pg_trgm (Debian: in postgresql-15; "
			"elsewhere often postgresql-contrib, then start this once with an "
			"administrator's address)");
	if (database)
		search_database_use(true);
	else if (s->search && store_words(store))
		search_words_forget(store);
}

static void serve(struct serve *s, const sigset_t *set)
{
	struct installation in = installation_open(s->dir, s->keys, s->master, false);

	struct object_store *objects = s->files ? object_store_open(in.policy, s->files) : NULL;

	if (objects)
		store_files_in(in.store, object_store_bucket(objects));
	replicas_name(s, &in);
	search_choose(s, in.store);
	demo_clock_apply(in.store);
	s->mail.to_files = !s->mail.smtp_url && demo_is(in.store);
	s->web.tables = market_routes;
	if (!strncmp(s->mail.base_url, "https://", 8))
		s->web.https = s->mail.base_url;
	market_web(&s->web, in.policy);
	(void)visits_countries("/usr/share/GeoIP");
	market_mail(&s->mail);
	privacy_start(in.store);
	command_import_offer();
	command_chain_offer();
	command_breach_offer();
	command_operator_offer();
	command_clock_offer();
	control_start(in.store); /* before the first request: a start that fails answers none */
	store_warm(in.store, LISTEN_THREADS);
	struct web *web = web_start(in.store, &s->web);
	struct jobs *jobs = jobs_start(in.store, market_jobs);

	LOG(LOG_INFO, "serving", LOG_S("address", str_of(s->web.address)));
	fprintf(stderr, "kontor: serving %s on %s\n", s->dir, s->mail.base_url);
	if (!s->mail.smtp_url && !s->mail.to_files)
		fprintf(stderr, "kontor: no mail server is named: mails wait in the outbox until "
				"the server is started with --smtp\n");
	wait_for_signal(set);
	if (s->drain_s)
		drain(web, s->drain_s, set);
	web_stop(web);
	jobs_stop(jobs);
	installation_close(&in);
	object_store_close(objects);
}

int command_serve(int argc, char **argv)
{
	struct serve s = {.web.address = "127.0.0.1:8080", .mail.from = "kontor@localhost"};
	char base[300];
	sigset_t set;
	int code;

	s.files = getenv("KONTOR_FILES");
	s.mail.smtp_user = getenv("KONTOR_SMTP_USER");
	s.mail.smtp_password = getenv("KONTOR_SMTP_PASSWORD");
	code = parse(argc, argv, &s);
	if (code != OPTIONS_GO)
		return code;
	if (!s.mail.base_url) {
		snprintf(base, sizeof base, "%s://%s", s.web.tls_cert ? "https" : "http",
			s.web.address);
		s.mail.base_url = base;
	}
	/* Blocked in every thread; the main thread waits for them. */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	serve(&s, &set);
	return 0;
}
