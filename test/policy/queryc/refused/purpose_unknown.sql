-- purpose_unknown_a() -> many
select o.id from trading.orders o order by o.id limit 5;
