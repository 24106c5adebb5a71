-- constant_a() -> many
select o.id from trade.orders o where o.state = @order_state.plaiced order by o.id limit 5;
-- constant_b() -> many
select o.id from trade.orders o where o.state = @placed order by o.id limit 5;
