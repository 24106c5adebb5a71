-- ---- the tally: followed from the histories ----
-- tally_mark(source: figure_source) -> one
select m.id, m.event_id from aggregates.figure_mark m where m.source = $1;

-- tally_mark_start(id: figure_mark_id, source: figure_source) -> exec
insert into aggregates.figure_mark (id, source, event_id) values ($1, $2, 0) on conflict do nothing;

-- Moves on only from where the count began: a second count of the same events changes nothing.
-- tally_mark_move(source: figure_source, from: int, to: int) -> exec
update aggregates.figure_mark set event_id = $3 where source = $1 and event_id = $2;

-- tally_events(after: order_event_id) -> many
select e.id, e.event from aggregates.order_event e where e.id > $1 order by e.id limit 100;

-- What was ordered with these events. An order has at most 200 lines, so that of a thousand rows
-- those of the last order alone may be missing. Where the products stand in the catalogue is a question of its own: they
-- may lie elsewhere than their offers (doc/scale.md, "Citus").
-- tally_lines(after: order_event_id, upto: order_event_id, event: order_happening) -> many
select l.id, e.id as event_id, o.buyer_id, o.placed_by, o.placed_at, b.country, b.industry,
	l.seller_id, l.offer_id, l.quantity, l.unit_micro, l.currency, f.product_id
from aggregates.order_event e join aggregates.orders o on o.id = e.order_id
	join aggregates.company b on b.id = o.buyer_id
	join aggregates.order_line l on l.order_id = o.id join aggregates.offer f on f.id = l.offer_id
where e.id > $1 and e.id <= $2 and e.event = $3 order by e.id, l.line_no limit 1000;

-- tally_branches(products: product_id[]) -> many
select p.id, k.path from aggregates.product p join public.category k on k.id = p.category_id
where p.id in ($1) order by p.id limit 1000;

-- tally_companies(after: company_event_id) -> many
select e.id, e.event, e.at, c.id as company, c.industry, c.size, c.country, c.created_by
from aggregates.company_event e join aggregates.company c on c.id = e.company_id
where e.id > $1 order by e.id limit 100;

-- tally_more(report: aggregate_report, period: int, line: text, col: text, company: company_id, n: int, amount: int, person: person_id?) -> exec
update aggregates.tally set n = n + $6, amount = amount + $7
where report = $1 and period = $2 and line = $3 and col = $4 and company_id = $5
	and coalesce(person_id, 0) = coalesce($8, 0);

-- tally_new(id: tally_id, report: aggregate_report, period: int, line: text, col: text, company: company_id, n: int, amount: int, at: time, person: person_id?) -> exec
insert into aggregates.tally (id, report, period, line, col, company_id, n, amount, at, person_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- Without those who object to such reports, or to research, on the day that one is made: who ordered
-- or signed up, and who trades alone as the company.
-- tally_rows(report: aggregate_report, period: int, after: tally_id) -> many
select t.id, t.line, t.col, t.company_id, t.n, t.amount
from aggregates.tally t join aggregates.company c on c.id = t.company_id
where t.report = $1 and t.period = $2 and t.id > $3
	and (t.person_id is null or exists (select 1 from aggregates.person p where p.id = t.person_id))
	and (c.sole_trader = 0 or c.created_by is null
		or exists (select 1 from aggregates.person o where o.id = c.created_by))
order by t.id limit 1000;
