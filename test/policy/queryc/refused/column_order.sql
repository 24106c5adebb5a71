-- column_order_a() -> many
select o.id from trade.orders o order by o.secret limit 5;
