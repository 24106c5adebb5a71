create table r_company (id integer primary key, name text not null, country text not null, founded integer null) strict;
create table r_person (id integer primary key, company_id integer not null references r_company (id),
	mask integer not null, email blob null, phone blob null, email_blind blob null, closed_at integer null) strict;
create unique index r_person_email on r_person (email_blind) where email_blind is not null;
create table r_orders (id integer primary key, buyer_id integer not null references r_company (id),
	seller_id integer not null references r_company (id), state integer not null, currency text not null,
	total_minor integer not null, unit_micro integer not null, express integer not null, placed_at integer not null,
	secret integer not null, po_number text null, due_at integer null, hint integer null, weight integer null,
	consignee blob null, placed_by integer null references r_person (id), closed_at integer null) strict;
create index r_orders_buyer on r_orders (buyer_id, id);
create table r_token (id integer primary key, kind integer not null, digest blob not null, expires_at integer not null) strict;
create unique index r_token_digest on r_token (kind, digest);
create virtual table product_fts using fts5 (title, content = '');
