-- Agents that are told when the state of a request changed (Data Rights Protocol 1.0, 2.03): at which
-- host, as the operator registered it; which request asked for it; and the messages that wait.
alter table r_agent add column callback_host text null;
alter table r_petition add column calls_back integer null;
alter table r_hook add column agent_id integer null references r_agent (id);
create index r_hook_agent on r_hook (agent_id) where agent_id is not null;
