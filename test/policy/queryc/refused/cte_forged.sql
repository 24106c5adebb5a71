-- cte_forged_a() -> many
with "trade.orders" as (select o.id as id from trade.orders o) select id from "trade.orders" order by id limit 5;
