-- What the viewer means to order: a visitor's basket hangs on the session, a member's on person
-- and company. The gate decides whose lines are seen.
-- basket_lines() -> many
select b.id, b.offer_id, b.quantity, b.added_at
from session.basket_line b
order by b.id limit 500;

-- basket_count() -> one
select count(*) as "n: int!" from session.basket_line b;

-- basket_line_of(offer: offer_id) -> one
select b.id, b.quantity from session.basket_line b where b.offer_id = $1;

-- basket_add(id: basket_line_id, session: session_id?, person: person_id?, company: company_id?, offer: offer_id, quantity: int, at: time) -> exec
insert into session.basket_line (id, session_id, person_id, company_id, offer_id, quantity, added_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- basket_set(line: basket_line_id, quantity: int, at: time) -> exec
update session.basket_line set quantity = $2, added_at = $3 where id = $1;

-- basket_remove(line: basket_line_id) -> exec
delete from session.basket_line where id = $1;
