-- attach_a() -> exec
attach 'x.db' as y;
-- attach_b() -> exec
vacuum;
