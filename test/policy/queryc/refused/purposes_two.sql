-- purposes_two_a() -> many
select o.id, p.email from trade.orders o join marketing.person p on p.id = o.placed_by order by o.id limit 5;
