-- sealed_param_a(person: person_id, other: person_id, email: sealed(person.email, row other, key person)) -> exec
update account.person set email = $3 where id = $1;
-- sealed_param_b(person: person_id, email: sealed(person.phone, row person, key person)) -> exec
update account.person set email = $2 where id = $1;
-- sealed_param_c(person: person_id, email: text) -> exec
update account.person set email = $2 where id = $1;
-- sealed_param_d(person: person_id, email: sealed(person.mail, row person, key person)) -> exec
update account.person set email = $2 where id = $1;
-- sealed_param_e(person: person_id, email: sealed(person.email)) -> exec
update account.person set email = $2 where id = $1;
-- sealed_param_f(person: person_id) -> exec
update account.person set email = phone where id = $1;
-- sealed_param_g(order: order_id, at: time, who: person_id, buyer: company_id, to: sealed(orders.consignee, row order, key who)) -> exec
insert into trade.orders (id, buyer_id, seller_id, state, currency, total_minor, unit_micro, express, placed_at, secret, consignee)
values ($1, $4, $4, 1, 'EUR', 1, 1, 1, $2, 1, $5);
