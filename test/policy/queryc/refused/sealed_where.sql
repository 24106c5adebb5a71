-- sealed_where_a(x: text) -> many
select p.id from account.person p where p.email = $1 order by p.id limit 5;
-- sealed_where_b() -> many
select p.id, length(p.email) as "n: int" from account.person p order by p.id limit 5;
-- sealed_where_c() -> many
select p.id from account.person p order by p.email nulls last limit 5;
-- sealed_where_d() -> many
select p.email from account.person p union all select q.phone from account.person q limit 5;
-- sealed_where_e() -> many
select x.e as "e: blob" from (select p.email as e from account.person p) x limit 5;
