-- The desk finds orders by their numbers, whoever sold, and companies by how their names begin.
create index r_orders_any_number on r_orders (number, id);
create index r_company_name_lower on r_company (lower(name), id);
