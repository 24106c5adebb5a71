-- base_table_a() -> many
select o.id from r_orders o order by o.id limit 5;
-- base_table_b() -> many
select o.id from main.r_orders o order by o.id limit 5;
