-- null_equal_a() -> many
select o.id from trade.orders o where o.po_number = null order by o.id limit 5;
