-- function_a() -> many
select o.id, abs(o.weight) as "w: int" from trade.orders o order by o.id limit 5;
-- function_b() -> many
select load_extension('x') as "w: int" from trade.orders o limit 5;
-- function_c() -> many
select sealed(1, 1, 'x') as "w: blob" from trade.orders o limit 5;
