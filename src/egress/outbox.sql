-- Puts a message in line; its text is made when it is sent.
-- outbox_add(id: outbox_id, kind: text, person: person_id?, company: company_id?, roles: int, owner: subject_key_id?, about: int, address: sealed(outbox.address, row id, key owner), secret: sealed(outbox.secret, row id, key owner), at: time) -> once
insert into mailing.outbox (id, kind, person_id, company_id, roles, owner_id, about_id, address, secret, state,
	tries, due_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, @outbox_state.waiting, 0, $10, $10);
