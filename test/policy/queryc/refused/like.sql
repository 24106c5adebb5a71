-- like_a(word: text) -> many
select c.id from public.company c where c.name like $1 order by c.id limit 5;
