-- Who was given a person's data so far.
-- hook_recipients(person: person_id) -> many
-- plan: what is distinct is sought in one person's rows alone
select distinct d.recipient from disclosing.disclosure d where d.person_id = $1 order by d.recipient limit 100;

-- hook_add(id: hook_id, recipient: text, event: hook_event, person: person_id?, about: int, state: hook_state, at: time) -> exec
insert into disclosing.hook (id, recipient, event, person_id, about_id, state, tries, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, 0, $7, $7);

-- hook_target(recipient: text) -> one
select t.id, t.url, t.inward, t.secret from disclosing.hook_target t where t.recipient = $1;

-- hook_due(now: time) -> many
select h.id, h.recipient, h.event, h.person_id, h.about_id, h.tries from disclosing.hook h
where h.state = @hook_state.waiting and h.due_at <= $1 order by h.due_at, h.id limit 50;

-- hook_done(hook: hook_id, at: time) -> exec
update disclosing.hook set state = @hook_state.sent, done_at = $2, trouble = null where id = $1 and state = @hook_state.waiting;

-- hook_again(hook: hook_id, state: hook_state, tries: int, due_at: time, trouble: text) -> exec
update disclosing.hook set state = $2, tries = $3, due_at = $4, trouble = $5 where id = $1 and state = @hook_state.waiting;
