-- Who gets offers and news: those who agreed, page by page.
-- newsletter_audience(after: person_id) -> many
select p.id, p.name, p.email, p.locale from marketing.person p where p.id > $1 order by p.id limit 100;
