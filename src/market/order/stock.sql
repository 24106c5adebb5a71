-- Takes goods out of what is free, or changes nothing when there is not enough, or at other prices
-- than those that the buyer was shown.
-- stock_reserve(offer: offer_id, quantity: int, tiers: text) -> exec
update stock.offer set reserved = reserved + $2
where id = $1 and state = @offer_state.live and tiers = $3 and on_hand - reserved >= $2;

-- stock_release(offer: offer_id, quantity: int) -> exec
update stock.offer set reserved = reserved - $2 where id = $1 and reserved >= $2;

-- stock_commit(offer: offer_id, quantity: int) -> exec
update stock.offer set reserved = reserved - $2, on_hand = on_hand - $2
where id = $1 and reserved >= $2 and on_hand >= $2;

-- stock_number(company: company_id, year: int) -> one
select n.id, n.next from stock.number_series n
where n.company_id = $1 and n.kind = @series_kind.orders and n.year = $2;

-- stock_number_start(id: number_series_id, company: company_id, year: int) -> once
insert into stock.number_series (id, company_id, kind, year, next)
values ($1, $2, @series_kind.orders, $3, 2);

-- stock_number_next(id: number_series_id) -> once
update stock.number_series set next = next + 1 where id = $1;
