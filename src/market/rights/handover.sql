-- ---- whom an order is about ----
-- handover_person(email: blind(person.email.email)) -> one
select p.id, p.state from handing.person p where p.email_blind = $1;

-- handover_company(slug: text) -> one
select c.id, c.name, c.state from handing.company c where c.slug = $1;

-- Everybody, for whoever takes over the business.
-- handover_people(after: person_id) -> many
select p.id from handing.person p where p.id > $1 and p.state = @person_state.active order by p.id limit 200;

-- handover_companies(after: company_id) -> many
select c.id from handing.company c where c.id > $1 and c.state <> @company_state.pending order by c.id limit 200;

-- ---- orders ----
-- handover_add(id: handover_id, at: time, recipient: text, ground: handover_ground, country: text, whole: bool, person: person_id?, tables: text, since: time?, until: time?, valid: time, bound: bool, paper: sealed(handover.paper, row id, key id), document: sealed(handover.document, row id, key id), by: person_id, notice: time) -> exec
insert into handing.handover (id, state, state_at, recipient, ground, country, whole, person_id, company_id,
	consent_id, tables, since_at, until_at, valid_until, bound, paper, document, digest, people, rows_n, bytes_n,
	asked_by, asked_at, approved_by, approved_at, handed_by, handed_at, closed_at, notice_at, told_at)
values ($1, @handover_state.making, $2, $3, $4, $5, $6, $7, null, null, $8, $9, $10, $11, $12, $13, $14, null, 0, 0,
	0, $15, $2, null, null, null, null, null, $16, null);

-- handover_list(before: handover_id) -> many
select h.id, h.state, h.recipient, h.ground, h.tables, h.people, h.rows_n, h.asked_at, h.handed_at, h.paper
from handing.handover h where h.id < $1 order by h.id desc limit 50;

-- handover_one(id: handover_id) -> one
select h.id, h.state, h.state_at, h.recipient, h.ground, h.country, h.whole, h.person_id, h.company_id, h.consent_id,
	h.tables, h.since_at, h.until_at, h.valid_until, h.bound, h.paper, h.digest, h.people, h.rows_n, h.bytes_n,
	h.asked_by, h.asked_at, h.approved_by, h.approved_at, h.handed_by, h.handed_at, h.closed_at, h.notice_at,
	h.told_at
from handing.handover h where h.id = $1;

-- handover_letter(id: handover_id) -> one
select h.id, h.document from handing.handover h where h.id = $1;

-- handover_move(id: handover_id, from_state: handover_state, to_state: handover_state, at: time) -> exec
update handing.handover set state = $3, state_at = $4 where id = $1 and state = $2;

-- handover_made(id: handover_id, digest: text, people: int, lines: int, bytes: int, at: time) -> exec
update handing.handover set state = @handover_state.ready, state_at = $6, digest = $2, people = $3, rows_n = $4,
	bytes_n = $5
where id = $1 and state = @handover_state.making;

-- Another officer than the one who asked.
-- handover_approve(id: handover_id, by: person_id, at: time) -> exec
update handing.handover set state = @handover_state.approved, state_at = $3, approved_by = $2, approved_at = $3
where id = $1 and state = @handover_state.ready and asked_by <> $2;

-- handover_hand(id: handover_id, by: person_id, at: time) -> exec
update handing.handover set state = @handover_state.leaving, state_at = $3, handed_by = $2, handed_at = $3
where id = $1 and state = @handover_state.approved;

-- handover_end(id: handover_id, from_state: handover_state, to_state: handover_state, at: time) -> exec
update handing.handover set state = $3, state_at = $4, closed_at = $4 where id = $1 and state = $2;

-- handover_tell(id: handover_id, person: person_id?, company: company_id?, at: time) -> exec
update handing.handover set person_id = $2, company_id = $3, told_at = $4 where id = $1 and told_at is null;

-- ---- by the clock ----
-- handover_in(state: handover_state, after: handover_id) -> many
select h.id, h.state_at, h.valid_until, h.whole, h.told_at, h.paper from handing.handover h
where h.state = $1 and h.id > $2 order by h.id limit 50;

-- Withdrawn ones whose copy is still there.
-- handover_withdrawn() -> many
select h.id from handing.handover h
where h.state = @handover_state.withdrawn and h.closed_at is null order by h.id limit 50;

-- handover_untold(now: time) -> many
select h.id from handing.handover h
where h.notice_at <= $1 and h.notice_at is not null and h.told_at is null and h.handed_at is not null
order by h.notice_at, h.id limit 50;

-- ---- parts ----
-- handover_part_add(id: handover_part_id, order: handover_id, person: person_id?, subject: subject_key_id, owner: subject_key_id, content: sealed(handover_part.content, row id, key owner), lines: int, bytes: int, is_person: bool, at: time) -> exec
insert into handing.handover_part (id, handover_id, person_id, subject_id, owner_id, content, rows_n, bytes_n,
	is_person, disclosure_id, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null, $10);

-- handover_parts(order: handover_id, after: handover_part_id) -> many
select p.id, p.person_id, p.subject_id, p.rows_n, p.bytes_n, p.is_person, p.disclosure_id
from handing.handover_part p where p.handover_id = $1 and p.id > $2 order by p.id limit 500;

-- handover_part_one(id: handover_part_id) -> one
select p.id, p.content from handing.handover_part p where p.id = $1;

-- handover_unlogged(order: handover_id) -> many
select p.id, p.subject_id, p.is_person from handing.handover_part p
where p.handover_id = $1 and p.disclosure_id is null order by p.id limit 100;

-- handover_part_logged(id: handover_part_id, log: disclosure_id) -> exec
update handing.handover_part set disclosure_id = $2 where id = $1 and disclosure_id is null;

-- handover_part_tell(id: handover_part_id, person: person_id) -> exec
update handing.handover_part set person_id = $2 where id = $1;

-- handover_part_empty(id: handover_part_id, content: sealed(handover_part.content, row id, key owner), owner: subject_key_id) -> exec
update handing.handover_part set content = $2, owner_id = $3 where id = $1;

-- handover_part_drop(id: handover_part_id) -> exec
delete from handing.handover_part where id = $1;

-- Rows of the log name the person when they may know.
-- handover_log_tell(log: disclosure_id, person: person_id) -> exec
update handing.disclosure set person_id = $2 where id = $1 and person_id is null;

-- ---- who did what ----
-- handover_event_add(id: handover_event_id, order: handover_id, staff: person_id?, event: handover_happening, at: time) -> exec
insert into handing.handover_event (id, handover_id, staff_id, event, at) values ($1, $2, $3, $4, $5);

-- handover_events(order: handover_id) -> many
select e.id, e.staff_id, e.event, e.at from handing.handover_event e
where e.handover_id = $1 order by e.id desc limit 100;

-- handover_last(order: handover_id, staff: person_id, event: handover_happening) -> many
select e.id, e.at from handing.handover_event e
where e.handover_id = $1 and e.staff_id = $2 and e.event = $3 order by e.id desc limit 1;

-- ---- the person: what they are asked to agree to, and what was given ----
-- handover_asked() -> many
select h.id, h.state, h.recipient, h.ground, h.country, h.consent_id, h.tables, h.since_at, h.until_at, h.valid_until,
	h.paper, h.asked_at, h.handed_at
from rights.handover h where h.person_id = viewer_person() order by h.id desc limit 50;

-- handover_asked_one(id: handover_id) -> one
select h.id, h.state, h.recipient, h.ground, h.country, h.consent_id, h.tables, h.since_at, h.until_at, h.valid_until,
	h.paper
from rights.handover h where h.id = $1;

-- handover_agree(id: handover_id, consent: consent_event_id) -> exec
update rights.handover set consent_id = $2
where id = $1 and consent_id is null and ground = @handover_ground.consent
	and state in (@handover_state.making, @handover_state.ready, @handover_state.approved);

-- handover_refuse(id: handover_id, at: time) -> exec
update rights.handover set state = @handover_state.withdrawn, state_at = $2, consent_id = null
where id = $1 and ground = @handover_ground.consent
	and state in (@handover_state.making, @handover_state.ready, @handover_state.approved);

-- handover_event_own(id: handover_event_id, order: handover_id, event: handover_happening, at: time) -> exec
insert into rights.handover_event (id, handover_id, staff_id, event, at) values ($1, $2, null, $3, $4);
