-- Who was given the viewer's data, newest first.
-- disclosed_own(before: disclosure_id) -> many
select d.id, d.recipient, d.purpose, d.kind, d.fields, d.at, d.basis, d.country, d.instrument, d.content
from rights.disclosure d where d.id < $1 order by d.id desc limit 50;

-- The same of one person, for whoever answers a request.
-- disclosed_of(person: person_id, before: disclosure_id) -> many
select d.id, d.recipient, d.purpose, d.kind, d.fields, d.at, d.basis, d.country, d.instrument, d.content
from casework.disclosure d where d.person_id = $1 and d.id < $2 order by d.id desc limit 50;

-- When staff of the operator looked at the viewer's data.
-- disclosed_looks() -> many
select e.id, e.at from rights.read_event e order by e.id desc limit 50;

-- Recipients' web hooks on the desk.
-- disclosed_hooks(state: hook_state, before: hook_id) -> many
select h.id, h.recipient, h.event, h.state, h.tries, h.trouble, h.created_at from desk.hook h
where h.state = $1 and h.id < $2 order by h.due_at desc, h.id desc limit 50;

-- disclosed_hook_retry(hook: hook_id, at: time) -> exec
update desk.hook set state = @hook_state.waiting, tries = 0, due_at = $2 where id = $1 and state = @hook_state.dead;

-- disclosed_hook_done(hook: hook_id, at: time) -> exec
update desk.hook set state = @hook_state.sent, done_at = $2 where id = $1 and state = @hook_state.by_hand;

-- disclosed_targets() -> many
-- plan: a handful of recipients
select t.id, t.recipient, t.url, t.inward, t.set_at from desk.hook_target t order by t.recipient limit 200;

-- disclosed_target(recipient: text) -> one
select t.id, t.url, t.inward from desk.hook_target t where t.recipient = $1;

-- disclosed_target_add(id: hook_target_id, recipient: text, url: text, inward: bool, secret: sealed(hook_target.secret, row id, key id), at: time) -> exec
insert into desk.hook_target (id, recipient, url, inward, secret, set_at) values ($1, $2, $3, $4, $5, $6);

-- disclosed_target_set(id: hook_target_id, url: text, inward: bool, secret: sealed(hook_target.secret, row id, key id), at: time) -> exec
update desk.hook_target set url = $2, inward = $3, secret = $4, set_at = $5 where id = $1;

-- What left lately, naming nobody.
-- disclosed_log(before: disclosure_id) -> many
select d.id, d.recipient, d.purpose, d.kind, d.fields, d.at, d.basis, d.country, d.instrument from desk.disclosure d
where d.id < $1 order by d.id desc limit 50;
