-- Requests for quotation: a buyer asks one supplier what an offer costs on other terms, and what
-- was answered. The last quote stands in the request; each one that was given, in its history.
create table r_quote (
	id integer primary key,
	buyer_id integer not null references r_company (id),
	seller_id integer not null references r_company (id),
	asked_by integer null references r_person (id),
	offer_id integer not null references r_offer (id),
	product_id integer not null references r_product (id),
	sku text not null,
	title text not null,
	unit integer not null,
	state integer not null,
	quantity integer not null check (quantity > 0),
	currency text not null,
	wish_micro integer null check (wish_micro >= 0),
	ship_country text not null,
	needed_by integer null,
	words blob null,
	quoted integer null check (quoted > 0),
	price_micro integer null check (price_micro >= 0),
	lead_days integer null,
	valid_until integer null,
	asked_at integer not null,
	quoted_at integer null,
	closed_at integer null,
	due_at integer null,
	order_id integer null,
	check (buyer_id <> seller_id)
) strict;
create index r_quote_buyer on r_quote (buyer_id, id);
create index r_quote_buyer_state on r_quote (buyer_id, state, id);
create index r_quote_agreed on r_quote (buyer_id, seller_id, state, id) where order_id is null;
create index r_quote_seller on r_quote (seller_id, id);
create index r_quote_seller_state on r_quote (seller_id, state, id);
create index r_quote_asked_by on r_quote (asked_by, id) where asked_by is not null;
create index r_quote_due on r_quote (due_at) where due_at is not null;
create index r_quote_closed on r_quote (closed_at) where closed_at is not null;

-- What happened, in the order it happened: both parties see the same.
create table r_quote_event (
	id integer primary key,
	quote_id integer not null references r_quote (id),
	buyer_id integer not null,
	seller_id integer not null,
	event integer not null,
	from_state integer null,
	to_state integer not null,
	company_id integer null,
	person_id integer null,
	currency text not null,
	quantity integer null,
	price_micro integer null,
	lead_days integer null,
	valid_until integer null,
	words blob null,
	at integer not null
) strict;
create index r_quote_event_quote on r_quote_event (quote_id, id);
create index r_quote_event_person on r_quote_event (person_id, id) where person_id is not null;
