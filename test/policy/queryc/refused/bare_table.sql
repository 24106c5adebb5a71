-- bare_table_a() -> many
select o.id from orders o order by o.id limit 5;
