-- A data sheet or manual that everyone may have.
-- document_public(document: document_id) -> one
select d.id, d.title, d.file, d.media_type from public.document d where d.id = $1;
