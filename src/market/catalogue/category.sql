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

-- How many published products stand in it and below: counted up to 1,001. The path of everything
-- below begins with its own and " / ": from there to the sign behind the slash.
-- category_size(category: category_id, from_path: text, to_path: text) -> one, lag
select count(*) as "n: int!" from (
	select 1 from public.category c join public.product p on p.category_id = c.id
	where c.id = $1 or (c.path >= $2 and c.path < $3) limit 1001) x;

-- Products of one category, newest first, with the cheapest offer's price and how many offer it.
-- category_products(category: category_id, before: product_id) -> many, lag
select p.id, p.title, p.manufacturer, p.part_number, o.id as "offer_id: offer_id", o.currency, o.unit, o.price_micro,
	o.min_quantity, o.lead_days, o.on_hand - o.reserved as "free: int", c.name as seller_name,
	(select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture_id: picture_id"
from public.product p
left join public.offer o on o.id = (
	select b.id from public.offer b where b.product_id = p.id order by b.price_micro, b.id limit 1)
left join public.company c on c.id = o.company_id
where p.category_id = $1 and p.id < $2
order by p.id desc limit 50;

-- What the newest offers of subcategories are offers of, for their parent's page: which ones says the index of search.
-- category_offers(offers: offer_id[]) -> many, lag
select o.id, o.product_id from public.offer o where o.id in ($1) order by o.id limit 1000;

-- Where a supplier may put a product: every category, by its path.
-- category_choices() -> many
select c.id, c.path from public.category c where c.hidden = 0 order by c.path limit 1000;
