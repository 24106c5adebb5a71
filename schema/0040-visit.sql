-- Visits in sums that name nobody: how often what was shown, by day and by month.
-- period: days since 1970, or minus the month (year * 12 + month - 1); name is empty for the sum of all.
create table r_visit_figure (
	id integer primary key,
	kind integer not null,
	period integer not null,
	name text not null,
	n integer not null
) strict;
create unique index r_visit_figure_key on r_visit_figure (kind, period, name);
create index r_visit_figure_most on r_visit_figure (kind, period, n, id);
