-- The viewer's own erasures, the newest first.
-- erase_mine() -> many
select e.id, e.state, e.asked_at, e.due_at, e.done_at, e.erased, e.anonymised, e.kept, e.held
from rights.erasure e where e.subject_id = viewer_person() order by e.id desc limit 10;

-- erase_add(id: erasure_id, person: person_id, at: time, due: time) -> exec
insert into rights.erasure (id, subject_id, state, asked_at, due_at, done_at, erased, anonymised, kept, held)
values ($1, $2, @erasure_state.waiting, $3, $4, null, 0, 0, 0, 0);

-- erase_state(id: erasure_id, from_state: erasure_state, to_state: erasure_state) -> exec
update rights.erasure set state = $3 where id = $1 and state = $2;

-- erase_done(id: erasure_id, at: time, erased: int, anonymised: int, kept: int, held: int) -> exec
update retention.erasure set state = @erasure_state.done, done_at = $2, erased = erased + $3,
	anonymised = anonymised + $4, kept = kept + $5, held = held + $6
where id = $1;

-- erase_done_self(id: erasure_id, at: time, erased: int, anonymised: int, kept: int, held: int) -> exec
update rights.erasure set state = @erasure_state.done, done_at = $2, erased = erased + $3,
	anonymised = anonymised + $4, kept = kept + $5, held = held + $6
where id = $1;

-- Administrators of the viewer's company.
-- erase_admins() -> many
select m.id, m.person_id, m.roles from account.membership m
where m.company_id = viewer_company() order by m.person_id limit 500;

-- erase_company() -> one
select c.id, c.name, c.state, c.sole_trader from account.company c where c.id = viewer_company();

-- erase_hold() -> many
select h.id, h.reason, h.confirmed_at from rights.legal_hold h
where h.subject_id = viewer_person() and h.state in (@legal_hold_state.active, @legal_hold_state.lifting) order by h.id limit 5;

-- ---- by the clock ----
-- erase_due(now: time) -> many
select e.id, e.subject_id, e.state from retention.erasure e
where e.state = @erasure_state.waiting and e.due_at <= $1 order by e.due_at, e.id limit 5;

-- erase_begun() -> many
select e.id, e.subject_id, e.state from retention.erasure e
where e.state = @erasure_state.running order by e.due_at, e.id limit 5;

-- erase_begin(id: erasure_id) -> exec
update retention.erasure set state = @erasure_state.running where id = $1 and state = @erasure_state.waiting;

-- erase_later(id: erasure_id, due: time) -> exec
update retention.erasure set due_at = $2 where id = $1 and state = @erasure_state.waiting;

-- erase_orders_of(person: person_id) -> many
select o.id from retention.orders o
where o.placed_by = $1 and o.state not in (@order_state.closed, @order_state.cancelled, @order_state.rejected, @order_state.expired)
order by o.id limit 1;

-- erase_close(person: person_id, at: time) -> exec
update retention.person set state = @person_state.closed, closed_at = $2 where id = $1 and closed_at is null;

-- A sole trader's company, which is theirs alone, closes with them.
-- erase_company_close(person: person_id, at: time) -> exec
update retention.company set state = @company_state.closed, closed_at = $2
where created_by = $1 and sole_trader = 1 and closed_at is null;

-- By an officer, for somebody whose guardian asked.
-- erase_add_for(id: erasure_id, person: person_id, at: time) -> exec
insert into retention.erasure (id, subject_id, state, asked_at, due_at, done_at, erased, anonymised, kept, held)
values ($1, $2, @erasure_state.running, $3, $3, null, 0, 0, 0, 0);
