-- The version of the policy that is in force.
-- privacy_newest() -> one, lag
select v.number, v.hash, v.effective_at, v.page_en, v.page_de
from public.policy_version v order by v.number desc limit 1;

-- The same with the facts, to compare the program's policy with.
-- privacy_newest_facts() -> one
select v.number, v.hash, v.facts, v.page_en, v.page_de
from setup.policy_version v order by v.number desc limit 1;

-- privacy_by_number(number: int) -> one, lag
select v.number, v.hash, v.effective_at, v.page_en, v.page_de
from public.policy_version v where v.number = $1;

-- privacy_list() -> many, lag
select v.number, v.hash, v.effective_at, v.class
from public.policy_version v order by v.number desc limit 200;

-- What changed in one version.
-- privacy_of_version(number: int) -> many, lag
select c.path, c.before_text, c.after_text, c.class, c.kind, c.touched, c.about, c.purpose
from public.policy_change c where c.number = $1 order by c.number, c.class, c.id limit 1000;

-- What is told or asked since a version.
-- privacy_changes(after: int) -> many, lag
select c.number, c.path, c.before_text, c.after_text, c.class, c.kind, c.touched, c.about, c.purpose
from public.policy_change c
where c.number > $1 and c.class > @version_class.editorial
order by c.number, c.class, c.id limit 500;

-- The newest version that was in force at a time.
-- privacy_number_at(at: time) -> one, lag
select v.number from public.policy_version v where v.effective_at <= $1 order by v.number desc limit 1;

-- privacy_add(id: policy_version_id, number: int, hash: blob, at: time, class: version_class, facts: text, en: text, de: text) -> exec
insert into setup.policy_version (id, number, hash, effective_at, class, facts, page_en, page_de)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- privacy_change_add(id: policy_change_id, number: int, path: text, before: text, after: text, class: version_class, kind: int, touched: int, about: text, purpose: int) -> exec
insert into setup.policy_change (id, number, path, before_text, after_text, class, kind, touched, about, purpose)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- The same when the operator is named anew on the desk.
-- privacy_said_newest() -> many
select v.number, v.hash, v.facts, v.page_en, v.page_de
from desk.policy_version v order by v.number desc limit 1;

-- privacy_said_add(id: policy_version_id, number: int, hash: blob, at: time, class: version_class, facts: text, en: text, de: text) -> exec
insert into desk.policy_version (id, number, hash, effective_at, class, facts, page_en, page_de)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- privacy_said_change_add(id: policy_change_id, number: int, path: text, before: text, after: text, class: version_class, kind: int, touched: int, about: text, purpose: int) -> exec
insert into desk.policy_change (id, number, path, before_text, after_text, class, kind, touched, about, purpose)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- People who agreed to a purpose, page by page.
-- privacy_agreed(bit: int, after: person_id) -> many
select p.id, p.mask from setup.person p where p.id > $2 and p.mask & $1 <> 0 order by p.id limit 500;

-- privacy_suspend(person: person_id, mask: int) -> exec
update setup.person set mask = $2 where id = $1;

-- privacy_wait_add(id: policy_wait_id, person: person_id, purpose: int, number: int, since: time) -> exec
insert into setup.policy_wait (id, person_id, purpose, number, since)
values ($1, $2, $3, $4, $5) on conflict do nothing;

-- privacy_waits(person: person_id) -> many
select w.purpose, w.number from account.policy_wait w where w.person_id = $1 order by w.purpose limit 63;

-- privacy_person_since(person: person_id) -> one
select p.created_at from account.person p where p.id = $1;

-- privacy_seen(person: person_id) -> one
select s.id, s.number from account.policy_seen s where s.person_id = $1;

-- privacy_seen_add(id: policy_seen_id, person: person_id, number: int, at: time) -> exec
insert into account.policy_seen (id, person_id, number, seen_at) values ($1, $2, $3, $4);

-- privacy_seen_set(person: person_id, number: int, at: time) -> exec
update account.policy_seen set number = $2, seen_at = $3 where person_id = $1 and number < $2;
