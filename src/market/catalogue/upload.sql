-- The readings of the viewer's company, newest first.
-- upload_runs(before: import_run_id) -> many
select r.id, r.file_name, r.state, r.rows_of, r.rows_done, r.added, r.changed, r.same, r.refused, r.trouble, r.started_at, r.finished_at
from selling.import_run r where r.company_id = viewer_company() and r.id < $1 order by r.id desc limit 50;

-- upload_run(run: import_run_id) -> one
select r.id, r.file_name, r.state, r.rows_of, r.rows_done, r.added, r.changed, r.same, r.refused, r.trouble, r.started_at, r.finished_at
from selling.import_run r where r.id = $1;

-- The file of its refused rows.
-- upload_report(run: import_run_id) -> one
select r.report from selling.import_run r where r.id = $1;

-- Whether the same file waits or is being read.
-- upload_same(source: blob) -> one
select r.id, r.state from selling.import_run r
where r.company_id = viewer_company() and r.source = $1 order by r.id desc limit 1;

-- upload_add(id: import_run_id, file_name: text, source: blob, file: text, rows_of: int, at: time) -> exec
insert into selling.import_run (id, company_id, file_name, source, state, rows_done, added, changed, same, refused,
	started_at, finished_at, file, rows_of)
values ($1, viewer_company(), $2, $3, @import_state.waiting, 0, 0, 0, 0, 0, $6, null, $4, $5);

-- What waits longest, or was broken off when the server stopped.
-- upload_next() -> one
select r.id, r.company_id, r.state, r.file from index.import_run r where r.file is not null order by r.id limit 1;

-- upload_end(run: import_run_id, state: import_state, report: text?, trouble: text?, at: time) -> exec
update selling.import_run set state = $2, report = $3, trouble = $4, finished_at = $5, file = null where id = $1;
