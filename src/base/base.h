/* base: what every other room stands on. Knows nothing of markets, databases or the web.
 *
 * Strings are a pointer and a length; memory lives in arenas; outcomes are return
 * values and faults unwind. Each part's contract stands above it. */
#ifndef KONTOR_BASE_H
#define KONTOR_BASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* ---- str: bytes with a length --------------------------------------------------------------
 * Never owned; a view into an arena, a literal or a mapping. p == NULL is "no value" (SQL NULL),
 * n == 0 with p != NULL is the empty text. Every str that base makes has a NUL behind its last
 * byte, so that p can be handed to a C library. */
typedef struct {
	const char *p;
	size_t n;
} str;

#define S(lit) ((str){"" lit, sizeof(lit) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline str str_of(const char *c)
{
	return (str){c, c ? strlen(c) : 0};
}
/* Comparing and cutting, by bytes. */
bool str_eq(str a, str b);
bool str_eq_nocase(str a, str b); /* ASCII only */
int str_cmp(str a, str b);	  /* bytes, as memcmp */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
str str_trim(str s); /* ASCII white space */
str str_sub(str s, size_t from, size_t n);
/* Cuts *rest at the first `sep`: returns what stands before it, leaves what stands behind.
 * Without `sep` returns all and leaves {NULL, 0}. */
str str_cut(str *rest, char sep);
bool str_has(str s, char c);
size_t str_find(str s, str what); /* (size_t)-1 if absent */
/* True for well-formed UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms). */
bool str_utf8(str s);
size_t str_chars(str s); /* code points of well-formed UTF-8 */
/* Decimal integer, whole string, optional minus; false on anything else or overflow. */
bool str_int(str s, int64_t *v);
/* True if equal, in time that depends on the length alone. */
bool str_eq_secret(str a, str b);

/* ---- arena: memory with a lifetime ---------------------------------------------------------
 * Objects are zeroed, never freed one by one. At the cap or when the system has no memory the
 * arena faults (FAULT_MEMORY): allocation never returns NULL. arena_reset wipes what was used,
 * so that personal data does not outlive a request. Under AddressSanitizer every object is an
 * allocation of its own, so overruns and use after reset are found. Not for two threads at once. */
struct arena;
struct arena *arena_make(size_t bytes_max);
void arena_free(struct arena *a); /* NULL is fine */
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t size, size_t count); /* aligned for any type */
size_t arena_used(const struct arena *a);
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type), 1))
#define arena_array(a, type, n) ((type *)arena_alloc((a), sizeof(type), (n)))
str str_dup(struct arena *a, str s);
str str_cat(struct arena *a, str x, str y);
str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
str str_lower(struct arena *a, str s); /* ASCII */

/* Growing array in an arena: struct X *v; size_t n, cap; ARENA_PUSH(a, &list) returns a new zeroed
 * element. Old storage stays in the arena, so growth doubles. */
#define ARENA_PUSH(a, l) \
	((l)->n == (l)->cap ? (void)((l)->v = arena_grow( \
					     (a), (l)->v, sizeof *(l)->v, (l)->n, &(l)->cap)) \
			    : (void)0, \
		&(l)->v[(l)->n++])
void *arena_grow(struct arena *a, void *old, size_t size, size_t n, size_t *cap);

/* ---- fault: what must not happen, unwinds --------------------------------------------------
 * fault() never returns: it jumps to the innermost FAULT_TRY of this thread, or aborts
 * the program if there is none. Never let it cross a foreign callback (SQLite function, listener):
 * catch there and return the library's own error code.
 *
 *	struct fault_point fp;
 *	if (FAULT_TRY(fp)) { ...work...; FAULT_END(fp); }
 *	else { ...fp.kind, fp.what; the point is already ended... }
 *
 * Locals changed inside the try block and read in the else branch must be volatile. */
enum fault_kind {
	FAULT_BUG = 1, /* impossible state, broken contract */
	FAULT_MEMORY,  /* arena cap or the system's memory */
	FAULT_STORE,   /* database or disk broken, full, or not answering */
	FAULT_RETRY,   /* serialisation conflict: run the unit again */
	FAULT_TIME,    /* a time limit was passed */
	FAULT_POLICY,  /* a purpose, column or recipient that the policy does not allow */
	FAULT_OUTSIDE, /* a foreign service or file misbehaved */
};
struct fault_point {
	jmp_buf env;
	struct fault_point *up;
	enum fault_kind kind;
	char what[240]; /* for the log and the operator; never personal data */
};
void fault_push(struct fault_point *fp);
void fault_pop(struct fault_point *fp);
#define FAULT_TRY(fp) (fault_push(&(fp)), setjmp((fp).env) == 0)
#define FAULT_END(fp) fault_pop(&(fp))
noreturn void fault(enum fault_kind kind, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *fault_name(enum fault_kind kind);
/* Fault injection for tests: the nth call (1 = next) of arena_alloc or of a database call on this
 * thread fails once; 0 switches it off. fault_due() is asked by the places that can fail. */
enum fault_site { FAULT_SITE_ALLOC, FAULT_SITE_DB, FAULT_SITE_COUNT };
void fault_inject(enum fault_site site, int64_t nth);
extern _Thread_local int64_t fault_injected[FAULT_SITE_COUNT];
static inline bool fault_due(enum fault_site site)
{
	return fault_injected[site] > 0 && --fault_injected[site] == 0;
}
#define MUST(cond) ((cond) ? (void)0 : fault(FAULT_BUG, "%s:%d: %s", __FILE__, __LINE__, #cond))

/* ---- id: time-ordered 63-bit numbers -------------------------------------------------------
 * 41 bits of milliseconds since 2024-01-01, 6 bits of node, 10 bits of count, 6 bits of place:
 * positive, sorted by time of making, unique over all tables. The place says where a row would lie
 * on several database machines (schema/citus.sql). Typed wrappers, struct order_id {int64_t v;},
 * are generated from the policy's types. In text: 13 characters of Crockford base 32, lower case.
 */
#define ID_TEXT_CHARS 13
enum { ID_PLACE_BITS = 6 };
int64_t id_make(void); /* thread-safe, never goes back: see id_floor; in any place, by turns */
int64_t id_make_with(int64_t other); /* in the place of that id: its row lies with this one */
unsigned id_place(int64_t id);
void id_node(unsigned node);	   /* 0..63, before the first id_make */
void id_floor(int64_t high_water); /* no id at or below this is made (persisted by the store) */
/* Ids from here on are above this one, which another program with a node of its own has made. */
void id_behind(int64_t other);
int64_t id_last(void); /* nothing that was made is above it, nothing to come is below */
str id_text(struct arena *a, int64_t id);
void id_print(char to[ID_TEXT_CHARS], int64_t id); /* the same, without an end */
bool id_parse(str s, int64_t *id);		   /* strict: 13 characters, canonical */

/* ---- time and clock ------------------------------------------------------------------------
 * An instant is microseconds since 1970 in UTC. TIME_NONE stands for "not set" (SQL NULL).
 * clock_now() is the marketplace's clock: a demonstration may move it (clock_shift);
 * clock_real() and clock_mono() never move and are for ids, timeouts and measurements. */
typedef struct {
	int64_t us;
} instant;
#define TIME_NONE ((instant){INT64_MIN})
int64_t id_at(instant t); /* no id made before t is above it */
#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)
static inline bool instant_is(instant t)
{
	return t.us != INT64_MIN;
}
static inline instant instant_add(instant t, int64_t us)
{
	return (instant){t.us + us};
}
instant clock_now(void);
instant clock_real(void);
int64_t clock_mono_us(void);
int64_t clock_coarse_us(void); /* the same, some milliseconds behind, cheaper */
void clock_shift(int64_t us);  /* added to clock_now() from here on */
int64_t clock_shifted(void);
struct civil {
	int year, month, day, hour, minute, second, weekday; /* month 1..12, weekday 0 = Monday */
};
struct civil civil_of(instant t);
instant instant_of(struct civil c);
/* The same day of the month so many months on, or its last day where it has no such day: how the
 * law counts months (31 January and one month is 28 February). */
instant instant_months(instant t, int months);
str instant_iso(struct arena *a, instant t); /* 2026-03-01T10:00:00Z (RFC 3339) */
bool instant_parse(str s, instant *t);	     /* RFC 3339 with Z, or a bare date */

/* ---- money: integer minor units with a currency --------------------------------------------
 * No floating point. currency is ISO 4217, NUL-terminated. Arithmetic faults (FAULT_BUG) on
 * overflow or mixed currencies. Prices finer than a minor unit (0.0021 EUR a piece) are
 * `struct price`: millionths of the currency's major unit. */
typedef struct {
	int64_t minor;
	char currency[4];
} money;
struct price {
	int64_t micro; /* 1,000,000 = one major unit */
	char currency[4];
};
money money_of(int64_t minor, str currency); /* faults (FAULT_BUG) on a currency that is none */
struct price price_of(int64_t micro, str currency);
money money_add(money a, money b);
money money_sub(money a, money b);
/* price x quantity, rounded half away from zero to the currency's minor unit. */
money price_times(struct price p, int64_t quantity);
/* part of an amount in millionths (VAT 19 % = 190000), rounded half away from zero */
money money_part(money a, int64_t millionths);
int currency_exponent(str currency); /* 2 for EUR, 0 for JPY, 3 for KWD; -1 unknown */
/* "12.50", "12.5", "12" or "-1.00": no +, no grouping, no more digits than the currency has. */
bool money_parse(str s, str currency, money *m);
bool price_parse(str s, str currency, struct price *p); /* up to 6 decimals */

/* ---- log: one JSON object a line on stderr or the log file, never personal data ------------
 * fields: printf-like key=value pairs are not offered on purpose; name the event and give typed
 * fields. Text values must be identifiers or program text, not what a person typed. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
struct log_field {
	const char *key;
	enum { LOG_F_END, LOG_F_INT, LOG_F_TEXT } kind;
	int64_t i;
	str s;
};
#define LOG_I(k, v) ((struct log_field){(k), LOG_F_INT, (int64_t)(v), {0}})
#define LOG_S(k, v) ((struct log_field){(k), LOG_F_TEXT, 0, (v)})
void log_write(enum log_level level, const char *event, const struct log_field *fields);
#define LOG(level, event, ...) \
	log_write((level), (event), (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){0}})
void log_level_set(enum log_level level);
void log_to_fd(int fd);

/* ---- random and hashing (libsodium underneath) -------------------------------------------- */
void random_bytes(void *p, size_t n);
str hex_of(struct arena *a, const void *p, size_t n);
bool hex_parse(str s, void *p, size_t n);		    /* exactly n bytes */
str base64url_of(struct arena *a, const void *p, size_t n); /* no padding */
bool base64url_parse(struct arena *a, str s, str *bytes);
struct digest {
	uint8_t b[32];
};
struct digest digest_of(str s); /* BLAKE2b-256 */
struct digest digest_keyed(const uint8_t key[32], str s);

#endif
