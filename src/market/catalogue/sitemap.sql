-- Where the parts of one kind begin, in their order.
-- sitemap_parts(kind: map_kind, after: int) -> many, lag
select p.first from public.map_part p where p.kind = $1 and p.first > $2 order by p.first limit 1000;

-- The same for the job: the last one, after which it goes on.
-- sitemap_last(kind: map_kind) -> many
select p.first from index.map_part p where p.kind = $1 order by p.first desc limit 1;

-- sitemap_part_add(id: map_part_id, kind: map_kind, first: int, at: time) -> exec
insert into index.map_part (id, kind, first, created_at) values ($1, $2, $3, $4) on conflict do nothing;

-- The product so many behind another.
-- sitemap_product_after(from: product_id, many: int) -> many
select p.id from index.product p where p.id > $1 order by p.id limit 1 offset $2;

-- sitemap_company_after(from: company_id, many: int) -> many
select c.id from index.company c where c.id > $1 order by c.id limit 1 offset $2;

-- What stands in a part: products that somebody sells now. Which ones, and by which offers, says the index of search.
-- sitemap_products(products: product_id[]) -> many, lag
select p.id from public.product p where p.id in ($1) order by p.id limit 1000;

-- sitemap_offers(offers: offer_id[]) -> many, lag
select o.id, o.product_id from public.offer o where o.id in ($1) order by o.id limit 1000;

-- sitemap_suppliers(after: company_id, before: company_id) -> many, lag
select c.id, c.slug from public.company c
where c.id > $1 and c.id < $2 and c.state = @company_state.active and c.sells = 1
order by c.id limit 1000;

-- sitemap_categories(after: category_id) -> many, lag
select c.id from public.category c where c.id > $1 and c.hidden = 0 order by c.id limit 1000;
