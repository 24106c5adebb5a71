-- collate_a() -> many
select o.id from trade.orders o order by o.po_number collate nocase nulls last limit 5;
