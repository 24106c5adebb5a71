/* Language, light or dark, density: for this visit, or remembered on this device. */
#include "market/display.h"

#include "gen/display.html.h"

static const struct code themes[] = {
	{"auto", MSG_display_auto}, {"light", MSG_display_light}, {"dark", MSG_display_dark}, {0}};
static const struct code densities[] = {
	{"dense", MSG_display_dense}, {"roomy", MSG_display_roomy}, {0}};

FORM(display_form, struct display_typed,
	{.name = "lang",
		.kind = FIELD_TEXT,
		.data = NOT_PERSONAL,
		.required = true,
		.min = 2,
		.max = 12,
		AT(struct display_typed, lang),
		.label = MSG_display_language},
	{.name = "theme",
		.kind = FIELD_CODE,
		.data = NOT_PERSONAL,
		.codes = themes,
		AT(struct display_typed, theme),
		.label = MSG_display_theme},
	{.name = "density",
		.kind = FIELD_CODE,
		.data = NOT_PERSONAL,
		.codes = densities,
		AT(struct display_typed, density),
		.label = MSG_display_density},
	{.name = "remember",
		.kind = FIELD_BOOL,
		.data = NOT_PERSONAL,
		AT(struct display_typed, remember),
		.label = MSG_display_remember,
		.hint = MSG_display_remember_hint});

static int display_show(struct req *r)
{
	struct display d = display_chosen(r);

	display_page(r->out, r, &d);
	return 200;
}

static int display_apply(struct req *r)
{
	const struct display_typed *f = r->form;
	struct display d = {.lang = f->lang};
	bool known = false;

	for (const struct locale *l = locales; l->tag; l++)
		known |= str_eq(f->lang, str_of(l->tag));
	if (!known) {
		form_error(r, "lang", TEXT(display_unknown));
		return 422;
	}
	if (!str_eq(f->theme, S("auto")) && f->theme.n)
		d.theme = str_eq(f->theme, S("dark")) ? "dark" : "light";
	d.density = str_eq(f->density, S("roomy")) ? "roomy" : NULL;
	display_choose(r, d, f->remember);
	return see(r, "/look");
}

const struct route display_routes[] = {
	{GET, "/look", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = display_show},
	{POST, "/look", ANYONE, BIT(PURPOSE_PUBLIC), PROOF_TOKEN, .form = &display_form,
		.get = display_show, .apply = display_apply},
	{0},
};
