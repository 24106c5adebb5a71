-- Written before anything leaves.
-- disclose_add(id: disclosure_id, recipient: text, purpose: text, kind: text, fields: text, person: person_id?, message: outbox_id?, about: int?, consent: int?, policy: blob, at: time, basis: text, country: text?, instrument: text?, owner: subject_key_id, content: sealed(disclosure.content, row id, key owner), commitment: blob) -> exec
insert into disclosing.disclosure (id, recipient, purpose, kind, fields, person_id, outbox_id, about_id, consent_id,
	policy, at, basis, country, instrument, owner_id, content, commitment)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);
