/* Sending a catalogue file, and what came of it. */
#include "market/catalogue/upload.h"

#include "market/catalogue/import.h"
#include "market/catalogue/import_report.h"

#include "gen/upload.html.h"

FORM(upload_query_form, struct upload_query,
	{.name = "before",
		.kind = FIELD_ID,
		AT(struct upload_query, before),
		.label = MSG_shop_offers});
FORM_FILES(upload_file_form, struct upload_form,
	{.name = "file",
		.data = NOT_PERSONAL,
		.kind = FIELD_FILE,
		.required = true,
		.max = REQ_UPLOAD_BYTES_MAX,
		AT(struct upload_form, file),
		.label = MSG_upload_file});

struct text import_state_text(int state)
{
	switch ((enum import_state)state) {
	case IMPORT_STATE_RUNNING: return TEXT(upload_running);
	case IMPORT_STATE_DONE: return TEXT(upload_done);
	case IMPORT_STATE_STOPPED: return TEXT(upload_stopped);
	case IMPORT_STATE_WAITING: return TEXT(upload_waiting);
	}
	return text_none();
}

int import_state_tone(int state)
{
	return state == IMPORT_STATE_DONE      ? TONE_GOOD
	       : state == IMPORT_STATE_STOPPED ? TONE_BAD
					       : TONE_INFO;
}

bool import_under_way(int state)
{
	return state == IMPORT_STATE_RUNNING || state == IMPORT_STATE_WAITING;
}

/* ---- the list ---- */

int uploads_show(struct req *r)
{
	const struct upload_query *q = r->route->form == &upload_query_form ? r->form : NULL;
	struct import_run_id from = {q && q->before.v ? q->before.v : INT64_MAX};
	struct upload_runs_rows rows = upload_runs(r->db, from);
	struct upload_list l = {.v = rows.v,
		.n = rows.n,
		.sells = r->viewer.roles & (BIT(ROLE_SALES) | BIT(ROLE_ADMIN))};

	if (rows.n == PAGE_ROWS)
		l.next = rows.v[PAGE_ROWS - 1].id;
	if (r->api)
		return answer_rows(r, &upload_runs_desc, rows.v, rows.n,
			l.next.v ? id_text(r->arena, l.next.v) : (str){0});
	l.parts = arena_array(r->arena, str, EXPORT_PARTS_MAX);
	l.parts_n = export_parts(r, l.parts);
	uploads_page(r->out, r, &l);
	return 200;
}

/* ---- sending ---- */

struct sent {
	str name, source; /* of the stored file; its digest */
	int64_t rows;
};

/* Lines of the file; UPLOAD_ROWS_MAX + 1: more than may be. */
static int64_t rows_count(struct req *r, struct import_file *f)
{
	struct csv *csv = csv_make(r->arena, import_file_read, f);
	struct csv_row row;
	int64_t n = -1; /* the header */

	while (n <= UPLOAD_ROWS_MAX && csv_next(csv, &row) != CSV_END)
		n++;
	return n < 0 ? 0 : n;
}

/* On a worker. The file is stored before its row is: one that is refused is dropped by the job
 * that tidies files. */
int upload_prepare(struct req *r)
{
	static const struct import_names none;
	const struct upload_form *f = r->form;
	struct sent *s = arena_new(r->arena, struct sent);
	struct digest d = digest_of(f->file.bytes);
	struct import_file *file;
	const char *cannot;
	str why;

	if (!str_eq(f->file.type, S("text/plain")) &&
		!str_eq(f->file.type, S("application/gzip"))) {
		form_error(r, "file", TEXT(upload_no_csv));
		return 422;
	}
	s->source = str_dup(r->arena, (str){(const char *)d.b, sizeof d.b});
	s->name = str_cat(r->arena, S("imp-"), hex_of(r->arena, d.b, sizeof d.b));
	db_file_put(r->db, s->name, f->file.bytes);
	r->own = s;
	file = import_file_open(r->arena, db_file_path(r->db, s->name), &cannot);
	if (!file)
		return 500;
	bool good = import_open(r->arena, import_file_read, file, &none, &why) != NULL;

	import_file_close(file);
	if (!good) {
		form_error(r, "file", TEXT(upload_bad_head, why));
		return 422;
	}
	file = import_file_open(r->arena, db_file_path(r->db, s->name), &cannot);
	if (!file)
		return 500;
	s->rows = rows_count(r, file);
	import_file_close(file);
	if (s->rows > UPLOAD_ROWS_MAX || !s->rows) {
		form_error(r, "file",
			s->rows ? TEXT(upload_many, (int64_t)UPLOAD_ROWS_MAX) : TEXT(upload_empty));
		return 422;
	}
	return 0;
}

static str page_of(struct req *r, struct import_run_id id)
{
	return str_fmt(r->arena, "%s/%s/" STR_FMT, r->api ? "/api/v1/offers" : "/offers",
		r->api ? "imports" : "import", STR_ARG(id_text(r->arena, id.v)));
}

static int answer_run(struct req *r, int status, struct import_run_id id, struct text said)
{
	struct upload_run_row row;

	MUST(upload_run(r->db, id, &row));
	return done(r, status, page_of(r, id), said, &upload_run_desc, &row);
}

int upload_apply(struct req *r)
{
	const struct upload_form *f = r->form;
	const struct sent *s = r->own;
	struct import_run_id id = {id_make_with(r->viewer.company)};
	struct upload_same_row same;

	/* Sent twice is read once. */
	if (upload_same(r->db, s->source, &same) && import_under_way((int)same.state))
		return answer_run(r, 200, same.id, TEXT(upload_taken));
	if (upload_add(r->db, id, f->file.name, s->source, s->name, s->rows, clock_now()) != 1)
		return problem(r, 403, text_none());
	return answer_run(r, r->api ? 202 : 201, id, TEXT(upload_taken));
}

/* ---- what came of it ---- */

/* Cuts the next row off a report (import_report.h); the reason in the reader's language. */
static bool refused_next(struct req *r, str *rest, struct upload_refused *v)
{
	str line = str_cut(rest, '\n'), number = str_cut(&line, ','), code;

	*v = (struct upload_refused){.column = str_cut(&line, ',')};
	code = str_cut(&line, ',');
	if (!str_int(number, &v->line))
		return false;
	int msg = msg_of(str_cat(r->arena, S("import.why."), code));
	struct out o;

	out_init(&o, r->arena, 128, 4096, r->locale);
	if (msg)
		out_text_plain(&o, (struct text){.msg = msg});
	v->code = code;
	v->reason = out_view(&o);
	return true;
}

static str report_bytes(struct req *r, struct import_run_id id)
{
	struct upload_report_row row;

	if (!upload_report(r->db, id, &row) || !row.report.n)
		return (str){NULL, 0};
	str bytes = db_file_get(r->db, row.report, UPLOAD_REPORT_BYTES_MAX);

	(void)str_cut(&bytes, '\n'); /* the header */
	return bytes;
}

static size_t refused_read(
	struct req *r, str rest, int64_t after, struct upload_refused *v, size_t most)
{
	size_t n = 0;

	while (n < most && rest.n)
		if (refused_next(r, &rest, &v[n]) && v[n].line > after)
			n++;
	return n;
}

int upload_show(struct req *r)
{
	struct upload_view v = {0};
	struct import_run_id id = {path_id(r, "run")};

	if (!upload_run(r->db, id, &v.run))
		return problem(r, 404, text_none());
	if (r->api)
		return answer_row(r, &upload_run_desc, &v.run);
	str report = report_bytes(r, id);

	v.report = report.p != NULL;
	v.refused = arena_array(r->arena, struct upload_refused, UPLOAD_SHOWN_MAX);
	v.refused_n = refused_read(r, report, 0, v.refused, UPLOAD_SHOWN_MAX);
	if (import_under_way((int)v.run.state)) /* without a script too */
		answer_header(r, "Refresh", str_fmt(r->arena, "%d", UPLOAD_AGAIN_S));
	upload_page(r->out, r, &v);
	return 200;
}

int upload_report_show(struct req *r)
{
	struct upload_refused v;
	str rest = report_bytes(r, (struct import_run_id){path_id(r, "run")});

	if (!rest.p)
		return problem(r, 404, text_none());
	answer_download(r, S("refused.csv"), "text/csv; charset=utf-8");
	out_lit(r->out, "line,column,code,reason\r\n");
	while (rest.n && r->out->n < PAGE_BYTES_MAX - 4096)
		if (refused_next(r, &rest, &v)) {
			out_fmt(r->out, "%lld," STR_FMT "," STR_FMT ",", (long long)v.line,
				STR_ARG(v.column), STR_ARG(v.code));
			csv_field(r->out, v.reason);
			out_lit(r->out, "\r\n");
		}
	return 200;
}

static const struct row_field refused_fields[] = {
	{"line", ROW_INT, offsetof(struct upload_refused, line), false, NULL, NULL},
	{"column", ROW_STR, offsetof(struct upload_refused, column), false, NULL, NULL},
	{"code", ROW_STR, offsetof(struct upload_refused, code), false, NULL, NULL},
	{"reason", ROW_STR, offsetof(struct upload_refused, reason), false, NULL, NULL},
};
const struct row_desc upload_refused_desc = {
	"upload_refused", refused_fields, COUNT(refused_fields), sizeof(struct upload_refused)};

struct refused_query {
	int64_t after;
};
FORM(upload_refused_form, struct refused_query,
	{.name = "before",
		.kind = FIELD_INT,
		.max = INT32_MAX,
		AT(struct refused_query, after),
		.label = MSG_upload_line});

int upload_refused_api(struct req *r)
{
	const struct refused_query *q = r->form;
	struct import_run_id id = {path_id(r, "run")};
	struct upload_run_row run;
	struct upload_refused *v = arena_array(r->arena, struct upload_refused, PAGE_ROWS);

	if (!upload_run(r->db, id, &run))
		return problem(r, 404, text_none());
	size_t n = refused_read(r, report_bytes(r, id), q->after, v, PAGE_ROWS);

	return answer_rows(r, &upload_refused_desc, v, n,
		n == PAGE_ROWS ? str_fmt(r->arena, "%lld", (long long)v[n - 1].line) : (str){0});
}
