-- ---- for the index ----

-- search_categories(after: category_id) -> many
select c.id, c.parent_id, c.name, c.depth, c.position from index.category c where c.id > $1 order by c.id limit 1000;

-- search_attributes(after: attribute_id) -> many
select a.id, a.name, a.kind, a.unit, a.facet from index.attribute a where a.id > $1 order by a.id limit 1000;

-- Offers that may be found, with everything that they are found by: the words are those of the sellers' own products,
-- search_other_words has the others. Whether their company is active is looked at in the answer: as a condition it was planned
-- for few offers, and PostgreSQL read all that are left for each page.
-- search_page(after: offer_id) -> many
select o.id, o.product_id, o.company_id, c.name as company_name, c.state as company_state, p.category_id, o.sku,
	p.part_number, p.gtin, p.manufacturer, p.title, p.description, p.attributes, o.tiers, o.currency,
	o.on_hand - o.reserved as "free: int!", exists (select 1 from public.picture q where q.product_id = p.id) as "pictured: int!"
from index.offer o join index.company c on c.id = o.company_id
	left join index.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id > $1 and o.state = @offer_state.live order by o.id limit 1000;

-- search_documents(offers: offer_id[]) -> many
select o.id, o.product_id, o.company_id, c.name as company_name, c.state as company_state, p.category_id, o.sku,
	p.part_number, p.gtin, p.manufacturer, p.title, p.description, p.attributes, o.tiers, o.currency,
	o.on_hand - o.reserved as "free: int!", exists (select 1 from public.picture q where q.product_id = p.id) as "pictured: int!"
from index.offer o join index.company c on c.id = o.company_id
	left join index.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id in ($1) and o.state = @offer_state.live order by o.id limit 1000;

-- search_other_words(products: product_id[]) -> many, lag
select p.id, p.category_id, p.part_number, p.gtin, p.manufacturer, p.title, p.description, p.attributes,
	exists (select 1 from public.picture q where q.product_id = p.id) as "pictured: int!"
from public.product p where p.id in ($1) order by p.id limit 1000;

-- Products that may be seen, offered or not.
-- search_products(after: product_id) -> many
select p.id, p.category_id, p.part_key, p.published from index.product p where p.id > $1 order by p.id limit 1000;

-- search_products_now(products: product_id[]) -> many
select p.id, p.category_id, p.part_key from index.product p where p.id in ($1) and p.published = 1 order by p.id limit 1000;

-- What changed since: live or not.
-- search_offers_changed(since: int) -> many
select o.id, o.changed from index.offer o where o.changed > $1 order by o.changed, o.id limit 1000;

-- search_products_changed(since: int) -> many
select p.id, p.changed from index.product p where p.changed > $1 order by p.changed, p.id limit 1000;

-- search_offers_of(product: product_id) -> many
select o.id from index.offer o where o.product_id = $1 order by o.price_micro, o.id limit 1000;

-- plan: the newest entry of the index: one step
-- search_offer_newest() -> one
select o.changed from index.offer o order by o.changed desc limit 1;

-- plan: the newest entry of the index: one step
-- search_product_newest() -> one
select p.changed from index.product p order by p.changed desc limit 1;

-- ---- for the pages ----

-- The lines of the result as they are now: a changed price shows at once, what is gone is not there. With the words of
-- the sellers' own products.
-- search_offers(offers: offer_id[]) -> many, lag
select o.id, o.product_id, o.company_id, c.name as company_name, o.sku, p.part_number, p.manufacturer, p.title, p.attributes,
	o.currency, o.tiers, o.unit, o.min_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!",
	(select q.id from public.picture q where q.product_id = p.id order by q.position, q.id limit 1) as "picture: picture_id"
from public.offer o join public.company c on c.id = o.company_id
	left join public.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id in ($1) order by o.id limit 100;

-- The words of products that others keep.
-- search_others(products: product_id[]) -> many, lag
select p.id, p.part_number, p.manufacturer, p.title, p.attributes,
	(select q.id from public.picture q where q.product_id = p.id order by q.position, q.id limit 1) as "picture: picture_id"
from public.product p where p.id in ($1) order by p.id limit 100;

-- For one answer (search_database): what the database found, as the index would have it; the words of products that
-- others keep are search_other_words'.
-- search_found(offers: offer_id[]) -> many, lag
select o.id, o.product_id, o.company_id, c.name as company_name, p.category_id, o.sku,
	p.part_number, p.gtin, p.manufacturer, p.title, p.description, p.attributes, o.tiers, o.currency,
	o.on_hand - o.reserved as "free: int!", exists (select 1 from public.picture q where q.product_id = p.id) as "pictured: int!"
from public.offer o join public.company c on c.id = o.company_id
	left join public.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id in ($1) order by o.id limit 1000;

-- search_found_categories(after: category_id) -> many, lag
select c.id, c.parent_id, c.name from public.category c where c.id > $1 order by c.id limit 1000;

-- search_found_attributes(after: attribute_id) -> many, lag
select a.id, a.name, a.kind, a.unit, a.facet from public.attribute a where a.id > $1 order by a.id limit 1000;

-- search_category(category: category_id) -> one, lag
select c.id, c.parent_id, c.name, c.path, c.about from public.category c where c.id = $1;

-- search_company(company: company_id) -> one, lag
select c.id, c.name from public.company c where c.id = $1;
