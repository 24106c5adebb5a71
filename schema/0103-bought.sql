-- What a company bought and asked for, of whichever suppliers, in its own place (doc/scale.md, "Citus"): a
-- narrow row for each order and request, which say the rest. The lists by buyer begin here.
create table r_bought (
	id integer primary key,
	order_id integer not null references r_orders (id),
	buyer_id integer not null,
	seller_id integer not null,
	number text not null,
	state integer not null
) strict;
create table r_asked (
	id integer primary key,
	quote_id integer not null references r_quote (id),
	buyer_id integer not null,
	seller_id integer not null,
	state integer not null
) strict;

-- Of what is there already: ids that none was made with, in the order of the orders and in the buyer's place.
insert into r_bought (id, order_id, buyer_id, seller_id, number, state)
select row_number() over (order by o.id) * 64 + o.buyer_id % 64, o.id, o.buyer_id, o.seller_id, o.number, o.state
from r_orders o;
insert into r_asked (id, quote_id, buyer_id, seller_id, state)
select row_number() over (order by q.id) * 64 + q.buyer_id % 64, q.id, q.buyer_id, q.seller_id, q.state
from r_quote q;

create unique index r_bought_buyer on r_bought (buyer_id, order_id);
create index r_bought_state on r_bought (buyer_id, state, order_id);
create index r_bought_number on r_bought (buyer_id, number, seller_id);
create index r_bought_order on r_bought (order_id);
create unique index r_asked_buyer on r_asked (buyer_id, quote_id);
create index r_asked_state on r_asked (buyer_id, state, quote_id);
create index r_asked_quote on r_asked (quote_id);
-- What the lists are asked now, and what nothing asked: offers stay as long as orders name them.
drop index r_orders_buyer_state;
drop index r_quote_buyer_state;
drop index r_order_line_offer;
