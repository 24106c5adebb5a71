-- visits_add(kind: visit_kind, period: int, name: text, n: int) -> exec
update analytics.visit_figure set n = n + $4 where kind = $1 and period = $2 and name = $3;

-- visits_start(id: visit_figure_id, kind: visit_kind, period: int, name: text, n: int) -> exec
insert into analytics.visit_figure (id, kind, period, name, n) values ($1, $2, $3, $4, $5);

-- The days of one kind, oldest first.
-- visits_days(kind: visit_kind, from: int) -> many
select f.period, f.n from analytics.visit_figure f
where f.kind = $1 and f.period >= $2 and f.name = '' order by f.period limit 40;

-- What was most in a period.
-- visits_most(kind: visit_kind, period: int) -> many
select f.name, f.n from analytics.visit_figure f
where f.kind = $1 and f.period = $2 order by f.n desc, f.id desc limit 12;
