-- update_a(order: order_id, buyer: company_id) -> exec
update trade.orders set buyer_id = $2 where id = $1;
-- update_b() -> exec
update trade.orders set po_number = 'x';
-- update_c(order: order_id) -> exec
update trade.orders set total_minor = secret where id = $1;
-- update_d(order: order_id) -> exec
update trade.orders set po_number = 'x' from trade.orders x where id = $1;
-- update_e(order: order_id) -> exec
update trade.orders set (po_number, due_at) = (null, null) where id = $1;
-- update_f(order: order_id) -> exec
update marketing.person set email = null where id = $1;
