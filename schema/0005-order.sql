-- Baskets, orders, their lines, their history, shipments.

-- A basket is its lines: a visitor's hang on the session, a member's on person and company.
create table r_basket_line (
	id integer primary key,
	session_id integer null,
	person_id integer null references r_person (id),
	company_id integer null references r_company (id),
	offer_id integer not null references r_offer (id),
	quantity integer not null check (quantity > 0),
	added_at integer not null,
	check ((session_id is null) <> (person_id is null)),
	check ((person_id is null) = (company_id is null))
) strict;
create unique index r_basket_line_session on r_basket_line (session_id, offer_id) where session_id is not null;
create unique index r_basket_line_member on r_basket_line (person_id, company_id, offer_id) where person_id is not null;
create index r_basket_line_added on r_basket_line (added_at);

create table r_orders (
	id integer primary key,
	number text not null,
	buyer_id integer not null references r_company (id),
	seller_id integer not null references r_company (id),
	placed_by integer null references r_person (id),
	state integer not null,
	currency text not null,
	net_minor integer not null,
	freight_minor integer not null,
	vat_minor integer not null,
	total_minor integer not null,
	vat_scheme integer not null,
	vat_millionths integer not null,
	po_number text null,
	incoterm integer null,
	incoterm_place text null,
	payment_days integer not null,
	ship_country text not null,
	consignee blob null,
	billing blob null,
	note blob null,
	lines integer not null,
	placed_at integer not null,
	confirmed_at integer null,
	promised_at integer null,
	shipped_at integer null,
	delivered_at integer null,
	paid_at integer null,
	closed_at integer null,
	due_at integer null,
	check (buyer_id <> seller_id),
	check (net_minor >= 0 and freight_minor >= 0 and vat_minor >= 0),
	check (total_minor = net_minor + freight_minor + vat_minor)
) strict;
create unique index r_orders_number on r_orders (seller_id, number);
create index r_orders_buyer on r_orders (buyer_id, id);
create index r_orders_buyer_state on r_orders (buyer_id, state, id);
create index r_orders_seller on r_orders (seller_id, id);
create index r_orders_seller_state on r_orders (seller_id, state, id);
create index r_orders_due on r_orders (due_at) where due_at is not null;
create index r_orders_closed on r_orders (closed_at) where closed_at is not null;

create table r_order_line (
	id integer primary key,
	order_id integer not null references r_orders (id),
	buyer_id integer not null,
	seller_id integer not null,
	line_no integer not null,
	offer_id integer not null references r_offer (id),
	sku text not null,
	title text not null,
	unit integer not null,
	quantity integer not null check (quantity > 0),
	confirmed integer not null check (confirmed >= 0 and confirmed <= quantity),
	shipped integer not null check (shipped >= 0 and shipped <= confirmed),
	reserved integer not null check (reserved >= 0 and reserved <= quantity),
	unit_micro integer not null check (unit_micro >= 0),
	currency text not null,
	net_minor integer not null check (net_minor >= 0),
	lead_days integer not null
) strict;
create unique index r_order_line_order on r_order_line (order_id, line_no);
create index r_order_line_offer on r_order_line (offer_id, id);

-- What happened, in the order it happened: both parties see the same.
create table r_order_event (
	id integer primary key,
	order_id integer not null references r_orders (id),
	buyer_id integer not null,
	seller_id integer not null,
	event integer not null,
	from_state integer null,
	to_state integer not null,
	company_id integer null,
	person_id integer null,
	detail text null,
	at integer not null
) strict;
create index r_order_event_order on r_order_event (order_id, id);

create table r_shipment (
	id integer primary key,
	order_id integer not null references r_orders (id),
	buyer_id integer not null,
	seller_id integer not null,
	carrier text not null,
	tracking text null,
	shipped_at integer not null
) strict;
create index r_shipment_order on r_shipment (order_id, id);

create table r_shipment_line (
	id integer primary key,
	shipment_id integer not null references r_shipment (id),
	order_id integer not null references r_orders (id),
	line_id integer not null references r_order_line (id),
	buyer_id integer not null,
	seller_id integer not null,
	quantity integer not null check (quantity > 0)
) strict;
create index r_shipment_line_order on r_shipment_line (order_id, shipment_id, id);

-- Human numbers, one series per company, kind and year.
create table r_number_series (
	id integer primary key,
	company_id integer not null references r_company (id),
	kind integer not null,
	year integer not null,
	next integer not null
) strict;
create unique index r_number_series_key on r_number_series (company_id, kind, year);
