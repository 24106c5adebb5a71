-- Which products a company's people looked at last: one row for each supplier who offers the product,
-- so that a supplier's list is read from one index.
create table r_lead (
	id integer primary key,
	seller_id integer not null references r_company (id),
	product_id integer not null references r_product (id),
	company_id integer not null references r_company (id),
	person_id integer not null references r_person (id),
	at integer not null
) strict;
create unique index r_lead_once on r_lead (person_id, product_id, seller_id);
create index r_lead_seller on r_lead (seller_id, id);
create index r_lead_person on r_lead (person_id, id);
create index r_lead_at on r_lead (at);
