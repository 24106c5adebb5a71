-- Who imports: a company by its name in addresses.
-- import_company(slug: text) -> one
select c.id, c.name, c.currency, c.state from index.company c where c.slug = $1;

-- By its name as it is shown: more than one answer is a reason to ask for the slug.
-- import_company_named(name: text) -> many
select c.id, c.name, c.slug, c.currency, c.state from index.company c where c.name = $1 order by c.id limit 2;

-- import_categories(after: category_id) -> many
select c.id, c.parent_id, c.name, c.path, c.depth, c.position from curation.category c where c.id > $1 order by c.id limit 1000;

-- import_category_add(id: category_id, parent: category_id?, name: text, path: text, depth: int, position: int) -> exec
insert into curation.category (id, parent_id, name, path, depth, position, about, hidden)
values ($1, $2, $3, $4, $5, $6, null, 0);

-- import_attributes(after: attribute_id) -> many
select a.id, a.name from curation.attribute a where a.id > $1 order by a.id limit 1000;

-- import_attribute_add(id: attribute_id, name: text, position: int) -> exec
insert into curation.attribute (id, name, kind, unit, position, facet)
values ($1, $2, @attribute_kind.automatic, '', $3, 1);

-- Whether anybody else keeps products: if not, there is none to share.
-- import_products_before() -> one
select p.id from public.product p where p.company_id < viewer_company() order by p.company_id desc, p.id desc limit 1;

-- import_products_behind() -> one
select p.id from public.product p where p.company_id > viewer_company() order by p.company_id, p.id limit 1;

-- The same part of the same maker, kept by another company: an offer hangs on to it.
-- import_product_like(part_key: text, maker: text) -> one
select p.id from public.product p
where p.part_key = $1 and p.manufacturer = $2 and p.company_id <> viewer_company() order by p.id limit 1;

-- The same for a piece of the file, whoever made them. As many as the limit: there may be more.
-- import_products_like(part_keys: text[]) -> many
select p.part_key, p.manufacturer, p.id from public.product p
where p.part_key in ($1) and p.company_id <> viewer_company() limit 1000;

-- What is offered already, of a piece of the file; own: the product, when this company keeps it.
-- import_offers(skus: text[]) -> many
select o.sku, o.id, o.product_id, p.id as own, o.digest
from selling.offer o left join selling.product p on p.id = o.product_id
where o.company_id = viewer_company() and o.sku in ($1) limit 1000;

-- import_product_add(id: product_id, category: category_id, part_number: text, part_key: text, maker: text, title: text, description: text, attributes: text, gtin: text?, hs_code: text?, origin: text?, weight_grams: int?, at: time, changed: int) -> once
insert into selling.product (id, company_id, category_id, parent_id, variant, part_number, part_key, manufacturer, title,
	description, attributes, gtin, hs_code, origin, weight_grams, published, created_at, changed)
values ($1, viewer_company(), $2, null, null, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14);

-- import_offer_add(id: offer_id, product: product_id, sku: text, currency: text, unit: unit, tiers: text, price: price, min_quantity: int, step_quantity: int, lead_days: int, on_hand: int, incoterm: incoterm?, incoterm_place: text?, ships_from: text?, at: time, changed: int, digest: blob) -> once
insert into selling.offer (id, company_id, product_id, sku, state, reason, currency, unit, tiers, price_micro,
	min_quantity, step_quantity, lead_days, on_hand, reserved, incoterm, incoterm_place, ships_from, created_at, state_at,
	changed, digest)
values ($1, viewer_company(), $2, $3, @offer_state.live, null, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, $15,
	$16, $17);

-- import_product_set(product: product_id, category: category_id, part_number: text, part_key: text, maker: text, title: text, description: text, attributes: text, gtin: text?, hs_code: text?, origin: text?, weight_grams: int?, changed: int) -> once
update selling.product set category_id = $2, part_number = $3, part_key = $4, manufacturer = $5, title = $6,
	description = $7, attributes = $8, gtin = $9, hs_code = $10, origin = $11, weight_grams = $12, changed = $13
where id = $1;

-- What is reserved stays on hand, whatever the file says.
-- import_offer_set(offer: offer_id, currency: text, unit: unit, tiers: text, price: price, min_quantity: int, step_quantity: int, lead_days: int, on_hand: int, incoterm: incoterm?, incoterm_place: text?, ships_from: text?, changed: int, digest: blob) -> once
update selling.offer set currency = $2, unit = $3, tiers = $4, price_micro = $5, min_quantity = $6, step_quantity = $7,
	lead_days = $8, on_hand = case when reserved > $9 then reserved else $9 end, incoterm = $10, incoterm_place = $11,
	ships_from = $12, changed = $13, digest = $14
where id = $1;

-- The newest reading of the same file.
-- import_run_last(source: blob) -> one
select r.id, r.state, r.rows_done, r.added, r.changed, r.same, r.refused from selling.import_run r
where r.company_id = viewer_company() and r.source = $1 order by r.id desc limit 1;

-- import_run_add(id: import_run_id, file_name: text, source: blob, at: time) -> once
insert into selling.import_run (id, company_id, file_name, source, state, rows_done, added, changed, same, refused,
	started_at, finished_at)
values ($1, viewer_company(), $2, $3, @import_state.running, 0, 0, 0, 0, 0, $4, null);

-- import_run_set(run: import_run_id, state: import_state, rows_done: int, added: int, changed: int, same: int, refused: int, finished_at: time?) -> once
update selling.import_run set state = $2, rows_done = $3, added = $4, changed = $5, same = $6, refused = $7,
	finished_at = $8
where id = $1;
