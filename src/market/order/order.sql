-- Orders of the viewer's company as a buyer, the newest first: which ones says its list (bought.sql).
-- plan: sorts one page
-- order_bought(orders: order_id[]) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, o.promised_at,
	o.paid_at, o.seller_id as other_id, c.name as other_name, o.po_number
from trade.orders o join public.company c on c.id = o.seller_id
where o.id in ($1)
order by o.id desc limit 50;

-- The newest orders at the viewer's company as a supplier, before a given one.
-- order_sold(before: order_id) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, o.promised_at,
	o.paid_at, o.buyer_id as other_id, c.name as other_name, o.po_number
from trade.orders o join public.company c on c.id = o.buyer_id
where o.seller_id = viewer_company() and o.id < $1
order by o.id desc limit 50;

-- The same in one state.
-- order_sold_in(state: order_state, before: order_id) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, o.promised_at,
	o.paid_at, o.buyer_id as other_id, c.name as other_name, o.po_number
from trade.orders o join public.company c on c.id = o.buyer_id
where o.seller_id = viewer_company() and o.state = $1 and o.id < $2
order by o.id desc limit 50;

-- The same by their suppliers, for those of one number.
-- plan: sorts one page
-- order_bought_numbered(orders: order_id[]) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, o.promised_at,
	o.paid_at, o.seller_id as other_id, c.name as other_name, o.po_number
from trade.orders o join public.company c on c.id = o.seller_id
where o.id in ($1)
order by o.seller_id, o.id limit 50;

-- What the viewer's company sold under this number.
-- order_sold_numbered(number: text) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, o.promised_at,
	o.paid_at, o.buyer_id as other_id, c.name as other_name, o.po_number
from trade.orders o join public.company c on c.id = o.buyer_id
where o.number = $1 and o.seller_id = viewer_company()
order by o.seller_id limit 50;

-- One order, as far as the viewer's company is a party to it.
-- order_by_id(order: order_id) -> one
select o.id, o.number, o.state, o.currency, o.net_minor, o.freight_minor, o.vat_minor, o.total_minor,
	o.vat_scheme, o.vat_millionths, o.lines, o.po_number, o.incoterm, o.incoterm_place, o.payment_days,
	o.ship_country, o.note, o.buyer_id, o.seller_id, o.placed_by,
	b.name as buyer_name, s.name as seller_name, b.country as buyer_country, s.country as seller_country,
	o.placed_at, o.confirmed_at, o.promised_at, o.shipped_at, o.delivered_at, o.paid_at, o.closed_at, o.due_at
from trade.orders o join public.company b on b.id = o.buyer_id join public.company s on s.id = o.seller_id
where o.id = $1;

-- Where it goes: a supplier sees it once there is a contract.
-- order_delivery(order: order_id) -> one
select o.id, o.consignee from delivery.orders o where o.id = $1;

-- Whom the invoice names: the same.
-- order_billing(order: order_id) -> one
select o.id, o.billing from payment.orders o where o.id = $1;

-- order_lines(order: order_id) -> many
select l.id, l.line_no, l.offer_id, l.sku, l.title, l.unit, l.quantity, l.confirmed, l.shipped,
	l.reserved, l.currency, l.unit_micro as unit_price, l.net_minor, l.lead_days
from trade.order_line l
where l.order_id = $1
order by l.line_no limit 200;

-- order_events(order: order_id) -> many
select e.id, e.event, e.from_state, e.to_state, e.company_id, c.name as company_name, e.words, e.at
from trade.order_event e left join public.company c on c.id = e.company_id
where e.order_id = $1
order by e.id limit 500;

-- order_shipments(order: order_id) -> many
select s.id, s.carrier, s.tracking, s.shipped_at
from trade.shipment s
where s.order_id = $1
order by s.id limit 100;

-- order_shipment_lines(order: order_id) -> many
select x.shipment_id, x.line_id, x.quantity
from trade.shipment_line x
where x.order_id = $1
order by x.shipment_id, x.id limit 1000;

-- order_add(order: order_id, number: text, buyer: company_id, seller: company_id, placed_by: person_id, currency: text, net: money, freight: money, vat: money, total: money, vat_scheme: vat_scheme, vat_millionths: int, po_number: text?, incoterm: incoterm?, incoterm_place: text?, payment_days: int, ship_country: text, consignee: sealed(orders.consignee, row order, key order), billing: sealed(orders.billing, row order, key order), note: sealed(orders.note, row order, key order), lines: int, placed_at: time, due_at: time) -> once
insert into trade.orders (id, number, buyer_id, seller_id, placed_by, state, currency, net_minor,
	freight_minor, vat_minor, total_minor, vat_scheme, vat_millionths, po_number, incoterm,
	incoterm_place, payment_days, ship_country, consignee, billing, note, lines, placed_at, due_at)
values ($1, $2, $3, $4, $5, @order_state.placed, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
	$18, $19, $20, $21, $22, $23);

-- order_line_add(line: order_line_id, order: order_id, buyer: company_id, seller: company_id, line_no: int, offer: offer_id, sku: text, title: text, unit: unit, quantity: int, unit_price: price, currency: text, net: money, lead_days: int) -> once
insert into trade.order_line (id, order_id, buyer_id, seller_id, line_no, offer_id, sku, title, unit,
	quantity, confirmed, shipped, reserved, unit_micro, currency, net_minor, lead_days)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, $10, $11, $12, $13, $14);

-- order_event_add(event_id: order_event_id, order: order_id, buyer: company_id, seller: company_id, event: order_happening, from_state: order_state?, to_state: order_state, company: company_id, person: person_id, words: sealed(order_event.words, row event_id, key order), at: time) -> once
insert into trade.order_event (id, order_id, buyer_id, seller_id, event, from_state, to_state, company_id,
	person_id, words, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- Moves an order on, if it still stands where the caller saw it.
-- order_move(order: order_id, from: order_state, to: order_state, due_at: time?) -> exec
update trade.orders set state = $3, due_at = $4 where id = $1 and state = $2;

-- order_confirmed(order: order_id, at: time) -> exec
update trade.orders set confirmed_at = $2 where id = $1;

-- order_promise(order: order_id, promised_at: time?) -> exec
update trade.orders set promised_at = $2 where id = $1;

-- order_shipped(order: order_id, at: time) -> exec
update trade.orders set shipped_at = $2 where id = $1;

-- order_delivered(order: order_id, at: time) -> exec
update trade.orders set delivered_at = $2 where id = $1;

-- order_paid(order: order_id, at: time) -> exec
update trade.orders set paid_at = $2 where id = $1 and paid_at is null;

-- order_closed(order: order_id, at: time) -> exec
update trade.orders set closed_at = $2 where id = $1;

-- order_amounts(order: order_id, net: money, freight: money, vat: money, total: money) -> exec
update trade.orders set net_minor = $2, freight_minor = $3, vat_minor = $4, total_minor = $5 where id = $1;

-- order_line_confirm(line: order_line_id, order: order_id, confirmed: int, reserved: int, net: money) -> exec
update trade.order_line set confirmed = $3, reserved = $4, net_minor = $5 where id = $1 and order_id = $2;

-- order_line_ship(line: order_line_id, order: order_id, quantity: int) -> exec
update trade.order_line set shipped = shipped + $3, reserved = reserved - $3
where id = $1 and order_id = $2 and shipped + $3 <= confirmed;

-- order_line_free(line: order_line_id, order: order_id) -> exec
update trade.order_line set reserved = 0 where id = $1 and order_id = $2;

-- order_shipment_add(shipment: shipment_id, order: order_id, buyer: company_id, seller: company_id, carrier: text, tracking: text?, at: time) -> exec
insert into trade.shipment (id, order_id, buyer_id, seller_id, carrier, tracking, shipped_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- order_shipment_line_add(id: shipment_line_id, shipment: shipment_id, order: order_id, line: order_line_id, buyer: company_id, seller: company_id, quantity: int) -> exec
insert into trade.shipment_line (id, shipment_id, order_id, line_id, buyer_id, seller_id, quantity)
values ($1, $2, $3, $4, $5, $6, $7);

-- How many orders wait for the viewer's company as a supplier (to confirm, to ship).
-- order_waiting(state: order_state) -> one
select count(*) as "n: int!" from trade.orders o
where o.seller_id = viewer_company() and o.state = $1;
