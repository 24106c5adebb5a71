-- returning_a(order: order_id) -> exec
update trade.orders set state = @order_state.confirmed where id = $1 returning secret;
