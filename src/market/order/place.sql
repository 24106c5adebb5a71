-- The viewer's own company, as it stands on an order.
-- place_company() -> one
select c.id, c.name, c.country, c.state, c.currency, c.tax from trade.company c where c.id = viewer_company();

-- place_person() -> one
select p.id, p.name from trade.person p where p.id = viewer_person();

-- place_addresses() -> many
select a.id, a.kind, a.country, a.place, a.main from trade.address a
where a.company_id = viewer_company() order by a.kind, a.id limit 100;

-- place_address(address: address_id) -> one
select a.id, a.kind, a.country, a.place from trade.address a
where a.id = $1 and a.company_id = viewer_company();
