-- What the viewer's company asked for, the newest first: which requests says its list (asked.sql).
-- plan: sorts one page
-- quote_asked(quotes: quote_id[]) -> many
select q.id, q.state, q.title, q.sku, q.unit, q.quantity, q.currency, q.wish_micro, q.quoted,
	q.price_micro, q.valid_until, q.asked_at, q.seller_id as other_id, c.name as other_name
from trade.quote q join public.company c on c.id = q.seller_id
where q.id in ($1)
order by q.id desc limit 50;

-- What others asked the viewer's company, the newest first, before a given one.
-- quote_received(before: quote_id) -> many
select q.id, q.state, q.title, q.sku, q.unit, q.quantity, q.currency, q.wish_micro, q.quoted,
	q.price_micro, q.valid_until, q.asked_at, q.buyer_id as other_id, c.name as other_name
from trade.quote q join public.company c on c.id = q.buyer_id
where q.seller_id = viewer_company() and q.id < $1
order by q.id desc limit 50;

-- The same in one state.
-- quote_received_in(state: quote_state, before: quote_id) -> many
select q.id, q.state, q.title, q.sku, q.unit, q.quantity, q.currency, q.wish_micro, q.quoted,
	q.price_micro, q.valid_until, q.asked_at, q.buyer_id as other_id, c.name as other_name
from trade.quote q join public.company c on c.id = q.buyer_id
where q.seller_id = viewer_company() and q.state = $1 and q.id < $2
order by q.id desc limit 50;

-- One request, as far as the viewer's company is a party to it.
-- quote_by_id(quote: quote_id) -> one
select q.id, q.state, q.buyer_id, q.seller_id, b.name as buyer_name, s.name as seller_name,
	q.offer_id, q.product_id, q.sku, q.title, q.unit, q.quantity, q.currency, q.wish_micro,
	q.ship_country, q.needed_by, q.words, q.quoted, q.price_micro, q.lead_days, q.valid_until,
	q.asked_at, q.quoted_at, q.closed_at, q.due_at, q.order_id
from trade.quote q join public.company b on b.id = q.buyer_id join public.company s on s.id = q.seller_id
where q.id = $1;

-- quote_events(quote: quote_id) -> many
select e.id, e.event, e.from_state, e.to_state, e.company_id, c.name as company_name, e.currency,
	e.quantity, e.price_micro, e.lead_days, e.valid_until, e.words, e.at
from trade.quote_event e left join public.company c on c.id = e.company_id
where e.quote_id = $1
order by e.id limit 500;

-- What is asked of an offer before its supplier is asked.
-- quote_offer(offer: offer_id) -> one
select o.id, o.company_id, c.name as seller_name, o.product_id, o.sku, o.currency, o.unit,
	o.min_quantity, o.price_micro
from public.offer o join public.company c on c.id = o.company_id
where o.id = $1;

-- And of what it offers, which may lie with another company.
-- quote_product(product: product_id) -> one
select p.id, p.title from public.product p where p.id = $1;

-- The viewer's own company.
-- quote_own() -> one
select c.id, c.country, c.state from trade.company c where c.id = viewer_company();

-- quote_add(quote: quote_id, buyer: company_id, seller: company_id, asked_by: person_id, offer: offer_id, product: product_id, sku: text, title: text, unit: unit, quantity: int, currency: text, wish: price?, ship_country: text, needed_by: time?, words: sealed(quote.words, row quote, key quote), at: time, due_at: time) -> exec
insert into trade.quote (id, buyer_id, seller_id, asked_by, offer_id, product_id, sku, title, unit, state,
	quantity, currency, wish_micro, ship_country, needed_by, words, asked_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, @quote_state.asked, $10, $11, $12, $13, $14, $15, $16, $17);

-- quote_event_add(event_id: quote_event_id, quote: quote_id, buyer: company_id, seller: company_id, event: quote_happening, from_state: quote_state?, to_state: quote_state, company: company_id, person: person_id, currency: text, quantity: int?, price: price?, lead: int?, valid_until: time?, words: sealed(quote_event.words, row event_id, key quote), at: time) -> exec
insert into trade.quote_event (id, quote_id, buyer_id, seller_id, event, from_state, to_state, company_id,
	person_id, currency, quantity, price_micro, lead_days, valid_until, words, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16);

-- Moves a request on, if it still stands where the caller saw it.
-- quote_move(quote: quote_id, from: quote_state, to: quote_state, due_at: time?, closed_at: time?) -> exec
update trade.quote set state = $3, due_at = $4, closed_at = $5 where id = $1 and state = $2;

-- The terms of the last quote.
-- quote_terms(quote: quote_id, quantity: int, price: price, lead: int, valid_until: time, at: time) -> exec
update trade.quote set quoted = $2, price_micro = $3, lead_days = $4, valid_until = $5, quoted_at = $6
where id = $1;
