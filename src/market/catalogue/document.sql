-- A data sheet or manual that everyone may have.
-- document_public(document: document_id) -> one
select d.id, d.title, d.file, d.media_type from public.document d where d.id = $1;

-- document_file_used(file: text) -> one
select d.id from upkeep.document d where d.file = $1 order by d.id limit 1;
