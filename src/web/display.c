/* How a visitor wants pages to look: language, light or dark, dense or roomy. What was chosen holds
 * for the visit (cookie kontor_view, essential: it was asked for); on a device that is to remember
 * it, for longer (kontor_look, of the class personal). Both hold "de.dark.roomy"; a part that is
 * "-" is as the device says. */
#include "inner.h"

static const char *one_of(str v, const char *a, const char *b)
{
	return str_eq(v, str_of(a)) ? a : b && str_eq(v, str_of(b)) ? b : NULL;
}

struct display display_parse(str value)
{
	struct display d = {0};
	str rest = value;

	d.lang = str_cut(&rest, '.');
	if (str_eq(d.lang, S("-")))
		d.lang = (str){NULL, 0};
	d.theme = one_of(str_cut(&rest, '.'), "light", "dark");
	d.density = one_of(rest, "roomy", NULL);
	return d;
}

struct display display_chosen(const struct req *r)
{
	str v = cookie_kept(r, "kontor_view");

	if (!v.p)
		v = cookie_kept(r, "kontor_look");
	return display_parse(v.p ? v : S(""));
}

void display_choose(struct req *r, struct display d, bool remember)
{
	str value = str_fmt(r->arena, STR_FMT ".%s.%s", STR_ARG(d.lang.n ? d.lang : S("-")),
		d.theme ? d.theme : "-", d.density ? d.density : "-");

	if (remember)
		cookie_choose(r, cookie_choice(r).agreed | 1u << COOKIE_PERSONAL);
	answer_cookie(r, "kontor_view", value);
	if (cookie_choice(r).agreed & 1u << COOKIE_PERSONAL)
		answer_cookie(r, "kontor_look", value);
}
