-- money_a(order: order_id) -> one
select o.id, o.total_minor from trade.orders o where o.id = $1;
-- money_b() -> one
select sum(o.total_minor) as "sum: money" from trade.orders o;
-- money_c(order: order_id) -> one
select o.currency, o.total_minor as total, o.unit_micro as total from trade.orders o where o.id = $1;
