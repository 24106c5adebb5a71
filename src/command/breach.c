/* kontor breach: whom does it touch? */
#include "command/command.h"
#include "command/installation.h"
#include "command/options.h"
#include "market/desk/desk.h"
#include "market/rights/breach.h"
#include "store/control.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: kontor breach DIR --from TIME --until TIME (--tables NAMES | --key ID | --person "
	"ID)\n"
	"                         [--found TIME] [--nature TEXT] [--keys FILE] [--master FILE]\n"
	"\n"
	"Writes a breach of personal data down, lists how many people and which fields it touches, "
	"and\n"
	"prints a draft of the notice to the authority. The 72 hours run from --found (now). The "
	"desk\n"
	"(/desk/breaches) goes on from there.\n"
	"\n"
	"  --tables NAMES  tables that lay open, with commas: person,orders\n"
	"  --key ID        whose key became known (a person, company or order)\n"
	"  --person ID     an account of the staff that somebody else used\n"
	"  TIME            2026-03-01 or 2026-03-01T10:00:00Z\n";

enum { FROM, UNTIL, TABLES, KEY, PERSON, FOUND, NATURE, WORDS };

static bool scope_of(const char *const *w, struct breach_scope *s)
{
	*s = (struct breach_scope){.found = clock_now(),
		.tables = str_of(w[TABLES]),
		.nature = str_of(*w[NATURE] ? w[NATURE] : "…")};
	return instant_parse(str_of(w[FROM]), &s->from) &&
	       instant_parse(str_of(w[UNTIL]), &s->until) &&
	       (!*w[FOUND] || instant_parse(str_of(w[FOUND]), &s->found)) &&
	       (!*w[KEY] || id_parse(str_of(w[KEY]), &s->key)) &&
	       (!*w[PERSON] || id_parse(str_of(w[PERSON]), &s->staff));
}

struct begun {
	struct breach_scope scope;
	struct breach_id id;
};

static bool begin_apply(struct db *db, void *ctx)
{
	struct begun *b = ctx;

	b->id = breach_begin(db, &b->scope);
	return true;
}

static int tell(struct store *s, struct arena *a, struct breach_id id,
	void (*say)(void *, const char *), void *ctx)
{
	struct breach_one_row b;
	struct db db;

	store_read_begin(s, &db, a, (struct viewer){.roles = BIT(ROLE_AUDITOR)},
		BIT(PURPOSE_INCIDENT) | BIT(PURPOSE_PUBLIC));
	bool is = breach_one(&db, id, &b);
	struct policy_operator own = desk_controller(&db);

	store_read_end(&db);
	if (!is)
		return 1;
	say(ctx, str_fmt(a, "breach " STR_FMT ": %lld people", STR_ARG(id_text(a, id.v)),
			 (long long)b.people)
			 .p);
	say(ctx, str_fmt(a, "fields: " STR_FMT, STR_ARG(b.fields)).p);
	say(ctx, str_fmt(a, "the authority must know by " STR_FMT,
			 STR_ARG(instant_iso(
				 a, instant_add(b.found_at, BREACH_CLOCK_S * SECOND_US))))
			 .p);
	str draft = breach_draft(a, locale_of(S("en")), store_policy(s), &own, &b);

	for (str rest = draft; rest.n;)
		say(ctx, str_dup(a, str_cut(&rest, '\n')).p);
	return 0;
}

static int work(struct store *s, const char *const *w, void (*say)(void *, const char *), void *ctx)
{
	struct arena *a = arena_make((size_t)512 << 20);
	struct begun b = {0};
	const char *wrong = scope_of(w, &b.scope) ? breach_wrong(store_policy(s), &b.scope)
						  : "a time or an id cannot be read";
	int code = 2;

	if (wrong) {
		say(ctx, wrong);
	} else {
		struct write_unit u = {.viewer = {.roles = BIT(ROLE_AUDITOR)},
			.purposes = BIT(PURPOSE_INCIDENT),
			.arena = a,
			.apply = begin_apply,
			.ctx = &b};

		if (store_write_wait(s, &u) != WRITE_DONE)
			fault(FAULT_STORE, "the breach was not written down: %s", u.fault.what);
		breach_count(s, a);
		code = tell(s, a, b.id, say, ctx);
	}
	arena_free(a);
	return code;
}

static int asked(struct store *s, int argc, char **argv, struct control_reply *r)
{
	return argc == 1 + WORDS ? work(s, (const char *const *)argv + 1, control_line, r) : 2;
}

void command_breach_offer(void)
{
	control_command("breach", asked);
}

struct call {
	const char *words[WORDS], *dir, *keys, *master;
};

static int parse(int argc, char **argv, struct call *c)
{
	const struct opt options[] = {{"from", .text = &c->words[FROM]},
		{"until", .text = &c->words[UNTIL]}, {"to", .text = &c->words[UNTIL]},
		{"tables", .text = &c->words[TABLES]}, {"key", .text = &c->words[KEY]},
		{"person", .text = &c->words[PERSON]}, {"found", .text = &c->words[FOUND]},
		{"nature", .text = &c->words[NATURE]}, {"keys", .text = &c->keys},
		{"master", .text = &c->master}, {0}};

	for (size_t i = 0; i < WORDS; i++)
		c->words[i] = "";
	int code = options_read(usage, argc, argv, options);

	if (code == OPTIONS_GO)
		code = options_words(usage, argc, argv, 1, 1);
	if (code == OPTIONS_GO)
		c->dir = argv[optind];
	return code;
}

static int breach(const struct call *c)
{
	const char *words[WORDS + 2] = {"breach"};

	memcpy(words + 1, c->words, sizeof c->words);
	int code = control_ask(c->dir, WORDS + 1, words, stdout);

	if (code >= 0)
		return code;
	struct installation in = installation_open(c->dir, c->keys, c->master, false);

	code = work(in.store, c->words, options_print, stdout);
	installation_close(&in);
	return code;
}

int command_breach(int argc, char **argv)
{
	struct call c = {0};
	int code;

	code = parse(argc, argv, &c);
	if (code != OPTIONS_GO)
		return code;
	return breach(&c);
}
