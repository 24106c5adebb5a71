-- quoted_a() -> many
select "id" from trade.orders o order by o.id limit 5;
-- quoted_b() -> many
select `id` from trade.orders o order by o.id limit 5;
-- quoted_c() -> many
select [id] from trade.orders o order by o.id limit 5;
-- quoted_d() -> many
select o.id from "trade.orders" o order by o.id limit 5;
