-- expression_a() -> one
select count(*) from trade.orders o;
-- expression_b() -> one
select count(*) as n from trade.orders o;
-- expression_c() -> one
select count(*) as "n: integer" from trade.orders o;
-- expression_d() -> one
select o.id, count(*) as "n: int" from trade.orders o;
