/* Which statements can a route reach? Each must be of a purpose that the route declares; the same
 * for jobs and for what web asks the market. The handle's mask refuses the rest at run time; this
 * finds it before.
 *
 * The program is linked here with its relocations kept (--emit-relocs) and every function and table
 * in a section of its own, so that each reference from one to another stands in the file: calls,
 * and addresses that are handed on. What a function refers to, it may reach; a call through a
 * pointer that came from elsewhere is not followed, and needs none: whoever gave the pointer had to
 * refer to the function. */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

#include "market/market.h"
#include "policy/embedded.h"
#include "test/test.h"

enum { PATH_MAX_SHOWN = 12 };

struct object { /* a function or a table of the program */
	uint64_t at, size;
	const char *name;
	size_t first, n; /* its references, in `refs` */
	bool closed;	 /* tables of everything: not followed */
};
struct ref {
	uint32_t from, to;
};
static struct objects {
	struct object *v;
	size_t n, cap;
} objects;
static struct refs {
	struct ref *v;
	size_t n, cap;
} refs;
static struct arena *kept;
static uint64_t base;
static const char *image;

/* ---- the file -------------------------------------------------------------------------------- */
static int first_base(struct dl_phdr_info *info, size_t size, void *to)
{
	(void)size;
	*(uint64_t *)to = info->dlpi_addr;
	return 1;
}

static const char *file_all(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rbe");
	char *p;

	MUST(f && !fseek(f, 0, SEEK_END));
	*n = (size_t)ftell(f);
	rewind(f);
	p = malloc(*n);
	MUST(p && fread(p, 1, *n, f) == *n);
	fclose(f);
	return p;
}

static int by_address(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->size < y->size) - (x->size > y->size);
}

static const Elf64_Shdr *section(size_t i)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)image;

	return (const Elf64_Shdr *)(image + h->e_shoff) + i;
}

static void objects_read(const Elf64_Shdr *s)
{
	const Elf64_Sym *sym = (const Elf64_Sym *)(image + s->sh_offset);
	const char *names = image + section(s->sh_link)->sh_offset;

	for (size_t i = 0; i < s->sh_size / sizeof *sym; i++) {
		int type = ELF64_ST_TYPE(sym[i].st_info);

		if ((type == STT_FUNC || type == STT_OBJECT) && sym[i].st_shndx != SHN_UNDEF &&
			sym[i].st_size)
			*ARENA_PUSH(kept, &objects) = (struct object){sym[i].st_value,
				sym[i].st_size, names + sym[i].st_name, 0, 0, false};
	}
	qsort(objects.v, objects.n, sizeof *objects.v, by_address);
}

/* The object that holds the address; -1: none. */
static int64_t object_at(uint64_t at)
{
	size_t low = 0, high = objects.n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (objects.v[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i > 0 && i + 8 > low; i--)
		if (at - objects.v[i - 1].at < objects.v[i - 1].size) {
			while (i > 1 && objects.v[i - 2].at == objects.v[i - 1].at)
				i--;
			return (int64_t)i - 1;
		}
	return -1;
}

static uint64_t target_of(const Elf64_Rela *r, const Elf64_Sym *sym)
{
	const Elf64_Sym *s = sym + ELF64_R_SYM(r->r_info);
	uint32_t type = (uint32_t)ELF64_R_TYPE(r->r_info);

	if (ELF64_ST_TYPE(s->st_info) != STT_SECTION)
		return s->st_value;
	return s->st_value + (uint64_t)r->r_addend +
	       (type == R_X86_64_PC32 || type == R_X86_64_PLT32 ? 4 : 0);
}

static void refs_read(const Elf64_Shdr *s)
{
	const Elf64_Rela *r = (const Elf64_Rela *)(image + s->sh_offset);
	const Elf64_Shdr *of = section(s->sh_info), *symtab = section(s->sh_link);
	const Elf64_Sym *sym = (const Elf64_Sym *)(image + symtab->sh_offset);

	if (!s->sh_info || !(of->sh_flags & SHF_ALLOC) || symtab->sh_type != SHT_SYMTAB)
		return;
	for (size_t i = 0; i < s->sh_size / sizeof *r; i++) {
		int64_t from = object_at(r[i].r_offset), to = object_at(target_of(&r[i], sym));

		if (from >= 0 && to >= 0 && from != to)
			*ARENA_PUSH(kept, &refs) = (struct ref){(uint32_t)from, (uint32_t)to};
	}
}

static int by_from(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static int64_t object_of(const void *p)
{
	return object_at((uint64_t)(uintptr_t)p - base);
}

static void close_table(const void *p)
{
	int64_t i = object_of(p);

	MUST(i >= 0);
	objects.v[i].closed = true;
}

TEST(the_program_tells_its_references)
{
	const Elf64_Ehdr *h;
	size_t n, relocated = 0;

	kept = arena_make((size_t)1 << 30);
	image = file_all("/proc/self/exe", &n);
	h = (const Elf64_Ehdr *)image;
	REQUIRE(n > sizeof *h && h->e_machine == EM_X86_64);
	dl_iterate_phdr(first_base, &base);
	for (size_t i = 0; i < h->e_shnum; i++)
		if (section(i)->sh_type == SHT_SYMTAB)
			objects_read(section(i));
	for (size_t i = 0; i < h->e_shnum; i++)
		if (section(i)->sh_type == SHT_RELA) {
			refs_read(section(i));
			relocated++;
		}
	qsort(refs.v, refs.n, sizeof *refs.v, by_from);
	for (size_t i = 0; i < refs.n; i++)
		if (!objects.v[refs.v[i].from].n++)
			objects.v[refs.v[i].from].first = i;
	close_table(statements);
	close_table(market_routes);
	close_table(market_jobs);
	for (const struct route *const *t = market_routes; *t; t++)
		close_table(*t);
	printf("# %zu functions and tables, %zu references\n", objects.n, refs.n);
	CHECK(relocated > 2 && objects.n > 1000 && refs.n > objects.n);
}

/* ---- what is referred to and not called ------------------------------------------------------ */
struct cut {
	const char *from, *to, *why;
	bool used;
};
static struct cut cuts[] = {
	{"move_on", "order_process",
		"the clock asks the table what may happen; its effects are the parties'", false},
	{"session_keep", "session_new",
		"web keeps its sessions under its own purpose (signin_begin)", false},
};

/* On routes that lag for visitors alone (LAG_VISITORS): what is asked for whoever has a session.
 * The store refuses it on a replica. */
static struct cut of_members[] = {
	{"product_show", "lead_seen", "notes what a member looks at", false},
	{"embeds_agreed", "choice_allows", "asks what a person agreed to", false},
};
static bool visitors; /* of_members are cut too */

static bool cut_here(uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < COUNT(cuts); i++)
		if (!strcmp(objects.v[from].name, cuts[i].from) &&
			!strcmp(objects.v[to].name, cuts[i].to)) {
			cuts[i].used = true;
			return true;
		}
	for (size_t i = 0; visitors && i < COUNT(of_members); i++)
		if (!strcmp(objects.v[from].name, of_members[i].from) &&
			!strcmp(objects.v[to].name, of_members[i].to)) {
			of_members[i].used = true;
			return true;
		}
	return false;
}

/* ---- reaching -------------------------------------------------------------------------------- */
struct reach {
	uint32_t *from; /* by object: who referred to it first, plus 1; 0: not reached */
	uint32_t *queue;
	size_t n;
};

static void reach_add(struct reach *r, int64_t to, uint32_t from)
{
	if (to < 0 || r->from[to])
		return;
	r->from[to] = from + 1;
	r->queue[r->n++] = (uint32_t)to;
}

static struct reach reach_begin(void)
{
	return (struct reach){.from = arena_array(test_arena, uint32_t, objects.n),
		.queue = arena_array(test_arena, uint32_t, objects.n)};
}

static void reach_from(struct reach *r, const void *function)
{
	int64_t i = function ? object_of(function) : -1;

	if (!function)
		return;
	MUST(i >= 0);
	reach_add(r, i, (uint32_t)i);
	for (size_t done = 0; done < r->n; done++) {
		const struct object *o = &objects.v[r->queue[done]];

		for (size_t k = 0; k < o->n && !o->closed; k++)
			if (!cut_here(r->queue[done], refs.v[o->first + k].to))
				reach_add(r, refs.v[o->first + k].to, r->queue[done]);
	}
}

static void path_show(const struct reach *r, uint32_t to)
{
	uint32_t step[PATH_MAX_SHOWN];
	size_t n = 0;

	for (uint32_t i = to; n < PATH_MAX_SHOWN; i = r->from[i] - 1) {
		step[n++] = i;
		if (r->from[i] - 1 == i)
			break;
	}
	printf("#   ");
	while (n--)
		printf("%s%s", objects.v[step[n]].name, n ? " -> " : "\n");
}

static const char *purpose_name(int bit)
{
	static const struct policy *p;
	struct policy_errors e = {0};

	if (!p)
		p = policy_read(kept, embedded_policy, embedded_policy_n, &e);
	for (size_t i = 0; p && i < p->purposes_n; i++)
		if (p->purposes[i].bit == bit)
			return p->purposes[i].name.p;
	return "?";
}

/* What is asked for. A handler that reads cannot write: the store refuses, whatever it refers
 * to. */
struct question {
	const char *what; /* NULL: only count */
	uint64_t purposes;
	bool writes;
	uint64_t used;
};

/* How many statements are reached that may not lag. */
static int lagging_wrong(const void *function, const char *what)
{
	struct reach r = reach_begin();
	int bad = 0;

	reach_from(&r, function);
	for (const struct stmt *const *s = statements; *s; s++) {
		int64_t i = object_of(*s);

		if (!r.from[i] || (*s)->verb != 's' || (*s)->lag)
			continue;
		bad++;
		if (what) {
			printf("# %s may lag, and %s (%s:%d) may not\n", what, (*s)->name,
				(*s)->file, (*s)->line);
			path_show(&r, (uint32_t)i);
		}
	}
	return bad;
}

/* How many statements are reached that no declared purpose covers. */
static int uncovered(const struct reach *r, struct question *ask)
{
	int bad = 0;

	for (const struct stmt *const *s = statements; *s; s++) {
		int64_t i = object_of(*s);

		MUST(i >= 0);
		if (!r->from[i] || (!ask->writes && (*s)->verb != 's'))
			continue;
		ask->used |= UINT64_C(1) << (*s)->purpose;
		if (ask->purposes >> (*s)->purpose & 1)
			continue;
		bad++;
		if (ask->what) {
			printf("# %s: %s (%s:%d) is of purpose \"%s\", which is not declared\n",
				ask->what, (*s)->name, (*s)->file, (*s)->line,
				purpose_name((*s)->purpose));
			path_show(r, (uint32_t)i);
		}
	}
	return bad;
}

static int uncovered_from(const void *function, struct question *ask)
{
	struct reach r = reach_begin();

	reach_from(&r, function);
	return uncovered(&r, ask);
}

static int uncovered_route(const struct route *t, struct question *ask)
{
	int bad = uncovered_from((const void *)(uintptr_t)t->get, ask) +
		  uncovered_from((const void *)(uintptr_t)t->prepare, ask);

	ask->writes = true;
	return bad + uncovered_from((const void *)(uintptr_t)t->apply, ask);
}

TEST(routes_reach_statements_of_their_purposes_only)
{
	int routes = 0, reaching = 0, found = 0;

	for (const struct route *const *table = market_routes; *table; table++)
		for (const struct route *t = *table; t->method; t++) {
			static const char *const methods[] = {
				[GET] = "GET", [POST] = "POST", [DELETE] = "DELETE"};
			str what = str_fmt(test_arena, "%s %s", methods[t->method], t->path);
			struct question ask = {.what = what.p, .purposes = t->purposes};
			struct question none = {0};

			CHECK_INT(0, uncovered_route(t, &ask));
			routes++;
			reaching += ask.used != 0;
			found += uncovered_route(t, &none) > 0; /* it would be seen */
		}
	printf("# %d routes, %d of them reach statements\n", routes, reaching);
	CHECK(routes > 0 && reaching > 0 && found == reaching);
}

/* What is read from a replica is judged here, and not found out by a request. */
TEST(routes_that_lag_reach_statements_that_may)
{
	struct web_options o = {0};
	struct policy_errors e = {0};
	int lagging = 0, marked = 0;

	market_web(&o, policy_read(kept, embedded_policy, embedded_policy_n, &e));
	CHECK_INT(0, lagging_wrong((const void *)(uintptr_t)o.frame, "frame"));
	CHECK(lagging_wrong((const void *)(uintptr_t)o.frame_own, NULL) > 0);
	for (const struct route *const *table = market_routes; *table; table++)
		for (const struct route *t = *table; t->method; t++) {
			if (!t->lag)
				continue;
			CHECK(t->method == GET);
			visitors = t->lag == LAG_VISITORS;
			CHECK_INT(0, lagging_wrong((const void *)(uintptr_t)t->get, t->path));
			visitors = false;
			lagging++;
		}
	for (const struct stmt *const *s = statements; *s; s++)
		marked += (*s)->lag;
	printf("# %d routes may lag, %d statements\n", lagging, marked);
	CHECK(lagging > 0 && marked > 0);
}

TEST(jobs_reach_statements_of_their_purposes_only)
{
	int reaching = 0;

	for (const struct job *const *j = market_jobs; *j; j++) {
		struct question ask = {
			.what = (*j)->name, .purposes = (*j)->purposes, .writes = true};

		CHECK_INT(0, uncovered_from((const void *)(uintptr_t)(*j)->run, &ask));
		reaching += ask.used != 0;
	}
	CHECK(reaching > 0);
}

/* The frame acts under its own purposes besides the route's; who somebody is, under signin. */
TEST(what_web_asks_the_market_for_stays_in_its_purposes)
{
	struct web_options o = {0};
	struct policy_errors e = {0};

	market_web(&o, policy_read(kept, embedded_policy, embedded_policy_n, &e));
	struct question frame = {
		.what = "frame", .purposes = o.frame_purposes | BIT(PURPOSE_PUBLIC)};
	struct question bearer = {.what = "bearer", .purposes = BIT(PURPOSE_SIGNIN)};
	struct question member = {.what = "member", .purposes = BIT(PURPOSE_SIGNIN)};

	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.frame, &frame));
	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.frame_own, &frame));
	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.bearer, &bearer));
	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.member, &member));
	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.signer, &bearer));
	CHECK_INT(0, uncovered_from((const void *)(uintptr_t)o.message, &bearer));
	CHECK(frame.used && bearer.used && member.used);
}

/* ---- which machines a member's page asks ---------------------------------------------------- */
/* Statements that ask all of them for a member or a visitor: those that are left, a name on a line.
 * The list can only shrink (doc/scale.md). */
#define ALL_PLACES "test/policy/places/all.list"
enum { ALL_PLACES_MAX = 0 };

struct names {
	str *v;
	size_t n, cap;
};

static bool named(const struct names *l, str s)
{
	for (size_t i = 0; i < l->n; i++)
		if (str_eq(l->v[i], s))
			return true;
	return false;
}

/* Lines that begin so, as far as the next tab. */
static struct names lines(FILE *f, const char *begin)
{
	struct names l = {0};
	char line[2000];

	MUST(f);
	while (fgets(line, sizeof line, f)) {
		str s = str_trim(str_of(line)), start = str_of(begin);

		if (!str_starts(s, start) || !s.n || *s.p == '#')
			continue;
		s = str_sub(s, start.n, s.n);
		*ARENA_PUSH(test_arena, &l) = str_dup(test_arena, str_cut(&s, '\t'));
	}
	return l;
}

/* For staff alone: jobs and the desk may ask all machines. */
static bool desk(uint64_t who)
{
	return !(who & ~(BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER)));
}

static void route_places(const void *f, bool writes, const struct names *all, struct names *found)
{
	struct reach r = reach_begin();

	reach_from(&r, f);
	for (const struct stmt *const *s = statements; *s; s++) {
		str name = str_of((*s)->name);

		if (!r.from[object_of(*s)] || (!writes && (*s)->verb != 's') || !named(all, name))
			continue;
		if (!named(found, name))
			*ARENA_PUSH(kept, found) = name;
	}
}

TEST(a_members_page_asks_one_machine_but_for_a_list_that_shrinks)
{
	FILE *p = popen("build/tool/queryc --places policy schema $(find src -name '*.sql')", "re");
	FILE *f = fopen(ALL_PLACES, "re");
	struct names all = lines(p, "all\t"), listed = lines(f, ""), found = {0}, desks = {0};
	struct web_options o = {0};
	struct policy_errors e = {0};

	CHECK_INT(0, pclose(p));
	fclose(f);
	for (const struct route *const *table = market_routes; *table; table++)
		for (const struct route *t = *table; t->method; t++) {
			struct names *into = desk(t->who) ? &desks : &found;

			route_places((const void *)(uintptr_t)t->get, false, &all, into);
			route_places((const void *)(uintptr_t)t->prepare, false, &all, into);
			route_places((const void *)(uintptr_t)t->apply, true, &all, into);
		}
	market_web(&o, policy_read(kept, embedded_policy, embedded_policy_n, &e));
	route_places((const void *)(uintptr_t)o.frame, false, &all, &found);
	route_places((const void *)(uintptr_t)o.member, false, &all, &found);
	for (size_t i = 0; i < found.n; i++)
		if (!named(&listed, found.v[i]))
			TEST_FAIL(STR_FMT " asks all machines for a member: compare an id that "
					  "tells the place (doc/queryc.md, \"Places\")",
				STR_ARG(found.v[i]));
	for (size_t i = 0; i < listed.n; i++)
		if (!named(&found, listed.v[i]))
			TEST_FAIL(ALL_PLACES ": " STR_FMT " asks one machine: take it out, and one "
					     "off ALL_PLACES_MAX",
				STR_ARG(listed.v[i]));
	printf("# %zu statements ask all machines, %zu of them for members\n", all.n, found.n);
	CHECK_INT(ALL_PLACES_MAX, (int64_t)listed.n);
	CHECK(all.n > found.n && desks.n > 0); /* who may: the same way finds theirs */
}

TEST(every_cut_is_needed)
{
	for (size_t i = 0; i < COUNT(cuts); i++)
		if (!cuts[i].used)
			TEST_FAIL("%s does not refer to %s: %s", cuts[i].from, cuts[i].to,
				cuts[i].why);
	for (size_t i = 0; i < COUNT(of_members); i++)
		if (!of_members[i].used)
			TEST_FAIL("%s does not refer to %s: %s", of_members[i].from,
				of_members[i].to, of_members[i].why);
	free((void *)(uintptr_t)image);
	arena_free(kept);
}

int main(void)
{
	return test_main();
}
