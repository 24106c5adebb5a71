-- The people of the viewer's company.
-- plan: sorts the people of one company
-- colleague_list() -> many
select m.id, m.person_id, m.roles, m.created_at, p.name, p.email, p.work, p.state
from account.membership m join account.person p on p.id = m.person_id
where m.company_id = viewer_company() order by m.id limit 500;

-- colleague_by_id(member: membership_id) -> one
select m.id, m.person_id, m.roles, m.created_at, p.name, p.email, p.work, p.state
from account.membership m join account.person p on p.id = m.person_id
where m.id = $1 and m.company_id = viewer_company();

-- How many administrators the company has besides this one.
-- colleague_admins_but(member: membership_id) -> one
select count(*) as "n: int!" from manage.membership m
where m.company_id = viewer_company() and m.roles & @role.admin <> 0 and m.id <> $1;

-- colleague_set_roles(member: membership_id, roles: int) -> exec
update manage.membership set roles = $2 where id = $1;

-- colleague_remove(member: membership_id) -> exec
delete from manage.membership where id = $1;

-- colleague_tokens_remove(person: person_id) -> exec
delete from manage.api_token where person_id = $1;
