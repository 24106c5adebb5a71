-- hold_list(before: legal_hold_id) -> many
select h.id, h.subject_id, h.state, h.reason, h.proposed_by, h.proposed_at, h.confirmed_at, h.released_at, h.lift_by
from legal.legal_hold h where h.id < $1 order by h.id desc limit 50;

-- hold_one(id: legal_hold_id) -> one
select h.id, h.subject_id, h.state, h.proposed_by, h.lift_by from legal.legal_hold h where h.id = $1;

-- hold_person(email: blind(person.email.email)) -> one
select p.id, p.state from legal.person p where p.email_blind = $1;

-- hold_name(person: person_id) -> one
select p.name, p.email from legal.person p where p.id = $1;

-- hold_add(id: legal_hold_id, subject: person_id, reason: sealed(legal_hold.reason, row id, key id), by: person_id, at: time) -> exec
insert into legal.legal_hold (id, subject_id, state, reason, proposed_by, confirmed_by, released_by, proposed_at, confirmed_at, released_at, lift_by, lift_at)
values ($1, $2, @legal_hold_state.proposed, $3, $4, null, null, $5, null, null, null, null);

-- hold_confirm(id: legal_hold_id, by: person_id, at: time) -> exec
update legal.legal_hold set state = @legal_hold_state.active, confirmed_by = $2, confirmed_at = $3
where id = $1 and state = @legal_hold_state.proposed and proposed_by <> $2;

-- hold_withdraw(id: legal_hold_id, by: person_id, at: time) -> exec
update legal.legal_hold set state = @legal_hold_state.withdrawn, released_by = $2, released_at = $3
where id = $1 and state = @legal_hold_state.proposed;

-- hold_release(id: legal_hold_id, by: person_id, at: time) -> exec
update legal.legal_hold set state = @legal_hold_state.released, released_by = $2, released_at = $3
where id = $1 and state = @legal_hold_state.lifting and lift_by <> $2;

-- Letting go is asked for by one and done by another; meanwhile it holds.
-- hold_lift(id: legal_hold_id, by: person_id, at: time) -> exec
update legal.legal_hold set state = @legal_hold_state.lifting, lift_by = $2, lift_at = $3
where id = $1 and state = @legal_hold_state.active;

-- hold_keep(id: legal_hold_id) -> exec
update legal.legal_hold set state = @legal_hold_state.active, lift_by = null, lift_at = null
where id = $1 and state = @legal_hold_state.lifting;

-- hold_others(subject: person_id) -> many
select h.id from legal.legal_hold h
where h.subject_id = $1 and h.state in (@legal_hold_state.active, @legal_hold_state.lifting) order by h.id limit 2;
