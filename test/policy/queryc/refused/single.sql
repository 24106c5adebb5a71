-- single_a() -> many
select t.id from signin.token t order by t.id limit 100;
-- single_b(kind: int) -> many
select t.id from signin.token t where t.kind = $1 order by t.id limit 100;
-- single_c(kind: int, digest: blob) -> many
select t.id from signin.token t where t.kind = $1 and t.digest = $2 or t.id > 0 order by t.id limit 100;
