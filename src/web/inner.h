/* web, inside: what the files of this room share. Not for other rooms; tests may.
 *
 * An exchange is one request on its way to one answer, independent of how the bytes travel:
 * listen.c drives it from sockets, test/journey/journey.h from memory.
 *
 *	exchange_head    framing, route, limits, who        STEP_BODY, or STEP_ANSWER at once
 *	exchange_body    a piece of the body, any number of times
 *	exchange_run     session, proof, form, handlers     STEP_ANSWER, or STEP_WAIT
 *	exchange_go      after STEP_WAIT, once the connection is suspended: hands over to the worker
 *	                 pool or the writer, which calls wake() from their thread when done
 *	exchange_resume  after wake(): prints the answer
 *	exchange_end     whatever happened
 */
#ifndef KONTOR_WEB_INNER_H
#define KONTOR_WEB_INNER_H

#include "web.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct header {
	str name, value;
};

/* ---- guard.c: is this framed as exactly one request? ---------------------------------------- */
enum framing {
	FRAMING_GOOD,
	FRAMING_BAD,	   /* 400, and the connection closes */
	FRAMING_URI_LONG,  /* 414 */
	FRAMING_TOO_LARGE, /* 413: the declared length is over the limit */
};
struct framing_facts {
	int64_t length; /* Content-Length, -1: none */
	bool chunked;
	str host;
};
enum framing guard_framing(
	str method, str target, const struct header *h, size_t n, struct framing_facts *facts);
/* Do the header lines lie side by side in the buffer, as only "name: value CR LF" leaves them? The
 * parser cuts the buffer in place; a folded line, a NUL, a bare CR or LF leaves another gap. Reads
 * four bytes behind the last value: there is at least the end of the head. */
bool guard_adjacent(const struct header *h, size_t n);

/* ---- route.c ----------------------------------------------------------------------------- */
struct params {
	const char *name[REQ_PATH_PARAMS_MAX]; /* NUL-terminated copies, from the route */
	str value[REQ_PATH_PARAMS_MAX];	       /* decoded */
	size_t n;
};
struct routed { /* a route as started */
	const struct route *route;
	const char *params[REQ_PATH_PARAMS_MAX];
	size_t params_n;
	size_t index; /* of its counters */
};
struct routes;
struct routes *routes_make(struct arena *a, const struct route *const *tables,
	const struct policy *p); /* faults with the mistake */
size_t routes_count(const struct routes *r);
const struct routed *routes_at(const struct routes *r, size_t i);
enum match { MATCH_NONE, MATCH_FOUND, MATCH_OTHER_METHOD, MATCH_BAD_PATH };
const char *method_name(enum method m); /* "DELETE" */
/* `path` is still percent-encoded. MATCH_OTHER_METHOD fills the bits of `allow` (1 << method). */
enum match routes_match(const struct routes *r, struct arena *a, enum method m, str path,
	const struct routed **found, struct params *p, unsigned *allow);
bool percent_decode(struct arena *a, str s, bool plus_is_blank, str *out); /* strict; NUL refused */

/* ---- values: what a body or query held, before the form looks at it ---------------------- */
enum value_kind {
	VALUE_TEXT = 1,
	VALUE_NUMBER,
	VALUE_TRUE,
	VALUE_FALSE,
	VALUE_NULL,
	VALUE_LIST,
	VALUE_FILE
};
struct value {
	str name; /* lines.2.quantity */
	enum value_kind kind;
	str text;		/* bytes of a file too */
	str file_name, claimed; /* of a file */
	bool used;
};
struct values {
	struct value *v;
	size_t n, cap;
	bool json;
};
enum parsed { PARSED = 1, PARSED_BAD, PARSED_TOO_MANY };
struct value *values_find(const struct values *v, str name);
str values_text(const struct values *v, str name); /* {NULL, 0}: not there */
enum parsed values_urlencoded(struct arena *a, str body, struct values *v);
enum parsed values_json(struct arena *a, str body, struct values *v, str *why);
/* The same where keys may hold dots, as those of signed messages do. */
enum parsed values_message(struct arena *a, str body, struct values *v, str *why);

struct multipart; /* streaming: fed by pieces of any size */
struct multipart *multipart_make(
	struct arena *a, str content_type, struct values *v); /* NULL: no boundary */
bool multipart_feed(
	struct multipart *m, const char *p, size_t n); /* false: malformed or over a limit */
bool multipart_end(struct multipart *m);	       /* true: the closing boundary came */

/* ---- form.c ------------------------------------------------------------------------------ */
struct form_errors {
	struct form_error *v;
	size_t n, cap;
};
struct form_check {
	struct arena *arena;
	const struct policy *policy;
	struct values *values;
	struct form_errors *errors;
	bool query;	/* a GET's: empty is absent */
	size_t dropped; /* values that no field declares */
};
/* Always returns the struct, filled as far as possible; mistakes are in errors. */
void *form_parse(struct form_check *c, const struct form *f);
void form_errors_add(struct arena *a, struct form_errors *e, str field, struct text t);
str upload_sniff(str bytes);

/* ---- accept.c, cookie.c: small header languages ------------------------------------------ */
bool accepts_gzip(str accept_encoding);
bool etag_matches(str if_none_match, str etag); /* weak comparison */
str media_type(str content_type, str *params);	/* "text/html" of "text/html; charset=utf-8" */
bool media_param(struct arena *a, str params, str name, str *value);
bool cookie_read(str header, str name, str *value);
/* choice.c: the value of kontor_choice, and what Sec-GPC says. */
struct cookie_choice choice_parse(
	struct arena *a, const struct policy *p, str value, bool signal, instant now);
str choice_print(
	struct arena *a, const struct policy *p, const struct cookie_choice *c, instant now);
/* Keeps the visitor's choice as it stands in own.choice. */
void choice_keep(struct req *r);
struct display display_parse(str value); /* display.c: the value of kontor_view and kontor_look */
bool gpc_said(const struct header *h, size_t n);
enum cookie_gate { COOKIE_SENT = 1, COOKIE_UNDECLARED, COOKIE_NOT_AGREED, COOKIE_MALFORMED };
/* Prints a Set-Cookie value into *line if the policy declares this cookie and its class is
 * allowed. */
enum cookie_gate cookie_write(struct arena *a, const struct policy *p, unsigned agreed, bool tls,
	str name, str value, str *line);
str address_truncate(struct arena *a, str address); /* 192.0.2.0/24, 2001:db8:1::/48 */
str device_kind(struct arena *a, str user_agent);   /* "Firefox on Linux": coarse on purpose */
bool gzip_bytes(struct arena *a, str in, str *out); /* false: not worth it */

/* ---- rate.c ------------------------------------------------------------------------------ */
struct rate_table;
struct rate_table *rate_make(unsigned servers); /* each allows its part; 0: one */
void rate_free(struct rate_table *t);
/* Takes one token of `key`'s bucket of this class; 0, or seconds until there is one. */
int rate_take(struct rate_table *t, enum rate class, str key, int64_t now_us);

/* ---- metric.c ---------------------------------------------------------------------------- */
struct metrics;
struct metrics *metrics_make(struct arena *a, const struct routes *r);
enum counter {
	COUNT_FIELDS_DROPPED,
	COUNT_COOKIES_DROPPED,
	COUNT_TAGS_DROPPED,
	COUNT_REFUSED_FRAMING,
	COUNT_RATE_LIMITED,
	COUNT_TIMED_OUT,
	COUNT_BODY_BYTES,
	COUNT_ANSWER_BYTES,
	COUNT_GZIPPED,
	COUNT_REPLAYED,
	COUNT_KEPT,
	COUNT_COUNT
};
void metrics_add(struct metrics *m, enum counter c, uint64_t n);
void metrics_answer(
	struct metrics *m, const struct routed *r, int status, int64_t us); /* r NULL: no route */
void metrics_open(struct metrics *m, int by);				    /* requests under way */
void metrics_print(
	struct metrics *m, struct store *s, size_t prepare_waiting, size_t streams, struct out *o);

/* ---- session.c --------------------------------------------------------------------------- */
struct exchange;
enum session_change { SESSION_SAME, SESSION_NEW, SESSION_GONE };
void session_load(struct exchange *x);	 /* in a read snapshot under signin: fills the viewer */
void session_answer(struct exchange *x); /* after the commit: the cookies */
void session_touch_later(struct exchange *x);
/* A cookie by its declared name; false: none, or two of them. */
bool exchange_cookie(const struct exchange *x, str name, str *value);
/* Ends the cookies of the classes that this request withdrew, on this host and those above. */
void choice_expire(struct exchange *x);
bool token_good(struct exchange *x, str token);
bool origin_good(const struct exchange *x);
int message_open(struct exchange *x); /* PROOF_MESSAGE: 0, or the status (message.c) */
int message_good(struct exchange *x);
/* The bytes of a body that is base64 of a signature and something signed; false: it is not. */
bool message_decode(struct arena *a, str body, str *bytes);
/* What stands behind the signature, if this key made it; else {NULL, 0}. */
str message_signed(str bytes, const uint8_t key[32]);
bool signed_good(struct exchange *x);

/* tag.c: what a tag says when it is asked for by name. */
enum tag_gate { TAG_GIVEN = 1, TAG_UNDECLARED, TAG_OFF, TAG_NOT_AGREED };
enum tag_gate tag_ask(const struct policy *p, unsigned agreed, str name, instant now,
	const struct policy_tag **t);
/* The Content-Security-Policy of a page with these tags. */
str tags_policy(struct arena *a, const struct policy_tag *const *v, size_t n);
/* What stands at the place of the star; {NULL, 0}: the address is not of this form. */
str star_of(str form, str address);

void shown_tell(struct exchange *x); /* shown.c: the market counts a page that was shown */

/* ---- live.c: answers that stay open ------------------------------------------------------- */
struct live;
struct stream;
struct live *live_make(struct web *w);
void live_free(struct live *l); /* every stream is closed */
/* Once a second or so: whoever heard nothing for long is told that the stream is there. */
void live_tick(struct live *l);
void live_end(struct live *l); /* every stream says that to its client and ends; new ones too */
size_t live_streams(struct live *l);
size_t live_asleep(struct live *l); /* of those, suspended ones */
/* The transport's side. sleep and wake are called with the hub's lock held: sleep within
 * stream_read, on its thread; wake on any thread, and stream_read is then called again. */
void stream_carry(struct stream *s, void (*sleep)(void *ctx), void (*wake)(void *ctx), void *ctx);
/* Up to max bytes (at least LIVE_PART_BYTES). 0: nothing, and it sleeps; -1: it is over. */
enum { LIVE_PART_BYTES = 128 };
ssize_t stream_read(struct stream *s, char *to, size_t max);
void stream_close(struct stream *s);
/* session.c: does the session still stand, and its member, unrestricted? Fills company and roles as
 * they are now, until when it stands if nothing is written, and what was read for that. Reads. */
struct session_known {
	struct viewer viewer;
	instant until;
	struct store_tables reads;
	uint64_t moment;
};
enum session_stands { SESSION_STANDS = 1, SESSION_OVER, SESSION_UNKNOWN }; /* unknown: no answer */
enum session_stands session_again(struct web *w, struct session_known *k);

/* ---- exchange ---------------------------------------------------------------------------- */
enum exchange_step { STEP_BODY = 1, STEP_ANSWER, STEP_WAIT };

struct web {
	struct store *store;
	const struct policy *policy;
	struct web_options options;
	struct arena *arena; /* lives with the server */
	struct routes *routes;
	struct metrics *metrics;
	struct rate_table *rate;
	str openapi;
	uint8_t key_session[32], key_token[32], key_link[32], key_flash[32];
	atomic_int_fast32_t touches, under_way;
	atomic_uint_fast64_t requests;
	atomic_bool stopping;
	atomic_bool draining; /* answers still, but says that it is not ready */
	pthread_mutex_t arenas_lock;
	struct arena *arenas[ARENAS_KEPT_MAX];
	int arenas_n;
	struct pool *pool;
	struct kept *kept;
	struct live *live;
	struct listener *listener;
};

struct cookie_set {
	str name, value;
	bool inner; /* session and flash: made by web itself */
};
struct req_private {
	struct exchange *x;
	struct params params;
	struct values values, query;
	struct form_errors errors;
	struct text why; /* of problem() */
	struct header set[HEADERS_SET_MAX];
	size_t set_n;
	struct cookie_set cookies[COOKIES_SET_MAX];
	size_t cookies_n;
	str type, etag, location, download;
	struct text flash; /* to set */
	bool flash_set, flash_taken;
	bool there; /* done(): the API reads the answer at `location`, after the commit */
	enum session_change session;
	int64_t session_before;
	uint8_t secret[16]; /* of the session, new or presented */
	bool session_presented;
	instant session_seen;
	int64_t session_wrote; /* what a replica must show (store_read_replica) */
	bool shown;	       /* the body is printed */
	struct issued_list {
		struct issued {
			bool token; /* else a form key */
			str text;
		} * v;
		size_t n, cap;
	} issued; /* what must not be shown twice */
	str kept; /* the body, printed for an earlier request */
	struct cookie_choice choice;
	bool choice_known, chosen; /* chosen: by this request, so what was withdrawn ends */
	const struct policy_tag *tags[TAGS_PAGE_MAX]; /* that this page was given */
	size_t tags_n;
};
struct exchange {
	/* in: filled by the transport before exchange_head */
	str message; /* PROOF_MESSAGE: the JSON that was signed */
	str method, target, peer;
	struct header *headers;
	size_t headers_n;
	bool plain;	    /* the proxy took it over plain HTTP */
	bool tls, adjacent; /* adjacent: the raw header lines were well-formed */
	void (*wake)(struct exchange *x);
	void *wake_ctx;
	/* out: for the transport after STEP_ANSWER */
	int status;
	bool head, close, gzip;
	str body;
	struct header *answer;
	size_t answer_n, answer_cap;
	struct stream *stream; /* the answer stays open; whoever carries it takes it away here */
	/* inside */
	struct web *web;
	struct kept_page *kept; /* whose copy is shown */
	struct arena *arena;
	struct framing_facts facts;
	const struct routed *routed;
	str path, query, peer_short;
	struct req req;
	struct req_private own;
	struct out out;
	struct db db;
	bool reading;
	struct write_unit unit;
	enum write_result result;
	int apply_status,
		prepared; /* prepared: status with which prepare ended the request, 0: it went on */
	struct viewer viewer_asked; /* before apply */
	size_t errors_before;	    /* so too */
	enum replay replay;
	struct replay_answer before;
	str key;
	struct digest digest;
	uint8_t *volatile body_buffer;
	size_t body_n, body_cap, body_max, swallowed;
	bool body_over;
	struct multipart *multipart;
	bool multipart_bad;
	struct exchange *next; /* in the worker pool's queue */
	int64_t began_us;
	uint64_t id;
	bool counted;
};

/* One without a listener, for journeys; web_start makes one and listens. */
struct web *web_make(struct store *s, const struct web_options *o);
void web_free(struct web *w);

struct arena *web_arena_take(struct web *w); /* of one request; kept for the next */
void web_arena_give(struct web *w, struct arena *a);

/* The steps: see above. */
struct exchange *exchange_begin(struct web *w);
enum exchange_step exchange_head(struct exchange *x);
void exchange_body(struct exchange *x, const char *p, size_t n);
enum exchange_step exchange_run(struct exchange *x);
void exchange_go(struct exchange *x);
void exchange_resume(struct exchange *x);
void exchange_end(struct exchange *x);
/* Between exchange.c and exchange_write.c. */
void exchange_prepare(struct exchange *x);    /* on the worker pool */
int exchange_run_prepare(struct exchange *x); /* 0: go on to apply */
enum exchange_step exchange_prepared(
	struct exchange *x, int status);		  /* prepare ended the request */
void exchange_show_again(struct exchange *x, int status); /* the form with what was typed */
void exchange_fault(struct exchange *x, enum fault_kind kind, const char *what);
/* In a read: was the same key answered before? Then that answer goes out instead of a refusal. */
void exchange_replay_find(struct exchange *x);
bool exchange_answered_before(struct exchange *x); /* false: not, nothing is answered */
void exchange_key(struct exchange *x); /* finds the idempotency key and digests the request */
/* A read snapshot for the exchange's viewer; ending one that is not open is fine. */
void exchange_read(struct exchange *x, uint64_t purposes);
void exchange_read_end(struct exchange *x);
str exchange_header(const struct exchange *x, str name); /* first of that name, {NULL, 0}: none */

/* answer.c, for dispatch.c */
void answer_add(struct exchange *x, str name, str value);
void answer_error(struct exchange *x, int status); /* the page or the problem, from req.web->why */
void answer_finish(struct exchange *x, int status);
void answer_security(struct exchange *x, bool html);
int status_text(int status); /* enum msg */

/* api.c, openapi.c, builtin.c */
str openapi_print(struct arena *a, const struct web *w);
bool builtin_serve(struct exchange *x); /* /healthz, /metrics, /a/…, /api/v1/openapi.json */

/* pool.c: the workers for slow prepare */
struct pool *pool_make(int threads, void (*run)(struct exchange *x));
bool pool_put(struct pool *p, struct exchange *x); /* false: full */
void pool_free(struct pool *p);			   /* after what is queued */
size_t pool_waiting(struct pool *p);

/* Where a printed page has a form token or an idempotency key: they have a fixed length. */
struct hole {
	uint32_t at;
	bool token; /* else a key */
};
/* New ones at all these places; one look at the source of random bytes for all. n: HOLES_MAX at
 * most */
enum { HOLES_MAX = 64 };
void holes_fill(struct exchange *x, char *body, const struct hole *hole, size_t n);

/* kept.c: pages kept from one request to the next */
struct kept;
struct kept *kept_make(void);
void kept_free(struct kept *k);
bool kept_may(const struct exchange *x);
bool kept_show(struct exchange *x); /* true: own.kept is the body, until */
void kept_leave(struct exchange *x);
/* Keeps the page just printed, which was read at that moment and not before. */
void kept_put(struct exchange *x, uint64_t moment);
void kept_sweep(struct web *w); /* by the clock: what no longer holds is wiped and freed */

/* listen.c */
struct listener *listener_start(struct web *w);
void listener_stop(struct listener *l);

#endif
