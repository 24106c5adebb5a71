#include "market/member/company.h"
#include "market/rights/rights.h"

#include "gen/company.html.h"
#include "gen/company.sql.h"

#include "egress/egress.h"

static const struct code currencies[] = {{"EUR", 0}, {"USD", 0}, {"GBP", 0}, {"CHF", 0}, {"SEK", 0},
	{"NOK", 0}, {"DKK", 0}, {"PLN", 0}, {"CZK", 0}, {"HUF", 0}, {"RON", 0}, {"TRY", 0},
	{"CNY", 0}, {"JPY", 0}, {"INR", 0}, {NULL, 0}};

FORM(company_form, struct company_form,
	{.name = "name",
		.kind = FIELD_TEXT,
		.required = true,
		.min = 2,
		.max = 120,
		AT(struct company_form, name),
		.label = MSG_member_company_name,
		.hint = MSG_member_company_name_hint,
		.data = "company.name"},
	{.name = "legal_form",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.max = 60,
		AT(struct company_form, legal_form),
		.label = MSG_member_legal_form,
		.hint = MSG_member_legal_form_hint},
	{.name = "registration",
		.kind = FIELD_TEXT,
		.max = 60,
		AT(struct company_form, registration),
		.label = MSG_member_registration,
		.hint = MSG_member_registration_hint,
		.data = "company.registration"},
	{.name = "vat_id",
		.kind = FIELD_TEXT,
		.max = 30,
		AT(struct company_form, vat_id),
		.label = MSG_member_vat_id,
		.hint = MSG_member_vat_id_hint,
		.data = "company.tax"},
	{.name = "sells",
		.kind = FIELD_BOOL,
		AT(struct company_form, sells),
		.label = MSG_member_sells},
	{.name = "buys",
		.kind = FIELD_BOOL,
		AT(struct company_form, buys),
		.label = MSG_member_buys},
	{.name = "currency",
		.kind = FIELD_CODE,
		.required = true,
		AT(struct company_form, currency),
		.label = MSG_member_currency,
		.codes = currencies},
	{.name = "industry",
		.kind = FIELD_ENUM,
		AT(struct company_form, industry),
		.label = MSG_member_industry,
		.choices = "industry"},
	{.name = "size",
		.kind = FIELD_ENUM,
		AT(struct company_form, size),
		.label = MSG_member_size,
		.choices = "company_size"},
	{.name = "founded",
		.kind = FIELD_INT,
		.min = 1000,
		.max = 2100,
		AT(struct company_form, founded),
		.label = MSG_member_founded},
	{.name = "website",
		.kind = FIELD_TEXT,
		.max = 200,
		AT(struct company_form, website),
		.label = MSG_member_website,
		.hint = MSG_member_website_hint,
		.data = "company.website"},
	{.name = "about",
		.kind = FIELD_LONG,
		.max = 4000,
		AT(struct company_form, about),
		.label = MSG_member_about,
		.hint = MSG_member_about_hint,
		.data = "company.about"},
	{.name = "imprint",
		.kind = FIELD_LONG,
		.max = 1000,
		AT(struct company_form, imprint),
		.label = MSG_member_imprint,
		.hint = MSG_member_imprint_hint,
		.data = "company.imprint"},
	{.name = "video",
		.kind = FIELD_TEXT,
		.max = EMBED_ADDRESS_BYTES_MAX,
		AT(struct company_form, video),
		.label = MSG_look_video,
		.data = "company.video"});

static struct company_id mine(const struct req *r)
{
	return (struct company_id){r->viewer.company};
}

/* ---- the profile ---- */

int company_get(struct req *r)
{
	struct company_own_row c;

	if (!company_own(r->db, &c))
		return 404;
	if (r->api)
		return answer_row(r, &company_own_desc, &c);
	struct company_events_rows e = company_events(r->db);
	company_settings_page(r->out, r, &c, e.v, e.n);
	return 200;
}

int company_prepare(struct req *r)
{
	const struct company_form *f = r->form;
	struct company_own_row c;
	str *vat = arena_new(r->arena, str);
	bool fine = true;

	if (!company_own(r->db, &c))
		return 404;
	r->own = vat;
	if (!f->sells && !f->buys) {
		form_error(r, "sells", TEXT(member_sells_or_buys));
		fine = false;
	}
	if (f->website.n && !str_starts(f->website, S("https://")) &&
		!str_starts(f->website, S("http://"))) {
		form_error(r, "website", TEXT(member_website_form));
		fine = false;
	}
	if (f->video.n && !embed_known(db_policy(r->db), f->video)) {
		form_error(r, "video", TEXT(look_video_wrong));
		fine = false;
	}
	return vat_field(r, "vat_id", c.country, f->vat_id, vat) && fine ? 0 : 422;
}

void company_rectified(struct req *r)
{
	struct company_trader_row c;

	if (company_trader(r->db, &c) && c.created_by.v)
		(void)egress_tell_recipients(r->db, c.created_by.v, HOOK_EVENT_RECTIFIED);
}

static str text_or_none(str s)
{
	return s.n ? s : (str){0};
}

int company_apply(struct req *r)
{
	const struct company_form *f = r->form;
	struct company_registration registration = {.number = f->registration};
	struct company_tax tax = {.vat_id = *(str *)r->own};
	struct maybe_int founded = {f->founded != 0, f->founded};
	struct company_own_row c;

	if (company_edit(r->db, mine(r), f->name, f->legal_form.p ? f->legal_form : S(""), f->sells,
		    f->buys, (enum industry)f->industry, (enum company_size)f->size, founded,
		    text_or_none(f->about), text_or_none(f->website), text_or_none(f->imprint),
		    f->currency, str_of(r->locale->tag), &registration, &tax) != 1 ||
		!company_own(r->db, &c))
		return 404;
	company_rectified(r);
	/* Where no videos may be shown there is no field: what stood there stays. */
	if (!str_eq(f->video, c.video) && (f->video.n || embed_hosts(r->arena, db_policy(r->db)).n))
		MUST(company_video_set(r->db, mine(r), text_or_none(f->video)) == 1 &&
			company_own(r->db, &c));
	return done(r, 200, S("/account/company"), TEXT(member_saved), &company_own_desc, &c);
}

/* ---- what everyone sees ---- */

int company_public_get(struct req *r)
{
	struct company_id id = {path_id(r, "company")};
	struct company_slug_row named;
	struct company_page_row c;

	if (!id.v && company_slug(r->db, path_str(r, "company"), &named))
		id = named.id;
	if (!id.v || !company_page(r->db, id, &c))
		return 404;
	if (r->api)
		return answer_row(r, &company_page_desc, &c);
	struct embed video;
	bool shows = embed_find(r, c.video, embeds_agreed(r), &video);

	company_public_page(r->out, r, &c, shows ? &video : NULL);
	return 200;
}

/* ---- leaving ---- */

int company_closing_get(struct req *r)
{
	struct company_own_row c;

	if (!company_own(r->db, &c))
		return 404;
	company_closing_page(r->out, r, &c);
	return 200;
}

static int own_event(struct req *r, int event, instant close_at, struct text said)
{
	struct company_own_row c;
	struct company_event_id id = {id_make()};

	if (!company_own(r->db, &c))
		return 404;
	struct process_step step = process_ask(&company_process, (int)c.state, event,
		(struct actor){.roles = r->viewer.roles}, &c);
	if (step.answer == PROCESS_NOT_YOU)
		return 403;
	if (step.answer != PROCESS_YES || instant_is(c.close_at) == instant_is(close_at))
		return problem(r, 409, TEXT(member_company_moved));
	if (company_close_at(r->db, mine(r), close_at) != 1 ||
		company_event_add(r->db, id, mine(r), (enum company_happening)event, c.state,
			(enum company_state)step.row->to, (struct person_id){r->viewer.person},
			clock_now()) != 1)
		return 404;
	return done(r, 200, S("/account/company"), said, NULL, NULL);
}

int company_ask_close(struct req *r)
{
	return own_event(r, COMPANY_HAPPENING_ASK_CLOSE,
		instant_add(clock_now(), COMPANY_CLOSE_DAYS * DAY_US),
		TEXT(member_close_asked, COMPANY_CLOSE_DAYS));
}

int company_keep_open(struct req *r)
{
	return own_event(r, COMPANY_HAPPENING_KEEP_OPEN, TIME_NONE, TEXT(member_close_taken_back));
}
