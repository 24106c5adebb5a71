-- do_update_a(company: company_id, name: text) -> exec
insert into account.company (id, name, country) values ($1, $2, 'DE') on conflict (id) do update set name = $2;
