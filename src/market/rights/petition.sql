-- petition_add(id: petition_id, kind: petition_kind, person: person_id?, purpose: text?, owner: subject_key_id, matter: sealed(petition.matter, row id, key owner), contact: sealed(petition.contact, row id, key owner), at: time, due: time) -> exec
insert into choices.petition (id, kind, person_id, purpose, state, owner_id, matter, contact, made_at, due_at)
values ($1, $2, $3, $4, @petition_state.open, $5, $6, $7, $8, $9);

-- What the viewer asked, and what became of it.
-- petition_mine() -> many
select p.id, p.kind, p.purpose, p.state, p.matter, p.answer, p.made_at, p.due_at, p.decided_at
from choices.petition p where p.person_id = viewer_person() order by p.id desc limit 100;

-- The desk: what waits, the most urgent first.
-- petition_waiting(state: petition_state) -> many
select p.id, p.kind, p.purpose, p.state, p.made_at, p.due_at
from casework.petition p where p.state = $1 order by p.due_at, p.id limit 100;

-- petition_by_id(petition: petition_id) -> one
select p.id, p.kind, p.person_id, p.owner_id, p.purpose, p.state, p.matter, p.contact, p.answer, p.made_at, p.due_at, p.decided_at
from casework.petition p where p.id = $1;

-- petition_decide(petition: petition_id, state: petition_state, owner: subject_key_id, answer: sealed(petition.answer, row petition, key owner), at: time, by: person_id, due: time) -> exec
update casework.petition set state = $2, answer = $4, decided_at = $5, decided_by = $6, due_at = $7
where id = $1 and owner_id = $3 and state = @petition_state.open;

-- Restrictions whose end was announced long enough ago.
-- petition_lifting(now: time) -> many
select p.id, p.person_id from upkeep.petition p
where p.state = @petition_state.announced and p.due_at <= $1 order by p.due_at, p.id limit 50;

-- petition_lifted(petition: petition_id) -> exec
update upkeep.petition set state = @petition_state.lifted where id = $1;

-- Whose account has this address? For a guardian's request, and for what comes by letter.
-- petition_account(email: blind(person.email.email)) -> one
select p.id, p.state, p.locale from casework.person p where p.email_blind = $1;

-- petition_person(person: person_id) -> one
select p.id, p.state, p.name, p.email, p.locale from casework.person p where p.id = $1;
