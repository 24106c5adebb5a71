/* What runs by the clock, how it has been doing, and a button to run it now. */
#include "market/desk/view.h"

#include "gen/desk_jobs.html.h"

#include "jobs/jobs.h"

struct text desk_job_text(struct arena *a, const char *name)
{
	int msg = msg_of(str_fmt(a, "desk.job.%s", name));

	return msg ? (struct text){.msg = msg} : AS_TEXT(str_of(name));
}

str desk_took(struct arena *a, const struct locale *l, int64_t us)
{
	bool brief = us < 10000 * 1000;
	int64_t tenths = us / (brief ? 100 : 100000);

	return str_fmt(a, "%lld%c%lld %s", (long long)(tenths / 10), l->decimal,
		(long long)(tenths % 10), brief ? "ms" : "s");
}

str desk_span(struct arena *a, int64_t us)
{
	int64_t seconds = us > 0 ? us / SECOND_US : 0;

	return seconds < 120	? str_fmt(a, "%lld s", (long long)seconds)
	       : seconds < 7200 ? str_fmt(a, "%lld min", (long long)(seconds / 60))
				: str_fmt(a, "%lld h", (long long)(seconds / 3600));
}

/* A job over the API. */
struct job_row {
	str name, trouble, server; /* server: another one that runs it */
	bool running;
	int64_t every_s, took_us, runs, failures;
	instant last, next, failed_at;
};
static const struct row_field job_fields[] = {
	{"name", ROW_STR, offsetof(struct job_row, name), false, NULL, NULL},
	{"running", ROW_BOOL, offsetof(struct job_row, running), false, NULL, NULL},
	{"every_s", ROW_INT, offsetof(struct job_row, every_s), false, NULL, NULL},
	{"last", ROW_TIME, offsetof(struct job_row, last), true, NULL, NULL},
	{"next", ROW_TIME, offsetof(struct job_row, next), true, NULL, NULL},
	{"took_us", ROW_INT, offsetof(struct job_row, took_us), false, NULL, NULL},
	{"runs", ROW_INT, offsetof(struct job_row, runs), false, NULL, NULL},
	{"failures", ROW_INT, offsetof(struct job_row, failures), false, NULL, NULL},
	{"failed_at", ROW_TIME, offsetof(struct job_row, failed_at), true, NULL, NULL},
	{"server", ROW_STR, offsetof(struct job_row, server), true, NULL, NULL},
	{"trouble", ROW_STR, offsetof(struct job_row, trouble), true, NULL, NULL},
};
const struct row_desc desk_job_desc = {
	"desk_job", job_fields, COUNT(job_fields), sizeof(struct job_row)};

str desk_job_server(struct req *r, const char *job)
{
	char name[STORE_SERVER_CHARS];

	return store_job_elsewhere(req_store(r), job, name) ? str_dup(r->arena, str_of(name))
							    : (str){NULL, 0};
}

static int jobs_api(struct req *r, const struct job_report *v, size_t n)
{
	struct job_row *rows = arena_array(r->arena, struct job_row, n + 1);

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct job_row){str_of(v[i].name),
			v[i].trouble[0] ? str_of(v[i].trouble) : (str){NULL, 0},
			desk_job_server(r, v[i].name), v[i].running, v[i].every_s, v[i].took_us,
			v[i].runs, v[i].failures, v[i].last, v[i].next, v[i].failed_at};
	return answer_rows(r, &desk_job_desc, rows, n, (str){NULL, 0});
}

int desk_jobs_get(struct req *r)
{
	struct job_report *v = arena_array(r->arena, struct job_report, JOBS_MAX);
	size_t n = jobs_report(v);

	if (r->api)
		return jobs_api(r, v, n);
	desk_jobs_page(r->out, r, v, n);
	return 200;
}

int desk_job_run(struct req *r)
{
	str name = path_str(r, "job");

	if (!jobs_wake(str_dup(r->arena, name).p))
		return problem(r, 404, text_none());
	return done(r, 200, S("/desk/jobs"), TEXT(desk_job_woken), NULL, NULL);
}
