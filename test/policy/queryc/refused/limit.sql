-- limit_a() -> many
select o.id from trade.orders o order by o.id;
-- limit_b() -> many
select o.id from trade.orders o order by o.id limit 100000;
-- limit_c() -> many
select o.id from trade.orders o where o.id in (select i.id from trade.orders i limit 5) order by o.id;
