-- A data sheet or manual that everyone may have.
-- document_public(document: document_id) -> one, lag
select d.id, d.title, d.file, d.media_type from public.document d where d.id = $1;

-- Documents of a product that the viewer's company keeps.
-- document_own(product: product_id) -> many
select d.id, d.kind, d.title, d.media_type, d.bytes, d.created_at from selling.document d
where d.product_id = $1 order by d.id limit 20;

-- document_own_one(document: document_id, product: product_id) -> one
select d.id, d.kind, d.title, d.media_type, d.bytes, d.created_at from selling.document d
where d.id = $1 and d.product_id = $2;

-- document_add(id: document_id, company: company_id, product: product_id, kind: document_kind, title: text, file: text, media_type: text, bytes: int, at: time) -> exec
insert into selling.document (id, company_id, product_id, kind, title, file, media_type, bytes, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- document_remove(document: document_id, product: product_id) -> exec
delete from selling.document where id = $1 and product_id = $2;
