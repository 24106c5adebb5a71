-- The viewer company's offers, newest first: all, or those in one state. Titles and part numbers of products that others
-- keep come from card_list.
-- offer_own(before: offer_id) -> many
select o.id, o.product_id, s.title, s.part_number,
	o.sku, o.state, o.reason, o.currency, o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,
	o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from, o.created_at, o.state_at
from selling.offer o
left join selling.product s on s.id = o.product_id
where o.company_id = viewer_company() and o.id < $1
order by o.id desc limit 50;

-- Those whose numbers begin so.
-- offer_own_sku(from: text, behind: text) -> many
select o.id, o.product_id, s.title, s.part_number,
	o.sku, o.state, o.reason, o.currency, o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,
	o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from, o.created_at, o.state_at
from selling.offer o
left join selling.product s on s.id = o.product_id
where o.company_id = viewer_company() and o.sku >= $1 and o.sku < $2
order by o.sku limit 50;

-- offer_own_in(state: offer_state, before: offer_id) -> many
select o.id, o.product_id, s.title, s.part_number,
	o.sku, o.state, o.reason, o.currency, o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,
	o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from, o.created_at, o.state_at
from selling.offer o
left join selling.product s on s.id = o.product_id
where o.company_id = viewer_company() and o.state = $1 and o.id < $2
order by o.id desc limit 50;

-- offer_by_id(offer: offer_id) -> one
select o.id, o.product_id, s.title, s.part_number,
	o.sku, o.state, o.reason, o.currency, o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity, o.lead_days,
	o.on_hand, o.reserved, o.incoterm, o.incoterm_place, o.ships_from, o.created_at, o.state_at
from selling.offer o
left join selling.product s on s.id = o.product_id
where o.id = $1;

-- Whether the company has this number of its own already.
-- offer_by_sku(sku: text) -> one
select o.id from selling.offer o where o.company_id = viewer_company() and o.sku = $1;

-- offer_add(id: offer_id, company: company_id, product: product_id, sku: text, state: offer_state, currency: text, unit: unit, tiers: text, price: price, min: int, step: int, lead: int, on_hand: int, incoterm: incoterm?, place: text?, ships_from: text?, at: time, changed: int) -> exec
insert into selling.offer (id, company_id, product_id, sku, state, currency, unit, tiers, price_micro, min_quantity,
	step_quantity, lead_days, on_hand, reserved, incoterm, incoterm_place, ships_from, created_at, state_at, changed)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15, $16, $17, $17, $18);

-- The digest of the imported row is dropped: it is no longer what was imported. Stock never falls
-- below what is reserved.
-- offer_edit(offer: offer_id, sku: text, currency: text, unit: unit, tiers: text, price: price, min: int, step: int, lead: int, on_hand: int, incoterm: incoterm?, place: text?, ships_from: text?, changed: int) -> exec
update selling.offer set sku = $2, currency = $3, unit = $4, tiers = $5, price_micro = $6, min_quantity = $7,
	step_quantity = $8, lead_days = $9, on_hand = $10, incoterm = $11, incoterm_place = $12, ships_from = $13,
	changed = $14, digest = null
where id = $1 and reserved <= $10;

-- offer_move(offer: offer_id, from_state: offer_state, to_state: offer_state, at: time, changed: int) -> exec
update selling.offer set state = $3, reason = null, state_at = $4, changed = $5 where id = $1 and state = $2;

-- Offers of one supplier, newest first, as everyone sees them.
-- offer_of_company(company: company_id, before: offer_id) -> many, lag
select o.id, o.product_id, p.title as "title: text!", p.manufacturer as "manufacturer: text!", p.part_number as "part_number: text!",
	o.sku, o.currency, o.unit, o.price_micro, o.min_quantity, o.lead_days, o.on_hand - o.reserved as "free: int!"
from public.offer o left join public.product p on p.id = o.product_id and p.company_id = o.company_id
where o.company_id = $1 and o.id < $2
order by o.id desc limit 50;

-- offer_seller(company: company_id) -> one, lag
select c.id, c.name, c.country, c.about from public.company c
where c.id = $1 and c.state = @company_state.active;

-- What everyone may see of one offer.
-- offer_public(offer: offer_id) -> one
select o.id, o.product_id, o.company_id, o.sku, o.currency, o.unit, o.tiers, o.price_micro, o.min_quantity, o.step_quantity,
	o.lead_days, o.on_hand - o.reserved as "free: int!", o.incoterm, o.incoterm_place, o.ships_from
from public.offer o where o.id = $1;
