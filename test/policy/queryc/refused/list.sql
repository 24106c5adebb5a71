-- list_a(states: order_state[]) -> many
select o.id from trade.orders o where o.state in ($1) order by o.id limit 10;
-- list_b(orders: company_id[]) -> many
select o.id from trade.orders o where o.id in ($1) order by o.id limit 10;
-- list_c(orders: order_id[]) -> many
select o.id from trade.orders o where o.id = $1 order by o.id limit 10;
-- list_d(orders: order_id[], more: order_id) -> many
select o.id from trade.orders o where o.id in ($1, $2) order by o.id limit 10;
-- list_e(orders: order_id[]?) -> many
select o.id from trade.orders o where o.id in ($1) order by o.id limit 10;
-- list_f(orders: order_id) -> many
select j.value as "n: int" from json_each($1) j where j.value > 0 limit 10;
