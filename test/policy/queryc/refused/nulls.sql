-- nulls_a() -> many
select o.id from trade.orders o order by o.po_number limit 5;
-- nulls_b() -> many
select o.id, c.name from trade.orders o left join public.company c on c.id = o.seller_id order by c.name limit 5;
-- nulls_c() -> many
select o.id from trade.orders o order by 1 limit 5;
