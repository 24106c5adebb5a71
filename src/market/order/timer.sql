-- Orders whose time has come, the longest due first.
-- timer_due(now: time) -> many
select o.id, o.number, o.buyer_id, o.seller_id, o.state, o.paid_at, o.due_at from upkeep.orders o
where o.due_at <= $1 order by o.due_at, o.id limit 50;

-- timer_lines(order: order_id) -> many
select l.id, l.offer_id, l.reserved from upkeep.order_line l
where l.order_id = $1 order by l.line_no limit 200;

-- timer_move(order: order_id, from: order_state, to: order_state, due_at: time?) -> exec
update upkeep.orders set state = $3, due_at = $4 where id = $1 and state = $2;

-- timer_bought(buyer: company_id, order: order_id, state: order_state) -> once
update upkeep.bought set state = $3 where buyer_id = $1 and order_id = $2;

-- timer_delivered(order: order_id, at: time) -> exec
update upkeep.orders set delivered_at = $2 where id = $1;

-- timer_closed(order: order_id, at: time) -> exec
update upkeep.orders set closed_at = $2 where id = $1;

-- timer_free(line: order_line_id) -> exec
update upkeep.order_line set reserved = 0 where id = $1;

-- timer_event(event_id: order_event_id, order: order_id, buyer: company_id, seller: company_id, event: order_happening, from_state: order_state, to_state: order_state, at: time) -> exec
insert into upkeep.order_event (id, order_id, buyer_id, seller_id, event, from_state, to_state, at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- Baskets that nobody came back to.
-- timer_baskets(before: time) -> many
select b.id from upkeep.basket_line b where b.added_at < $1 order by b.added_at, b.id limit 200;

-- timer_basket_remove(line: basket_line_id) -> exec
delete from upkeep.basket_line where id = $1;
