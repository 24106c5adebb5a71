-- sort_a(company: company_id) -> many
select o.id from oversight.orders o where o.buyer_id = $1 order by o.total_minor limit 5;
