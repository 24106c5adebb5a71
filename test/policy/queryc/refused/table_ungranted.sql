-- table_ungranted_a() -> many
select o.id from marketing.orders o order by o.id limit 5;
