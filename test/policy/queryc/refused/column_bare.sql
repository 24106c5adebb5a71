-- column_bare_a() -> many
select id, phone from marketing.person order by id limit 5;
