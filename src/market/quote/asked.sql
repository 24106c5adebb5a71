-- The list of what a company asked for, in its own place (doc/scale.md, "Citus"): which requests, and in which
-- state. The requests themselves are asked by their ids (quote.sql).
-- asked_add(asked: asked_id, quote: quote_id, buyer: company_id, seller: company_id) -> once
insert into trade.asked (id, quote_id, buyer_id, seller_id, state) values ($1, $2, $3, $4, @quote_state.asked);

-- With the request, whoever moves it on.
-- asked_move(buyer: company_id, quote: quote_id, state: quote_state) -> once
update trade.asked set state = $3 where buyer_id = $1 and quote_id = $2;

-- The newest of the viewer's company, before a given one.
-- asked_newest(before: quote_id) -> many
select a.quote_id from trade.asked a join public.company c on c.id = a.seller_id
where a.buyer_id = viewer_company() and a.quote_id < $1
order by a.quote_id desc limit 50;

-- The same in one state.
-- asked_in(state: quote_state, before: quote_id) -> many
select a.quote_id from trade.asked a join public.company c on c.id = a.seller_id
where a.buyer_id = viewer_company() and a.state = $1 and a.quote_id < $2
order by a.quote_id desc limit 50;

-- How many of them wait for an answer.
-- asked_open() -> one
select count(*) as "n: int!" from trade.asked a
where a.buyer_id = viewer_company() and a.state = @quote_state.asked;
