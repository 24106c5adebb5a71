-- union_a() -> many
select o.id, o.state as x from trade.orders o union all select o.id, o.placed_at from trade.orders o order by id limit 5;
