-- insert_a(person: person_id) -> exec
insert into trade.orders values (1, 2, 3);
-- insert_b(company: company_id) -> exec
insert into account.company (id, name, country) values ($1, 'x');
-- insert_c(company: company_id) -> exec
insert into account.company (id, name, country, founded) values ($1, 'x', 'DE', 1999);
-- insert_d(company: company_id) -> exec
insert into public.company (id, name, country) values ($1, 'x', 'DE');
-- insert_e(person: person_id, company: company_id) -> exec
insert into signin.person (id, company_id, mask, email) select $1, $2, 0, p.email from signin.person p where p.id = 1;
