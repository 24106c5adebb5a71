-- The company's address book.
-- address_list() -> many
select a.id, a.kind, a.country, a.place, a.main
from account.address a where a.company_id = viewer_company() order by a.kind, a.id limit 200;

-- address_by_id(address: address_id) -> one
select a.id, a.kind, a.country, a.place, a.main from account.address a where a.id = $1;

-- address_count() -> one
select count(*) as "n: int!" from account.address a where a.company_id = viewer_company();

-- address_add(address: address_id, company: company_id, kind: address_kind, country: text, place: sealed(address.place, row address, key company), main: bool, at: time) -> exec
insert into account.address (id, company_id, kind, country, place, main, created_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- address_edit(address: address_id, company: company_id, kind: address_kind, country: text, place: sealed(address.place, row address, key company), main: bool) -> exec
update account.address set kind = $3, country = $4, place = $5, main = $6 where id = $1 and company_id = $2;

-- address_main_clear(kind: address_kind, but: address_id) -> exec
update account.address set main = 0
where company_id = viewer_company() and kind = $1 and main = 1 and id <> $2;

-- address_remove(address: address_id) -> exec
delete from account.address where id = $1;
