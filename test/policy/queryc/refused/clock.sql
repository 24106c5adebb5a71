-- clock_a() -> many
select o.id from trade.orders o where o.placed_at < current_timestamp order by o.id limit 5;
