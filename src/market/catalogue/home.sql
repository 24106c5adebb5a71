-- The newest offers of all: which ones says the index of search, which each server has. With the words of the sellers' own
-- products; card_list has the others.
-- home_offers(offers: offer_id[]) -> many, lag
select o.id, o.product_id, p.title, p.manufacturer, p.part_number, o.currency, o.price_micro, o.unit, o.min_quantity,
	c.id as "seller_id: company_id", c.name as seller_name, c.country as seller_country,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.offer o join public.company c on c.id = o.company_id
	left join public.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id in ($1) order by o.id limit 100;
