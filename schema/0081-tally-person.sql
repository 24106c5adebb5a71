-- Whose order or registration a figure comes from, so that who objects to reports for third parties
-- is left out of them. What was counted without that is counted anew from the histories.
drop table r_tally;
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
	person_id integer null references r_person (id),
	unique (report, period, line, col, company_id, person_id)
) strict;
create index r_tally_company on r_tally (company_id);
create index r_tally_person on r_tally (person_id) where person_id is not null;
create index r_tally_at on r_tally (at, id);
create index r_tally_report on r_tally (report, period, id);
delete from r_figure_mark where source in (3, 4);
