-- Does the viewer share what they look at?
-- lead_shares() -> one
select p.id from seller_leads.person p where p.id = viewer_person();

-- Somebody looked again: the old row goes, so that the new one stands on top.
-- lead_again(product: product_id) -> exec
delete from choices.lead where person_id = viewer_person() and product_id = $1;

-- Refused by the check when the person has objected meanwhile.
-- lead_add(id: lead_id, seller: company_id, product: product_id, at: time) -> exec
insert into seller_leads.lead (id, seller_id, product_id, company_id, person_id, at)
values ($1, $2, $3, viewer_company(), viewer_person(), $4) on conflict do nothing;

-- Everything that this person's visits left: they objected.
-- lead_forget(person: person_id) -> exec
delete from choices.lead where person_id = $1;

-- Which companies looked at the viewer's products last. What the products are called is a question of its own:
-- they may lie with other companies (doc/scale.md, "Citus").
-- lead_list(before: lead_id) -> many
select l.id, l.at, l.product_id, '' as "title: text!", '' as "part_number: text!", l.company_id, c.name, c.country
from seller_leads.lead l
join public.company c on c.id = l.company_id
where l.seller_id = viewer_company() and l.id < $1
order by l.id desc limit 50;

-- lead_products(products: product_id[]) -> many
select p.id, p.title, p.part_number from public.product p where p.id in ($1) order by p.id limit 50;

-- What the viewer's own visits left with suppliers.
-- lead_mine() -> many
select l.id, l.at, l.product_id, p.title, l.seller_id, c.name as seller_name
from rights.lead l
join public.product p on p.id = l.product_id
join public.company c on c.id = l.seller_id
where l.person_id = viewer_person()
order by l.id desc limit 200;
