/* Visits for an outside analytics service: told by the server, so that browsers send nothing there,
 * and never with an address that leads to one machine. */
#include "inside.h"

#include <arpa/inet.h>
#include <stdio.h>

struct relaying {
	const struct policy *p;
	const struct policy_recipient *to;
	struct hook_where where;
	size_t n;
	int64_t id;
};

const struct policy_recipient *egress_relay_to(const struct policy *p)
{
	for (size_t i = 0; i < p->tags_n; i++)
		if (p->tags[i].kind == TAG_RELAY && policy_tag_live(p, &p->tags[i], clock_real()))
			return policy_recipient(p, p->tags[i].serves);
	return NULL;
}

/* Nothing that leads to one machine: 192.0.2.0/24, 2001:db8:1::/48. */
static bool network_short(str s)
{
	static const uint8_t none[10];
	str address = str_cut(&s, '/');
	char text[INET6_ADDRSTRLEN];
	uint8_t b[16];

	if (str_eq(address, S("unknown")) || address.n >= sizeof text)
		return address.n < sizeof text && !s.p;
	memcpy(text, address.p, address.n);
	text[address.n] = 0;
	if (inet_pton(AF_INET, text, b) == 1)
		return str_eq(s, S("24")) && !b[3];
	return inet_pton(AF_INET6, text, b) == 1 && str_eq(s, S("48")) &&
	       !memcmp(b + 6, none, sizeof none);
}

static str body_of(struct arena *a, const struct relay_view *v, size_t n)
{
	struct out o;

	out_init(&o, a, 4096, EGRESS_ARENA_BYTES_MAX / 4, NULL);
	struct json j = json_to(&o);

	json_open(&j);
	json_key(&j, "type");
	json_str(&j, S("visits"));
	json_key(&j, "views");
	json_list(&j);
	for (size_t i = 0; i < n; i++) {
		json_open(&j);
		json_key(&j, "page");
		json_str(&j, v[i].page);
		json_key(&j, "device");
		json_str(&j, v[i].device);
		json_key(&j, "network");
		json_str(&j, v[i].network);
		json_key(&j, "at");
		json_time(&j, (instant){v[i].at.us - v[i].at.us % (60 * SECOND_US)});
		json_close(&j);
	}
	json_end(&j);
	json_close(&j);
	return out_view(&o);
}

static bool disclose(struct db *db, void *ctx)
{
	struct relaying *x = ctx;

	x->id = egress_disclose(db, x->p,
		&(struct disclosure){.recipient = x->to->name,
			.purpose = S("analytics"),
			.kind = S("visits"),
			.fields = S("visit.page visit.device visit.network visit.at"),
			.host = x->where.host,
			.addressee = x->to->title,
			.detail = str_fmt(db->arena, "%zu", x->n)});
	return true;
}

static const char *relay(
	struct store *s, struct arena *a, const struct relay_view *v, size_t n, struct relaying *x)
{
	static char why[200];
	struct write_unit u = {.viewer = {.roles = UINT64_C(1) << ROLE_OUTBOX},
		.purposes = UINT64_C(1) << PURPOSE_DISCLOSING,
		.arena = a,
		.apply = disclose,
		.ctx = x};

	if (!x->to)
		return "no analytics service is switched on";
	for (size_t i = 0; i < n; i++)
		if (!network_short(v[i].network))
			fault(FAULT_POLICY, "an address that was not cut short was to leave");
	if (!hook_where(s, a, x->to->name, &x->where) || !x->where.key.n)
		return "the recipient has no address, or no secret";
	if (store_write_wait(s, &u) != WRITE_DONE) {
		snprintf(why, sizeof why, "%.199s", u.fault.what);
		return why;
	}
	return hook_post(a, &x->where, x->id, body_of(a, v, n));
}

const char *egress_relay(struct store *s, const struct relay_view *v, size_t n)
{
	struct relaying x = {.p = store_policy(s), .to = egress_relay_to(store_policy(s)), .n = n};
	struct arena *a = arena_make(EGRESS_ARENA_BYTES_MAX);
	struct fault_point fp;
	const char *volatile trouble = NULL;

	if (FAULT_TRY(fp)) {
		trouble = relay(s, a, v, n, &x);
		FAULT_END(fp);
	} else {
		arena_free(a);
		fault(fp.kind, "%s", fp.what);
	}
	arena_free(a);
	return trouble;
}
