-- One kind of figures by day, since a day: at most a year of it.
-- desk_days(kind: figure_kind, currency: text, since: int) -> many
select f.day, f.n, f.minor from desk.figure f
where f.kind = $1 and f.currency = $2 and f.day >= $3 order by f.day, f.part limit 400;

-- What stands now: a count for each state.
-- desk_states(kind: figure_kind) -> many
select f.part, f.n from desk.figure f where f.kind = $1 and f.currency = '' and f.day = 0 order by f.part limit 50;

-- Companies in one state, newest first.
-- desk_companies_in(state: company_state, before: company_id) -> many
select c.id, c.name, c.legal_form, c.country, c.state, c.sells, c.buys, c.created_at from desk.company c
where c.state = $1 and c.id < $2 order by c.id desc limit 50;

-- desk_companies(before: company_id) -> many
select c.id, c.name, c.legal_form, c.country, c.state, c.sells, c.buys, c.created_at from desk.company c
where c.id < $1 order by c.id desc limit 50;

-- Companies whose names begin so, in whatever case (ASCII letters).
-- desk_companies_named(from: text, behind: text) -> many
select c.id, c.name, c.legal_form, c.country, c.state, c.sells, c.buys, c.created_at, lower(c.name) as "folded: text!"
from desk.company c where lower(c.name) >= lower($1) and lower(c.name) < lower($2) order by folded, c.id limit 50;

-- desk_company_events(company: company_id) -> many
select e.id, e.event, e.from_state, e.to_state, e.reason, e.at from desk.company_event e
where e.company_id = $1 order by e.id limit 100;

-- Offers by what their suppliers call them, or those of one supplier, or those taken down.
-- desk_offers_sku(sku: text, before: offer_id) -> many
select o.id, o.sku, o.state, o.reason, o.currency, o.price_micro as unit_price, o.on_hand, o.reserved, o.state_at, p.title, c.name
from desk.offer o join desk.product p on p.id = o.product_id join desk.company c on c.id = o.company_id
where o.sku = $1 and o.id < $2 order by o.id desc limit 50;

-- desk_offers_of(company: company_id, before: offer_id) -> many
select o.id, o.sku, o.state, o.reason, o.currency, o.price_micro as unit_price, o.on_hand, o.reserved, o.state_at, p.title, c.name
from desk.offer o join desk.product p on p.id = o.product_id join desk.company c on c.id = o.company_id
where o.company_id = $1 and o.id < $2 order by o.id desc limit 50;

-- desk_offers_taken() -> many
select o.id, o.sku, o.state, o.reason, o.currency, o.price_micro as unit_price, o.on_hand, o.reserved, o.state_at, p.title, c.name
from desk.offer o join desk.product p on p.id = o.product_id join desk.company c on c.id = o.company_id
where o.state = @offer_state.taken_down order by o.state_at desc, o.id desc limit 50;

-- desk_offer(offer: offer_id) -> one
select o.id, o.sku, o.state, o.reason, o.currency, o.price_micro as unit_price, o.on_hand, o.reserved, o.state_at, p.title, c.name
from desk.offer o join desk.product p on p.id = o.product_id join desk.company c on c.id = o.company_id
where o.id = $1;

-- The last change of any offer: the index follows this number.
-- desk_offer_changed() -> one
select max(o.changed) as "changed: int!" from desk.offer o;

-- desk_offer_take_down(offer: offer_id, from: offer_state, reason: text, at: time, changed: int) -> exec
update desk.offer set state = @offer_state.taken_down, reason = $3, state_at = $4, changed = $5 where id = $1 and state = $2;

-- What was taken down comes back paused: its supplier decides when to sell it again.
-- desk_offer_restore(offer: offer_id, at: time, changed: int) -> exec
update desk.offer set state = @offer_state.paused, reason = null, state_at = $2, changed = $3
where id = $1 and state = @offer_state.taken_down;

-- Orders without anything personal, newest first.
-- desk_orders(before: order_id) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, b.name as buyer_name, s.name as seller_name
from oversight.orders o join oversight.company b on b.id = o.buyer_id join oversight.company s on s.id = o.seller_id
where o.id < $1 order by o.id desc limit 50;

-- Orders whose numbers begin so; each supplier numbers its own.
-- desk_orders_numbered(from: text, behind: text) -> many
select o.id, o.number, o.state, o.currency, o.total_minor, o.lines, o.placed_at, b.name as buyer_name, s.name as seller_name
from oversight.orders o join oversight.company b on b.id = o.buyer_id join oversight.company s on s.id = o.seller_id
where o.number >= $1 and o.number < $2 order by o.number, o.seller_id limit 50;

-- desk_order(order: order_id) -> one
select o.id, o.number, o.state, o.currency, o.net_minor, o.freight_minor, o.vat_minor, o.total_minor, o.lines, o.placed_at,
	o.promised_at, o.paid_at, o.buyer_id, o.seller_id, b.name as buyer_name, s.name as seller_name
from oversight.orders o join oversight.company b on b.id = o.buyer_id join oversight.company s on s.id = o.seller_id
where o.id = $1;

-- desk_order_events(order: order_id) -> many
select e.id, e.event, e.to_state, e.at, c.name as company_name
from oversight.order_event e left join oversight.company c on c.id = e.company_id
where e.order_id = $1 order by e.id limit 200;

-- desk_order_lines(order: order_id) -> many
select l.id, l.line_no, l.sku, l.title, l.quantity, l.shipped, l.currency, l.unit_micro as unit_price, l.net_minor
from oversight.order_line l where l.order_id = $1 order by l.line_no limit 200;

-- desk_outbox(state: outbox_state, before: outbox_id) -> many
select x.id, x.kind, x.state, x.tries, x.due_at, x.trouble, x.created_at from desk.outbox x
where x.state = $1 and x.id < $2 order by x.id desc limit 50;

-- desk_outbox_retry(message: outbox_id, at: time) -> exec
update desk.outbox set state = @outbox_state.waiting, due_at = $2, tries = 0 where id = $1 and state = @outbox_state.dead;

-- What every page shows of the operator.
-- desk_settings_all() -> many, lag
select s.name, s.value from public.setting s order by s.name limit 50;

-- desk_setting_set(name: setting_name, value: text, at: time) -> exec
update desk.setting set value = $2, changed_at = $3 where name = $1;

-- desk_setting_add(id: setting_id, name: setting_name, value: text, at: time) -> exec
insert into desk.setting (id, name, value, changed_at) values ($1, $2, $3, $4);
