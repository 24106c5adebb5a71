-- Orders' events behind the last that was counted. Their ids grow in the order of commits.
-- figure_order_events(after: order_event_id) -> many
select e.id, e.event, e.from_state, e.to_state, e.at, o.currency, o.total_minor
from figures.order_event e join figures.orders o on o.id = e.order_id
where e.id > $1 order by e.id limit 500;

-- figure_company_events(after: company_event_id) -> many
select e.id, e.event, e.from_state, e.to_state, e.at from figures.company_event e
where e.id > $1 order by e.id limit 500;

-- figure_mark(source: figure_source) -> one
select m.id, m.event_id from figures.figure_mark m where m.source = $1;

-- figure_mark_start(id: figure_mark_id, source: figure_source) -> exec
insert into figures.figure_mark (id, source, event_id) values ($1, $2, 0) on conflict do nothing;

-- Moves on only from where the count began: a second count of the same events changes nothing.
-- figure_mark_move(source: figure_source, from: int, to: int) -> exec
update figures.figure_mark set event_id = $3 where source = $1 and event_id = $2;

-- figure_add(kind: figure_kind, day: int, part: int, currency: text, n: int, minor: int) -> exec
update figures.figure set n = n + $5, minor = minor + $6 where kind = $1 and day = $2 and part = $3 and currency = $4;

-- figure_start(id: figure_id, kind: figure_kind, day: int, part: int, currency: text, n: int, minor: int) -> exec
insert into figures.figure (id, kind, day, part, currency, n, minor) values ($1, $2, $3, $4, $5, $6, $7);
