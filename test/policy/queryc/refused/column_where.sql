-- column_where_a(secret: int) -> many
select o.id from trade.orders o
where o.secret = $1 order by o.id limit 5;
