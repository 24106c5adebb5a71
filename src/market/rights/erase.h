/* erase: somebody asks for everything of theirs to be erased (GDPR Art. 17).
 *
 * They see before what goes, what loses their name, what stays until when because of which law.
 * After ERASE_GRACE_DAYS, in which they may take it back, or at once when they ask for that, the
 * store carries it out (store_subject_erase); a job does what is due and goes on with what was
 * begun. */
#ifndef KONTOR_RIGHTS_ERASE_H
#define KONTOR_RIGHTS_ERASE_H

#include "jobs/jobs.h"
#include "market/process.h"
#include "web/page.h"

enum {
	ERASE_GRACE_DAYS = 14,
	ERASE_LATER_DAYS = 1,  /* when something stands in the way on the day */
	ERASE_LINES_MAX = 100, /* of a preview: kinds of rows, not rows */
	ERASE_BLOCKS_MAX = 24,
	ERASE_FILES_MAX = 64, /* taken away at once */
};
extern const struct route erase_routes[];
extern const struct job erase_job;
extern const struct process erasure_process;

/* One line of the preview: rows of one table with one fate. */
struct erase_line {
	const struct policy_table *table;
	const struct policy_own *own;
	enum policy_on_delete fate;
	int64_t n;
	instant until; /* KEEP: when the last of them goes; TIME_NONE: not known yet */
	str kept_for;  /* ISO duration of the keep, or empty */
	str because;
};
struct erase_block { /* what stands in the way */
	struct text why;
	str url;
};
struct erase_view {
	struct erase_line lines[ERASE_LINES_MAX];
	size_t lines_n;
	struct erase_block blocks[ERASE_BLOCKS_MAX];
	size_t blocks_n;
	struct text held; /* why a hold keeps everything; none */
};
/* On a read snapshot of the person, purposes rights and account. */
void erase_preview(struct req *r, struct erase_view *v);

struct erase_form {
	str now;
	bool at_once;
};
extern const struct form erase_form;
/* Words for what becomes of a row, and for an ISO 8601 duration. */
struct text erase_fate_text(enum policy_on_delete fate);
struct text duration_text(str iso);

#endif
