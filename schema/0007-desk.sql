-- What the operator says of itself and how the installation is set: one row a name.
create table r_setting (
	id integer primary key,
	name integer not null unique,
	value text not null,
	changed_at integer not null
) strict;
