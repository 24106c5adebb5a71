-- What the operator says of itself and how the installation is set: one row a name.
create table r_setting (
	id integer primary key,
	name integer not null unique,
	value text not null,
	changed_at integer not null
) strict;

-- What happened, counted by day (days since 1970; 0: what stands now), so that charts need no scan.
-- part is the state that was counted, or 0; currency is empty where nothing is paid.
create table r_figure (
	id integer primary key,
	kind integer not null,
	day integer not null,
	part integer not null,
	currency text not null,
	n integer not null,
	minor integer not null
) strict;
create unique index r_figure_key on r_figure (kind, currency, day, part);

-- Up to which event each history was counted.
create table r_figure_mark (
	id integer primary key,
	source integer not null unique,
	event_id integer not null
) strict;

-- The desk looks for an offer by what its supplier calls it, whoever that is.
create index r_offer_any_sku on r_offer (sku, id);
