/* Web hooks: a recipient is told of an event by ids alone, signed as the Standard Webhooks
 * specification (1.0) says: webhook-id, webhook-timestamp, webhook-signature. */
#include "inside.h"

#include "gen/hook.sql.h"

#include <sodium.h>

#define AGENTS S("agents") /* policy/recipients.yaml */
#define HOOK_PURPOSES (UINT64_C(1) << PURPOSE_DISCLOSING)

static const char *const event_names[] = {[HOOK_EVENT_RECTIFIED] = "subject.rectified",
	[HOOK_EVENT_ERASED] = "subject.erased",
	[HOOK_EVENT_RESTRICTED] = "subject.restricted",
	[HOOK_EVENT_UNRESTRICTED] = "subject.unrestricted",
	[HOOK_EVENT_STATUS] = "request.status"};

/* Who keeps nothing of what passes through is told too: that is for the recipient to say. */
int egress_tell_recipients(struct db *db, int64_t person, enum hook_event what)
{
	struct hook_recipients_rows r = hook_recipients(db, (struct person_id){person});
	struct hook_target_row t;
	struct hook_pending_row pending;
	int told = 0;

	for (size_t i = 0; i < r.n; i++) {
		enum hook_state state = hook_target(db, r.v[i].recipient, &t) ? HOOK_STATE_WAITING
									      : HOOK_STATE_BY_HAND;

		if (hook_pending(db, (struct person_id){person}, r.v[i].recipient, what, state,
			    &pending) &&
			pending.n)
			continue;
		MUST(hook_add(db, (struct hook_id){id_make()}, r.v[i].recipient, what,
			     (struct person_id){person}, person, state, clock_now()) == 1);
		told++;
	}
	return told;
}

void egress_tell_later(struct db *db, int64_t person)
{
	MUST(hook_later(db, (struct hook_id){id_make()}, (struct person_id){person}, person,
		     clock_now()) == 1);
}

void egress_tell_agent(struct db *db, int64_t agent, int64_t petition)
{
	MUST(hook_status(db, (struct hook_id){id_make()}, (struct agent_id){agent}, petition,
		     clock_now()) == 1);
}

struct hook {
	struct store *s;
	struct arena *a;
	const struct hook_due_row *row;
	struct hook_where where;
	struct egress_status status; /* to an agent */
	bool dead;
	str body;
	const char *trouble;
};

static bool write_down(struct hook *h, bool (*apply)(struct db *, void *), char why[200])
{
	struct write_unit u = {.viewer = {.roles = UINT64_C(1) << ROLE_OUTBOX},
		.purposes = HOOK_PURPOSES,
		.arena = h->a,
		.apply = apply,
		.again = write_as_it_is,
		.ctx = h};
	enum write_result r = store_write_wait(h->s, &u);

	if (r != WRITE_DONE && why)
		snprintf(why, 200, "%.199s", u.fault.what);
	return r == WRITE_DONE;
}

/* Only ids leave: the recipient knows them from what it was given. */
static str body_of(struct arena *a, const struct hook_due_row *row)
{
	return str_fmt(a,
		"{\"type\":\"%s\",\"timestamp\":\"" STR_FMT "\",\"data\":{\"id\":\"" STR_FMT "\"}}",
		event_names[row->event], STR_ARG(instant_iso(a, clock_now())),
		STR_ARG(id_text(a, row->about_id)));
}

static bool disclose(struct db *db, void *ctx)
{
	struct hook *h = ctx;
	const struct policy *p = store_policy(h->s);
	const struct policy_recipient *r = egress_recipient(p, h->row->recipient);

	egress_disclose(db, p,
		&(struct disclosure){.recipient = r->name,
			.purpose = r->purposes_n ? r->purposes[0] : S(""),
			.kind = str_of(event_names[h->row->event]),
			.fields = S("person.id"),
			.host = h->where.host,
			.person = h->row->person_id.v,
			.about = h->row->about_id,
			.detail = h->where.url});
	return true;
}

/* A row that names no recipient yet becomes one for each. */
static bool spread(struct db *db, void *ctx)
{
	const struct hook_due_row *row = ((struct hook *)ctx)->row;

	if (row->person_id.v)
		(void)egress_tell_recipients(db, row->person_id.v, row->event);
	return hook_done(db, row->id, clock_now()) == 1;
}

static bool sent(struct db *db, void *ctx)
{
	return hook_done(db, ((struct hook *)ctx)->row->id, clock_now()) == 1;
}

static bool again(struct db *db, void *ctx)
{
	struct hook *h = ctx;
	int64_t tries = h->row->tries + 1, wait = 60 * SECOND_US << (tries < 11 ? tries - 1 : 10);
	bool dead = h->dead || tries >= EGRESS_TRIES_MAX;

	return hook_again(db, h->row->id, dead ? HOOK_STATE_DEAD : HOOK_STATE_WAITING, tries,
		       instant_add(clock_now(), wait > DAY_US ? DAY_US : wait),
		       str_of(h->trouble)) == 1;
}

static str signature(struct arena *a, str key, str id, str at, str body)
{
	crypto_auth_hmacsha256_state st;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];
	str text = str_fmt(
		a, STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(id), STR_ARG(at), STR_ARG(body));
	char *out = arena_alloc(
		a, 1, sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL));

	crypto_auth_hmacsha256_init(&st, (const void *)key.p, key.n);
	crypto_auth_hmacsha256_update(&st, (const void *)text.p, text.n);
	crypto_auth_hmacsha256_final(&st, mac);
	sodium_bin2base64(out,
		sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_ORIGINAL), mac,
		sizeof mac, sodium_base64_VARIANT_ORIGINAL);
	return str_fmt(a, "v1,%s", out);
}

/* whsec_ and base64, as the specification writes secrets. */
static str key_of(struct arena *a, str secret)
{
	const str mark = S("whsec_");
	size_t n = 0;

	if (!str_starts(secret, mark))
		return secret;
	secret = str_sub(secret, mark.n, secret.n);
	uint8_t *key = arena_alloc(a, 1, secret.n + 1);

	if (sodium_base642bin(key, secret.n, secret.p, secret.n, NULL, &n, NULL,
		    sodium_base64_VARIANT_ORIGINAL))
		return (str){0};
	return (str){(char *)key, n};
}

bool hook_where(struct store *s, struct arena *a, str recipient, struct hook_where *w)
{
	struct hook_target_row t;
	struct db db;

	store_read_begin(
		s, &db, a, (struct viewer){.roles = UINT64_C(1) << ROLE_OUTBOX}, HOOK_PURPOSES);
	bool known = hook_target(&db, recipient, &t);

	store_read_end(&db);
	if (known)
		*w = (struct hook_where){
			t.url, egress_host(t.url), key_of(a, t.secret.key), t.inward};
	return known;
}

const char *hook_post(struct arena *a, const struct hook_where *w, int64_t message, str body)
{
	str id = id_text(a, message);
	str at = str_fmt(a, "%lld", (long long)(clock_real().us / SECOND_US));
	struct post p = {.url = w->url,
		.body = body,
		.inward = w->inward,
		.header = {{"webhook-id", id}, {"webhook-timestamp", at},
			{"webhook-signature", signature(a, w->key, id, at, body)}}};

	return post_send(a, &p);
}

/* ---- agents are told how a request stands ---- */

static egress_status_fn *_Atomic status_from;
static _Atomic bool status_inward;

void egress_agents(egress_status_fn *from, bool inward)
{
	status_from = from;
	status_inward = inward;
}

bool egress_agent_address(str url, str host)
{
	bool tls = str_starts(url, S("https://"));

	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] >= 0x7f || url.p[i] == '\\')
			return false;
	return (tls || (status_inward && str_starts(url, S("http://")))) && host.n &&
	       str_eq_nocase(egress_host(url), host);
}

static bool status_disclose(struct db *db, void *ctx)
{
	struct hook *h = ctx;

	egress_disclose(db, store_policy(h->s),
		&(struct disclosure){.recipient = AGENTS,
			.purpose = S("claimant"),
			.kind = S("request.status"),
			.fields = S("petition.contact.reference petition_event.note"),
			.owner = h->status.owner,
			.about = h->row->about_id,
			.addressee = h->status.addressee,
			.detail = h->status.url});
	return true;
}

/* Made now, so that what arrives late is not what was. The protocol signs no answers: the address
 * was registered, and an agent that doubts asks for the state. */
static void status_deliver(struct hook *h)
{
	static char why[200];
	egress_status_fn *from = status_from;

	h->dead = true;
	h->trouble = from ? from(h->s, h->a, h->row->agent_id.v, h->row->about_id, &h->status)
			  : "nobody says how a request stands";
	if (h->trouble)
		return;
	if (!egress_agent_address(h->status.url, h->status.host)) {
		h->trouble = "the address is not at the host that is registered for this agent";
		return;
	}
	if (!write_down(h, status_disclose, why)) {
		h->trouble = why;
		return;
	}
	h->dead = false;
	h->trouble = post_send(h->a,
		&(struct post){
			.url = h->status.url, .body = h->status.body, .inward = status_inward});
}

static void deliver(struct hook *h)
{
	static char why[200];

	h->dead = true;
	if (!hook_where(h->s, h->a, h->row->recipient, &h->where)) {
		h->trouble = "the recipient has no address for web hooks any more";
		return;
	}
	h->body = body_of(h->a, h->row);
	if (!write_down(h, disclose, why)) {
		h->trouble = why;
		return;
	}
	if (!h->where.key.n) {
		h->trouble = "the secret is none";
		return;
	}
	h->dead = false;
	h->trouble = hook_post(h->a, &h->where, h->row->id.v, h->body);
}

static void deliver_safely(struct hook *h)
{
	struct fault_point fp;

	if (!h->row->recipient.n) {
		write_down(h, spread, NULL);
		return;
	}
	if (FAULT_TRY(fp)) {
		h->row->event == HOOK_EVENT_STATUS ? status_deliver(h) : deliver(h);
		FAULT_END(fp);
	} else {
		store_read_drop(h->s);
		LOG(LOG_ERROR, "hook_fault", LOG_I("hook", h->row->id.v),
			LOG_S("fault", str_of(fp.what)));
		h->trouble = "broken: see the log";
	}
	write_down(h, h->trouble ? again : sent, NULL);
	LOG(h->trouble ? LOG_WARN : LOG_INFO, h->trouble ? "hook_failed" : "hook_sent",
		LOG_I("hook", h->row->id.v), LOG_S("recipient", h->row->recipient),
		LOG_S("trouble", str_of(h->trouble ? h->trouble : "")));
}

static int hooks_send(struct store *s, int most, struct arena *list, struct arena *one)
{
	struct db db;

	store_read_begin(
		s, &db, list, (struct viewer){.roles = UINT64_C(1) << ROLE_OUTBOX}, HOOK_PURPOSES);
	struct hook_due_rows due = hook_due(&db, clock_now());

	store_read_end(&db);
	int n = 0;

	for (; n < most && (size_t)n < due.n; n++) {
		struct hook h = {.s = s, .a = one, .row = &due.v[n]};

		deliver_safely(&h);
		arena_reset(one);
	}
	return n;
}

int egress_hooks(struct store *s, int most)
{
	struct arena *list = arena_make(EGRESS_ARENA_BYTES_MAX),
		     *one = arena_make(EGRESS_ARENA_BYTES_MAX);
	struct fault_point fp;
	volatile int n = -1;

	if (FAULT_TRY(fp)) {
		n = hooks_send(s, most, list, one);
		FAULT_END(fp);
	}
	arena_free(one);
	arena_free(list);
	if (n < 0)
		fault(fp.kind, "%s", fp.what);
	return n;
}
