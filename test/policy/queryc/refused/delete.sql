-- delete_a(order: order_id) -> exec
delete from trade.orders where id = $1;
-- delete_b() -> exec
delete from account.person;
