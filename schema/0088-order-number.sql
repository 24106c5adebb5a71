-- One index for both: no number twice with one seller, and the desk's search by number.
drop index r_orders_any_number;
drop index r_orders_number;
create unique index r_orders_number on r_orders (number, seller_id);
