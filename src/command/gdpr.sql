-- Whose data may be used for news, with the address: page by page.
-- gdpr_audience(after: person_id) -> many
select p.id, p.email from marketing.person p where p.id > $1 order by p.id limit 1000;

-- Whose choice about a purpose stands so, for whoever answers them.
-- gdpr_choices(purpose: text, state: consent_state, after: person_id) -> many
select c.person_id, p.email from casework.choice c join casework.person p on p.id = c.person_id
where c.purpose = $1 and c.state = $2 and c.person_id > $3 order by c.person_id limit 1000;
