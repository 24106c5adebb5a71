/* Settings from the command line, and the clock that a demonstration may move. */
#include "market/demo/demo.h"

#include "gen/demo.sql.h"

#include "web/web.h"

#include <stdio.h>

enum { SETTING_BYTES_MAX = 1 << 20, CLOCK_EVERY_S = 5 };

struct setting {
	enum setting_name name;
	str value;
};

static bool setting_apply(struct db *db, void *ctx)
{
	const struct setting *s = ctx;
	instant now = clock_real();

	return demo_setting_set(db, s->name, s->value, now) == 1 ||
	       demo_setting_add(db, (struct setting_id){id_make()}, s->name, s->value, now) == 1;
}

static void setting_done(struct write_unit *u, enum write_result r)
{
	(void)u;
	(void)r;
}

void demo_setting_write(struct store *s, int name, str value)
{
	struct arena *a = arena_make(SETTING_BYTES_MAX);
	struct setting x = {(enum setting_name)name, value};
	struct write_unit u = {.viewer = {.roles = BIT(ROLE_SETUP)},
		.purposes = BIT(PURPOSE_SETUP),
		.arena = a,
		.apply = setting_apply,
		.done = setting_done,
		.ctx = &x};
	enum write_result r = store_write_wait(s, &u);

	arena_free(a);
	if (r != WRITE_DONE)
		fault(FAULT_STORE, "the setting was not written: %s", u.fault.what);
}

/* The number of seconds that a setting holds; -1: it is not there. */
static int64_t setting_read(struct store *s, enum setting_name name)
{
	struct arena *a = arena_make(SETTING_BYTES_MAX);
	struct demo_setting_row row;
	struct fault_point fp;
	struct db db;
	int64_t v = -1;

	fp.kind = 0;
	if (FAULT_TRY(fp)) {
		store_read_begin(
			s, &db, a, (struct viewer){.roles = BIT(ROLE_SETUP)}, BIT(PURPOSE_SETUP));
		if (demo_setting(&db, name, &row) && !str_int(row.value, &v))
			v = 0;
		store_read_end(&db);
		FAULT_END(fp);
		fp.kind = 0;
	}
	arena_free(a);
	if (fp.kind)
		fault(fp.kind, "%s", fp.what);
	return v;
}

bool demo_is(struct store *s)
{
	return setting_read(s, SETTING_NAME_DEMONSTRATION) >= 0;
}

void demo_clock_apply(struct store *s)
{
	int64_t seconds = setting_read(s, SETTING_NAME_CLOCK_SHIFT_S);

	if (seconds <= 0 || seconds * SECOND_US == clock_shifted() || !demo_is(s))
		return;
	clock_shift(seconds * SECOND_US);
	LOG(LOG_INFO, "the demonstration's clock", LOG_I("ahead_s", seconds));
}

static bool clock_run(struct store *s, const struct job *j, struct arena *a)
{
	(void)j, (void)a;
	demo_clock_apply(s);
	return false;
}

const struct job demo_clock_job = {.name = "clock",
	.role = ROLE_SETUP,
	.purposes = BIT(PURPOSE_SETUP),
	.every_s = CLOCK_EVERY_S,
	.each_server = true,
	.run = clock_run};

bool demo_clock_move(struct store *s, int64_t seconds)
{
	int64_t before = setting_read(s, SETTING_NAME_CLOCK_SHIFT_S);
	char text[32];

	if (!demo_is(s))
		return false;
	seconds += before > 0 ? before : 0;
	snprintf(text, sizeof text, "%lld", (long long)seconds);
	demo_setting_write(s, SETTING_NAME_CLOCK_SHIFT_S, str_of(text));
	clock_shift(seconds * SECOND_US);
	return true;
}
