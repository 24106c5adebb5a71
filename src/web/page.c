/* page: what the frame's and the parts' templates need to know before they are drawn. */
#include "web/page.h"

struct shell *page_shell(struct req *r)
{
	if (!r->shell)
		r->shell = arena_new(r->arena, struct shell);
	return r->shell;
}

const char *tone_class(enum tone t)
{
	static const char *const names[] = {"", "info", "good", "warn", "bad"};
	return names[t];
}

const char *button_class(enum button b)
{
	static const char *const names[] = {
		"btn", "btn first", "btn bad", "btn small", "btn first big", "link"};
	return names[b];
}

/* ---- fields ---- */

static const struct field *field_named(const struct form *f, str name)
{
	for (size_t i = 0; i < f->fields_n; i++)
		if (str_eq(str_of(f->fields[i].name), name))
			return &f->fields[i];
	return NULL;
}

const struct field *form_field(const struct form *f, const char *name)
{
	str rest = str_of(name);
	const struct field *found = NULL;
	while (f) {
		found = field_named(f, str_cut(&rest, '.'));
		if (!found || !rest.p)
			break;
		str_cut(&rest, '.'); /* the row's number */
		f = found->rows;
	}
	if (!found || rest.p)
		fault(FAULT_BUG, "form %s has no field %s", f ? f->name : "?", name);
	return found;
}

struct text form_error_label(const struct req *r, const char *name)
{
	str rest = str_of(name);
	const struct field *f = NULL;
	int64_t row = -1;

	for (const struct form *form = r->route ? r->route->form : NULL; form; form = f->rows) {
		f = field_named(form, str_cut(&rest, '.'));
		if (!f || !rest.p)
			break;
		if (!str_int(str_cut(&rest, '.'), &row))
			return text_none();
	}
	if (!f || !f->label)
		return text_none();
	if (row < 0)
		return (struct text){.msg = f->label};
	struct out o;

	out_init(&o, r->arena, 64, 1024, r->locale);
	out_text_plain(&o, (struct text){.msg = f->label});
	return TEXT(look_of_row, out_view(&o), row + 1);
}

str value_int(struct req *r, int64_t v)
{
	return str_fmt(r->arena, "%lld", (long long)v);
}

/* `digits` decimals of v; zeros behind the first `keep` are cut. */
static str decimal(struct arena *a, int64_t v, int digits, int keep)
{
	uint64_t scale = 1, n = v < 0 ? -(uint64_t)v : (uint64_t)v;
	for (int i = 0; i < digits; i++)
		scale *= 10;
	if (!digits)
		return str_fmt(a, "%lld", (long long)v);
	str s = str_fmt(a, "%s%llu.%0*llu", v < 0 ? "-" : "", (unsigned long long)(n / scale),
		digits, (unsigned long long)(n % scale));
	while (digits > keep && s.p[s.n - 1] == '0') {
		s.n--;
		digits--;
	}
	if (s.p[s.n - 1] == '.')
		s.n--;
	return str_dup(a, s);
}

str value_money(struct req *r, money m)
{
	int e = currency_exponent(str_of(m.currency));
	return decimal(r->arena, m.minor, e < 0 ? 2 : e, e < 0 ? 2 : e);
}

str value_price(struct req *r, struct price p)
{
	int e = currency_exponent(str_of(p.currency));
	return decimal(r->arena, p.micro, 6, e < 0 ? 2 : e);
}

str value_date(struct req *r, instant t)
{
	if (!instant_is(t))
		return S("");
	struct civil c = civil_of(t);
	return str_fmt(r->arena, "%04d-%02d-%02d", c.year, c.month, c.day);
}

str name_row(struct req *r, const char *list, size_t i, const char *field)
{
	return str_fmt(r->arena, "%s.%zu.%s", list, i, field);
}

/* What each kind of field is in HTML. Amounts are text with a decimal keyboard: type=number turns
 * with the wheel and refuses what it does not understand without saying why. */
static const struct {
	const char *type, *mode, *width;
} kinds[] = {
	[FIELD_TEXT] = {"text", NULL, ""},
	[FIELD_LONG] = {"text", NULL, ""},
	[FIELD_EMAIL] = {"email", "email", "w4"},
	[FIELD_PASSWORD] = {"password", NULL, "w4"},
	[FIELD_INT] = {"text", "numeric", "w2"},
	[FIELD_BOOL] = {"checkbox", NULL, ""},
	[FIELD_ENUM] = {"text", NULL, "w4"},
	[FIELD_CODE] = {"text", NULL, "w4"},
	[FIELD_ID] = {"text", NULL, "w4"},
	[FIELD_MONEY] = {"text", "decimal", "w2"},
	[FIELD_PRICE] = {"text", "decimal", "w2"},
	[FIELD_DATE] = {"date", NULL, "w2"},
	[FIELD_FILE] = {"file", NULL, ""},
	[FIELD_ROWS] = {"text", NULL, ""},
};

static bool has_chars(enum field_kind k)
{
	return k == FIELD_TEXT || k == FIELD_LONG || k == FIELD_EMAIL || k == FIELD_PASSWORD;
}

/* The ids of what explains the field, in the order in which they are read out. */
static str described(struct out *o, const struct field_show *s)
{
	str d = {NULL, 0};
	if (text_is(s->hint))
		d = str_fmt(o->arena, "h-" STR_FMT, STR_ARG(s->name));
	if (text_is(s->look->limits))
		d = str_fmt(o->arena, STR_FMT "%sl-" STR_FMT, STR_ARG(d), d.n ? " " : "",
			STR_ARG(s->name));
	if (s->error)
		d = str_fmt(o->arena, STR_FMT "%se-" STR_FMT, STR_ARG(d), d.n ? " " : "",
			STR_ARG(s->name));
	if (text_is(s->look->why))
		d = str_fmt(o->arena, STR_FMT "%sw-" STR_FMT, STR_ARG(d), d.n ? " " : "",
			STR_ARG(s->name));
	return d;
}

/* What the policy says of a field that is personal. */
void field_notice_find(const struct policy *p, struct field_show *s)
{
	if (!s->f->data || !strcmp(s->f->data, NOT_PERSONAL))
		return;
	str rest = str_of(s->f->data), table = str_cut(&rest, '.'), name = str_cut(&rest, '.');

	s->notice = policy_table(p, table);
	s->group = s->notice ? policy_group(s->notice, name) : NULL;
	s->column = s->notice ? policy_column(s->notice, name) : NULL;
}

/* Why a required group is needed, in the reader's language if lang/ has it. */
struct text notice_required(struct out *o, const struct field_show *s)
{
	int msg = msg_of(str_fmt(
		o->arena, "notice.%.*s.%.*s", STR_ARG(s->notice->name), STR_ARG(s->column->name)));

	return msg ? (struct text){.msg = msg} : AS_TEXT(s->group->required);
}

/* The purposes that may read it, by their titles. */
str notice_purposes(struct out *o, const struct field_show *s)
{
	enum { SHOWN = 12 };
	struct out t;
	size_t n = 0;

	out_init(&t, o->arena, 128, 4096, o->locale);
	for (size_t i = 0; i < s->notice->grants_n && n < SHOWN; i++) {
		const struct policy_grant *g = &s->notice->grants[i];
		int msg = msg_of(str_fmt(o->arena, "choice.title.%.*s", STR_ARG(g->purpose)));

		for (size_t k = 0; k < g->columns_n; k++)
			if (str_eq(g->columns[k], s->column->name)) {
				if (n++)
					out_lit(&t, ", ");
				out_text_plain(
					&t, msg ? (struct text){.msg = msg} : AS_TEXT(g->purpose));
			}
	}
	return out_view(&t);
}

void field_show(struct out *o, struct req *r, const struct form *form, const char *name,
	const struct field_look *look)
{
	static const char *const widths[] = {"", "w1", "w2", "w3", "w4", "w5"};
	const struct field *f = form_field(form, name);
	MUST(f->kind < COUNT(kinds) && look->width >= 0 && look->width < (int)COUNT(widths));
	struct field_show s = {
		.f = f,
		.look = look,
		.name = str_of(name),
		.value = field_value(r, name, look->value),
		.label = text_is(look->label) ? look->label : (struct text){.msg = f->label},
		.hint = text_is(look->hint) ? look->hint : (struct text){.msg = f->hint},
		.error = field_error(r, name),
		.type = kinds[f->kind].type,
		.mode = kinds[f->kind].mode,
		.width = look->width ? widths[look->width] : kinds[f->kind].width,
		.complete = look->autocomplete ? look->autocomplete : f->autocomplete,
		.chars = has_chars(f->kind) ? f->max : 0,
	};
	str typed = field_value(r, name, look->checked ? S("1") : S(""));
	s.checked = typed.n && !str_eq(typed, S("0"));
	if (r->db && r->db->conn) /* none where a page is drawn alone, in tests */
		field_notice_find(db_policy(r->db), &s);
	s.described = described(o, &s);
	field_draw(o, &s);
}

/* ---- tables, pages, names ---- */

const char *sort_state(const struct sorting *s, const char *column)
{
	if (!column || !s->by.n)
		return NULL;
	bool down = s->by.p[0] == '-';
	if (!str_eq(str_sub(s->by, down, s->by.n), str_of(column)))
		return NULL;
	return down ? "descending" : "ascending";
}

str sort_url(struct out *o, const struct sorting *s, const char *column)
{
	const char *state = sort_state(s, column);
	bool down = state && *state == 'a'; /* pressed again: the other way */
	return str_fmt(o->arena, STR_FMT "sort=%s%s", STR_ARG(s->base), down ? "-" : "", column);
}

/* First, last, and two on each side of the page one is on. */
bool page_pages_shown(const struct pager *p, int64_t page)
{
	return page == 1 || page == p->pages || (page >= p->page - 2 && page <= p->page + 2);
}

bool page_pages_gap(const struct pager *p, int64_t page)
{
	return page == 2 || page == p->pages - 1;
}

static size_t char_bytes(str s)
{
	size_t n = 1;
	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

str initials(struct out *o, str name)
{
	str first = {NULL, 0}, last = {NULL, 0};
	while (name.p) {
		str word = str_cut(&name, ' ');
		if (!word.n)
			continue;
		last = str_sub(word, 0, char_bytes(word));
		if (!first.p) {
			first = last;
			last = (str){NULL, 0};
		} else {
			break;
		}
	}
	return str_fmt(o->arena, STR_FMT STR_FMT, STR_ARG(first), STR_ARG(last));
}
