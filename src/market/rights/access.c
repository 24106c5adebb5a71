/* Access: a walk over everything that is somebody's, as pages and files. Each answer is noted. */
#include "market/rights/access.h"

#include "gen/access.html.h"
#include "gen/company.sql.h"
#include "market/desk/desk.h"
#include "market/rights/rights.h"

/* ---- reading --------------------------------------------------------------------------------- */

bool access_withheld(const struct policy_table *t, str column)
{
	static const char *const places[] = {"credential.secret", "outbox.secret",
		"one_time_token.digest", "session.secret_digest"};

	for (size_t i = 0; i < COUNT(places); i++) {
		str rest = str_of(places[i]), table = str_cut(&rest, '.');

		if (str_eq(table, t->name) && str_eq(rest, column))
			return true;
	}
	return false;
}

static bool listed(const str *v, size_t n, str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], name))
			return true;
	return false;
}

/* Do people act under it, not the program or the operator's staff alone? */
static bool by_people(const struct policy *p, const struct policy_purpose *u)
{
	for (size_t i = 0; i < p->roles_n; i++)
		if (u->roles >> p->roles[i].bit & 1 && p->roles[i].kind <= ROLE_KIND_MEMBER)
			return true;
	return false;
}

bool access_provided(const struct policy *p, const struct policy_table *t, str column)
{
	const struct policy_column *k = policy_column(t, column);

	if (!k || t->generated || t->chain.n || access_withheld(t, column) || k->keyed ||
		k->type.kind == TYPE_BLIND || (k->type.kind == TYPE_BLOB && !k->published))
		return false;
	for (size_t i = 0; i < t->grants_n; i++) {
		const struct policy_grant *g = &t->grants[i];
		const struct policy_purpose *u = policy_purpose(p, g->purpose);

		if (u && by_people(p, u) &&
			(str_eq(u->basis, S("A6-1-a")) || str_eq(u->basis, S("A6-1-b"))) &&
			(listed(g->insert, g->insert_n, column) ||
				listed(g->update, g->update_n, column)))
			return true;
	}
	return false;
}

unsigned access_sources(const struct policy *p, const struct policy_table *t)
{
	unsigned from = 0;

	for (size_t i = 0; i < t->grants_n; i++) {
		const struct policy_purpose *u = policy_purpose(p, t->grants[i].purpose);

		for (size_t k = 0; u && t->grants[i].insert_n && k < p->roles_n; k++) {
			if (!(u->roles >> p->roles[k].bit & 1))
				continue;
			switch (p->roles[k].kind) {
			case ROLE_KIND_VISITOR:
			case ROLE_KIND_MEMBER: from |= SOURCE_PEOPLE; break;
			case ROLE_KIND_OPERATOR: from |= SOURCE_STAFF; break;
			case ROLE_KIND_PRINCIPAL: break;
			}
		}
	}
	return t->generated || !from ? SOURCE_PROGRAM : from & SOURCE_PEOPLE ? SOURCE_PEOPLE : from;
}

bool access_receives(
	const struct policy_recipient *r, const struct policy_table *t, const struct walk_value *v)
{
	for (size_t i = 0; i < r->fields_n; i++) {
		str rest = r->fields[i], table = str_cut(&rest, '.'), column = str_cut(&rest, '.');

		if (str_eq(r->fields[i], S("all")))
			return true;
		if (str_eq(table, t->name) && str_eq(column, v->column->name) &&
			(!rest.n || !v->field || str_eq(rest, v->field->name)))
			return true;
	}
	return false;
}

struct reading {
	const struct access_want *want;
	const struct policy *policy;
	struct access_data *d;
	struct arena *a;
	int64_t seen, kept; /* rows that were told; that are in the answer */
	size_t bytes;
};

static struct access_part *part_of(struct reading *x, const struct policy_table *t)
{
	struct access_data *d = x->d;

	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].table == t)
			return &d->v[i];
	struct access_part *part = ARENA_PUSH(x->a, d);

	*part = (struct access_part){.table = t};
	return part;
}

/* A file holds no redacted values and, to be taken along, what was provided alone. */
static bool value_kept(
	const struct reading *x, const struct policy_table *t, const struct walk_value *v)
{
	return !x->want->portable ||
	       (v->kind != WALK_REDACTED && access_provided(x->policy, t, v->column->name));
}

static struct access_row row_copy(struct reading *x, const struct walk_row *row)
{
	struct access_row to = {.own = row->own, .id = row->id};
	struct walk_value *v = arena_array(x->a, struct walk_value, row->n + 1);

	for (size_t i = 0; i < row->n; i++) {
		if (!value_kept(x, row->table, &row->v[i]))
			continue;
		v[to.n] = row->v[i];
		if (row->v[i].kind == WALK_TEXT || row->v[i].kind == WALK_BLOB)
			v[to.n].s = str_dup(x->a, row->v[i].s);
		/* with its name, its row and its place; bytes as base64 */
		x->bytes += v[to.n].s.n + v[to.n].s.n / 3 + 64;
		to.n++;
	}
	to.v = v;
	return to;
}

static bool portable_row(const struct reading *x, const struct walk_row *row)
{
	if (row->own->access)
		return false;
	for (size_t i = 0; i < row->n; i++)
		if (!str_eq(row->v[i].column->name, S("id")) &&
			value_kept(x, row->table, &row->v[i]))
			return true;
	return false;
}

static bool reading_row(void *ctx, const struct walk_row *row)
{
	struct reading *x = ctx;
	const struct access_want *w = x->want;

	if ((w->table.n && !str_eq(w->table, row->table->name)) ||
		(w->portable && !portable_row(x, row)))
		return true;
	struct access_part *part = part_of(x, row->table);

	part->of++;
	x->d->rows++;
	if (x->seen++ < w->from)
		return true;
	if (w->most ? x->kept >= w->most : x->bytes > ACCESS_BYTES_MAX) {
		if (!x->d->next)
			x->d->next = x->seen - 1;
		return true; /* counted to the end */
	}
	x->kept++;
	if (!w->each || part->n < w->each)
		*ARENA_PUSH(x->a, part) = row_copy(x, row);
	return true;
}

/* A walk goes in the order of an erasure; people look for themselves first. */
static void themselves_first(struct access_data *d)
{
	size_t first = 0;

	for (size_t i = 0; i < d->n; i++) {
		struct access_part part = d->v[i];

		if (!policy_is_subject(part.table))
			continue;
		memmove(&d->v[first + 1], &d->v[first], (i - first) * sizeof part);
		d->v[first++] = part;
	}
}

struct access_data access_read(struct db *db, const struct access_want *w)
{
	struct access_data d = {0};
	struct reading x = {.want = w, .policy = db_policy(db), .d = &d, .a = db->arena};

	(void)store_subject_walk(db, w->subject, WALK_OPEN, reading_row, &x);
	themselves_first(&d);
	return d;
}

/* ---- words ----------------------------------------------------------------------------------- */

str access_column(struct arena *a, const struct walk_value *v)
{
	return v->field ? str_fmt(a, STR_FMT "." STR_FMT, STR_ARG(v->column->name),
				  STR_ARG(v->field->name))
			: v->column->name;
}

static str currency_of(const struct access_row *row, const struct type *t)
{
	for (size_t i = 0; i < row->n; i++)
		if (str_eq(row->v[i].column->name, t->with) && row->v[i].kind == WALK_TEXT)
			return row->v[i].s;
	return S("");
}

static str number_value(struct arena *a, const struct access_row *row, const struct walk_value *v)
{
	const struct type *t = &v->column->type;
	struct out o;
	str currency = currency_of(row, t);

	if (currency.n != 3)
		return str_fmt(a, "%lld", (long long)v->i);
	out_init(&o, a, 64, 256, NULL);
	if (t->kind == TYPE_MONEY) {
		out_money_plain(&o, money_of(v->i, currency));
	} else {
		struct price p = {.micro = v->i};

		memcpy(p.currency, currency.p, 3);
		out_price_plain(&o, p);
	}
	return str_fmt(a, STR_FMT " " STR_FMT, STR_ARG(currency), STR_ARG(out_view(&o)));
}

static void word_add(struct arena *a, str *list, str word)
{
	*list = str_fmt(
		a, STR_FMT "%s" STR_FMT, STR_ARG(*list), list->n ? ", " : "", STR_ARG(word));
}

/* Sets are kept as numbers: of roles, of purposes that somebody's choices allow. */
static str set_value(struct arena *a, const struct policy *p, const struct walk_value *v)
{
	str name = v->column->name, list = S("");
	bool roles = str_eq(name, S("roles")) || str_eq(name, S("staff"));

	if (!roles && !str_eq(name, S("mask")))
		return str_fmt(a, "%lld", (long long)v->i);
	for (size_t i = 0; roles && i < p->roles_n; i++)
		if ((uint64_t)v->i >> p->roles[i].bit & 1)
			word_add(a, &list, p->roles[i].name);
	for (size_t i = 0; !roles && i < p->purposes_n; i++)
		if ((uint64_t)v->i >> p->purposes[i].bit & 1)
			word_add(a, &list, p->purposes[i].name);
	return list.n ? list : S("-");
}

static str int_value(struct arena *a, const struct policy *p, const struct access_row *row,
	const struct walk_value *v)
{
	const struct type *t = &v->column->type;
	const struct policy_enum *e;

	switch (t->kind) {
	case TYPE_BOOL: return v->i ? S("true") : S("false");
	case TYPE_TIME: return instant_iso(a, (instant){v->i});
	case TYPE_ID: return id_text(a, v->i);
	case TYPE_ENUM:
		e = policy_enum(p, t->name);
		if (e && v->i > 0 && (size_t)v->i <= e->n)
			return e->values[v->i - 1];
		return S("");
	case TYPE_MONEY:
	case TYPE_PRICE: return number_value(a, row, v);
	case TYPE_INT: return set_value(a, p, v);
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_SEALED:
	case TYPE_BLIND: break;
	}
	return str_fmt(a, "%lld", (long long)v->i);
}

str access_value(struct arena *a, const struct policy *p, const struct access_row *row,
	const struct walk_value *v)
{
	switch (v->kind) {
	case WALK_NULL:
	case WALK_REDACTED: return S("");
	case WALK_INT: return int_value(a, p, row, v);
	case WALK_TEXT: return v->s;
	case WALK_BLOB: return base64url_of(a, v->s.p, v->s.n);
	}
	return S("");
}

str access_elsewhere(struct arena *a, const struct policy_table *t, const struct access_row *row,
	const struct walk_value *v)
{
	if (v->kind != WALK_REDACTED || row->own->access || !str_eq(t->name, S("licence")) ||
		!str_eq(v->column->name, S("content")))
		return (str){NULL, 0};
	return str_fmt(
		a, "/account/company/licences/" STR_FMT "/file", STR_ARG(id_text(a, row->id)));
}

struct text access_label(struct arena *a, const struct walk_value *v)
{
	str name = v->field ? v->field->name : v->column->name;
	int msg = msg_of(str_fmt(a, "access.col." STR_FMT, STR_ARG(name))),
	    group = msg_of(str_fmt(a, "access.col." STR_FMT, STR_ARG(v->column->name)));

	if (v->field && msg && group && msg != group)
		return TEXT(access_in_group, arg_msg(group), arg_msg(msg));
	return msg ? (struct text){.msg = msg} : AS_TEXT(name);
}

struct text access_form_text(int form)
{
	switch ((enum access_form)form) {
	case ACCESS_FORM_PAGE: return TEXT(access_form_page);
	case ACCESS_FORM_JSON: return TEXT(access_form_json);
	case ACCESS_FORM_CSV: return TEXT(access_form_csv);
	case ACCESS_FORM_PORTABLE_JSON: return TEXT(access_form_portable_json);
	case ACCESS_FORM_PORTABLE_CSV: return TEXT(access_form_portable_csv);
	}
	return text_none();
}

/* Where somebody changes their own: pages by table, and by column where one has its own. */
str access_change(struct req *r, const struct policy_table *t, const struct access_row *row,
	const struct walk_value *v)
{
	static const struct {
		const char *table, *column, *path;
		uint64_t roles;
		bool id;
	} ways[] = {
		{"person", "email", "/account/email", BIT(ROLE_PERSON), false},
		{"person", "new_email", "/account/email", BIT(ROLE_PERSON), false},
		{"person", "name", "/account", BIT(ROLE_PERSON), false},
		{"person", "phone", "/account", BIT(ROLE_PERSON), false},
		{"person", "work", "/account", BIT(ROLE_PERSON), false},
		{"person", "locale", "/account", BIT(ROLE_PERSON), false},
		{"credential", "secret", "/account/password", BIT(ROLE_PERSON), false},
		{"choice", "state", "/account/privacy", BIT(ROLE_PERSON), false},
		{"session", "device", "/account/sessions", BIT(ROLE_PERSON), false},
		{"api_token", "label", "/account/keys", BIT(ROLE_PERSON), false},
		{"address", "place", "/account/addresses/", BIT(ROLE_ADMIN), true},
		{"company", "name", "/account/company", BIT(ROLE_ADMIN), false},
		{"company", "about", "/account/company", BIT(ROLE_ADMIN), false},
		{"company", "website", "/account/company", BIT(ROLE_ADMIN), false},
		{"company", "imprint", "/account/company", BIT(ROLE_ADMIN), false},
		{"company", "registration", "/account/company", BIT(ROLE_ADMIN), false},
		{"company", "tax", "/account/company", BIT(ROLE_ADMIN), false},
		{"licence", "title", "/account/company/licences", BIT(ROLE_ADMIN), false},
	};

	for (size_t i = 0; i < COUNT(ways); i++)
		if (str_eq(t->name, str_of(ways[i].table)) && !row->own->access &&
			str_eq(v->column->name, str_of(ways[i].column)) &&
			r->viewer.roles & ways[i].roles)
			return ways[i].id ? str_fmt(r->arena, "%s" STR_FMT, ways[i].path,
						    STR_ARG(id_text(r->arena, row->id)))
					  : str_of(ways[i].path);
	return (str){0};
}

/* ---- that an answer was given ---------------------------------------------------------------- */

struct noting {
	struct write_unit unit;
	enum access_form form;
	int64_t rows;
	bool company;
};

static bool note_apply(struct db *db, void *ctx)
{
	const struct noting *n = ctx;

	return access_add(db, (struct access_answer_id){id_make()},
		       (struct person_id){db->viewer.person},
		       (struct company_id){n->company ? db->viewer.company : 0}, n->form, n->rows,
		       clock_now()) == 1;
}

static void note_done(struct write_unit *u, enum write_result result)
{
	if (result != WRITE_DONE)
		LOG(LOG_ERROR, "access_not_noted", LOG_S("why", str_of(u->fault.what)));
	arena_free(u->arena);
}

/* A page is a GET, which does not write: the note follows by itself. */
static void note(struct req *r, enum access_form form, const struct access_data *d, bool company)
{
	struct arena *a = arena_make(1 << 20);
	struct noting *n = arena_new(a, struct noting);

	*n = (struct noting){.unit = {.viewer = r->db->viewer,
				     .purposes = BIT(PURPOSE_RIGHTS),
				     .arena = a,
				     .apply = note_apply,
				     .done = note_done},
		.form = form,
		.rows = d->rows,
		.company = company};
	n->unit.ctx = n;
	store_write(req_store(r), &n->unit);
}

/* ---- handlers -------------------------------------------------------------------------------- */

enum file_form { FILE_JSON = 1, FILE_CSV };
static const struct code whose[] = {
	{"you", MSG_access_tab_you}, {"company", MSG_access_tab_company}, {NULL, 0}};
static const struct code files[] = {
	{"json", MSG_access_form_json}, {"csv", MSG_access_form_csv}, {NULL, 0}};

struct access_query {
	str of, table, as;
	int64_t from;
};
#define OF \
	{ \
		.name = "of", .kind = FIELD_CODE, AT(struct access_query, of), \
		.label = MSG_access_of, .codes = whose \
	}
#define FROM \
	{ \
		.name = "from", .kind = FIELD_INT, .min = 0, .max = INT32_MAX, \
		AT(struct access_query, from), .label = MSG_access_from \
	}
FORM(access_query_form, struct access_query, OF, FROM,
	{.name = "table",
		.kind = FIELD_TEXT,
		.max = 60,
		.data = NOT_PERSONAL,
		AT(struct access_query, table),
		.label = MSG_access_only});
FORM(access_file_form, struct access_query, OF, FROM,
	{.name = "as",
		.kind = FIELD_CODE,
		AT(struct access_query, as),
		.label = MSG_access_as,
		.codes = files});
FORM(access_api_form, struct access_query, OF, FROM);

/* Whose data: the viewer's own, or their company's where they administrate it. 0: refused. */
static int64_t subject_of(const struct req *r, bool *company)
{
	const struct access_query *q = r->form;

	*company = q && str_eq(q->of, S("company"));
	if (!*company)
		return r->viewer.person;
	return r->viewer.roles & BIT(ROLE_ADMIN) ? r->viewer.company : 0;
}

static void page_more(struct req *r, struct access_view *v, bool company)
{
	struct company_own_row c;

	v->company = company;
	v->may_company = r->viewer.company && r->viewer.roles & BIT(ROLE_ADMIN);
	v->query = company ? S("company") : S("you");
	if (v->may_company && company_own(r->db, &c))
		v->company_name = c.name;
	v->before = access_mine(r->db);
	if (company)
		return;
	v->given = disclosed_own(r->db, (struct disclosure_id){INT64_MAX});
	v->choices = choice_events(
		r->db, (struct person_id){r->viewer.person}, (struct consent_event_id){INT64_MAX});
	v->notices = served_mine(r->db);
}

static int page_get(struct req *r)
{
	const struct access_query *q = r->form;
	struct access_view *v = arena_new(r->arena, struct access_view);
	bool company, one = q && q->table.n;
	struct access_want want = {.subject = subject_of(r, &company),
		.table = one ? q->table : S(""),
		.from = one ? q->from : 0,
		.most = one ? ACCESS_ROWS_PAGE : INT32_MAX,
		.each = one ? 0 : ACCESS_ROWS_SHOWN};

	if (!want.subject)
		return problem(r, 403, TEXT(access_not_admin));
	struct access_data d = access_read(r->db, &want);

	v->head = (struct access_head){
		db_policy(r->db), desk_controller(r->db), &want, &d, clock_now()};
	page_more(r, v, company);
	if (one && !d.n)
		return 404;
	if (one) {
		access_table_page(r->out, r, v, &d.v[0]);
		return 200;
	}
	access_page(r->out, r, v);
	note(r, ACCESS_FORM_PAGE, &d, company);
	return 200;
}

static void give(struct req *r, const struct access_want *want, bool company, enum file_form as)
{
	bool portable = want->portable;
	struct access_data d = access_read(r->db, want);
	struct access_head h = {db_policy(r->db), desk_controller(r->db), want, &d, clock_now()};

	if (!r->api)
		answer_download(r,
			str_fmt(r->arena, "kontor-%s.%s", portable ? "portable" : "data",
				as == FILE_CSV ? "csv" : "json"),
			as == FILE_CSV ? "text/csv; charset=utf-8" : "application/json");
	if (as == FILE_CSV)
		access_csv(r, &h);
	else if (portable)
		portable_json(r, &h);
	else
		access_json(r, &h);
	note(r,
		portable ? as == FILE_CSV ? ACCESS_FORM_PORTABLE_CSV : ACCESS_FORM_PORTABLE_JSON
		: as == FILE_CSV ? ACCESS_FORM_CSV
				 : ACCESS_FORM_JSON,
		&d, company);
}

static int file(struct req *r, bool portable, enum file_form as)
{
	const struct access_query *q = r->form;
	bool company;
	struct access_want want = {
		.subject = subject_of(r, &company), .from = q ? q->from : 0, .portable = portable};

	if (!want.subject)
		return problem(r, 403, TEXT(access_not_admin));
	give(r, &want, company, as);
	return 200;
}

void access_give(struct req *r, bool portable)
{
	give(r, &(struct access_want){.subject = r->db->viewer.person, .portable = portable}, false,
		FILE_JSON);
}

static enum file_form form_of(const struct req *r)
{
	const struct access_query *q = r->form;

	return q && str_eq(q->as, S("csv")) ? FILE_CSV : FILE_JSON;
}

static int file_get(struct req *r)
{
	return file(r, false, form_of(r));
}

static int portable_get(struct req *r)
{
	return file(r, true, form_of(r));
}

static int api_get(struct req *r)
{
	return file(r, false, FILE_JSON);
}

static int api_portable_get(struct req *r)
{
	return file(r, true, FILE_JSON);
}

static int schema_get(struct req *r)
{
	answer_type(r, "application/schema+json");
	portable_schema(r->out, db_policy(r->db));
	return 200;
}

#define PERSON BIT(ROLE_PERSON)
#define OWN ACCESS_PURPOSES

const struct route access_routes[] = {
	{GET, "/account/data", PERSON, OWN, PROOF_NONE, .form = &access_query_form,
		.get = page_get},
	{GET, "/account/data/file", PERSON, OWN, PROOF_NONE, .form = &access_file_form,
		.get = file_get},
	{GET, "/account/data/portable", PERSON, OWN, PROOF_NONE, .form = &access_file_form,
		.get = portable_get},
	{GET, "/api/v1/account/data", PERSON, OWN, PROOF_BEARER, .form = &access_api_form,
		.get = api_get,
		.about = "Everything that is held on you or, of=company, on the company that you "
			 "administrate"},
	{GET, "/api/v1/account/portable", PERSON, OWN, PROOF_BEARER, .form = &access_api_form,
		.get = api_portable_get,
		.about = "What you gave, on consent or contract, as " ACCESS_SCHEMA_PATH
			 " describes it"},
	{GET, ACCESS_SCHEMA_PATH, ANYONE, BIT(PURPOSE_PUBLIC), PROOF_NONE, .get = schema_get},
	{0},
};
