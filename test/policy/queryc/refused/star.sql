-- star_a() -> many
select * from trade.orders o order by o.id limit 5;
-- star_b() -> many
select o.id, o.* from trade.orders o order by o.id limit 5;
