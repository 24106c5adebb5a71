-- joins_a() -> many
select o.id from trade.orders o, public.company c where c.id = o.seller_id order by o.id limit 5;
-- joins_b() -> many
select o.id from trade.orders o natural join public.company c order by o.id limit 5;
-- joins_c() -> many
select o.id from trade.orders o join trade.orders o on o.id = o.id order by o.id limit 5;
