/* The frame of every page. */
#include "market/frame.h"

#include "market/order/order.h"

#include "gen/frame.sql.h"

static struct links categories(struct req *r)
{
	struct frame_categories_rows rows = frame_categories(r->db);
	struct link *v = arena_array(r->arena, struct link, rows.n + 1);

	for (size_t i = 0; i < rows.n; i++)
		v[i] = (struct link){.label = AS_TEXT(rows.v[i].name),
			.url = str_fmt(r->arena, "/category/" STR_FMT,
				STR_ARG(id_text(r->arena, rows.v[i].id.v)))};
	return (struct links){v, rows.n};
}

static struct links languages(struct req *r)
{
	size_t n = 0;

	while (locales[n].tag)
		n++;
	struct link *v = arena_array(r->arena, struct link, n);

	for (size_t i = 0; i < n; i++)
		v[i] = (struct link){.label = AS_TEXT(str_of(locales[i].tag)),
			.url = str_of(locales[i].tag),
			.current = r->locale == &locales[i]};
	return (struct links){v, n};
}

static void foot(struct shell *s)
{
	static const struct link trade[] = {
		{.label = {.msg = MSG_frame_search}, .url = {"/search", 7}},
		{.label = {.msg = MSG_frame_sell}, .url = {"/sign-up", 8}},
	};
	static const struct link legal[] = {
		{.label = {.msg = MSG_look_imprint}, .url = {"/imprint", 8}},
		{.label = {.msg = MSG_look_terms}, .url = {"/terms", 6}},
		{.label = {.msg = MSG_look_contact}, .url = {"/imprint#contact", 16}},
	};
	static const struct link data[] = {
		{.label = {.msg = MSG_look_privacy}, .url = {"/privacy", 8}},
		{.label = {.msg = MSG_look_rights}, .url = {"/rights", 7}},
		{.label = {.msg = MSG_look_cookies}, .url = {"/cookies", 8}},
	};
	static const struct link build[] = {
		{.label = {.msg = MSG_frame_api}, .url = {"/api/v1/openapi.json", 20}},
	};

	s->foot[0] = (struct links){trade, COUNT(trade)};
	s->foot[1] = (struct links){legal, COUNT(legal)};
	s->foot[2] = (struct links){data, COUNT(data)};
	s->foot[3] = (struct links){build, COUNT(build)};
	s->foot_title[0] = TEXT(frame_trade);
	s->foot_title[1] = TEXT(frame_operator);
	s->foot_title[2] = TEXT(frame_data);
	s->foot_title[3] = TEXT(frame_build);
}

void frame_fill(struct req *r, struct shell *s)
{
	struct display d = display_chosen(r);

	s->theme = d.theme;
	s->density = d.density;
	s->ask_cookies = cookie_choice_due(r) && !(r->route && !strcmp(r->route->path, "/cookies"));
	s->brand = S("Kontor");
	s->nav = categories(r);
	s->languages = languages(r);
	s->searched = r->route && !strcmp(r->route->path, "/search") && r->form ? query_str(r, "q")
										: (str){0};
	foot(s);
}

void frame_own(struct req *r, struct shell *s)
{
	s->staff = r->viewer.roles & (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER));
	if (!s->staff && (r->viewer.session || r->viewer.person))
		s->basket = basket_count(r->db);
}
