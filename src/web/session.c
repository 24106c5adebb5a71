/* Sessions, form tokens, flash messages and signed links: everything that proves something about
 * the browser on the other side. The session cookie is sealed (XChaCha20-Poly1305) and holds the
 * session's id and a secret; the row holds a digest of the secret, so that neither a stolen
 * database nor a forged id opens anything. Times here are the real clock's: a demonstration that
 * moves the marketplace's clock signs nobody out. */
#include "inner.h"
#include "gen/session.sql.h"

#include <sodium.h>

enum { SECRET_BYTES = 16, MAC_BYTES = 16, FLASH_BYTES_MAX = 1024 };

static const str cookie_session = {"kontor", 6};
static const str cookie_flash = {"kontor_flash", 12};

/* ---- sealed cookies ---------------------------------------------------------------------- */

static str seal(struct arena *a, const uint8_t key[32], str ad, const void *p, size_t n)
{
	enum {
		NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
		TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES
	};
	uint8_t *box = arena_alloc(a, 1, NONCE + n + TAG);

	random_bytes(box, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		box + NONCE, NULL, p, n, (const uint8_t *)ad.p, ad.n, NULL, box, key);
	return base64url_of(a, box, NONCE + n + TAG);
}

static bool unseal(struct arena *a, const uint8_t key[32], str ad, str text, str *plain)
{
	enum {
		NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
		TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES
	};
	str box;
	uint8_t *p;

	if (text.n > REQ_COOKIE_BYTES_MAX || !base64url_parse(a, text, &box) || box.n < NONCE + TAG)
		return false;
	p = arena_alloc(a, 1, box.n);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(p, NULL, NULL,
		    (const uint8_t *)box.p + NONCE, box.n - NONCE, (const uint8_t *)ad.p, ad.n,
		    (const uint8_t *)box.p, key))
		return false;
	*plain = (str){(char *)p, box.n - NONCE - TAG};
	return true;
}

bool exchange_cookie(const struct exchange *x, str name, str *value)
{
	str header = exchange_header(x, S("Cookie"));

	if (!header.n || header.n > REQ_HEADER_BYTES_MAX)
		return false;
	return cookie_read(header, x->tls ? str_cat(x->arena, S("__Host-"), name) : name, value);
}

static void cookie_set(struct exchange *x, str name, str value)
{
	struct req_private *own = &x->own;

	for (size_t i = 0; i < own->cookies_n; i++)
		if (str_eq(own->cookies[i].name, name)) {
			own->cookies[i].value = value;
			return;
		}
	MUST(own->cookies_n < COOKIES_SET_MAX);
	own->cookies[own->cookies_n++] = (struct cookie_set){name, value, true};
}

/* ---- sessions ---------------------------------------------------------------------------- */

static str secret_digest(struct exchange *x, const uint8_t secret[SECRET_BYTES])
{
	struct digest d = digest_of((str){(const char *)secret, SECRET_BYTES});

	return str_dup(x->arena, (str){(const char *)d.b, sizeof d.b});
}

static bool cookie_open(struct exchange *x, int64_t *id)
{
	str value, plain;

	if (!exchange_cookie(x, cookie_session, &value) ||
		!unseal(x->arena, x->web->key_session, S("kontor session 1"), value, &plain) ||
		plain.n != sizeof *id + SECRET_BYTES)
		return false;
	memcpy(id, plain.p, sizeof *id);
	memcpy(x->own.secret, plain.p + sizeof *id, SECRET_BYTES);
	return true;
}

/* When it ends if nobody uses it any more. */
static instant row_ends(const struct session_by_id_row *row)
{
	int64_t idle_s = row->person_id.v ? SESSION_IDLE_S : SESSION_VISITOR_S;
	instant idle = instant_add(row->seen_at, idle_s * SECOND_US);

	return idle.us < row->ends_at.us ? idle : row->ends_at;
}

/* Whom the row stands for now; false: the member does not stand any more. */
static bool row_viewer(
	struct web *w, struct db *db, const struct session_by_id_row *row, struct viewer *v)
{
	v->session = row->id.v;
	if (!row->person_id.v)
		return true;
	v->person = row->person_id.v;
	v->company = row->company_id.v;
	v->roles = (uint64_t)row->roles;
	return !w->options.member || w->options.member(db, v);
}

void session_load(struct exchange *x)
{
	struct session_by_id_row row;
	struct viewer v = x->req.viewer;
	int64_t id;

	if (!cookie_open(x, &id) || !session_by_id(&x->db, (struct session_id){id}, &row))
		return;
	if (!str_eq_secret(row.secret_digest, secret_digest(x, x->own.secret)) ||
		clock_real().us >= row_ends(&row).us || !row_viewer(x->web, &x->db, &row, &v))
		return;
	x->own.session_presented = true;
	x->own.session_seen = row.seen_at;
	x->own.session_wrote = row.wrote;
	x->req.viewer = v;
}

static bool again(struct web *w, struct db *db, struct session_known *k)
{
	struct session_by_id_row row;
	struct viewer v = k->viewer;

	if (!session_by_id(db, (struct session_id){k->viewer.session}, &row) ||
		row.person_id.v != k->viewer.person || clock_real().us >= row_ends(&row).us ||
		!row_viewer(w, db, &row, &v) ||
		db_subject_now(db, v.person, NULL) != SUBJECT_ACTIVE)
		return false;
	k->viewer = v;
	k->until = row_ends(&row);
	return true;
}

enum session_stands session_again(struct web *w, struct session_known *k)
{
	struct arena *a = web_arena_take(w);
	struct fault_point fp;
	struct db db;
	volatile enum session_stands is = SESSION_UNKNOWN;

	if (FAULT_TRY(fp)) {
		k->moment = store_moment(w->store);
		store_read_begin(w->store, &db, a, k->viewer, BIT(PURPOSE_SIGNIN));
		is = again(w, &db, k) ? SESSION_STANDS : SESSION_OVER;
		k->reads = db.reads;
		store_read_end(&db);
		FAULT_END(fp);
	} else {
		store_read_drop(w->store);
		is = SESSION_UNKNOWN;
	}
	web_arena_give(w, a);
	return is;
}

struct touch {
	struct write_unit unit;
	struct web *web;
	struct session_id session;
};

static bool touch_apply(struct db *db, void *ctx)
{
	struct touch *t = ctx;

	return session_touch(db, t->session, clock_real()) == 1;
}

static void touch_done(struct write_unit *u, enum write_result result)
{
	struct touch *t = u->ctx;
	struct web *w = t->web;
	struct arena *a = u->arena;

	(void)result; /* last seen may be lost */
	arena_free(a);
	atomic_fetch_sub(&w->touches, 1);
}

/* Notes that the session is in use, at most once a minute, and never waits for it. */
void session_touch_later(struct exchange *x)
{
	struct web *w = x->web;

	if (!x->own.session_presented ||
		clock_real().us < x->own.session_seen.us + SESSION_TOUCH_S * SECOND_US)
		return;
	if (atomic_fetch_add(&w->touches, 1) >= SESSION_TOUCHES_MAX) {
		atomic_fetch_sub(&w->touches, 1);
		return;
	}
	struct arena *a = arena_make(1 << 20);
	struct touch *t = arena_new(a, struct touch);

	t->web = w;
	t->session.v = x->req.viewer.session;
	t->unit = (struct write_unit){.viewer = {.roles = BIT(ROLE_VISITOR)},
		.purposes = BIT(PURPOSE_SIGNIN),
		.arena = a,
		.apply = touch_apply,
		.again = write_as_it_is,
		.done = touch_done,
		.ctx = t};
	store_write(w->store, &t->unit);
}

/* Session statements run under signin, which a handler's route need not declare: the flow from a
 * handler's purpose into its session is this room's and nobody else's. */
static uint64_t signin_begin(struct req *r)
{
	uint64_t before = r->db->purposes;

	MUST(r->db->write);
	r->db->purposes |= BIT(PURPOSE_SIGNIN);
	return before;
}

static void viewer_is(struct req *r, struct viewer v)
{
	r->viewer = v;
	r->db->viewer = v;
}

/* The viewer's; streams that it opened are looked at. */
static void drop(struct req *r)
{
	(void)!session_drop(r->db, (struct session_id){r->viewer.session});
	if (r->viewer.person)
		db_event_look(r->db, r->viewer.person);
}

static void session_new(struct req *r, struct viewer v)
{
	struct exchange *x = r->web->x;
	struct req_private *own = r->web;
	uint64_t purposes = signin_begin(r);
	instant now = clock_real();
	int64_t made;

	own->session_before = r->viewer.session;
	if (r->viewer.session)
		drop(r);
	random_bytes(own->secret, SECRET_BYTES);
	v.session = id_make();
	if (v.person) {
		struct session_device device = {
			device_kind(r->arena, exchange_header(x, S("User-Agent"))), x->peer_short};

		made = session_add_member(r->db, (struct session_id){v.session},
			secret_digest(x, own->secret), (struct person_id){v.person},
			(struct company_id){v.company}, (int64_t)v.roles, now,
			instant_add(now, SESSION_TOTAL_S * SECOND_US), &device);
	} else {
		made = session_add(r->db, (struct session_id){v.session},
			secret_digest(x, own->secret), (int64_t)v.roles, now,
			instant_add(now, SESSION_VISITOR_S * SECOND_US));
	}
	if (made != 1)
		fault(FAULT_BUG, "a session could not be stored");
	r->db->purposes = purposes;
	own->session = SESSION_NEW;
	viewer_is(r, v);
}

void session_start(struct req *r, int64_t person, int64_t company, uint64_t roles)
{
	struct viewer v = {
		.person = person, .company = company, .roles = roles, .request = r->viewer.request};

	MUST(person && roles);
	session_new(r, v);
}

void session_keep(struct req *r)
{
	if (!r->viewer.session && !r->api)
		session_new(r, r->viewer);
}

static void session_forget(struct req *r)
{
	r->web->session = SESSION_GONE;
	viewer_is(r, (struct viewer){.roles = BIT(ROLE_VISITOR), .request = r->viewer.request});
}

void session_end(struct req *r)
{
	uint64_t purposes = signin_begin(r);

	if (r->viewer.session)
		drop(r);
	r->db->purposes = purposes;
	session_forget(r);
}

void session_end_all(struct req *r, int64_t person)
{
	uint64_t purposes = signin_begin(r);

	(void)!session_drop_person(r->db, (struct person_id){person});
	db_event_look(r->db, person);
	r->db->purposes = purposes;
	if (r->viewer.person == person)
		session_forget(r);
}

int64_t session_before(const struct req *r)
{
	return r->web->session_before;
}

/* ---- flash messages: sealed in a cookie of a minute -------------------------------------- */

static void flash_pack(struct out *o, const struct text *t)
{
	out_bytes(o, &t->msg, sizeof t->msg);
	for (size_t i = 0; i < COUNT(t->arg); i++) {
		struct msg_arg a = t->arg[i];
		uint16_t n = (uint16_t)(a.s.n < 200 ? a.s.n : 200);

		while (n && n < a.s.n && ((unsigned char)a.s.p[n] & 0xc0) == 0x80)
			n--; /* never in the middle of a character */
		out_bytes(o, &a.kind, sizeof a.kind);
		out_bytes(o, &a.i, sizeof a.i);
		out_bytes(o, &a.m, sizeof a.m);
		out_bytes(o, &a.p, sizeof a.p);
		out_bytes(o, &n, sizeof n);
		out_bytes(o, a.s.p ? a.s.p : "", n);
	}
}

static bool cut(str *s, void *into, size_t n)
{
	if (s->n < n)
		return false;
	memcpy(into, s->p, n);
	*s = str_sub(*s, n, s->n);
	return true;
}

static bool flash_unpack(struct arena *a, str s, struct text *t)
{
	*t = text_none();
	if (!cut(&s, &t->msg, sizeof t->msg) || t->msg <= MSG_NONE || t->msg >= MSG_COUNT)
		return false;
	for (size_t i = 0; i < COUNT(t->arg); i++) {
		struct msg_arg *g = &t->arg[i];
		uint16_t n;

		if (!cut(&s, &g->kind, sizeof g->kind) || !cut(&s, &g->i, sizeof g->i) ||
			!cut(&s, &g->m, sizeof g->m) || !cut(&s, &g->p, sizeof g->p) ||
			!cut(&s, &n, sizeof n) || s.n < n)
			return false;
		g->s = str_dup(a, str_sub(s, 0, n));
		s = str_sub(s, n, s.n);
	}
	return true;
}

void flash(struct req *r, struct text t)
{
	r->web->flash = t;
	r->web->flash_set = true;
}

bool flash_take(struct req *r, struct text *t)
{
	struct exchange *x = r->web->x;
	str value, plain;

	if (r->web->flash_taken || r->api || !exchange_cookie(x, cookie_flash, &value))
		return false;
	r->web->flash_taken = true;
	return unseal(r->arena, x->web->key_flash, S("kontor flash 1"), value, &plain) &&
	       plain.n <= FLASH_BYTES_MAX && flash_unpack(r->arena, plain, t);
}

static void flash_answer(struct exchange *x)
{
	struct out o;

	if (x->own.flash_set) {
		out_init(&o, x->arena, 256, FLASH_BYTES_MAX, x->req.locale);
		flash_pack(&o, &x->own.flash);
		cookie_set(x, cookie_flash,
			seal(x->arena, x->web->key_flash, S("kontor flash 1"), o.p, o.n));
	} else if (x->own.flash_taken) {
		cookie_set(x, cookie_flash, S(""));
	}
}

void session_answer(struct exchange *x)
{
	char plain[sizeof(int64_t) + SECRET_BYTES];

	if (x->req.api)
		return;
	flash_answer(x);
	if (x->own.session == SESSION_GONE)
		cookie_set(x, cookie_session, S(""));
	if (x->own.session != SESSION_NEW)
		return;
	memcpy(plain, &x->req.viewer.session, sizeof(int64_t));
	memcpy(plain + sizeof(int64_t), x->own.secret, SECRET_BYTES);
	cookie_set(x, cookie_session,
		seal(x->arena, x->web->key_session, S("kontor session 1"), plain, sizeof plain));
}

/* ---- form tokens ------------------------------------------------------------------------- */

static str issue(struct req *r, bool token, str text)
{
	*ARENA_PUSH(r->arena, &r->web->issued) = (struct issued){token, text};
	return text;
}

/* A visitor's token is bound to the time alone: nothing of theirs could be forged but what the
 * check of the origin guards (doc/decisions/051). A member's is bound to the session's secret. */
static void token_mac(const struct exchange *x, int64_t window, uint8_t mac[MAC_BYTES])
{
	struct {
		int64_t session, window;
		uint8_t secret[SECRET_BYTES];
	} of = {0};
	struct digest d;

	if (x->req.viewer.person) {
		of.session = x->req.viewer.session;
		memcpy(of.secret, x->own.secret, SECRET_BYTES);
	} else {
		of.window = window;
	}
	d = digest_keyed(x->web->key_token, (str){(const char *)&of, sizeof of});
	memcpy(mac, d.b, MAC_BYTES);
}

static int64_t token_window(void)
{
	return clock_real().us / (FORM_TOKEN_S * SECOND_US);
}

/* Masked anew for each showing, so that compressing the page tells nothing about it. */
str csrf_token(struct req *r)
{
	uint8_t token[2 * MAC_BYTES];

	random_bytes(token, MAC_BYTES);
	token_mac(r->web->x, token_window(), token + MAC_BYTES);
	for (int i = 0; i < MAC_BYTES; i++)
		token[MAC_BYTES + i] ^= token[i];
	return issue(r, true, base64url_of(r->arena, token, sizeof token));
}

void holes_fill(struct exchange *x, char *body, const struct hole *hole, size_t n)
{
	const int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
	uint8_t fresh[HOLES_MAX][MAC_BYTES], mac[MAC_BYTES], token[2 * MAC_BYTES];
	char text[64];

	MUST(n <= HOLES_MAX);
	if (!n)
		return;
	random_bytes(fresh, n * MAC_BYTES);
	token_mac(x, token_window(), mac);
	for (size_t i = 0; i < n; i++) {
		memcpy(token, fresh[i], MAC_BYTES);
		for (int k = 0; k < MAC_BYTES; k++)
			token[MAC_BYTES + k] = mac[k] ^ fresh[i][k];
		size_t bytes = hole[i].token ? 2 * MAC_BYTES : MAC_BYTES;

		sodium_bin2base64(text, sizeof text, token, bytes, variant);
		memcpy(body + hole[i].at, text, sodium_base64_encoded_len(bytes, variant) - 1);
	}
}

bool token_good(struct exchange *x, str token)
{
	uint8_t mac[MAC_BYTES], given[MAC_BYTES];
	str bytes;

	if (token.n > 64 || !base64url_parse(x->arena, token, &bytes) || bytes.n != 2 * MAC_BYTES)
		return false;
	for (int i = 0; i < MAC_BYTES; i++)
		given[i] = (uint8_t)(bytes.p[i] ^ bytes.p[MAC_BYTES + i]);
	for (int64_t w = token_window(), i = 0; i < 2; i++) {
		token_mac(x, w - i, mac);
		if (str_eq_secret((str){(char *)mac, MAC_BYTES}, (str){(char *)given, MAC_BYTES}))
			return true;
	}
	return false;
}

static bool same_host(const struct exchange *x, str url)
{
	size_t at = str_find(url, S("://"));
	str host;

	if (at == (size_t)-1)
		return false; /* "null" of a sandbox or a redirect */
	host = str_sub(url, at + 3, url.n);
	host = str_cut(&host, '/');
	return str_eq_nocase(host, x->facts.host);
}

/* Every browser of the last years says where a form comes from. What says nothing must hold a
 * session's token: it cannot have got one from another site. */
bool origin_good(const struct exchange *x)
{
	str site = exchange_header(x, S("Sec-Fetch-Site")),
	    origin = exchange_header(x, S("Origin"));
	str referer = exchange_header(x, S("Referer"));

	if (site.p && !str_eq(site, S("same-origin")) && !str_eq(site, S("none")))
		return false;
	if (origin.p)
		return same_host(x, origin);
	if (site.p)
		return true;
	if (referer.p)
		return same_host(x, referer);
	return x->req.viewer.person != 0;
}

str form_key(struct req *r)
{
	uint8_t key[16];

	random_bytes(key, sizeof key);
	return issue(r, false, base64url_of(r->arena, key, sizeof key));
}

/* ---- signed links ------------------------------------------------------------------------ */

static str link_mac(struct arena *a, const uint8_t key[32], str path, str until)
{
	struct digest d =
		digest_keyed(key, str_fmt(a, STR_FMT "\n" STR_FMT, STR_ARG(path), STR_ARG(until)));

	return base64url_of(a, d.b, MAC_BYTES);
}

str signed_path(struct store *s, struct arena *a, str path, instant until)
{
	uint8_t key[32];
	str end = str_fmt(a, "%lld", (long long)(until.us / SECOND_US)), mac;

	store_secret(s, "link", key);
	mac = link_mac(a, key, path, end);
	sodium_memzero(key, sizeof key);
	return str_fmt(a, STR_FMT "?until=" STR_FMT "&sig=" STR_FMT, STR_ARG(path), STR_ARG(end),
		STR_ARG(mac));
}

bool signed_good(struct exchange *x)
{
	struct value *until = values_find(&x->own.query, S("until")),
		     *sig = values_find(&x->own.query, S("sig"));
	int64_t end;

	if (!until || !sig || !str_int(until->text, &end) || end < clock_real().us / SECOND_US)
		return false;
	until->used = sig->used = true;
	return str_eq_secret(sig->text, link_mac(x->arena, x->web->key_link, x->path, until->text));
}
