-- pragma_a() -> many
pragma table_info(r_orders);
-- pragma_b() -> many
select p.name as "name: text" from pragma_table_info('r_person') p limit 5;
