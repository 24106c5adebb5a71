-- One order, with everything a column can be.
-- good_by_id(order: order_id) -> one
select o.id, o.state, o.currency, o.total_minor, o.unit_micro, o.express, o.placed_at, o.po_number, o.due_at,
	o.hint, o.weight, o.consignee, o.placed_by
from trade.orders o where o.id = $1;

-- The newest orders, with their sellers.
-- good_list(before: order_id) -> many
select o.id, c.name as seller_name, o.total_minor as sum, o.currency as iso
from trade.orders o join public.company c on c.id = o.seller_id
where o.id < $1 and o.state <> @order_state.cancelled order by o.id desc limit 50;

-- What a left join leaves out may be none; so may an expression, unless the text knows better.
-- good_joined(order: order_id, page: int) -> many
select o.id, c.id as seller_id, c.name, max(o.weight, 0) as "heavy: int", count(*) as "n: int!",
	sum(o.total_minor) as "sum: money(currency)", o.currency
from trade.orders o left join public.company c on c.id = o.seller_id
where o.id = $1 group by o.id, c.id, c.name, o.weight, o.currency order by c.name nulls last, o.id limit $2;

-- What everybody may see: a replica may be asked.
-- good_company(company: company_id) -> one, lag
select c.id, c.name from public.company c where c.id = $1;

-- good_email(email: blind(person.email.email)) -> one
select p.id, p.email as "contact: sealed(person.email)" from signin.person p where p.email_blind = $1;

-- good_either(state: order_state) -> many
select o.id, o.due_at as at from trade.orders o where o.state = $1
union all
select q.id, null as at from trade.orders q where q.express = 1 and q.state <> $1
order by id limit 20;

-- good_tree() -> many
with recursive n (i) as (select 1 union all select i + 1 from n where i < 10),
	mine as (select o.id as mine_id, o.state as s from trade.orders o)
select m.mine_id, m.s, n.i as "i: int!" from mine m join n on n.i = m.mine_id order by i limit 10;

-- good_add(order: order_id, buyer: company_id, seller: company_id, currency: text, total: money, unit: price, express: bool,
--	at: time, po: text?, due: time?, to: sealed(orders.consignee, row order, key order)) -> exec
insert into trade.orders (id, buyer_id, seller_id, state, currency, total_minor, unit_micro, express, placed_at, secret,
	po_number, due_at, consignee)
values ($1, $2, $3, @order_state.placed, $4, $5, $6, $7, $8, 7, $9, $10, $11) on conflict (id) do nothing;

-- good_copy(from: order_id, to: order_id, at: time) -> exec
insert into trade.orders (id, buyer_id, seller_id, state, currency, total_minor, unit_micro, express, placed_at, secret)
select $2, o.buyer_id, o.seller_id, @order_state.placed, o.currency, o.total_minor, o.unit_micro, o.express, $3, 0
from trade.orders o where o.id = $1;

-- good_move(order: order_id, from: order_state, to: order_state, hint: colour?) -> exec
update trade.orders set state = $3, hint = $4 where id = $1 and state = $2;

-- good_readdress(order: order_id, to: sealed(orders.consignee, row order, key order)) -> exec
update trade.orders o set consignee = $2 where o.id = $1;

-- good_leave(person: person_id) -> exec
delete from account.person where id = $1;

-- plan: the index is asked, never read through
-- purpose: public
-- good_find(words: text) -> many
select p.rowid as "product: product_id!" from product_fts p where product_fts match $1 order by rank limit 20;

-- One that must be stored: on PostgreSQL it is gathered with others like it.
-- good_once(order: order_id, buyer: company_id, seller: company_id, currency: text, at: time, po: text?) -> once
insert into trade.orders (id, buyer_id, seller_id, state, currency, total_minor, unit_micro, express, placed_at, secret,
	po_number)
values ($1, $2, $3, @order_state.placed, $4, 0, 0, 0, $5, 7, $6);

-- good_some(orders: order_id[], numbers: text[]) -> many
select o.id, o.po_number from trade.orders o where o.id in ($1) or o.po_number in ($2) order by o.id limit 100;
