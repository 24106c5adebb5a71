/* Counting visits in memory. A visitor is a keyed digest of the truncated address and the kind of
 * browser. The key is drawn at the start and anew each day, lies in locked memory and is never
 * written: with it goes every way to tell whether two days saw the same visitor. What leaves memory
 * are sums. What was counted since the last writing is lost when the program is killed; what had no
 * turn to be written waits for the next one (decision 254). */
#include "market/desk/visits.h"

#include "market/desk/desk.h"
#include "market/desk/relay.h"

#include "gen/visits.html.h"
#include "gen/visits.sql.h"

#include <pthread.h>
#include <sodium.h>

struct visitor {
	uint64_t digest; /* 0: free */
	int64_t seen_s;
};
struct count {
	enum visit_kind kind;
	char name[VISIT_NAME_BYTES_MAX + 1];
	int64_t n;
};
enum { KINDS = VISIT_KIND_COUNT + 1, COUNTS_MAX = 4096 };
static struct {
	pthread_mutex_t mutex;
	uint8_t *key; /* crypto_shorthash_KEYBYTES, locked */
	int64_t day;
	struct visitor visitors[2 * VISITORS_MAX]; /* open addressing */
	size_t visitors_n;
	struct count counts[COUNTS_MAX];
	size_t counts_n;
	char names[KINDS][VISIT_NAMES_MAX][VISIT_NAME_BYTES_MAX + 1]; /* of this day */
	size_t names_n[KINDS];
	struct count late[COUNTS_MAX]; /* had no turn to be written */
	size_t late_n;
	int64_t late_day;
} here = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- visitors ---- */

static void forget_all(void)
{
	if (!here.key) {
		here.key = sodium_malloc(crypto_shorthash_KEYBYTES);
		MUST(here.key);
	}
	random_bytes(here.key, crypto_shorthash_KEYBYTES);
	memset(here.visitors, 0, sizeof here.visitors);
	here.visitors_n = 0;
}

static void day_begins(int64_t day)
{
	if (here.key && here.day == day)
		return;
	forget_all();
	here.day = day;
	memset(here.names_n, 0, sizeof here.names_n);
}

static uint64_t visitor_digest(const struct shown *s)
{
	char text[256];
	uint64_t d;
	size_t n = 0;
	const str parts[] = {s->network, s->device, s->language};

	for (size_t i = 0; i < COUNT(parts); i++) {
		size_t k = parts[i].n < 80 ? parts[i].n : 80;

		if (k)
			memcpy(text + n, parts[i].p, k);
		text[n + k] = '\n';
		n += k + 1;
	}
	crypto_shorthash((uint8_t *)&d, (const uint8_t *)text, n, here.key);
	explicit_bzero(text, sizeof text);
	return d ? d : 1;
}

/* The place of a visitor, or a free one; NULL: the table is full of others. */
static struct visitor *visitor_place(uint64_t digest)
{
	size_t mask = COUNT(here.visitors) - 1, i = digest & mask;

	while (here.visitors[i].digest && here.visitors[i].digest != digest)
		i = (i + 1) & mask;
	if (!here.visitors[i].digest && here.visitors_n >= VISITORS_MAX)
		return NULL;
	return &here.visitors[i];
}

/* Those that were silent for 8 hours go; the table is laid anew, since places lead to places. */
static void forget_silent(int64_t now_s)
{
	static struct visitor kept[VISITORS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(here.visitors); i++)
		if (here.visitors[i].digest && now_s - here.visitors[i].seen_s < VISIT_FORGET_S)
			kept[n++] = here.visitors[i];
	memset(here.visitors, 0, sizeof here.visitors);
	here.visitors_n = 0;
	for (size_t i = 0; i < n; i++) {
		*visitor_place(kept[i].digest) = kept[i];
		here.visitors_n++;
	}
	explicit_bzero(kept, n * sizeof *kept);
}

/* ---- sums ---- */

static bool name_known(enum visit_kind kind, const char *name)
{
	for (size_t i = 0; i < here.names_n[kind]; i++)
		if (!strcmp(here.names[kind][i], name))
			return true;
	if (here.names_n[kind] == VISIT_NAMES_MAX)
		return false;
	memcpy(here.names[kind][here.names_n[kind]++], name, VISIT_NAME_BYTES_MAX + 1);
	return true;
}

static void add(enum visit_kind kind, str name)
{
	char key[VISIT_NAME_BYTES_MAX + 1] = {0};

	if (name.n)
		memcpy(key, name.p, name.n < VISIT_NAME_BYTES_MAX ? name.n : VISIT_NAME_BYTES_MAX);
	if (*key && !name_known(kind, key))
		memcpy(key, "other", sizeof "other");
	for (size_t i = 0; i < here.counts_n; i++)
		if (here.counts[i].kind == kind && !strcmp(here.counts[i].name, key)) {
			here.counts[i].n++;
			return;
		}
	if (here.counts_n == COUNTS_MAX)
		return;
	struct count *c = &here.counts[here.counts_n++];

	c->kind = kind;
	memcpy(c->name, key, sizeof c->name);
	c->n = 1;
}

/* By the network where a database says it, else by the region in what the browser asks for:
 * "de-AT". Never finer than a country. */
static str country_told(const struct shown *s)
{
	static const str unknown = {"unknown", 7};
	str country = visits_country(s->network), rest = s->language;

	if (country.n)
		return country;
	str_cut(&rest, '-');
	while (rest.n) {
		str part = str_cut(&rest, '-');

		if (part.n == 2 && part.p[0] >= 'A' && part.p[0] <= 'Z')
			return part;
	}
	return unknown;
}

static void count_visitor(const struct shown *s, int64_t now_s)
{
	uint64_t digest = visitor_digest(s);
	struct visitor *v = visitor_place(digest);

	if (!v)
		return;
	bool first = !v->digest || now_s - v->seen_s >= VISIT_FORGET_S;

	if (!v->digest)
		here.visitors_n++;
	if (first) {
		add(VISIT_KIND_VISITORS, S(""));
		add(VISIT_KIND_DEVICE, s->device);
		add(VISIT_KIND_LANGUAGE, s->language.n ? s->language : S("unknown"));
		add(VISIT_KIND_COUNTRY, country_told(s));
	}
	if (first || now_s - v->seen_s >= VISIT_SESSION_S) {
		add(VISIT_KIND_SESSIONS, S(""));
		if (s->referrer.n)
			add(VISIT_KIND_REFERRER, s->referrer);
	}
	*v = (struct visitor){digest, now_s};
}

void visits_shown(const struct shown *s)
{
	int64_t now_s = s->at.us / SECOND_US;

	pthread_mutex_lock(&here.mutex);
	day_begins(s->at.us / DAY_US);
	add(VISIT_KIND_VIEWS, S(""));
	add(VISIT_KIND_PAGE, s->route);
	if (s->counted)
		count_visitor(s, now_s);
	pthread_mutex_unlock(&here.mutex);
	if (s->agreed)
		relay_shown(s);
}

/* ---- news mails of those who agreed to that ---- */

static bool day_good(str day)
{
	static const char form[] = "0000-00-00";

	if (day.n != sizeof form - 1)
		return false;
	for (size_t i = 0; i < day.n; i++)
		if (form[i] == '0' ? day.p[i] < '0' || day.p[i] > '9' : day.p[i] != form[i])
			return false;
	return true;
}

static void count_mail(enum visit_kind kind, str day)
{
	pthread_mutex_lock(&here.mutex);
	day_begins(clock_real().us / DAY_US);
	add(kind, day);
	pthread_mutex_unlock(&here.mutex);
}

void desk_mail_led(str day)
{
	if (day_good(day))
		count_mail(VISIT_KIND_MAIL_LED, day);
}

/* A picture of one pixel: it says that one of that day's mails was opened, and nothing else. It
 * asks for no session and sets no cookie. */
static int pixel_get(struct req *r)
{
	static const char gif[] =
		"GIF89a\1\0\1\0\200\0\0\0\0\0\0\0\0!\371\4\1\0\0\0\0,\0\0\0\0\1\0\1"
		"\0\0\2\2D\1\0;";
	str day = path_str(r, "picture");

	if (!str_ends(day, S(".gif")) || !day_good(str_sub(day, 0, day.n - 4)))
		return 404;
	count_mail(VISIT_KIND_MAIL_OPENED, str_sub(day, 0, day.n - 4));
	answer_type(r, "image/gif");
	answer_header(r, "Cache-Control", S("no-store"));
	out_bytes(r->out, gif, sizeof gif - 1);
	return 200;
}

void visits_forget(void)
{
	pthread_mutex_lock(&here.mutex);
	forget_all();
	here.counts_n = here.late_n = 0;
	memset(here.names_n, 0, sizeof here.names_n);
	pthread_mutex_unlock(&here.mutex);
}

size_t visits_remembered(void)
{
	pthread_mutex_lock(&here.mutex);
	size_t n = here.visitors_n;

	pthread_mutex_unlock(&here.mutex);
	return n;
}

/* ---- the job ---- */

struct taken {
	struct count *v;
	size_t n;
	int64_t day;
};

static int64_t month_of(int64_t day)
{
	struct civil c = civil_of((instant){day * DAY_US});

	return -((int64_t)c.year * 12 + c.month - 1);
}

static bool put(struct db *db, const struct count *c, int64_t period)
{
	str name = str_of(c->name);

	return visits_add(db, c->kind, period, name, c->n) == 1 ||
	       visits_start(db, (struct visit_figure_id){id_make()}, c->kind, period, name, c->n) ==
		       1;
}

static bool taken_write(struct db *db, void *ctx)
{
	const struct taken *t = ctx;

	for (size_t i = 0; i < t->n; i++)
		if (!put(db, &t->v[i], t->day) || !put(db, &t->v[i], month_of(t->day)))
			return false;
	return true;
}

/* What waits from before goes first: with the day it was counted on. */
static struct taken take(struct arena *a)
{
	struct taken t;

	pthread_mutex_lock(&here.mutex);
	if (!here.late_n) {
		memcpy(here.late, here.counts, here.counts_n * sizeof *here.counts);
		here.late_n = here.counts_n;
		here.late_day = here.day;
		here.counts_n = 0;
	}
	t = (struct taken){
		arena_array(a, struct count, here.late_n + 1), here.late_n, here.late_day};
	memcpy(t.v, here.late, t.n * sizeof *t.v);
	if (here.key)
		forget_silent(clock_real().us / SECOND_US);
	pthread_mutex_unlock(&here.mutex);
	return t;
}

static void written(void)
{
	pthread_mutex_lock(&here.mutex);
	here.late_n = 0;
	pthread_mutex_unlock(&here.mutex);
}

static bool visits_run(struct store *s, const struct job *j, struct arena *a)
{
	struct taken t = take(a);

	if (!t.n)
		return false;
	struct write_unit u = {.viewer = {.roles = BIT(j->role)},
		.purposes = j->purposes,
		.arena = a,
		.apply = taken_write,
		.ctx = &t};
	enum write_result r = store_write_wait(s, &u);

	if (r != WRITE_BUSY && r != WRITE_LOST)
		written();
	if (r == WRITE_FAULTED)
		fault(u.fault.kind, "%s", u.fault.what);
	return false;
}

const struct job visits_job = {
	.name = "visits",
	.role = ROLE_COUNTER,
	.purposes = BIT(PURPOSE_ANALYTICS),
	.every_s = 20,
	.each_server = true,
	.run = visits_run,
};

/* ---- the desk ---- */

static void days_read(struct db *db, enum visit_kind kind, int64_t today, int64_t n[VISIT_DAYS])
{
	int64_t from = today - VISIT_DAYS + 1;
	struct visits_days_rows rows = visits_days(db, kind, from);

	for (size_t i = 0; i < rows.n; i++)
		if (rows.v[i].period <= today)
			n[rows.v[i].period - from] = rows.v[i].n;
}

static void top_read(struct req *r, struct visits_top *t, struct text title, enum visit_kind kind,
	int64_t period)
{
	struct visits_most_rows rows = visits_most(r->db, kind, period);

	t->title = title;
	for (size_t i = 0; i < rows.n && i < COUNT(t->label); i++) {
		t->label[i] = AS_TEXT(rows.v[i].name);
		t->n[t->rows++] = rows.v[i].n;
	}
}

static int visits_show(struct req *r)
{
	struct visits_view *v = arena_new(r->arena, struct visits_view);
	int64_t today = clock_real().us / DAY_US, month = month_of(today);

	for (int i = 0; i < VISIT_DAYS; i++) {
		struct civil c = civil_of((instant){(today - VISIT_DAYS + 1 + i) * DAY_US});

		v->day[i] = AS_TEXT(str_fmt(r->arena, "%d.%d.", c.day, c.month));
	}
	days_read(r->db, VISIT_KIND_VIEWS, today, v->views);
	days_read(r->db, VISIT_KIND_VISITORS, today, v->visitors);
	days_read(r->db, VISIT_KIND_SESSIONS, today, v->sessions);
	top_read(r, &v->top[0], TEXT(visits_pages), VISIT_KIND_PAGE, month);
	top_read(r, &v->top[1], TEXT(visits_referrers), VISIT_KIND_REFERRER, month);
	top_read(r, &v->top[2], TEXT(visits_devices), VISIT_KIND_DEVICE, month);
	top_read(r, &v->top[3], TEXT(visits_languages), VISIT_KIND_LANGUAGE, month);
	top_read(r, &v->top[4], TEXT(visits_countries), VISIT_KIND_COUNTRY, month);
	top_read(r, &v->top[5], TEXT(visits_mail_opened), VISIT_KIND_MAIL_OPENED, month);
	top_read(r, &v->top[6], TEXT(visits_mail_led), VISIT_KIND_MAIL_LED, month);
	v->by_address = visits_country_known();
	visits_page(r->out, r, v);
	return 200;
}

const struct route visits_routes[] = {
	{GET, "/desk/visits", BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER), BIT(PURPOSE_ANALYTICS),
		PROOF_NONE, .get = visits_show},
	{GET, "/pixel/{picture}", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = pixel_get},
	{0},
};
