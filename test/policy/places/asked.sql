-- Which places a statement asks: its name begins with what must be found.
-- asked_one_by_id(order: order_id) -> one
select o.id, o.state from trade.orders o where o.id = $1;

-- asked_one_by_what_lies_there(order: order_id) -> many
select l.id, l.line_no from trade.order_line l where l.order_id = $1 order by l.line_no limit 200;

-- asked_one_by_who_asks(before: order_id) -> many
select o.id from trade.orders o where o.seller_id = viewer_company() and o.id < $1 order by o.id desc limit 50;

-- The gate says it, not the text.
-- asked_one_by_the_gate(sku: text) -> many
select o.id from selling.offer o where o.sku = $1 order by o.id limit 50;

-- asked_one_joined(order: order_id) -> many
select l.id, o.state from trade.order_line l join trade.orders o on o.id = l.order_id where l.order_id = $1 order by l.line_no limit 200;

-- asked_one_inside(product: product_id) -> one
select p.id, (select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture: picture_id"
from public.product p where p.id = $1;

-- asked_one_beside_an_or(order: order_id) -> many
select l.id from trade.order_line l where l.order_id = $1 and (l.line_no = 1 or l.line_no = 2) order by l.id limit 10;

-- The check of a new line asks for its order, which lies with it.
-- asked_one_new(line: order_line_id, order: order_id, buyer: company_id, seller: company_id, offer: offer_id) -> exec
insert into trade.order_line (id, order_id, buyer_id, seller_id, line_no, offer_id, sku, title, unit, quantity, confirmed,
	shipped, reserved, unit_micro, currency, net_minor, lead_days)
values ($1, $2, $3, $4, 1, $5, 'a', 'b', @unit.piece, 1, 0, 0, 1, 1, 'EUR', 1, 1);

-- asked_one_changed(order: order_id, at: time) -> exec
update trade.orders set paid_at = $2 where id = $1;

-- The product that its check asks for may lie in another place.
-- asked_some_new(id: offer_id, company: company_id, product: product_id, at: time) -> exec
insert into selling.offer (id, company_id, product_id, sku, state, currency, unit, tiers, price_micro, min_quantity,
	step_quantity, lead_days, on_hand, reserved, created_at, state_at, changed)
values ($1, $2, $3, 'a', @offer_state.live, 'EUR', @unit.piece, '1:1', 1, 1, 1, 0, 0, 0, $4, $4, 1);

-- No parameter tells where the product lies.
-- asked_all_new(id: offer_id, company: company_id, at: time) -> exec
insert into selling.offer (id, company_id, product_id, sku, state, currency, unit, tiers, price_micro, min_quantity,
	step_quantity, lead_days, on_hand, reserved, created_at, state_at, changed)
values ($1, $2, 1, 'a', @offer_state.live, 'EUR', @unit.piece, '1:1', 1, 1, 1, 0, 0, 0, $3, $3, 1);

-- With what lies on the coordinator alone.
-- asked_beside_lead(id: lead_id, seller: company_id, product: product_id, at: time) -> exec
insert into seller_leads.lead (id, seller_id, product_id, company_id, person_id, at)
values ($1, $2, $3, viewer_company(), viewer_person(), $4) on conflict do nothing;

-- The places of a list's values.
-- asked_some_of_a_list(products: product_id[]) -> many
select p.id, (select f.id from public.picture f where f.product_id = p.id order by f.position, f.id limit 1) as "picture: picture_id"
from public.product p where p.id in ($1) order by p.id limit 50;

-- asked_some_joined(orders: order_id[]) -> many
select l.id, o.state from trade.order_line l join trade.orders o on o.id = l.order_id where o.id in ($1) order by l.id limit 200;

-- asked_scattered_beside_lead(products: product_id[]) -> many
select l.id from public.product p join seller_leads.lead l on l.product_id = p.id where p.id in ($1) order by l.id limit 50;

-- One place is fewer than a list's.
-- asked_one_and_a_list(offers: offer_id[]) -> many
select o.id from selling.offer o where o.company_id = viewer_company() and o.id in ($1) order by o.id limit 50;

-- asked_none_everywhere(company: company_id) -> one
select c.id, c.name from public.company c where c.id = $1;

-- A buyer's orders lie with their sellers.
-- asked_all_bought(before: order_id) -> many
select o.id from trade.orders o where o.buyer_id = viewer_company() and o.id < $1 order by o.id desc limit 50;

-- An offer's product may be another company's.
-- asked_all_two_places(offer: offer_id) -> one
select o.id, p.title from public.offer o join public.product p on p.id = o.product_id where o.id = $1;

-- asked_all_of_one_order_and_another(order: order_id, other: order_id) -> one
select o.id, q.state from trade.orders o join trade.orders q on q.id = $2 where o.id = $1;

-- asked_all_either(order: order_id, number: text) -> many
select o.id from trade.orders o where o.id = $1 or o.number = $2 order by o.id limit 10;

-- asked_all_but(order: order_id) -> many
select o.id from trade.orders o where not (o.id = $1) order by o.id limit 10;

-- asked_all_in_a_case(order: order_id) -> many
select o.id, case when o.id = $1 then 1 else 0 end as "same: int!" from trade.orders o order by o.id limit 10;

-- asked_all_counted(order: order_id) -> many
select o.id from trade.orders o where o.id + 1 = $1 order by o.id limit 10;

-- What a left join leaves out says nothing of the row beside it.
-- asked_all_left_out(sku: text) -> many
select o.id, p.title from selling.offer o
left join selling.product s on s.id = o.product_id
left join public.product p on p.id = o.product_id
where o.sku = $1 order by o.id limit 50;

-- asked_all_left_by_its_condition(order: order_id) -> many
select o.id from trade.orders o left join trade.order_line l on l.order_id = o.id and o.id = $1 order by o.id limit 50;

-- An order that has a line of this order: said of the line alone.
-- asked_all_outside(order: order_id) -> many
select o.id from trade.orders o
where exists (select 1 from trade.order_line l where l.order_id = $1 and l.quantity = o.lines) order by o.id limit 50;

-- Both are in the list, and need not be in one place.
-- asked_all_of_a_list_twice(orders: order_id[]) -> many
select o.id, q.id as other from trade.orders o join trade.orders q on q.id in ($1) where o.id in ($1) order by o.id, q.id limit 50;

-- asked_all_not_of_a_list(orders: order_id[]) -> many
select o.id from trade.orders o where o.id not in ($1) order by o.id limit 50;

-- asked_all_of_a_list_or_not(orders: order_id[], number: text) -> many
select o.id from trade.orders o where o.id in ($1) or o.number = $2 order by o.id limit 50;

-- asked_all_of_a_list_outside(orders: order_id[]) -> many
select o.id from trade.orders o
where exists (select 1 from trade.order_line l where l.order_id in ($1) and l.quantity = o.lines) order by o.id limit 50;

-- asked_all_of_other_words(skus: text[]) -> many
select o.id from public.offer o where o.sku in ($1) order by o.id limit 50;
