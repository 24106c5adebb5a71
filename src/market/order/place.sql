-- The viewer's own company, as it stands on an order.
-- place_company() -> one
select c.id, c.name, c.country, c.state, c.currency, c.tax from trade.company c where c.id = viewer_company();

-- place_person() -> one
select p.id, p.name from trade.person p where p.id = viewer_person();

-- place_addresses() -> many
select a.id, a.kind, a.country, a.place, a.main from trade.address a
where a.company_id = viewer_company() order by a.kind, a.id limit 100;

-- place_address(address: address_id) -> one
select a.id, a.kind, a.country, a.place from trade.address a
where a.id = $1 and a.company_id = viewer_company();

-- What one supplier quoted, the viewer's company accepted and did not order yet.
-- place_agreed(seller: company_id, currency: text) -> many
select q.id, q.offer_id, q.quoted, q.currency, q.price_micro from trade.quote q
where q.buyer_id = viewer_company() and q.seller_id = $1 and q.state = @quote_state.accepted
	and q.order_id is null and q.currency = $2
order by q.id desc limit 200;

-- The order that took a quote's price: one takes it.
-- place_ordered(quote: quote_id, order: order_id) -> exec
update trade.quote set order_id = $2
where id = $1 and state = @quote_state.accepted and order_id is null;
