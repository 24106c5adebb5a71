-- The viewer's own company, with what only its people see.
-- company_own() -> one
select c.id, c.slug, c.name, c.legal_form, c.country, c.sole_trader, c.state, c.sells, c.buys, c.industry, c.size,
	c.founded, c.about, c.website, c.imprint, c.video, c.currency, c.locale, c.registration, c.tax, c.created_at,
	c.activated_at, c.close_at
from account.company c where c.id = viewer_company();

-- What everyone may see of a company, by its id or its name in addresses.
-- company_page(company: company_id) -> one, lag
select c.id, c.slug, c.name, c.legal_form, c.country, c.sole_trader, c.state, c.sells, c.buys, c.industry, c.size,
	c.founded, c.about, c.website, c.imprint, c.video, c.currency, c.activated_at
from public.company c where c.id = $1 and c.state = @company_state.active;

-- company_slug(slug: text) -> one, lag
select c.id from public.company c where c.slug = $1 and c.state = @company_state.active;

-- Whose the viewer's company is, if it is a sole trader's.
-- company_trader() -> one
select c.id, c.created_by from account.company c where c.id = viewer_company() and c.sole_trader = 1;

-- company_edit(company: company_id, name: text, legal_form: text, sells: bool, buys: bool, industry: industry?, size: company_size?, founded: int?, about: text?, website: text?, imprint: text?, currency: text, locale: text, registration: sealed(company.registration, row company, key company), tax: sealed(company.tax, row company, key company)) -> exec
update manage.company set name = $2, legal_form = $3, sells = $4, buys = $5, industry = $6, size = $7, founded = $8,
	about = $9, website = $10, imprint = $11, currency = $12, locale = $13, registration = $14, tax = $15
where id = $1;

-- A sole trader's company that was closed with its erased owner when a backup was restored.
-- company_closed_date(at: time) -> exec
update upkeep.company set closed_at = $1 where state = @company_state.closed and closed_at is null;
-- company_video_set(company: company_id, video: text?) -> exec
update manage.company set video = $2 where id = $1;

-- company_close_at(company: company_id, at: time?) -> exec
update manage.company set close_at = $2 where id = $1;

-- company_event_add(id: company_event_id, company: company_id, event: company_happening, from_state: company_state, to_state: company_state, person: person_id, at: time) -> exec
insert into manage.company_event (id, company_id, event, from_state, to_state, person_id, at)
values ($1, $2, $3, $4, $5, $6, $7);

-- What happened to the viewer's company, newest first.
-- company_events() -> many
select e.id, e.event, e.from_state, e.to_state, e.reason, e.at
from account.company_event e where e.company_id = viewer_company() order by e.id desc limit 50;

-- The desk's view of one company.
-- company_admission(company: company_id) -> one
select c.id, c.slug, c.name, c.legal_form, c.country, c.sole_trader, c.state, c.sells, c.buys, c.industry, c.website,
	c.registration, c.tax, c.created_by, c.created_at, c.activated_at, c.close_at
from desk.company c where c.id = $1;

-- company_admission_set(company: company_id, from_state: company_state, to_state: company_state, activated_at: time?, closed_at: time?) -> exec
update desk.company set state = $3, activated_at = $4, closed_at = $5 where id = $1 and state = $2;

-- company_admission_event(id: company_event_id, company: company_id, event: company_happening, from_state: company_state, to_state: company_state, person: person_id, reason: sealed(company_event.reason, row id, key company), at: time) -> exec
insert into desk.company_event (id, company_id, event, from_state, to_state, person_id, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- Companies whose time has come: closing was asked for.
-- company_closing(now: time) -> many
select c.id, c.state from upkeep.company c
where c.close_at is not null and c.close_at <= $1 order by c.close_at, c.id limit 50;

-- company_time_out(company: company_id, from_state: company_state, at: time) -> exec
update upkeep.company set state = @company_state.closed, closed_at = $3, close_at = null where id = $1 and state = $2;

-- company_time_out_event(id: company_event_id, company: company_id, event: company_happening, from_state: company_state, to_state: company_state, at: time) -> exec
insert into upkeep.company_event (id, company_id, event, from_state, to_state, at) values ($1, $2, $3, $4, $5, $6);

-- People who never confirmed their address.
-- company_unconfirmed(before: time) -> many
select p.id, p.created_at from upkeep.person p
where p.confirmed_at is null and p.closed_at is null and p.created_at < $1 order by p.created_at, p.id limit 50;

-- company_unconfirmed_close(person: person_id, at: time) -> exec
update upkeep.person set state = @person_state.closed, closed_at = $2, email_blind = null where id = $1 and confirmed_at is null;

-- company_of_founder(person: person_id) -> many
select c.id, c.state from upkeep.membership m join upkeep.company c on c.id = m.company_id
where m.person_id = $1 and c.state = @company_state.pending order by c.id limit 10;
