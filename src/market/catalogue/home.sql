-- The newest offers of all.
-- plan: newest first by id: ends at the limit
-- home_offers() -> many, lag
select o.id, o.product_id, p.title, p.manufacturer, p.part_number, o.currency, o.price_micro, o.unit, o.min_quantity,
	c.id as "seller_id: company_id", c.name as seller_name, c.country as seller_country,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.offer o
join public.product p on p.id = o.product_id
join public.company c on c.id = o.company_id
order by o.id desc limit 12;
