-- ---- taking in ----

-- petition_add(id: petition_id, kind: petition_kind, person: person_id?, purpose: text?, state: petition_state, via: petition_via, owner: subject_key_id, matter: sealed(petition.matter, row id, key owner), contact: sealed(petition.contact, row id, key owner), email: blind(petition.contact.email)?, country: text?, locale: text, agent: agent_id?, joined: petition_id?, at: time, due: time, calls_back: bool) -> exec
insert into intake.petition (id, kind, person_id, purpose, state, via, owner_id, matter, contact, contact_blind, country, locale,
	agent_id, joined_id, made_at, due_at, calls_back)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- Whose agent is told when this one changes.
-- petition_calls(petition: petition_id) -> one
select p.id, p.agent_id, p.calls_back from intake.petition p where p.id = $1;

-- What somebody asked before: whether this one says the same.
-- petition_of_person(person: person_id) -> many
select p.id, p.kind, p.purpose, p.state, p.made_at, p.extended_at from intake.petition p where p.person_id = $1 order by p.id desc limit 100;

-- petition_of_contact(email: blind(petition.contact.email)) -> many
select p.id, p.kind, p.purpose, p.state, p.made_at, p.extended_at from intake.petition p
where p.contact_blind = $1 and p.contact_blind is not null order by p.id desc limit 100;

-- petition_event_add(id: petition_event_id, petition: petition_id, owner: subject_key_id, happening: petition_happening, from: petition_state?, to: petition_state, by: person_id?, due: time?, at: time, note: sealed(petition_event.note, row id, key owner), commitment: blob) -> exec
insert into intake.petition_event (id, petition_id, owner_id, happening, from_state, to_state, by_id, due_at, at, note, commitment)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- ---- whoever asked: in the account, by the link in a mail, an agent ----

-- petition_mine() -> many
select p.id, p.kind, p.purpose, p.state, p.matter, p.answer, p.refusal, p.made_at, p.due_at, p.decided_at
from claimant.petition p where p.person_id = viewer_person() order by p.id desc limit 100;

-- petition_seen(petition: petition_id) -> one
select p.id, p.kind, p.person_id, p.purpose, p.state, p.owner_id, p.matter, p.contact, p.answer, p.country, p.locale, p.via, p.agent_id,
	p.joined_id, p.refusal, p.made_at, p.due_at, p.decided_at, p.extended_at, p.confirmed_at, p.identity_id, p.given_id
from claimant.petition p where p.id = $1;

-- petition_seen_events(petition: petition_id) -> many
select e.id, e.happening, e.from_state, e.to_state, e.due_at, e.at, e.note
from claimant.petition_event e where e.petition_id = $1 order by e.id limit 100;

-- petition_confirm(petition: petition_id, to: petition_state, at: time, joined: petition_id?) -> exec
update claimant.petition set state = $2, confirmed_at = $3, joined_id = $4
where id = $1 and state = @petition_state.unconfirmed;

-- petition_withdraw(petition: petition_id, from: petition_state, at: time) -> exec
update claimant.petition set state = @petition_state.withdrawn, decided_at = $3, identity = null, identity_id = null
where id = $1 and state = $2;

-- petition_tell(petition: petition_id, owner: subject_key_id, identity: sealed(petition.identity, row petition, key owner)) -> exec
update claimant.petition set state = @petition_state.open, identity_id = $2, identity = $3
where id = $1 and state = @petition_state.asked;

-- ---- the desk ----

-- What waits, the most urgent first.
-- petition_list(state: petition_state, due: time, after: petition_id) -> many
select p.id, p.kind, p.purpose, p.state, p.via, p.made_at, p.due_at, p.extended_at
from casework.petition p where p.state = $1 and (p.due_at, p.id) > ($2, $3) order by p.due_at, p.id limit 50;

-- petition_list_kind(state: petition_state, kind: petition_kind, due: time, after: petition_id) -> many
select p.id, p.kind, p.purpose, p.state, p.via, p.made_at, p.due_at, p.extended_at
from casework.petition p where p.state = $1 and p.kind = $2 and (p.due_at, p.id) > ($3, $4)
order by p.due_at, p.id limit 50;

-- When the open ones came, for the chart of their ages.
-- petition_ages(state: petition_state) -> many
select p.id, p.made_at, p.due_at from casework.petition p where p.state = $1 order by p.due_at, p.id limit 1000;

-- petition_by_id(petition: petition_id) -> one
select p.id, p.kind, p.person_id, p.owner_id, p.purpose, p.state, p.matter, p.contact, p.answer, p.refusal, p.country, p.locale, p.via,
	p.agent_id, p.joined_id, p.identity, p.identity_id, p.made_at, p.due_at, p.decided_at, p.extended_at, p.confirmed_at
from casework.petition p where p.id = $1;

-- petition_events(petition: petition_id) -> many
select e.id, e.happening, e.from_state, e.to_state, e.by_id, e.due_at, e.at, e.note
from casework.petition_event e where e.petition_id = $1 order by e.id limit 100;

-- petition_joined(petition: petition_id) -> many
select p.id, p.state, p.via, p.made_at, p.matter from casework.petition p where p.joined_id = $1 and p.joined_id is not null
order by p.id limit 20;

-- Those that are answered with it.
-- petition_along(petition: petition_id, after: petition_id) -> many
select p.id from casework.petition p
where p.joined_id = $1 and p.joined_id is not null and p.state = @petition_state.joined and p.id > $2 order by p.id limit 50;

-- petition_decide(petition: petition_id, from: petition_state, to: petition_state, owner: subject_key_id, answer: sealed(petition.answer, row petition, key owner), refusal: petition_refusal?, at: time, by: person_id, due: time, given: person_id?) -> exec
update casework.petition set state = $3, answer = $5, refusal = $6, decided_at = $7, decided_by = $8, due_at = $9,
	given_id = $10, identity = null, identity_id = null
where id = $1 and owner_id = $4 and state = $2;

-- petition_extend(petition: petition_id, state: petition_state, due: time, at: time) -> exec
update casework.petition set due_at = $3, extended_at = $4 where id = $1 and state = $2;

-- petition_ask(petition: petition_id) -> exec
update casework.petition set state = @petition_state.asked where id = $1 and state = @petition_state.open;

-- Whose account has this address? For a guardian's request, and for what comes by letter.
-- petition_account(email: blind(person.email.email)) -> one
select p.id, p.state, p.locale from casework.person p where p.email_blind = $1;

-- petition_person(person: person_id) -> one
select p.id, p.state, p.name, p.email, p.locale from casework.person p where p.id = $1;

-- ---- by the clock ----

-- Restrictions whose end was announced long enough ago.
-- petition_lifting(now: time) -> many
select p.id, p.person_id, p.given_id, p.owner_id from upkeep.petition p
where p.state = @petition_state.announced and p.due_at <= $1 order by p.due_at, p.id limit 50;

-- petition_lifted(petition: petition_id) -> exec
update upkeep.petition set state = @petition_state.lifted where id = $1;

-- petition_soon(state: petition_state, until: time) -> many
select p.id, p.owner_id, p.due_at from upkeep.petition p
where p.state = $1 and p.due_at <= $2 and p.warned_at is null order by p.due_at, p.id limit 50;

-- petition_warned(petition: petition_id, at: time) -> exec
update upkeep.petition set warned_at = $2 where id = $1;

-- petition_over(state: petition_state, now: time) -> many
select p.id, p.owner_id, p.due_at from upkeep.petition p
where p.state = $1 and p.due_at < $2 and p.overdue_at is null order by p.due_at, p.id limit 50;

-- petition_overdue(petition: petition_id, at: time) -> exec
update upkeep.petition set overdue_at = $2 where id = $1;

-- petition_lapsing(until: time) -> many
select p.id, p.owner_id, p.made_at from upkeep.petition p
where p.state = @petition_state.unconfirmed and p.due_at <= $1 order by p.due_at, p.id limit 50;

-- petition_lapse(petition: petition_id, at: time) -> exec
update upkeep.petition set state = @petition_state.lapsed, decided_at = $2 where id = $1;

-- Joined to one that is over without an answer for them: taken back, or gone.
-- petition_left() -> many
select p.id, p.owner_id, p.joined_id, p.due_at from upkeep.petition p
where p.state = @petition_state.joined and not exists (select 1 from upkeep.petition m
	where m.id = p.joined_id and (m.state = @petition_state.open or m.state = @petition_state.asked))
order by p.due_at, p.id limit 50;

-- petition_separate(petition: petition_id) -> exec
update upkeep.petition set state = @petition_state.open, joined_id = null where id = $1 and state = @petition_state.joined;

-- petition_rejoin(petition: petition_id, joined: petition_id) -> exec
update upkeep.petition set joined_id = $2 where id = $1 and state = @petition_state.joined;
