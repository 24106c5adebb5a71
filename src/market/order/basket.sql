-- What the viewer means to order: a visitor's basket hangs on the session, a member's on person
-- and company; the gate decides whose lines are seen.
-- plan: sorts the lines of one basket
-- basket_lines() -> many
select b.id, b.offer_id, b.quantity from session.basket_line b order by b.id limit 500;

-- What is offered there now, with the words of the sellers' own products.
-- basket_offers(offers: offer_id[]) -> many
select o.id, o.company_id, c.name as seller_name, c.country as seller_country, o.product_id, o.sku, o.currency, o.unit, o.tiers,
	o.min_quantity, o.step_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!", p.title, p.part_number
from public.offer o join public.company c on c.id = o.company_id
	left join public.product p on p.id = o.product_id and p.company_id = o.company_id
where o.id in ($1) order by o.id limit 500;

-- The words of products that others keep.
-- basket_others(products: product_id[]) -> many
select p.id, p.title, p.part_number from public.product p where p.id in ($1) order by p.id limit 500;

-- basket_size() -> one
select count(*) as "n: int!" from session.basket_line b;

-- basket_line_of(offer: offer_id) -> one
select b.id, b.quantity from session.basket_line b where b.offer_id = $1;

-- basket_add(line: basket_line_id, session: session_id?, person: person_id?, company: company_id?, offer: offer_id, quantity: int, at: time) -> exec
insert into session.basket_line (id, session_id, person_id, company_id, offer_id, quantity, added_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- basket_set(line: basket_line_id, quantity: int, at: time) -> exec
update session.basket_line set quantity = $2, added_at = $3 where id = $1;

-- basket_remove(line: basket_line_id) -> exec
delete from session.basket_line where id = $1;

-- A line that became an order; one that was changed meanwhile stays.
-- basket_take(line: basket_line_id, quantity: int) -> exec
delete from session.basket_line where id = $1 and quantity = $2;

-- What is asked of an offer before it goes into a basket.
-- basket_offer(offer: offer_id) -> one
select o.id, o.company_id, o.product_id, o.currency, o.unit, o.min_quantity, o.step_quantity
from public.offer o where o.id = $1;

-- What is offered may lie with another company (doc/scale.md, "Citus"): a question of its own.
-- basket_product(product: product_id) -> one
select p.id, p.title from public.product p where p.id = $1;
