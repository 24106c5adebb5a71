-- What is due, the oldest first.
-- deliver_due(now: time) -> many
select m.id, m.kind, m.person_id, m.company_id, m.roles, m.owner_id, m.about_id, m.address, m.secret, m.tries
from notice.outbox m
where m.state = @outbox_state.waiting and m.due_at <= $1
order by m.due_at, m.id limit 50;

-- deliver_person(person: person_id) -> one
select p.id, p.state, p.name, p.email, p.new_email, p.locale from notice.person p where p.id = $1;

-- deliver_members(company: company_id) -> many
select m.person_id, m.roles from notice.membership m
where m.company_id = $1 order by m.person_id limit 200;

-- deliver_company(company: company_id) -> one
select c.id, c.name from notice.company c where c.id = $1;

-- deliver_order(order: order_id) -> one
select o.id, o.number, o.buyer_id, o.seller_id, o.currency, o.total_minor, b.name as "buyer: text", s.name as "seller: text"
from notice.orders o join public.company b on b.id = o.buyer_id join public.company s on s.id = o.seller_id
where o.id = $1;

-- deliver_quote(quote: quote_id) -> one
select q.id, q.title, q.buyer_id, q.seller_id, b.name as "buyer: text", s.name as "seller: text"
from notice.quote q join public.company b on b.id = q.buyer_id join public.company s on s.id = q.seller_id
where q.id = $1;

-- deliver_breach(breach: breach_id) -> one
select b.id, b.nature, b.effects, b.measures from notice.breach b where b.id = $1;

-- deliver_invitation(invitation: invitation_id) -> one
select i.id, i.company_id, i.email from notice.invitation i where i.id = $1;

-- One message to a company becomes one to each of its people.
-- deliver_spread(id: outbox_id, kind: text, person: person_id, company: company_id, about: int, at: time, owner: subject_key_id) -> exec
insert into notice.outbox (id, kind, person_id, company_id, roles, owner_id, about_id, state, tries, due_at, created_at)
values ($1, $2, $3, $4, 0, $7, $5, @outbox_state.waiting, 0, $6, $6);

-- What was sent needs its secret no longer.
-- deliver_sent(id: outbox_id, at: time) -> exec
update notice.outbox set state = @outbox_state.sent, sent_at = $2, trouble = null, secret = null, address = null
where id = $1 and state = @outbox_state.waiting;

-- deliver_again(id: outbox_id, state: outbox_state, tries: int, due_at: time, trouble: text) -> exec
update notice.outbox set state = $2, tries = $3, due_at = $4, trouble = $5
where id = $1 and state = @outbox_state.waiting;

-- Does this person still agree to offers and news? Asked when the mail leaves.
-- deliver_agreed(person: person_id) -> one
select p.id from marketing.person p where p.id = $1;

-- Does this person agree to having it counted that our news mails are opened?
-- deliver_counted(person: person_id) -> one
select p.id from mail_opens.person p where p.id = $1;

-- deliver_petition(petition: petition_id) -> one
select p.id, p.kind, p.answer, p.country, p.refusal, p.due_at, p.locale from notice.petition p where p.id = $1;

-- What was last said of it: why it takes longer, what must be known of who asks.
-- deliver_petition_note(petition: petition_id) -> many
select e.id, e.note from notice.petition_event e where e.petition_id = $1 order by e.id desc limit 1;
