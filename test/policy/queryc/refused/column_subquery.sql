-- column_subquery_a() -> many
select o.id from trade.orders o
where exists (select 1 from trade.orders i where i.id = o.id and i.secret = 1) order by o.id limit 5;
