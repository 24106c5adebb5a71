-- The first categories, for the line under a page's header.
-- frame_categories() -> many, lag
select c.id, c.name from public.category c
where c.parent_id is null and c.hidden = 0 order by c.position, c.id limit 8;
