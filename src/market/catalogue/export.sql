-- The viewer company's offers with the text of the products that it keeps, newest first, for a file.
-- export_offers(before: offer_id) -> many
select o.id, o.product_id, o.sku, o.state, o.currency, o.unit, o.tiers, o.min_quantity, o.step_quantity, o.lead_days, o.on_hand,
	o.reserved, o.incoterm, o.incoterm_place, o.ships_from, g.path as category, s.part_number, s.manufacturer, s.title,
	s.description, s.attributes, s.gtin, s.hs_code, s.origin, s.weight_grams
from selling.offer o
left join selling.product s on s.id = o.product_id
left join public.category g on g.id = s.category_id
where o.company_id = viewer_company() and o.id < $1
order by o.id desc limit 250;

-- The text of products that others keep.
-- export_others(products: product_id[]) -> many
select p.id, g.path as category, p.part_number, p.manufacturer, p.title, p.description, p.attributes, p.gtin, p.hs_code, p.origin,
	p.weight_grams
from public.product p join public.category g on g.id = p.category_id
where p.id in ($1) order by p.id limit 250;

-- Where the next file begins: the last of a full one.
-- export_mark(before: offer_id) -> one
select o.id from selling.offer o where o.company_id = viewer_company() and o.id < $1 order by o.id desc limit 1 offset 4999;
