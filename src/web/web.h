/* web: from a socket to a handler and back.
 *
 * The route table is the whole surface: method, path, who, purposes, proof, form, handlers. No
 * check is left to a handler's memory: a request that reaches one has passed framing, route, role,
 * proof, form and rate limits. A GET handler reads. A POST or DELETE has up to two steps:
 * `prepare` (no transaction; slow ones on the worker pool) and `apply` (on the writer, inside the
 * transaction). */
#ifndef KONTOR_WEB_H
#define KONTOR_WEB_H

#include "../base/out.h"
#include "../base/row.h"
#include "../store/store.h"
#include "gen/types.h" /* ids, enums, PURPOSE_x, ROLE_x, from policy/ */
#include "gen/lang.h"  /* enum msg, from lang/ */

/* ---- forms: one declaration for HTML and JSON ------------------------------------------------
 * A form parses into a C struct of the handler's own, through offsets; JSON and urlencoded and
 * multipart bodies go the same way. Undeclared fields never arrive and are counted. */
enum field_kind {
	FIELD_TEXT,	/* str: one line, trimmed, UTF-8, min..max characters */
	FIELD_LONG,	/* str: several lines */
	FIELD_EMAIL,	/* str: normalised */
	FIELD_PASSWORD, /* str: as typed; never shown again, never logged */
	FIELD_INT,	/* int64_t, min..max */
	FIELD_BOOL,	/* bool */
	FIELD_ENUM,	/* int: value of the policy enum named by `choices` */
	FIELD_CODE,	/* str: one of `codes` (countries, currencies, units) */
	FIELD_ID,	/* int64_t behind a typed id */
	FIELD_MONEY,	/* int64_t minor units of the currency in field `with` */
	FIELD_PRICE,	/* int64_t millionths */
	FIELD_DATE,	/* instant */
	FIELD_FILE,	/* struct upload */
	FIELD_ROWS,	/* struct form_rows: repeated sub-form, name.0.x in HTML, array in JSON */
};
struct upload {
	str name, type, bytes; /* type as sniffed from the bytes, not as claimed */
};
struct form_rows {
	void *v; /* array of the sub-form's struct */
	size_t n;
};
struct code {
	const char *code; /* DE */
	int label;	  /* enum msg, or 0: the code itself */
};
struct field {
	const char *name;
	enum field_kind kind;
	bool required;
	int64_t min, max; /* characters, value, or rows */
	size_t offset;
	int label, hint; /* enum msg; every field has a label (hidden ones too: errors name it) */
	/* What it is in the policy: "person.email". Text, files and dates of a POST say this or
	 * NOT_PERSONAL, or the program does not start; beside the field stands what the policy says
	 * of it. */
	const char *data;
	const char *choices;	  /* policy enum */
	const struct code *codes; /* ends with code NULL */
	const char *with;	  /* currency field */
	const char *autocomplete; /* HTML autofill token */
	const struct form *rows;  /* sub-form of FIELD_ROWS */
};
#define NOT_PERSONAL "-" /* field.data: about goods, amounts, choices; not about people */
struct form {
	const char *name;
	const struct field *fields;
	size_t fields_n, size; /* size of the struct */
	bool files;	       /* multipart */
};
#define FORM(id, type, ...) \
	static const struct field id##_fields[] = {__VA_ARGS__}; \
	const struct form id = {#id, id##_fields, COUNT(id##_fields), sizeof(type), false}
#define FORM_FILES(id, type, ...) \
	static const struct field id##_fields[] = {__VA_ARGS__}; \
	const struct form id = {#id, id##_fields, COUNT(id##_fields), sizeof(type), true}
/* Use: {.name = "email", .kind = FIELD_EMAIL, .required = true, .max = 254, AT(struct signup,
 * email), .label = MSG_member_email, .data = "person.email", .autocomplete = "email"} */
#define AT(type, member) .offset = offsetof(type, member)

/* ---- requests ---------------------------------------------------------------------------- */
enum method { GET = 1, POST, DELETE };
enum proof {
	PROOF_NONE = 1, /* GET; or POST with the reason in `because` */
	PROOF_TOKEN,	/* form: CSRF token bound to the session */
	PROOF_BEARER,	/* API: Authorization: Bearer, tied to a member and its role */
	PROOF_SIGNED,	/* signature in the URL (one-click links) */
	PROOF_MESSAGE,	/* the body is a message that its sender signed (web/message.c) */
};
/* How often: one bucket per truncated address and one per account. 0: RATE_WRITE for a POST,
 * RATE_API under /api/, else RATE_READ. */
enum rate {
	RATE_AUTO,
	RATE_READ,
	RATE_WRITE,
	RATE_API,
	RATE_SIGNIN, /* guessing passwords, tokens, addresses */
	RATE_COUNT
};
struct req;
struct route {
	enum method method;
	const char *path;  /* "/order/{order}/confirm": names are read with path_id, path_str */
	uint64_t who;	   /* bits of roles, BIT(ROLE_x); ANYONE; 0 does not start */
	uint64_t purposes; /* BIT(PURPOSE_x): the statements it may reach */
	enum proof proof;
	const char *because;		/* reason for PROOF_NONE on a POST */
	const struct form *form;	/* body of a POST, query of a GET */
	int (*get)(struct req *r);	/* status; or the re-shown form page of a POST */
	int (*prepare)(struct req *r);	/* 0: go on to apply; else the answer's status */
	bool slow;			/* prepare runs on the worker pool (Argon2id, pictures) */
	int (*apply)(struct req *r);	/* on the writer; status < 400 commits */
	uint64_t body_max;		/* bytes; 0: REQ_BODY_BYTES_MAX */
	const struct row_desc *answers; /* API: the row(s) in the answer, for OpenAPI */
	bool list;			/* API: answers a page of them */
	const char *about;		/* API: one sentence for OpenAPI */
	enum rate rate;
	/* Of purposes: what it does without when an installation switched that off; its handler
	 * asks db_off before it uses it. */
	uint64_t spares;
	/* GET of a page that shows everybody without a cookie the same: printed once and kept until
	 * a table that it read is written (web/kept.c). It depends on path, query, language and the
	 * database alone, but for what may be KEPT_S old; form tokens and keys are made anew for
	 * each showing. */
	bool keep;
	/* GET that stays open (live_open): it does not count as using the session, and nobody is
	 * sent to the sign-in page from it. */
	bool live;
	/* GET of a page that may be some seconds old: it is read from a replica, when there is one.
	 * All statements that it reaches say so too (test/policy/purposes looks). */
	enum lag {
		LAG_NO,
		LAG_VISITORS, /* for whom nothing is kept: others are shown what is their own */
		LAG_ALL,
	} lag;
};
#define BIT(x) (UINT64_C(1) << (x))
#define ANYONE UINT64_MAX

struct form_error {
	const char *field; /* "lines.2.quantity", or "" for the form */
	struct text text;
};
struct req {
	struct arena *arena; /* lives until the answer is sent */
	struct out *out;     /* the body */
	struct db *db;	     /* read snapshot in get and prepare, the transaction in apply */
	const struct route *route;
	const struct locale *locale;
	struct viewer viewer;
	bool api;	  /* answers are JSON: below /api/, and below /v1/ (Data Rights Protocol) */
	bool fragment;	  /* a script asks for a part of the page (header X-Fragment: 1) */
	const void *form; /* the parsed struct of route->form, or NULL */
	void *own;	  /* handler's own, from prepare to apply */
	bool counted;	  /* apply refuses, and what it wrote stays: a wrong password is counted */
	void *shell; /* the page's frame: filled by web_options.frame, read by the page template */
	struct req_private *web;
};
int64_t path_id(const struct req *r, const char *name); /* 0: not an id (answer 404) */
str path_str(const struct req *r, const char *name);
str query_str(const struct req *r, const char *name); /* declared in route->form only */

/* ---- answers
 * ------------------------------------------------------------------------------------- Handlers
 * return a status. For errors web prints the page or the problem (RFC 9457) itself. */
int see(struct req *r, const char *path_fmt, ...) PRINTF_LIKE(2, 3); /* 303; ids by id_text */
/* What was made or done: HTML is sent to `path` with the flash; the API gets status and the row. A
 * description without a row: what GET of `path` answers, read after the commit, off the writer. */
int done(struct req *r, int status, str path, struct text flash, const struct row_desc *d,
	const void *row);
void flash(struct req *r, struct text t);
/* Marks a field; the handler then returns 422: HTML shows route->get again with what was typed,
 * the API gets a problem with an `errors` list. In apply it also rolls back. */
void form_error(struct req *r, const char *field, struct text t);
int problem(
	struct req *r, int status, struct text why); /* 403, 404, 409, 410, 429 ... with a reason */
void answer_type(struct req *r, const char *content_type); /* static memory */
void answer_header(struct req *r, const char *name, str value);
void answer_download(struct req *r, str file_name, const char *content_type);
void answer_etag(struct req *r, str tag);
/* Only for declared cookies (policy/cookies.yaml): anything else is dropped and counted. */
void answer_cookie(struct req *r, const char *name, str value);

/* What the visitor agreed to keep (choice.c). Until they say something: nothing but the essential.
 */
struct cookie_choice {
	unsigned agreed; /* 1 << COOKIE_x of policy.h */
	bool made;	 /* an answer of their own, to what is asked today */
	bool signal;	/* the browser says no for them (Sec-GPC: 1); their own answer goes first */
	uint64_t shows; /* 1 << index in policy.tags: embeds that they always want to see */
	str region;	/* of policy/regions.yaml, as judged when they answered; empty: not yet */
	int64_t day;	/* since 1970 that they answered the classes; 0: not yet */
};
struct cookie_choice cookie_choice(const struct req *r);
/* Is there anything in use that this class, COOKIE_x, is asked for? */
bool cookie_class_asks(const struct policy *p, int class);
bool cookie_choice_due(const struct req *r); /* nothing was said yet, and something is to ask */
/* Keeps the choice; cookies of classes that are not in it end with this answer. */
void cookie_choose(struct req *r, unsigned agreed);
/* The value of a declared cookie; {NULL, 0}: none, or its class was not agreed to. */
str cookie_kept(const struct req *r, const char *name);

/* ---- what comes from elsewhere (tag.c, policy/tags.yaml) ----
 * What a page loads from others is asked for here; only what was given is let through by its
 * Content-Security-Policy. */
/* The scripts and pixels of this page: switched on, their recipient live, their class agreed to.
 * `open`: the page is public, so its address says nothing of whoever looks at it; others get none,
 * nor do those with a form for what is personal.
 * Returns how many, at most TAGS_PAGE_MAX. */
size_t page_tags(struct req *r, bool open, const struct policy_tag *v[TAGS_PAGE_MAX]);
/* Is any of them switched on in this installation? Then a page says what is denied (consent.js). */
bool page_signals(const struct req *r, bool open);
/* Of the signals of consent mode (Google's names), blank between: those whose class this visitor
 * agreed to, or all but what is essential. */
str page_signals_granted(struct req *r);
str page_signals_all(struct req *r);

/* Something of another site that a page may show: a video, a post. It loads after a click alone. */
struct embed {
	const struct policy_tag *tag;
	const struct policy_recipient *by; /* whom the click tells */
	str address;			   /* as people know it */
	str src;			   /* what is loaded */
	bool shown;			   /* they asked for it: once, or always from this one */
};
/* False: nothing that is switched on shows this address. Call it before the page is printed.
 * `always`: what this browser is to show without asking may be shown so. */
bool embed_find(struct req *r, str address, bool always, struct embed *e);
/* The same without a visitor: may this address be published? */
bool embed_known(const struct policy *p, str address);
/* Where addresses may be of, for people; empty: nothing is switched on. */
str embed_hosts(struct arena *a, const struct policy *p);
/* They asked to see it: on the next page alone, or always (again: no more) from whom serves it. */
void embed_once(struct req *r, const struct embed *e);
void embed_always(struct req *r, const struct policy_tag *t, bool yes);
void embed_never(struct req *r); /* nothing without asking any more, on this browser */
/* A link that shares this page elsewhere; it loads nothing. `path`: of the page, from the root. */
struct share {
	const struct policy_tag *tag;
	const struct policy_recipient *by;
	str url;
};
/* "Projector Video Ltd." of "Projector Video Ltd., Dublin": for buttons. */
str recipient_short(const struct policy_recipient *r);
size_t shares_of(struct req *r, str path, struct share v[TAGS_PAGE_MAX]);

/* How this visitor wants pages (display.c); what was not chosen is NULL: as the device says. */
struct display {
	str lang;
	const char *theme;   /* light, dark */
	const char *density; /* roomy */
};
struct display display_chosen(const struct req *r);
/* Keeps it for the visit; `remember`: on this device, which is to agree to the class personal. */
void display_choose(struct req *r, struct display d, bool remember);

/* Row descriptors (base/row.h) are generated by queryc for every row: they print JSON and
 * describe OpenAPI. */
void json_row(struct json *j, const struct row_desc *d, const void *row);
/* The API's list page: {"items": [...], "next": "cursor" or null}. */
int answer_rows(struct req *r, const struct row_desc *d, const void *rows, size_t n, str next);
int answer_row(struct req *r, const struct row_desc *d, const void *row);

/* PROOF_MESSAGE: a text of the signed JSON by its name; {NULL, 0}: not there, or no text. And the
 * signed bytes themselves. */
str message_text(const struct req *r, const char *name);
str message_bytes(const struct req *r);

/* For templates: what was typed (or the stored value given as fallback), and its error. */
/* Does the form ask for what is personal? */
bool form_collects(const struct form *f);
str field_value(const struct req *r, const char *name, str fallback);
const struct text *field_error(const struct req *r, const char *name); /* NULL: none */
size_t form_errors(const struct req *r, const struct form_error **v);
str csrf_token(struct req *r);
str form_key(struct req *r); /* fresh idempotency key for one showing of a form */
str asset_url(str name);     /* "kontor.css" -> "/a/kontor.5f3a.css" */
/* The message of the page before (flash, done): true once, when this page shows it. */
bool flash_take(struct req *r, struct text *t);
/* For hidden fields and links: the path and query asked for, "/search?q=bolt". */
str req_target(const struct req *r);
struct store *req_store(const struct req *r); /* for work that outlives the request */
str request_id(const struct req *r); /* as the answer's X-Request-Id: for "tell us this number" */
/* A path that carries its own proof (PROOF_SIGNED) until then: "/x?until=…&sig=…". For mails too:
 * needs no request. The route's form does not declare `until` and `sig`. */
str signed_path(struct store *s, struct arena *a, str path, instant until);

/* ---- sessions
 * ------------------------------------------------------------------------------------- The cookie
 * `session` holds the session's id and secret, encrypted; the row a digest of the secret. Visitors
 * have none until something must be kept for them. */
void session_start(
	struct req *r, int64_t person, int64_t company, uint64_t roles); /* in apply: new token */
void session_end(struct req *r);					 /* in apply */
void session_end_all(struct req *r, int64_t person); /* in apply: sign out everywhere */
/* In apply: gives a visitor a session if there is none yet (a basket is begun);
 * r->viewer.session. */
void session_keep(struct req *r);
/* The session a visitor had before session_start in this request, 0: none; for the declared
 * merge. */
int64_t session_before(const struct req *r);

/* ---- live events (live.c, doc/live.md) -------------------------------------------------------
 * In `get` of a route with `live`: the answer stays open and tells what db_event says of the
 * viewer's company, as kind and id; it ends with the session. Beginning behind the place `from`
 * that a page was given (0: from now on). The answer's status: 200, or 503 when the server
 * has LIVE_STREAMS_MAX of them; of LIVE_PERSON_MAX of one person the oldest ends. */
int live_open(struct req *r, int64_t from);
/* The place before anything that this request reads: what changes later comes behind it. */
int64_t live_place(const struct req *r);

/* ---- counting --------------------------------------------------------------------------------
 * What is told of a page that was shown to a person, so that it can be counted: nothing that names
 * anybody. Pages that a browser fetches ahead, parts of pages and the API are not told. */
struct shown {
	str route;    /* its pattern, "/product/{product}" */
	str network;  /* truncated: 192.0.2.0/24 */
	str device;   /* "Firefox, Linux" */
	str language; /* first of Accept-Language: "de-AT", or empty */
	str referrer; /* the host that a link on another site led from, or empty */
	str path;     /* of a page that everybody sees alike, else the pattern */
	bool counted; /* the visitor did not object to be told apart from others */
	bool agreed;  /* they agreed to statistics, in so many words */
	instant at;   /* the real clock's */
};

/* A request was refused: by role or signature (403), or because what it names is not there for whom
 * asks (404) on a route that needs somebody signed in. */
struct refused {
	str route;	/* its pattern; stays as long as the program runs */
	int64_t person; /* 0: nobody was signed in */
	int64_t agent;	/* the session of a token that is nobody's person; 0: none */
};

/* ---- the server -------------------------------------------------------------------------- */
struct web_options {
	const char *address;		/* "127.0.0.1:8080" or "[::1]:8080" */
	const char *tls_cert, *tls_key; /* files, PEM */
	unsigned servers;		/* a client's requests are spread over so many; 0: one */
	bool behind_proxy;		/* trust X-Forwarded-Proto and -For of the loopback peer */
	/* "https://market.example": what the proxy took over plain HTTP is sent there; NULL: not */
	const char *https;
	const struct route *const *tables; /* each ends with method 0; list ends with NULL */
	/* Fills the shell of a page (brand, navigation, counts) into r->shell, before `get` of an
	 * HTML page and before an error page; acts under frame_purposes besides the route's. */
	void (*frame)(struct req *r);
	/* Before it: the part that is this viewer's own, which never lags. NULL: there is none. */
	void (*frame_own)(struct req *r);
	uint64_t frame_purposes; /* of both */
	/* Told of each page that was shown; quick, from any thread; strings live for the call. */
	void (*shown)(const struct shown *s);
	/* Told of each request that was refused; quick, from any thread. */
	void (*refused)(const struct refused *x);
	/* The country of a truncated address, "DE"; empty: not known. NULL: none is. */
	str (*country)(str network);
	/* Prints an error page: status, and why (msg 0: only the status is known). NULL: plain
	 * text. */
	void (*error_page)(struct req *r, int status, struct text why);
	/* Whose token is this? Fills person, company and roles; false: nobody's. Reads under
	 * signin. */
	bool (*bearer)(struct db *db, str token, struct viewer *v);
	/* PROOF_MESSAGE: the key of whoever says to have signed the body, told by their token or,
	 * where there is none yet, by the path; fills session and roles; false: nobody's. And what
	 * every message must say (for whom, until when): 0, or the status that refuses it. Both
	 * read under signin. */
	bool (*signer)(struct req *r, str token, uint8_t key[32], struct viewer *v);
	int (*message)(struct req *r);
	/* Does this session's member still stand (not blocked, company active)? May change company
	 * and roles; false ends the session for this request. NULL: as the session says. Reads
	 * under signin. */
	bool (*member)(struct db *db, struct viewer *v);
	const char *
		/* a page that a visitor may not see sends there with ?next=; NULL: 403 */
		signin_path;
	/* On the writer, when a form that collects personal data was taken from a member: notes
	 * which notice they were served. Acts under collected_purposes besides the route's. */
	void (*collected)(struct req *r);
	uint64_t collected_purposes;
	/* May this server be given requests? Until then /healthz says 503. NULL: at once. */
	bool (*ready)(void);
	const char *title, *version; /* of the API's description */
	int head_s,
		total_s; /* 0: REQ_IDLE_S + REQ_HEAD_S to the head's end, REQ_TOTAL_S from there */
	int beat_s;	 /* 0: LIVE_BEAT_S (tests) */
	bool limit_loopback; /* rate limits by address for 127.0.0.1 and ::1 too (tests) */
};
struct web *web_start(
	struct store *s, const struct web_options *o); /* faults with file:line of a bad route */
int web_port(const struct web *w); /* where it listens: for an address with port 0 */
/* /healthz says 503 from here on, so that whoever passes requests on stops doing so. */
void web_drain(struct web *w);
void web_stop(struct web *w); /* no new requests; finishes what it began */

#endif
