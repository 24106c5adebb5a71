-- column_unknown_a() -> many
select o.id, o.statee from trade.orders o order by o.id limit 5;
-- column_unknown_b() -> many
select id, statee from trade.orders order by id limit 5;
