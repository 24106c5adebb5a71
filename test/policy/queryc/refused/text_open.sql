-- text_open_a() -> many
select o.id from trade.orders o where o.po_number = 'x order by o.id limit 5;
