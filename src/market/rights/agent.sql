-- Whose token is this?
-- agent_by_token(digest: blob) -> one
select t.id, t.agent_id, t.expires_at, a.name, a.verify_key, a.state, a.ends_at
from signin.agent_token t join signin.agent a on a.id = t.agent_id where t.digest = $1;

-- agent_by_name(name: text) -> one
select a.id, a.full_name, a.verify_key, a.state, a.ends_at from signin.agent a where a.name = $1;

-- agent_token_add(id: agent_token_id, agent: agent_id, digest: blob, at: time, expires: time) -> exec
insert into signin.agent_token (id, agent_id, digest, created_at, expires_at) values ($1, $2, $3, $4, $5);

-- Was this message taken before?
-- agent_message(digest: blob) -> one
select m.id from signin.agent_message m where m.digest = $1;

-- agent_message_add(id: agent_message_id, digest: blob, expires: time) -> exec
insert into signin.agent_message (id, digest, expires_at) values ($1, $2, $3);

-- agent_named(agent: agent_id) -> one
select a.id, a.name, a.full_name, a.state, a.ends_at, a.callback_host from claimant.agent a where a.id = $1;

-- ---- the desk ----

-- agent_list(after: text) -> many
select a.id, a.name, a.full_name, a.web_url, a.contact, a.state, a.ends_at, a.callback_host, a.created_at
from casework.agent a where a.name > $1 order by a.name limit 50;

-- agent_one(agent: agent_id) -> one
select a.id, a.name, a.full_name, a.web_url, a.contact, a.state, a.ends_at from casework.agent a where a.id = $1;

-- agent_add(id: agent_id, name: text, title: text, key: blob, web: text, contact: text, ends: time?, at: time, host: text?) -> exec
insert into casework.agent (id, name, full_name, verify_key, web_url, contact, state, ends_at, created_at, callback_host)
values ($1, $2, $3, $4, $5, $6, @agent_state.active, $7, $8, $9);

-- agent_callback_set(name: text, host: text?) -> exec
update casework.agent set callback_host = $2 where name = $1 and state = @agent_state.active;

-- agent_there(name: text) -> one
select a.id, a.state from casework.agent a where a.name = $1;

-- agent_end(agent: agent_id, at: time) -> exec
update casework.agent set state = @agent_state.ended, ends_at = $2 where id = $1 and state = @agent_state.active;

-- Tokens of an agent that was ended open nothing more.
-- agent_tokens_drop(agent: agent_id) -> exec
delete from casework.agent_token where agent_id = $1;
