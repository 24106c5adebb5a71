-- What somebody writes beside a step of an order, a reason or a remark, is sealed under the order's
-- key: people write whatever they like. What was kept in clear before is dropped, since it can only
-- be sealed by the program, and nothing rests on it.
alter table r_order_event drop column detail;
alter table r_order_event add column words blob null;
