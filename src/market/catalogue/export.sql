-- The viewer company's offers with the text of their products, newest first, for a file.
-- export_offers(before: offer_id) -> many
select o.id, o.sku, o.state, o.currency, o.unit, o.tiers, o.min_quantity, o.step_quantity, o.lead_days, o.on_hand, o.reserved,
	o.incoterm, o.incoterm_place, o.ships_from, g.path as "category: text", coalesce(s.part_number, p.part_number) as "part_number: text",
	coalesce(s.manufacturer, p.manufacturer) as "manufacturer: text", coalesce(s.title, p.title) as "title: text",
	coalesce(s.description, p.description) as "description: text", coalesce(s.attributes, p.attributes) as "attributes: text",
	coalesce(s.gtin, p.gtin) as "gtin: text", coalesce(s.hs_code, p.hs_code) as "hs_code: text",
	coalesce(s.origin, p.origin) as "origin: text", coalesce(s.weight_grams, p.weight_grams) as "weight_grams: int"
from selling.offer o
left join selling.product s on s.id = o.product_id
left join public.product p on p.id = o.product_id
left join public.category g on g.id = coalesce(s.category_id, p.category_id)
where o.company_id = viewer_company() and o.id < $1
order by o.id desc limit 250;

-- Where the next file begins: the last of a full one.
-- export_mark(before: offer_id) -> one
select o.id from selling.offer o where o.company_id = viewer_company() and o.id < $1 order by o.id desc limit 1 offset 4999;
