-- Where each part of the site map begins: the id of its first product or company. Added to by a job
-- as the catalogue grows; what stands in a part is read when somebody asks for it.
create table r_map_part (
	id integer primary key,
	kind integer not null,
	first integer not null,
	created_at integer not null,
	unique (kind, first)
) strict;
