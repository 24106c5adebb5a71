-- The list of what a company bought, in its own place (doc/scale.md, "Citus"): which orders, and what is asked
-- of all of them. The orders themselves are asked by their ids (order.sql).
-- bought_add(bought: bought_id, order: order_id, buyer: company_id, seller: company_id, number: text, state: order_state) -> once
insert into trade.bought (id, order_id, buyer_id, seller_id, number, state) values ($1, $2, $3, $4, $5, $6);

-- With the order, whoever moves it on.
-- bought_move(buyer: company_id, order: order_id, state: order_state) -> once
update trade.bought set state = $3 where buyer_id = $1 and order_id = $2;

-- The newest of the viewer's company, before a given one.
-- bought_newest(before: order_id) -> many
select b.order_id from trade.bought b join public.company c on c.id = b.seller_id
where b.buyer_id = viewer_company() and b.order_id < $1
order by b.order_id desc limit 50;

-- The same in one state.
-- bought_in(state: order_state, before: order_id) -> many
select b.order_id from trade.bought b join public.company c on c.id = b.seller_id
where b.buyer_id = viewer_company() and b.state = $1 and b.order_id < $2
order by b.order_id desc limit 50;

-- Under this number: each supplier numbers its own.
-- bought_numbered(number: text) -> many
select b.order_id from trade.bought b join public.company c on c.id = b.seller_id
where b.buyer_id = viewer_company() and b.number = $1
order by b.seller_id limit 50;
