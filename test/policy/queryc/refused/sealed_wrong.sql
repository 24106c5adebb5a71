-- sealed_wrong_a(person: person_id) -> one
select p.phone as "phone: sealed(person.email)" from account.person p where p.id = $1;
-- sealed_wrong_b(person: person_id) -> one
select p.phone as "phone: text" from account.person p where p.id = $1;
