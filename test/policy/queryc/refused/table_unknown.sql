-- table_unknown_a() -> many
select o.id from trade.ordres o order by o.id limit 5;
