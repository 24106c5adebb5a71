-- names_a() -> many
select o.id, o.buyer_id as id from trade.orders o order by o.id limit 5;
-- names_b() -> many
select o.id as "return" from trade.orders o order by o.id limit 5;
-- names_c() -> many
select o.id as "Id" from trade.orders o order by o.id limit 5;
