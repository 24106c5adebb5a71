/* Live events: what a commit changed, for whoever listens, and not before it is stored. A unit
 * notes them beside its rows; one that is undone takes its own along. On PostgreSQL the other
 * servers hear them in the commit's own notification (pg/turn.c, pg/server.c). */
#include "inside.h"

static void note(struct db *db, const struct store_event *e)
{
	struct writer *w = &db->conn->store->writer;

	MUST(db->write);
	for (size_t i = w->events_undo; i < w->events_n; i++)
		if (w->events[i].id == e->id && !strcmp(w->events[i].kind, e->kind))
			return;
	if (w->events_n == EVENTS_COMMIT_MAX)
		w->events_more = true;
	else
		w->events[w->events_n++] = *e;
}

void db_event(struct db *db, const char *kind, int64_t id, int64_t one, int64_t other)
{
	struct store_event e = {.id = id, .one = one, .other = other};
	size_t n = strlen(kind);

	MUST(n && n < sizeof e.kind && strspn(kind, "abcdefghijklmnopqrstuvwxyz_") == n);
	memcpy(e.kind, kind, n);
	note(db, &e);
}

void db_event_look(struct db *db, int64_t subject)
{
	note(db, &(struct store_event){.id = subject});
}

void events_begin(struct writer *w)
{
	w->events_n = w->events_undo = 0;
	w->events_more = false;
}

void events_unit(struct writer *w)
{
	w->events_undo = w->events_n;
}

void events_unit_back(struct writer *w)
{
	w->events_n = w->events_undo;
}

void events_tell(struct store *s, const struct store_event *v, size_t n)
{
	pthread_mutex_lock(&s->events_mutex);
	if (s->events_heard)
		s->events_heard(s->events_ctx, v, n);
	pthread_mutex_unlock(&s->events_mutex);
}

void events_committed(struct store *s)
{
	struct writer *w = &s->writer;

	if (w->events_more)
		events_tell(s, NULL, 0);
	else if (w->events_n)
		events_tell(s, w->events, w->events_n);
}

void store_events(
	struct store *s, void (*heard)(void *ctx, const struct store_event *v, size_t n), void *ctx)
{
	pthread_mutex_lock(&s->events_mutex);
	s->events_heard = heard;
	s->events_ctx = ctx;
	pthread_mutex_unlock(&s->events_mutex);
}
