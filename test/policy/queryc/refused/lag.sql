-- Somebody's own order, as it was some seconds ago.
-- lag_order(order: order_id) -> one, lag
select o.id, o.state from trade.orders o where o.id = $1;

-- One table may lag, the other may not.
-- lag_joined(order: order_id) -> many, lag
select o.id, c.name from trade.orders o join public.company c on c.id = o.seller_id
where o.id = $1 order by o.id limit 5;

-- lag_move(order: order_id, to: order_state) -> exec, lag
update trade.orders set state = $2 where id = $1;

-- purpose: public
-- lag_find(words: text) -> many, lag
select p.rowid as "product: product_id!" from product_fts p where product_fts match $1 order by rank limit 20;

-- lag_word(company: company_id) -> one lag
select c.name from public.company c where c.id = $1;
