-- Products that this device looked at.
-- seen_products(products: product_id[]) -> many, lag
select p.id, p.title, p.manufacturer, p.part_number,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.product p where p.id in ($1) order by p.id limit 50;
