-- The session of a cookie. Its secret is compared in C, in constant time.
-- session_by_id(session: session_id) -> one
select s.id, s.secret_digest, s.person_id, s.company_id, s.roles, s.seen_at, s.ends_at, s.wrote
from signin.session s where s.id = $1;

-- A visitor's.
-- session_add(session: session_id, digest: blob, roles: int, now: time, ends: time) -> exec
insert into signin.session (id, secret_digest, roles, made_at, seen_at, ends_at)
values ($1, $2, $3, $4, $4, $5);

-- A member's.
-- session_add_member(session: session_id, digest: blob, person: person_id, company: company_id?, roles: int, now: time, ends: time, device: sealed(session.device, row session, key person)) -> exec
insert into signin.session (id, secret_digest, person_id, company_id, roles, made_at, seen_at, ends_at, device)
values ($1, $2, $3, $4, $5, $6, $6, $7, $8);

-- session_touch(session: session_id, now: time) -> exec
update signin.session set seen_at = $2 where id = $1;

-- session_drop(session: session_id) -> exec
delete from signin.session where id = $1;

-- Signs somebody out everywhere.
-- session_drop_person(person: person_id) -> exec
delete from signin.session where person_id = $1;

-- What a person sees of their own sessions, the latest used first.
-- session_mine() -> many
select s.id, s.device, s.made_at, s.seen_at
from account.session s order by s.seen_at desc, s.id desc limit 100;

-- Ends one session of one's own.
-- session_mine_drop(session: session_id) -> exec
delete from account.session where id = $1;

-- What is over. Visitors' sessions end two weeks after their beginning, members' after half a day.
-- session_sweep(now: time) -> exec
delete from upkeep.session where id in (select s.id from upkeep.session s where s.ends_at < $1);
