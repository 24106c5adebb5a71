-- or_replace_a(company: company_id, name: text) -> exec
insert or replace into account.company (id, name, country) values ($1, $2, 'DE');
