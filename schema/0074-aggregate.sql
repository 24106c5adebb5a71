-- Figures for third parties. What each company adds to each cell of the fixed reports in a quarter
-- (year * 4 + quarter), followed from the histories by a job; the reports, made from that, with small
-- cells left out and noise added; and how much of the privacy budget each recipient has spent.
create table r_tally (
	id integer primary key,
	report integer not null,
	period integer not null,
	line text not null,
	col text not null,
	company_id integer not null references r_company (id),
	n integer not null,
	amount integer not null,
	at integer not null,
	unique (report, period, line, col, company_id)
) strict;
create index r_tally_company on r_tally (company_id);
create index r_tally_at on r_tally (at, id);

create table r_aggregate (
	id integer primary key,
	report integer not null,
	period integer not null,
	recipient text not null,
	state integer not null,
	epsilon integer not null,
	lines integer not null,
	shown integer not null,
	asked_by integer null,
	asked_at integer not null,
	made_at integer null,
	handed_by integer null,
	handed_at integer null
) strict;
create index r_aggregate_state on r_aggregate (state, id);
create index r_aggregate_asked_by on r_aggregate (asked_by) where asked_by is not null;
create index r_aggregate_handed_by on r_aggregate (handed_by) where handed_by is not null;
create index r_aggregate_asked_at on r_aggregate (asked_at, id);

create table r_aggregate_cell (
	id integer primary key,
	aggregate_id integer not null references r_aggregate (id),
	line_no integer not null,
	col_no integer not null,
	line text not null,
	col text not null,
	shown integer null,
	unique (aggregate_id, line_no, col_no)
) strict;

create table r_aggregate_budget (
	id integer primary key,
	recipient text not null,
	period integer not null,
	spent integer not null,
	unique (recipient, period)
) strict;
create index r_tally_report on r_tally (report, period, id);
