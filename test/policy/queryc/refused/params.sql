-- params_a(company: company_id) -> one
select o.state from trade.orders o where o.id = $1;
-- params_b(order: order_id, state: order_state) -> one
select o.state from trade.orders o where o.id = $1;
-- params_c(order: order_id) -> one
select o.state from trade.orders o where o.id = $2;
-- params_d(order: order_idd) -> one
select o.state from trade.orders o where o.id = $1;
-- params_e(order: order_id, order: order_id) -> one
select o.state from trade.orders o where o.id = $1 or o.id = $2;
-- params_f(order: order_id) -> one
select o.state from trade.orders o where o.id = ?1;
-- params_g(order: order_id, state: text) -> exec
update trade.orders set state = $2 where id = $1;
-- params_h(order: order_id, state: order_state?) -> exec
update trade.orders set state = $2 where id = $1;
-- params_i(int: order_id) -> one
select o.state from trade.orders o where o.id = $1;
