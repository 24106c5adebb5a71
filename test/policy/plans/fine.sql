-- fine_a(company: company_id, before: order_id) -> many
select o.id from oversight.orders o where o.buyer_id = $1 and o.id < $2 order by o.id desc limit 50;

-- plan: sorted by hand: at most the few of one company and one day
-- fine_b(company: company_id) -> many
select o.id from oversight.orders o where o.buyer_id = $1 order by o.total_minor limit 5;
