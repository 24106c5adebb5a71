-- blind_a(email: text) -> one
select p.id from signin.person p where p.email_blind = $1;
-- blind_b(email: blind(person.email.email)) -> many
select p.id from signin.person p where p.email_blind > $1 order by p.id limit 5;
-- blind_c(person: person_id) -> one
select p.email_blind from signin.person p where p.id = $1;
-- blind_d(email: blind(person.email.name)) -> one
select p.id from signin.person p where p.email_blind = $1;
-- blind_e(email: blind(person.email.mail)) -> one
select p.id from signin.person p where p.email_blind = $1;
-- blind_f(email: blind(person.email.email)) -> one
select $1 as "x: blob" from signin.person p where p.id = 1;
