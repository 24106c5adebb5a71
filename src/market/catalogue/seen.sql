-- A product that this device looked at.
-- seen_product(product: product_id) -> one, lag
select p.id, p.title, p.manufacturer, p.part_number,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.product p where p.id = $1;
