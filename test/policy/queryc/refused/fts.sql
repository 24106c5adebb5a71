-- fts_a(words: text) -> many
select p.rowid as "product: product_id!" from product_fts p where product_fts match $1 order by rank limit 20;
-- purpose: public
-- fts_b() -> many
select p.id as "x: int" from product_fts_data p limit 5;
