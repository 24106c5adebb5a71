-- plan: it is small
-- excuse_a(order: order_id) -> one
select o.id from oversight.orders o where o.id = $1;
