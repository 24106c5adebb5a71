-- retention_add(id: retention_run_id, rows_of: text, counted_from: text, kept_for: text, because: text, erased: int, anonymised: int, held: int, at: time) -> exec
insert into retention.retention_run (id, rows_of, counted_from, kept_for, because, erased, anonymised, held, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- retention_runs(before: retention_run_id) -> many
select r.id, r.rows_of, r.counted_from, r.kept_for, r.because, r.erased, r.anonymised, r.held, r.at
from desk.retention_run r where r.id < $1 order by r.id desc limit 50;
