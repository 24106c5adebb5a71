-- The viewer's keys to the desk's API.
-- staff_key_list() -> many
select k.id, k.label, k.roles, k.created_at, k.expires_at
from desk.staff_key k where k.person_id = viewer_person() order by k.id desc limit 50;

-- staff_key_add(staff_key: staff_key_id, person: person_id, digest: blob, label: sealed(staff_key.label, row staff_key, key person), roles: int, at: time, until: time) -> exec
insert into desk.staff_key (id, person_id, digest, label, roles, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- staff_key_remove(staff_key: staff_key_id) -> exec
delete from desk.staff_key where id = $1;
