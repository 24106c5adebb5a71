-- brackets_a() -> many
select o.id from trade.orders o where (o.id = 1 order by o.id limit 5;
-- brackets_b() -> many
select o.id from trade.orders o where o.id = 1) order by o.id limit 5;
