-- Orders by the hundred thousand beside those that the bench placed: each of these :times more, with its
-- lines. Run as the database's owner, on an installation that is thrown away; nothing of it is sealed.
set search_path = base;
create temp table had as select o.id, row_number() over (order by o.id) as place from r_orders o;
create temp table made as select h.id as from_id, h.place * :times + g as id, g
	from had h cross join generate_series(0, :times - 1) g;
create index on made (from_id);
insert into r_orders (id, number, buyer_id, seller_id, state, currency, net_minor, freight_minor, vat_minor, total_minor,
	vat_scheme, vat_millionths, po_number, payment_days, ship_country, lines, placed_at)
select m.id, o.number || '-' || m.g, o.buyer_id, o.seller_id, o.state, o.currency, o.net_minor, o.freight_minor,
	o.vat_minor, o.total_minor, o.vat_scheme, o.vat_millionths, o.po_number, o.payment_days, o.ship_country, o.lines,
	o.placed_at
from made m join r_orders o on o.id = m.from_id;
insert into r_bought (id, order_id, buyer_id, seller_id, number, state)
select m.id, m.id, o.buyer_id, o.seller_id, o.number || '-' || m.g, o.state
from made m join r_orders o on o.id = m.from_id;
insert into r_order_line (id, order_id, buyer_id, seller_id, line_no, offer_id, sku, title, unit, quantity, confirmed,
	shipped, reserved, unit_micro, currency, net_minor, lead_days)
select m.id * 100 + l.line_no, m.id, l.buyer_id, l.seller_id, l.line_no, l.offer_id, l.sku, l.title, l.unit, l.quantity,
	0, 0, 0, l.unit_micro, l.currency, l.net_minor, l.lead_days
from made m join r_order_line l on l.order_id = m.from_id;
vacuum analyze;
select 'orders', count(*), 'of the largest seller', max(n) over () from (select seller_id, count(*) over (partition by
	seller_id) as n from r_orders) x group by n order by n desc limit 1;
