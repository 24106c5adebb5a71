-- The viewer's keys to the API, in this company.
-- token_list() -> many
select t.id, t.label, t.roles, t.created_at, t.expires_at
from account.api_token t
where t.person_id = viewer_person() and t.company_id = viewer_company() order by t.id desc limit 50;

-- token_add(token: api_token_id, person: person_id, company: company_id, digest: blob, label: sealed(api_token.label, row token, key person), roles: int, at: time, until: time?) -> exec
insert into account.api_token (id, person_id, company_id, digest, label, roles, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- token_remove(token: api_token_id) -> exec
delete from account.api_token where id = $1;
