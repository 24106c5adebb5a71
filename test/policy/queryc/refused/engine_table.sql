-- engine_table_a() -> many
select s.name from sqlite_master s order by s.name limit 5;
