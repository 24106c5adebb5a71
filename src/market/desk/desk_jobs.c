/* What runs by the clock, how it has been doing, and a button to run it now. */
#include "market/desk/view.h"

#include "gen/desk_jobs.html.h"

#include "jobs/jobs.h"

struct text desk_job_text(struct arena *a, const char *name)
{
	int msg = msg_of(str_fmt(a, "desk.job.%s", name));

	return msg ? (struct text){.msg = msg} : AS_TEXT(str_of(name));
}

str desk_took(struct arena *a, int64_t us)
{
	return us < 10000 * 1000 ? str_fmt(a, "%.1f ms", (double)us / 1000)
				 : str_fmt(a, "%.1f s", (double)us / 1000000);
}

str desk_span(struct arena *a, int64_t us)
{
	int64_t seconds = us > 0 ? us / SECOND_US : 0;

	return seconds < 120	? str_fmt(a, "%lld s", (long long)seconds)
	       : seconds < 7200 ? str_fmt(a, "%lld min", (long long)(seconds / 60))
				: str_fmt(a, "%lld h", (long long)(seconds / 3600));
}

int desk_jobs_get(struct req *r)
{
	struct job_report *v = arena_array(r->arena, struct job_report, JOBS_MAX);

	desk_jobs_page(r->out, r, v, jobs_report(v));
	return 200;
}

int desk_job_run(struct req *r)
{
	str name = path_str(r, "job");

	if (!jobs_wake(str_dup(r->arena, name).p))
		return problem(r, 404, text_none());
	return done(r, 200, S("/desk/jobs"), TEXT(desk_job_woken), NULL, NULL);
}
