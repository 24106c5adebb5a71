-- ---- reports ----
-- aggregate_add(id: aggregate_id, report: aggregate_report, period: int, recipient: text, epsilon: int, by: person_id, at: time) -> exec
insert into aggregates.aggregate (id, report, period, recipient, state, epsilon, lines, shown, asked_by, asked_at,
	made_at, handed_by, handed_at)
values ($1, $2, $3, $4, @aggregate_state.wanted, $5, 0, 0, $6, $7, null, null, null);

-- aggregate_list(before: aggregate_id) -> many
select a.id, a.report, a.period, a.recipient, a.state, a.epsilon, a.lines, a.shown, a.asked_at, a.handed_at
from aggregates.aggregate a where a.id < $1 order by a.id desc limit 50;

-- aggregate_one(id: aggregate_id) -> one
select a.id, a.report, a.period, a.recipient, a.state, a.epsilon, a.lines, a.shown, a.asked_by, a.asked_at, a.made_at,
	a.handed_by, a.handed_at
from aggregates.aggregate a where a.id = $1;

-- aggregate_wanted() -> many
select a.id, a.report, a.period, a.epsilon from aggregates.aggregate a
where a.state = @aggregate_state.wanted order by a.id limit 10;

-- aggregate_made(id: aggregate_id, lines: int, shown: int, at: time) -> exec
update aggregates.aggregate set state = @aggregate_state.made, lines = $2, shown = $3, made_at = $4
where id = $1 and state = @aggregate_state.wanted;

-- aggregate_hand(id: aggregate_id, by: person_id, at: time) -> exec
update aggregates.aggregate set state = @aggregate_state.handed, handed_by = $2, handed_at = $3
where id = $1 and state = @aggregate_state.made;

-- aggregate_cell_add(id: aggregate_cell_id, report: aggregate_id, line_no: int, col_no: int, line: text, col: text, shown: int?) -> exec
insert into aggregates.aggregate_cell (id, aggregate_id, line_no, col_no, line, col, shown)
values ($1, $2, $3, $4, $5, $6, $7);

-- aggregate_cells(report: aggregate_id, line: int) -> many
select c.id, c.line_no, c.col_no, c.line, c.col, c.shown from aggregates.aggregate_cell c
where c.aggregate_id = $1 and c.line_no >= $2 order by c.line_no, c.col_no limit 1000;

-- ---- the budget ----
-- aggregate_budget(recipient: text, period: int) -> one
select b.id, b.spent from aggregates.aggregate_budget b where b.recipient = $1 and b.period = $2;

-- aggregate_spend(recipient: text, period: int, epsilon: int, most: int) -> exec
update aggregates.aggregate_budget set spent = spent + $3
where recipient = $1 and period = $2 and spent + $3 <= $4;

-- aggregate_budget_new(id: aggregate_budget_id, recipient: text, period: int, spent: int) -> exec
insert into aggregates.aggregate_budget (id, recipient, period, spent) values ($1, $2, $3, $4);
