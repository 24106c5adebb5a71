-- Requests whose time has come, the longest due first.
-- quote_timer_due(now: time) -> many
select q.id, q.buyer_id, q.seller_id, q.state, q.currency, q.valid_until, q.due_at from upkeep.quote q
where q.due_at <= $1 order by q.due_at, q.id limit 50;

-- quote_timer_move(quote: quote_id, from: quote_state, to: quote_state, at: time) -> exec
update upkeep.quote set state = $3, due_at = null, closed_at = $4 where id = $1 and state = $2;

-- quote_timer_asked(buyer: company_id, quote: quote_id, state: quote_state) -> once
update upkeep.asked set state = $3 where buyer_id = $1 and quote_id = $2;

-- quote_timer_event(event_id: quote_event_id, quote: quote_id, buyer: company_id, seller: company_id, event: quote_happening, from_state: quote_state, to_state: quote_state, currency: text, at: time) -> exec
insert into upkeep.quote_event (id, quote_id, buyer_id, seller_id, event, from_state, to_state, currency, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);
