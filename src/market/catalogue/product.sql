-- What everyone may see of a product.
-- product_by_id(product: product_id) -> one, lag
select p.id, p.company_id, c.name as keeper_name, p.category_id, g.name as category_name, p.parent_id, p.variant,
	p.part_number, p.manufacturer, p.title, p.description, p.attributes, p.gtin, p.hs_code, p.origin, p.weight_grams,
	p.video, p.created_at
from public.product p
join public.category g on g.id = p.category_id
left join public.company c on c.id = p.company_id and c.state = @company_state.active
where p.id = $1;

-- What differs in size or colour hangs on one parent.
-- product_variants(parent: product_id) -> many, lag
select p.id, p.title, p.variant, p.part_number from public.product p
where p.parent_id = $1 order by p.id limit 50;

-- product_attribute(attribute: attribute_id) -> one, lag
select a.id, a.name, a.unit from public.attribute a where a.id = $1;

-- product_attribute_named(name: text) -> one
select a.id, a.name from public.attribute a where a.name = $1;

-- product_pictures(product: product_id) -> many, lag
select f.id, f.width, f.height, f.alt from public.picture f
where f.product_id = $1 order by f.position, f.id limit 12;

-- product_documents(product: product_id) -> many, lag
select d.id, d.kind, d.title, d.media_type, d.bytes from public.document d
where d.product_id = $1 order by d.id limit 20;

-- The offers for a product of the company that keeps it, which lie beside it.
-- product_offers(product: product_id, keeper: company_id) -> many, lag
select o.id, o.product_id, o.company_id, c.name as seller_name, c.country as seller_country, o.sku, o.currency, o.unit,
	o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!",
	o.incoterm, o.incoterm_place, o.ships_from
from public.offer o join public.company c on c.id = o.company_id
where o.product_id = $1 and o.company_id = $2
order by o.price_micro, o.id limit 100;

-- Those of other companies: which ones says the index of search.
-- product_others(offers: offer_id[]) -> many, lag
select o.id, o.product_id, o.company_id, c.name as seller_name, c.country as seller_country, o.sku, o.currency, o.unit,
	o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!",
	o.incoterm, o.incoterm_place, o.ships_from
from public.offer o join public.company c on c.id = o.company_id
where o.id in ($1)
order by o.id limit 200;

-- Products by part number, however it is written, before a supplier describes one anew. Which ones it may be says the
-- index of search, and the number itself whether it is.
-- product_by_part(products: product_id[]) -> many
select p.id, p.title, p.manufacturer, p.part_number from public.product p
where p.id in ($1) order by p.id limit 100;

-- The text that the viewer's company keeps.
-- product_own(product: product_id) -> one
select p.id, p.company_id, p.category_id, p.parent_id, p.variant, p.part_number, p.manufacturer, p.title, p.description,
	p.attributes, p.gtin, p.hs_code, p.origin, p.weight_grams, p.video, p.published, p.created_at
from selling.product p where p.id = $1;

-- Whether there is such a product to offer: published, or the company's own.
-- product_to_offer(product: product_id) -> one
select p.id, p.title, p.part_number from public.product p where p.id = $1;

-- product_add(id: product_id, company: company_id, category: category_id, part_number: text, part_key: text, manufacturer: text, title: text, description: text, attributes: text, gtin: text?, hs_code: text?, origin: text?, weight_grams: int?, at: time, changed: int) -> exec
insert into selling.product (id, company_id, category_id, part_number, part_key, manufacturer, title, description,
	attributes, gtin, hs_code, origin, weight_grams, published, created_at, changed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15);

-- product_edit(product: product_id, category: category_id, part_number: text, part_key: text, manufacturer: text, title: text, description: text, attributes: text, gtin: text?, hs_code: text?, origin: text?, weight_grams: int?, published: bool, changed: int) -> exec
update selling.product set category_id = $2, part_number = $3, part_key = $4, manufacturer = $5, title = $6,
	description = $7, attributes = $8, gtin = $9, hs_code = $10, origin = $11, weight_grams = $12, published = $13,
	changed = $14
where id = $1;

-- product_video_set(product: product_id, video: text?, changed: int) -> exec
update selling.product set video = $2, changed = $3 where id = $1;

-- Variants of a product that the viewer's company keeps.
-- product_variant_own(parent: product_id) -> many
select p.id, p.part_number, p.title, p.variant, p.published from selling.product p
where p.parent_id = $1 order by p.id limit 50;

-- One of the company's own products by its part number.
-- product_variant_by_part(part_key: text) -> many
select p.id, p.parent_id, p.title from selling.product p
where p.part_key = $1 and p.company_id = viewer_company() order by p.id limit 2;

-- product_variant_set(product: product_id, parent: product_id?, variant: text?, changed: int) -> exec
update selling.product set parent_id = $2, variant = $3, changed = $4 where id = $1;
