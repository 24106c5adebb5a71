-- The oldest version that asks something of people and is not told to its end.
-- told_due() -> many
select v.number, v.class, v.effective_at, r.id as round_id, r.after_person
from public.policy_version v left join upkeep.policy_round r on r.number = v.number
where v.number > 1 and v.class > @version_class.editorial and r.ended_at is null
order by v.number limit 1;

-- told_round_add(id: policy_round_id, number: int, after: person_id) -> exec
insert into upkeep.policy_round (id, number, after_person) values ($1, $2, $3);

-- told_round_on(number: int, after: person_id, ended: time?) -> exec
update upkeep.policy_round set after_person = $2, ended_at = $3 where number = $1;

-- told_people(after: person_id) -> many
select p.id, p.state, p.created_at from upkeep.person p where p.id > $1 order by p.id limit 200;

-- Who acts for a company.
-- told_members(company: company_id) -> many
select m.person_id from upkeep.membership m where m.company_id = $1 limit 1000;

-- Uses of this person that this version stopped.
-- told_waits(person: person_id, number: int) -> many
select w.id, w.purpose from upkeep.policy_wait w where w.person_id = $1 and w.number = $2 limit 63;

-- told_add(id: policy_notice_id, person: person_id, number: int, class: version_class, about: text, at: time) -> exec
insert into upkeep.policy_notice (id, person_id, number, class, about, told_at)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing;

-- What the viewer was told since they last looked: the newest first.
-- told_mine() -> many
select n.number, n.class, n.about from account.policy_notice n
where n.person_id = viewer_person() order by n.number desc limit 100;

-- The newest thing that somebody was told, for the line on every page.
-- told_newest() -> many
select n.number, n.class from account.policy_notice n
where n.person_id = viewer_person() order by n.number desc limit 1;

-- told_seen() -> many
select s.number from account.policy_seen s where s.person_id = viewer_person() limit 1;

-- Is there a question that this person has not been shown?
-- told_asked(person: person_id, seen: int) -> many
select n.id from signin.policy_notice n
where n.person_id = $1 and n.number > $2 and n.class = @version_class.consent limit 1;

-- told_waiting(person: person_id, seen: int) -> many
select w.id from signin.policy_wait w where w.person_id = $1 and w.number > $2 limit 1;

-- told_seen_by(person: person_id) -> many
select s.number from signin.policy_seen s where s.person_id = $1 limit 1;
