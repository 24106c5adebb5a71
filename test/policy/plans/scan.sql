-- scan_a(number: text) -> many
select o.id from oversight.orders o where o.total_minor > 100 and o.currency = $1 order by o.id desc limit 5;
