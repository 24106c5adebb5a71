-- Products as lists show them. An offer lies with its seller and its product may lie with another company (doc/scale.md,
-- "Citus"): a list of offers comes with the words of the sellers' own products, and this has those of the others.
-- card_list(products: product_id[]) -> many, lag
select p.id, p.title, p.manufacturer, p.part_number,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.product p where p.id in ($1) order by p.id limit 500;
