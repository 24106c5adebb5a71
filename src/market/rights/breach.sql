-- breach_add(id: breach_id, known: time, since: time, until: time, tables: text, key: int?, staff: person_id?, nature: text) -> exec
insert into incident.breach (id, state, found_at, from_at, until_at, tables, key_id, staff_id, people, fields, nature, effects, measures)
values ($1, @breach_state.counting, $2, $3, $4, $5, $6, $7, 0, '', $8, '', '');

-- Breaches whose people are not counted yet.
-- breach_waiting() -> many
select b.id, b.from_at, b.until_at, b.tables, b.key_id, b.staff_id from incident.breach b
where b.state = @breach_state.counting order by b.id limit 20;

-- breach_touches(id: breach_person_id, breach: breach_id, person: person_id) -> exec
insert into incident.breach_person (id, breach_id, person_id) values ($1, $2, $3) on conflict do nothing;

-- breach_counted(breach: breach_id, people: int, fields: text) -> exec
update incident.breach set state = @breach_state.open, people = $2, fields = $3 where id = $1 and state = @breach_state.counting;

-- Whom a member of the staff looked at in a time.
-- breach_seen(staff: person_id, from: time, until: time, after: read_event_id) -> many
-- plan: one member of the staff, for the record of a breach
select e.id, e.subject_id from incident.read_event e
where e.staff_id = $1 and e.at >= $2 and e.at < $3 and e.id > $4 order by e.id limit 1000;

-- breach_list(before: breach_id) -> many
select b.id, b.state, b.found_at, b.tables, b.people, b.nature, b.authority_at, b.people_at from incident.breach b
where b.id < $1 order by b.id desc limit 50;

-- breach_one(breach: breach_id) -> one
select b.id, b.state, b.found_at, b.from_at, b.until_at, b.tables, b.key_id, b.staff_id, b.people, b.fields, b.nature,
	b.effects, b.measures, b.authority_at, b.people_at from incident.breach b where b.id = $1;

-- breach_words(breach: breach_id, nature: text, effects: text, measures: text) -> exec
update incident.breach set nature = $2, effects = $3, measures = $4 where id = $1;

-- breach_authority(breach: breach_id, at: time) -> exec
update incident.breach set authority_at = $2 where id = $1 and authority_at is null and state <> @breach_state.counting;

-- breach_untold(breach: breach_id) -> many
select p.id, p.person_id from incident.breach_person p where p.breach_id = $1 and p.told_at is null order by p.id limit 500;

-- breach_told(id: breach_person_id, at: time) -> exec
update incident.breach_person set told_at = $2 where id = $1 and told_at is null;

-- breach_done(breach: breach_id, at: time) -> exec
update incident.breach set state = @breach_state.told, people_at = $2 where id = $1 and state = @breach_state.open;
