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

-- token_overdue(now: time) -> many
select t.id from upkeep.one_time_token t where t.expires_at < $1 order by t.expires_at limit 200;

-- token_overdue_remove(id: one_time_token_id) -> exec
delete from upkeep.one_time_token where id = $1;

-- token_ended(now: time) -> many
select t.id from upkeep.api_token t where t.expires_at is not null and t.expires_at < $1 order by t.expires_at limit 200;

-- token_ended_remove(token: api_token_id) -> exec
delete from upkeep.api_token where id = $1;

-- token_tries_old(before: time) -> many
select t.id from upkeep.throttle t where t.began_at < $1 order by t.began_at limit 200;

-- token_tries_remove(id: throttle_id) -> exec
delete from upkeep.throttle where id = $1;
