-- or_a(company: company_id) -> many
select o.id from oversight.orders o where o.buyer_id = $1 or o.seller_id = $1 limit 5;
