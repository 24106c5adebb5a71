-- unended_a() -> many
select o.id from trade.orders o order by o.id limit 5
