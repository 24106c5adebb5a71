/* Live events: answers that stay open (text/event-stream) and say what changed, as kind and id. The
 * hub keeps every stream and the last events. The store tells it what was committed, here or by
 * another server; it puts that into the queues of those whom it concerns and wakes them. What a
 * stream says is written on the listener's threads: there its session is looked at first, so that
 * nothing is said to whom it does not belong any more. A stream that has nothing to say costs no
 * thread: its connection is suspended. */
#include "inner.h"

#include <stdio.h>
#include <stdlib.h>

struct told { /* an event of the hub */
	struct store_event e;
	int64_t place; /* rises by one at least, and with the clock that never moves */
};
struct stream {
	struct stream *prev, *next;
	struct live *live;
	uint64_t who; /* roles of its route: one of them stays, or it ends */
	struct session_known known;
	void (*sleep)(void *ctx), (*wake)(void *ctx);
	void *ctx;
	enum { STREAM_RUNS = 1, STREAM_SLEEPS, STREAM_WOKEN } at;
	int64_t said_us;
	bool hello, beat, look, again; /* to say: retry; that it is there; nothing; "again" */
	enum { END_NOT, END_FOR_GOOD, END_SERVER, END_SAID } end;
	struct told queue[LIVE_QUEUE_MAX];
	size_t n;
};
_Static_assert(sizeof(struct stream) <= LIVE_STREAM_BYTES_MAX, "what one stream may cost");

struct live {
	struct web *web;
	pthread_mutex_t lock;
	struct stream all; /* ring */
	size_t n, asleep;
	bool ended;
	int64_t offset;	    /* of places: another server's are not taken for this one's */
	int64_t last, lost; /* the newest place; what came at this one or before is not kept */
	struct told kept[LIVE_KEPT_MAX];
	size_t kept_n; /* ever */
};

/* ---- the hub; everything with its lock --------------------------------------------------- */

static int64_t place_next(struct live *l)
{
	int64_t now = clock_mono_us() + l->offset;

	l->last = now > l->last ? now : l->last + 1;
	return l->last;
}

static void wake(struct stream *s)
{
	if (s->at != STREAM_SLEEPS)
		return;
	s->at = STREAM_WOKEN;
	s->wake(s->ctx);
}

static void sleep_now(struct stream *s)
{
	s->at = STREAM_SLEEPS;
	s->live->asleep++;
	s->sleep(s->ctx);
}

static void all_again(struct stream *s)
{
	s->n = 0;
	s->again = true;
}

static void queue(struct stream *s, const struct told *t)
{
	int64_t company = s->known.viewer.company;

	if (s->again || !company || (t->e.one != company && t->e.other != company))
		return;
	for (size_t i = 0; i < s->n; i++)
		if (s->queue[i].e.id == t->e.id) {
			s->queue[i].place = t->place;
			return;
		}
	if (s->n == LIVE_QUEUE_MAX)
		all_again(s);
	else
		s->queue[s->n++] = *t;
}

static bool concerns(const struct stream *s, int64_t subject)
{
	return s->known.viewer.person == subject || s->known.viewer.company == subject;
}

static void look(struct live *l, int64_t subject)
{
	for (struct stream *s = l->all.next; s != &l->all; s = s->next)
		if (concerns(s, subject)) {
			s->look = true;
			wake(s);
		}
}

static void tell(struct live *l, const struct store_event *e)
{
	struct told *t = &l->kept[l->kept_n++ % LIVE_KEPT_MAX];

	if (l->kept_n > LIVE_KEPT_MAX)
		l->lost = t->place;
	*t = (struct told){*e, place_next(l)};
	for (struct stream *s = l->all.next; s != &l->all; s = s->next) {
		queue(s, t);
		if (s->n || s->again)
			wake(s);
	}
}

static void tell_again(struct live *l)
{
	l->lost = place_next(l);
	for (struct stream *s = l->all.next; s != &l->all; s = s->next) {
		all_again(s);
		wake(s);
	}
}

static void heard(void *ctx, const struct store_event *v, size_t n)
{
	struct live *l = ctx;

	pthread_mutex_lock(&l->lock);
	if (!n)
		tell_again(l);
	for (size_t i = 0; i < n; i++)
		if (v[i].kind[0])
			tell(l, &v[i]);
		else
			look(l, v[i].id);
	pthread_mutex_unlock(&l->lock);
}

struct live *live_make(struct web *w)
{
	struct live *l = calloc(1, sizeof *l);

	if (!l)
		fault(FAULT_MEMORY, "no memory for live events");
	l->web = w;
	l->all.next = l->all.prev = &l->all;
	pthread_mutex_init(&l->lock, NULL);
	random_bytes(&l->offset, sizeof l->offset);
	l->offset = (l->offset & INT64_MAX) >> 1;
	l->lost = place_next(l) - 1;
	store_events(w->store, heard, l);
	return l;
}

void live_free(struct live *l)
{
	if (!l)
		return;
	store_events(l->web->store, NULL, NULL);
	MUST(l->all.next == &l->all);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void live_tick(struct live *l)
{
	int beat_s = l->web->options.beat_s ? l->web->options.beat_s : LIVE_BEAT_S;
	int64_t now = clock_mono_us();

	pthread_mutex_lock(&l->lock);
	for (struct stream *s = l->all.next; s != &l->all; s = s->next)
		if (now - s->said_us >= beat_s * SECOND_US) {
			s->beat = true;
			wake(s);
		}
	pthread_mutex_unlock(&l->lock);
}

void live_end(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	l->ended = true;
	for (struct stream *s = l->all.next; s != &l->all; s = s->next) {
		if (!s->end)
			s->end = END_SERVER;
		wake(s);
	}
	pthread_mutex_unlock(&l->lock);
}

size_t live_streams(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	size_t n = l->n;

	pthread_mutex_unlock(&l->lock);
	return n;
}

size_t live_asleep(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	size_t n = l->asleep;

	pthread_mutex_unlock(&l->lock);
	return n;
}

/* ---- one stream: its beginning ------------------------------------------------------------ */

/* With the lock: what happened behind a place. One that is not known, and one from which on not
 * everything is kept, begins with "again". */
static void catch_up(struct stream *s, int64_t from)
{
	struct live *l = s->live;
	size_t first = l->kept_n > LIVE_KEPT_MAX ? l->kept_n - LIVE_KEPT_MAX : 0;

	if (!from)
		return;
	if (from < l->lost || from > clock_mono_us() + l->offset) {
		all_again(s);
		return;
	}
	for (size_t i = first; i < l->kept_n; i++)
		if (l->kept[i % LIVE_KEPT_MAX].place > from)
			queue(s, &l->kept[i % LIVE_KEPT_MAX]);
}

/* With the lock: room for one more of this person's. The oldest ends, which most often is one whose
 * browser went on to another page, as the next beat would find. */
static void room_make(struct live *l, int64_t person)
{
	struct stream *oldest = NULL;
	size_t own = 0;

	for (struct stream *s = l->all.next; s != &l->all; s = s->next)
		if (s->known.viewer.person == person && !s->end) {
			oldest = oldest ? oldest : s;
			own++;
		}
	if (own < LIVE_PERSON_MAX)
		return;
	oldest->end = END_FOR_GOOD;
	wake(oldest);
}

/* False: there are too many, of everybody. */
static bool enter(struct live *l, struct stream *s, int64_t from)
{
	pthread_mutex_lock(&l->lock);
	bool fits = l->n < LIVE_STREAMS_MAX;

	if (fits) {
		room_make(l, s->known.viewer.person);
		s->next = &l->all;
		s->prev = l->all.prev;
		s->prev->next = s->next->prev = s;
		l->n++;
		s->end = l->ended ? END_SERVER : END_NOT;
		catch_up(s, from);
	}
	pthread_mutex_unlock(&l->lock);
	return fits;
}

int live_open(struct req *r, int64_t from)
{
	struct exchange *x = r->web->x;
	str last = exchange_header(x, S("Last-Event-ID"));
	struct stream *s = calloc(1, sizeof *s);

	if (!s)
		fault(FAULT_MEMORY, "no memory for a stream");
	MUST(r->route->live && r->viewer.person && r->viewer.session);
	if (last.n && !str_int(last, &from)) /* a browser that connects again by itself */
		from = 1;
	s->live = x->web->live;
	s->who = r->route->who;
	s->known.viewer = r->viewer; /* until: 0, so the first reading looks */
	s->at = STREAM_RUNS;
	s->hello = true;
	s->said_us = clock_mono_us();
	if (!enter(s->live, s, from)) {
		free(s);
		answer_header(r, "Retry-After", S("60"));
		return problem(r, 503, text_none());
	}
	if (x->head)
		stream_close(s);
	else
		x->stream = s;
	answer_type(r, "text/event-stream");
	answer_header(r, "Cache-Control", S("no-store"));
	answer_header(r, "X-Accel-Buffering", S("no")); /* nginx passes each event on at once */
	return 200;
}

int64_t live_place(const struct req *r)
{
	const struct exchange *x = r->web->x;

	return x->began_us + x->web->live->offset;
}

void stream_carry(struct stream *s, void (*sleep)(void *ctx), void (*waken)(void *ctx), void *ctx)
{
	s->sleep = sleep;
	s->wake = waken;
	s->ctx = ctx;
}

void stream_close(struct stream *s)
{
	struct live *l = s->live;

	pthread_mutex_lock(&l->lock);
	s->prev->next = s->next;
	s->next->prev = s->prev;
	l->n--;
	l->asleep -= s->at != STREAM_RUNS;
	pthread_mutex_unlock(&l->lock);
	free(s);
}

/* ---- what it says -------------------------------------------------------------------------- */

/* What an idle moment says must be known to be true now; else what was read holds until somebody
 * writes where it was read, or its time is over. */
static enum session_stands stands(struct stream *s, bool anew)
{
	struct live *l = s->live;
	struct session_known k = s->known; /* this thread alone writes it */

	if (!anew && clock_real().us < k.until.us &&
		store_unchanged(l->web->store, &k.reads, k.moment))
		return SESSION_STANDS;
	enum session_stands is = session_again(l->web, &k);

	if (is != SESSION_STANDS)
		return is;
	if (!(k.viewer.roles & s->who) || !k.viewer.company)
		return SESSION_OVER;
	pthread_mutex_lock(&l->lock);
	if (k.viewer.company != s->known.viewer.company)
		all_again(s);
	s->known = k;
	pthread_mutex_unlock(&l->lock);
	return SESSION_STANDS;
}

struct part { /* of what is said */
	char *to;
	size_t n, max;
};

static bool room(const struct part *p)
{
	return p->max - p->n >= LIVE_PART_BYTES;
}

static PRINTF_LIKE(2, 3) void say(struct part *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(p->to + p->n, p->max - p->n, fmt, ap);
	va_end(ap);
	MUST(n >= 0 && (size_t)n < LIVE_PART_BYTES);
	p->n += (size_t)n;
}

static void say_event(struct part *p, const struct told *t)
{
	char id[ID_TEXT_CHARS];

	id_print(id, t->e.id);
	say(p, "id: %lld\nevent: %s\ndata: %.*s\n\n", (long long)t->place, t->e.kind, ID_TEXT_CHARS,
		id);
}

/* Different for each, so that they do not come back all at once. */
static int retry_ms(void)
{
	uint16_t some;

	random_bytes(&some, sizeof some);
	return LIVE_RETRY_MS / 3 + some % (LIVE_RETRY_MS * 4 / 3);
}

/* What there was to say when its session was looked at; what came since waits for the next look. */
struct due {
	bool beat, again, look;
	size_t n;
};

/* With the lock. False: nothing. */
static bool due_take(struct stream *s, struct due *d)
{
	*d = (struct due){s->beat, s->again, s->beat || s->look, s->n};
	s->beat = s->look = false;
	return s->hello || s->end || d->again || d->look || d->n;
}

/* With the lock. */
static void say_events(struct stream *s, const struct due *d, struct part *p)
{
	size_t n = 0;

	if (s->again && d->again && room(p)) {
		say(p, "id: %lld\nevent: again\ndata: again\n\n", (long long)s->live->last);
		s->again = false;
	}
	while (n < s->n && n < d->n && room(p))
		say_event(p, &s->queue[n++]);
	s->n -= n;
	memmove(s->queue, s->queue + n, s->n * sizeof *s->queue);
}

/* With the lock. */
static void say_due(struct stream *s, const struct due *d, struct part *p)
{
	switch (s->end) {
	case END_NOT: break;
	case END_FOR_GOOD: say(p, "event: end\ndata: end\n\n"); break;
	case END_SERVER: say(p, "retry: %d\n\n", retry_ms()); break;
	case END_SAID: return;
	}
	if (s->end) {
		s->end = END_SAID;
		return;
	}
	if (s->hello)
		say(p, "retry: %d\n\n", LIVE_RETRY_MS);
	s->hello = false;
	say_events(s, d, p);
	if (d->beat && !p->n)
		say(p, ":\n\n");
}

/* With the lock, which it gives away while it reads. */
static ssize_t read_on(struct stream *s, struct part *p)
{
	struct live *l = s->live;
	struct due d;

	while (!p->n) {
		if (s->end == END_SAID)
			return -1;
		if (!due_take(s, &d)) {
			sleep_now(s);
			return 0;
		}
		bool ends = s->end;

		pthread_mutex_unlock(&l->lock);
		enum session_stands is = ends ? SESSION_STANDS : stands(s, d.look);

		pthread_mutex_lock(&l->lock);
		if (is != SESSION_STANDS && !s->end) /* not known: the browser asks anew */
			s->end = is == SESSION_OVER ? END_FOR_GOOD : END_SERVER;
		say_due(s, &d, p);
	}
	s->said_us = clock_mono_us();
	return (ssize_t)p->n;
}

ssize_t stream_read(struct stream *s, char *to, size_t max)
{
	struct live *l = s->live;
	struct part p = {.to = to, .max = max};

	MUST(max >= LIVE_PART_BYTES);
	pthread_mutex_lock(&l->lock);
	l->asleep -= s->at != STREAM_RUNS;
	s->at = STREAM_RUNS;
	ssize_t n = read_on(s, &p);

	pthread_mutex_unlock(&l->lock);
	return n;
}
