-- The bytes of a picture that everyone may see.
-- picture_public(picture: picture_id) -> one, lag
select f.file from public.picture f where f.id = $1;

-- Pictures of a product that the viewer's company keeps, in their order.
-- picture_own(product: product_id) -> many
select f.id, f.position, f.width, f.height, f.bytes, f.alt from selling.picture f
where f.product_id = $1 order by f.position, f.id limit 12;

-- picture_add(id: picture_id, company: company_id, product: product_id, position: int, file: text, width: int, height: int, bytes: int, alt: text, at: time) -> exec
insert into selling.picture (id, company_id, product_id, position, file, width, height, bytes, alt, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- picture_place(picture: picture_id, product: product_id, position: int) -> exec
update selling.picture set position = $3 where id = $1 and product_id = $2;

-- picture_remove(picture: picture_id, product: product_id) -> exec
delete from selling.picture where id = $1 and product_id = $2;

-- picture_text(picture: picture_id, product: product_id, alt: text) -> exec
update selling.picture set alt = $3 where id = $1 and product_id = $2;
