-- How somebody's choices stand; at most one for each purpose.
-- choice_of(person: person_id) -> many
select c.id, c.purpose, c.state, c.event_id, c.at, c.expires_at
from choices.choice c where c.person_id = $1 order by c.purpose limit 64;

-- choice_one(person: person_id, purpose: text) -> one
select c.id, c.state, c.event_id, c.at, c.expires_at
from choices.choice c where c.person_id = $1 and c.purpose = $2;

-- choice_add(id: choice_id, person: person_id, purpose: text, state: consent_state, event: consent_event_id, at: time, expires: time?) -> exec
insert into choices.choice (id, person_id, purpose, state, event_id, at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- choice_set(id: choice_id, state: consent_state, event: consent_event_id, at: time, expires: time?) -> exec
update choices.choice set state = $2, event_id = $3, at = $4, expires_at = $5 where id = $1;

-- Consents whose time is over.
-- choice_over(now: time) -> many
select c.id, c.person_id, c.purpose from choices.choice c
where c.expires_at <= $1 and c.expires_at is not null limit 50;

-- choice_lapse(id: choice_id) -> exec
update choices.choice set expires_at = null where id = $1;

-- choice_mask(person: person_id) -> one
select p.id, p.state, p.mask from choices.person p where p.id = $1;

-- choice_mask_set(person: person_id, mask: int) -> exec
update choices.person set mask = $2 where id = $1;

-- The ledger: added to, never changed.
-- choice_event_add(id: consent_event_id, person: person_id, purpose: text, basis: text, state: consent_state, method: consent_method, notice: notice_text_id, language: text, region: text, at: time, expires: time?, record: sealed(consent_event.record, row id, key person), commitment: blob) -> exec
insert into choices.consent_event (id, person_id, purpose, basis, state, method, notice_id, language, region, at,
	expires_at, record, commitment)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- choice_events(person: person_id, before: consent_event_id) -> many
select e.id, e.purpose, e.basis, e.state, e.method, e.notice_id, e.language, e.region, e.at, e.expires_at
from choices.consent_event e where e.person_id = $1 and e.id < $2 order by e.id desc limit 100;

-- choice_event(event: consent_event_id) -> one
select e.id, e.person_id, e.purpose, e.basis, e.state, e.method, e.notice_id, e.language, e.region, e.at, e.expires_at,
	e.record
from choices.consent_event e where e.id = $1;

-- choice_notice(digest: blob) -> one
select n.id from choices.notice_text n where n.digest = $1;

-- choice_notice_by_id(notice: notice_text_id) -> one
select n.id, n.about, n.language, n.policy, n.text, n.created_at from choices.notice_text n where n.id = $1;

-- choice_notice_add(id: notice_text_id, digest: blob, about: text, language: text, policy: blob, text: text, at: time) -> exec
insert into choices.notice_text (id, digest, about, language, policy, text, created_at)
values ($1, $2, $3, $4, $5, $6, $7);

-- Uses that came to mean more than was agreed to: off until there is an answer.
-- choice_waits(person: person_id) -> many
select w.id, w.purpose from choices.policy_wait w where w.person_id = $1 order by w.purpose limit 63;

-- choice_wait_end(person: person_id, purpose: int) -> exec
delete from choices.policy_wait where person_id = $1 and purpose = $2;

-- The version of the policy that was in force when something was decided.
-- choice_version_at(at: time) -> one
select v.number from public.policy_version v where v.effective_at <= $1 order by v.number desc limit 1;

-- Whom the operator's desk looks for.
-- choice_country() -> one
select c.id, c.country from account.company c where c.id = viewer_company();

-- choice_commitment(event: consent_event_id) -> one
select e.id, e.commitment from audit.consent_event e where e.id = $1;
