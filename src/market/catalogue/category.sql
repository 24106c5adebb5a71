-- The tree of goods, from the top.
-- category_top() -> many, lag
select c.id, c.name, c.about from public.category c
where c.parent_id is null and c.hidden = 0
order by c.position, c.id limit 60;

-- category_by_id(category: category_id) -> one, lag
select c.id, c.parent_id, c.name, c.path, c.depth, c.about from public.category c where c.id = $1;

-- category_children(category: category_id) -> many, lag
select c.id, c.name, c.about from public.category c
where c.parent_id = $1 and c.hidden = 0
order by c.position, c.id limit 200;

-- The cheapest offers of a category's products: which ones says the index of search, the words are card_list's.
-- category_prices(offers: offer_id[]) -> many, lag
select o.id, o.product_id, o.currency, o.unit, o.price_micro, o.min_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!",
	c.name as seller_name
from public.offer o join public.company c on c.id = o.company_id
where o.id in ($1) order by o.id limit 200;

-- What the newest offers of subcategories are offers of, for their parent's page: which ones says the index of search.
-- category_offers(offers: offer_id[]) -> many, lag
select o.id, o.product_id from public.offer o where o.id in ($1) order by o.id limit 1000;

-- Where a supplier may put a product: every category, by its path.
-- category_choices() -> many
select c.id, c.path from public.category c where c.hidden = 0 order by c.path limit 1000;
