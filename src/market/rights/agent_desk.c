/* The operator's registry of agents: who may make requests for people, and with which key. */
#include "market/rights/agent.h"

#include "gen/agent.html.h"

#include <sodium.h>

#define CALLBACK_HOST(type) \
	{ \
		.name = "callback_host", .kind = FIELD_TEXT, .max = 253, AT(type, callback_host), \
		.label = MSG_agent_callback, .hint = MSG_agent_callback_hint, .data = NOT_PERSONAL \
	}
FORM(agent_form, struct agent_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct agent_form, name),
		.label = MSG_agent_name,
		.hint = MSG_agent_name_hint,
		.data = NOT_PERSONAL},
	{.name = "title",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 120,
		AT(struct agent_form, title),
		.label = MSG_agent_title,
		.data = NOT_PERSONAL},
	{.name = "key",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 64,
		AT(struct agent_form, key),
		.label = MSG_agent_key,
		.hint = MSG_agent_key_hint,
		.data = NOT_PERSONAL},
	{.name = "web_url",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 300,
		AT(struct agent_form, web_url),
		.label = MSG_agent_web,
		.data = NOT_PERSONAL},
	{.name = "contact",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 200,
		AT(struct agent_form, contact),
		.label = MSG_agent_contact,
		.hint = MSG_agent_contact_hint,
		.data = NOT_PERSONAL},
	CALLBACK_HOST(struct agent_form),
	{.name = "ends",
		.kind = FIELD_DATE,
		AT(struct agent_form, ends),
		.label = MSG_agent_ends,
		.hint = MSG_agent_ends_hint,
		.data = NOT_PERSONAL});

FORM(agent_callback_form, struct agent_callback_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.required = true,
		.max = 60,
		AT(struct agent_callback_form, name),
		.label = MSG_petition_agent,
		.data = NOT_PERSONAL},
	CALLBACK_HOST(struct agent_callback_form));

struct agent_query {
	str after;
};
FORM(agent_query_form, struct agent_query,
	{.name = "after",
		.kind = FIELD_TEXT,
		.max = 60,
		AT(struct agent_query, after),
		.label = MSG_agent_name,
		.data = NOT_PERSONAL});

static bool name_good(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && s.p[i] != '_')
			return false;
	return s.n > 0;
}

/* A name, without scheme, port and path. */
static bool host_good(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
			s.p[i] != '.' && s.p[i] != '-')
			return false;
	return !s.n || (str_has(s, '.') && s.p[0] != '.' && s.p[s.n - 1] != '.');
}

/* 32 bytes, as the protocol's directory writes them: base64. */
static bool key_parse(struct arena *a, str text, str *key)
{
	uint8_t *p = arena_alloc(a, 1, text.n + 1);
	size_t n = 0;

	if (sodium_base642bin(p, text.n + 1, text.p, text.n, NULL, &n, NULL,
		    sodium_base64_VARIANT_ORIGINAL) ||
		n != AGENT_KEY_BYTES || !crypto_core_ed25519_is_valid_point(p))
		return false;
	*key = (str){(char *)p, n};
	return true;
}

static int list_get(struct req *r)
{
	struct agent_list_rows v =
		agent_list(r->db, r->route->form == &agent_query_form && r->form
					  ? query_str(r, "after").p ? query_str(r, "after") : S("")
					  : S(""));

	agent_page(r->out, r, &v, agent_business(r->arena, db_policy(r->db)));
	return 200;
}

static int add_apply(struct req *r)
{
	const struct agent_form *f = r->form;
	const struct form_error *wrong;
	struct agent_there_row there;
	str key = {NULL, 0};

	if (!name_good(f->name))
		form_error(r, "name", TEXT(agent_name_wrong));
	else if (agent_there(r->db, f->name, &there))
		form_error(r, "name", TEXT(agent_name_taken));
	if (!key_parse(r->arena, f->key, &key))
		form_error(r, "key", TEXT(agent_key_wrong));
	if (!str_starts(f->web_url, S("https://")))
		form_error(r, "web_url", TEXT(agent_web_wrong));
	if (!host_good(f->callback_host))
		form_error(r, "callback_host", TEXT(agent_callback_host_wrong));
	if (form_errors(r, &wrong))
		return 422;
	if (agent_add(r->db, (struct agent_id){id_make()}, f->name, f->title, key, f->web_url,
		    f->contact, f->ends, clock_now(), f->callback_host) != 1)
		return 403;
	return done(r, 201, S("/desk/rights/agents"), TEXT(agent_added), NULL, NULL);
}

static int callback_apply(struct req *r)
{
	const struct agent_callback_form *f = r->form;

	if (!host_good(f->callback_host)) {
		form_error(r, "callback_host", TEXT(agent_callback_host_wrong));
		return 422;
	}
	if (agent_callback_set(r->db, f->name, f->callback_host) != 1)
		return problem(r, 409, TEXT(petition_not_now));
	return done(r, 200, S("/desk/rights/agents"), TEXT(desk_saved), NULL, NULL);
}

static int end_apply(struct req *r)
{
	struct agent_id id = {path_id(r, "agent")};

	if (agent_end(r->db, id, clock_now()) != 1)
		return problem(r, 409, TEXT(petition_not_now));
	(void)!agent_tokens_drop(r->db, id);
	return done(r, 200, S("/desk/rights/agents"), TEXT(agent_ended), NULL, NULL);
}

#define OFFICER BIT(ROLE_OFFICER)
#define CASE BIT(PURPOSE_CASEWORK)

const struct route agent_desk_routes[] = {
	{GET, "/desk/rights/agents", OFFICER, CASE, PROOF_NONE, .form = &agent_query_form,
		.get = list_get},
	{POST, "/desk/rights/agents", OFFICER, CASE, PROOF_TOKEN, .form = &agent_form,
		.get = list_get, .apply = add_apply},
	{POST, "/desk/rights/agents/callback", OFFICER, CASE, PROOF_TOKEN,
		.form = &agent_callback_form, .get = list_get, .apply = callback_apply},
	{POST, "/desk/rights/agents/{agent}/end", OFFICER, CASE, PROOF_TOKEN, .apply = end_apply},
	{0},
};
