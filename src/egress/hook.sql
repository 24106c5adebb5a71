-- Who was given a person's data so far.
-- hook_recipients(person: person_id) -> many
-- plan: what is distinct is sought in one person's rows alone
select distinct d.recipient from disclosing.disclosure d where d.person_id = $1 order by d.recipient limit 100;

-- Is somebody to be told of this already, in this way?
-- hook_pending(person: person_id, recipient: text, event: hook_event, state: hook_state) -> one
select count(*) as "n: int!" from disclosing.hook h
where h.person_id = $1 and h.recipient = $2 and h.event = $3 and h.state = $4;

-- hook_add(id: hook_id, recipient: text, event: hook_event, person: person_id?, about: int, state: hook_state, at: time) -> exec
insert into disclosing.hook (id, recipient, event, person_id, about_id, state, tries, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, 0, $7, $7);

-- hook_target(recipient: text) -> one
select t.id, t.url, t.inward, t.secret from disclosing.hook_target t where t.recipient = $1;

-- hook_due(now: time) -> many
select h.id, h.recipient, h.event, h.person_id, h.agent_id, h.about_id, h.tries from disclosing.hook h
where h.state = @hook_state.waiting and h.due_at <= $1 order by h.due_at, h.id limit 50;

-- hook_done(hook: hook_id, at: time) -> exec
update disclosing.hook set state = @hook_state.sent, done_at = $2, trouble = null where id = $1 and state = @hook_state.waiting;

-- hook_again(hook: hook_id, state: hook_state, tries: int, due_at: time, trouble: text) -> exec
update disclosing.hook set state = $2, tries = $3, due_at = $4, trouble = $5 where id = $1 and state = @hook_state.waiting;

-- hook_status(id: hook_id, agent: agent_id, about: int, at: time) -> exec
insert into intake.hook (id, recipient, event, agent_id, about_id, state, tries, due_at, created_at)
values ($1, 'agents', @hook_event.status, $2, $3, @hook_state.waiting, 0, $4, $4);

-- Whom to tell is found by the job: by somebody who may not see who was given what.
-- hook_later(id: hook_id, person: person_id, about: int, at: time) -> exec
insert into signin.hook (id, recipient, event, person_id, about_id, state, tries, due_at, created_at)
values ($1, '', @hook_event.rectified, $2, $3, @hook_state.waiting, 0, $4, $4);
