-- Proofs of registration that a company sends in, whole and sealed under the company's key; and each
-- look of staff at them, with its reason, as in r_read_event.
create table r_licence (
	id integer primary key,
	company_id integer not null references r_company (id),
	kind integer not null,
	media_type text not null,
	size_bytes integer not null check (size_bytes > 0),
	title blob null,
	content blob null,
	uploaded_by integer null,
	uploaded_at integer not null
) strict;
create index r_licence_company on r_licence (company_id, id);
create index r_licence_by on r_licence (uploaded_by, id) where uploaded_by is not null;

create table r_licence_look (
	id integer primary key,
	staff_id integer not null,
	company_id integer not null,
	at integer not null,
	open integer not null,
	content blob null,
	commitment blob null
) strict;
create index r_licence_look_staff on r_licence_look (staff_id, company_id, open);
create index r_licence_look_company on r_licence_look (company_id, id);
create index r_licence_look_at on r_licence_look (at);
create index r_licence_look_open on r_licence_look (at) where open = 1;
