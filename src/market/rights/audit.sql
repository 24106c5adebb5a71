-- An account by its exact address: that it is there, nothing of it.
-- audit_person_find(email: blind(person.email.email)) -> one
select p.id, p.state, p.created_at from desk.person p where p.email_blind = $1;

-- audit_person_known(person: person_id) -> one
select p.id, p.state, p.created_at from desk.person p where p.id = $1;

-- The reason, before anything is shown.
-- audit_look(id: read_event_id, staff: person_id, subject: person_id, at: time, content: sealed(read_event.content, row id, key staff), commitment: blob) -> exec
insert into support.read_event (id, staff_id, subject_id, at, open, content, commitment) values ($1, $2, $3, $4, 1, $5, $6);

-- What a reason opened.
-- audit_person(person: person_id) -> one
select p.id, p.state, p.name, p.email, p.phone, p.work, p.locale, p.created_at, p.closed_at from support.person p where p.id = $1;

-- Looks that are still open since before `at`.
-- audit_stale(at: time) -> many
select e.id from audit.read_event e where e.open = 1 and e.at < $1 order by e.at, e.id limit 500;

-- audit_close(event: read_event_id) -> exec
update audit.read_event set open = 0 where id = $1 and open = 1;

-- Each member of staff by day: how many looks, at how many people, how many of them by night.
-- audit_staff(from: time, until: time) -> many
-- plan: a week of looks by their time; a report, not a page that everybody asks for
select e.staff_id, e.at / 86400000000 as "day: int!", count(*) as "looks: int!",
	count(distinct e.subject_id) as "people: int!",
	sum(case when e.at / 3600000000 % 24 < 6 or e.at / 3600000000 % 24 >= 22 then 1 else 0 end) as "night: int!"
from audit.read_event e where e.at >= $1 and e.at < $2
group by e.staff_id, e.at / 86400000000 order by people desc, e.staff_id limit 200;

-- audit_name(person: person_id) -> one
select p.id, p.name from audit.person p where p.id = $1;

-- One person's looks in a time, newest first, with their reasons.
-- audit_events(staff: person_id, from: time, until: time) -> many
-- plan: one day of one member of the staff
select e.id, e.subject_id, e.at, e.content from audit.read_event e
where e.staff_id = $1 and e.at >= $2 and e.at < $3 order by e.at desc, e.id desc limit 500;

-- Looks at what goes away by order, and at the orders themselves, newest first.
-- audit_orders(from: time, until: time) -> many
select e.id, e.handover_id, e.staff_id, e.event, e.at from audit.handover_event e
where e.staff_id is not null and e.at >= $1 and e.at < $2
	and e.event in (@handover_happening.look, @handover_happening.fetch, @handover_happening.read)
order by e.at desc, e.id desc limit 200;

-- audit_counts(from: time, until: time) -> many
-- plan: a week of hourly sums by their hour; a report
select c.purpose, c.role, c.tab, c.col, sum(c.calls) as "calls: int!", sum(c.rows_read) as "seen: int!"
from audit.read_count c where c.hour >= $1 and c.hour < $2
group by c.purpose, c.role, c.tab, c.col order by seen desc, c.purpose, c.role, c.tab, c.col limit 500;

-- audit_count_more(hour: time, purpose: text, role: text, tab: text, col: text, calls: int, seen: int) -> exec
update audit.read_count set calls = calls + $6, rows_read = rows_read + $7
where hour = $1 and purpose = $2 and role = $3 and tab = $4 and col = $5;

-- audit_count_new(id: read_count_id, hour: time, purpose: text, role: text, tab: text, col: text, calls: int, seen: int) -> exec
insert into audit.read_count (id, hour, purpose, role, tab, col, calls, rows_read) values ($1, $2, $3, $4, $5, $6, $7, $8);

-- audit_count_old(before: time) -> many
select c.id from audit.read_count c where c.hour < $1 order by c.hour, c.purpose, c.role, c.tab, c.col limit 500;

-- audit_count_drop(id: read_count_id) -> exec
delete from audit.read_count where id = $1;
