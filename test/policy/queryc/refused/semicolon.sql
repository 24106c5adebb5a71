-- semicolon_a() -> many
select o.id from trade.orders o where o.id in (select 1; select 2) order by o.id limit 5;
