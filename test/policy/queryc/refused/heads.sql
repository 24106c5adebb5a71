select o.id from trade.orders o limit 5;
-- other_name() -> many
select o.id from trade.orders o order by o.id limit 5;
-- heads_a() -> some
select o.id from trade.orders o order by o.id limit 5;
-- heads_b() -> exec
select o.id from trade.orders o order by o.id limit 5;
-- heads_c(order: order_id) -> one
delete from account.person where id = 1;
-- heads_d() -> one
select o.id from trade.orders o where o.id = 1;
-- heads_d() -> one
select o.id from trade.orders o where o.id = 1;
-- heads_e(order order_id) -> one
select o.id from trade.orders o where o.id = $1;
