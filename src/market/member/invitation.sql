-- Colleagues who were asked and have not come yet.
-- invitation_list() -> many
select i.id, i.email, i.roles, i.created_at, i.expires_at
from manage.invitation i
where i.company_id = viewer_company() and i.state = @invitation_state.open order by i.id desc limit 200;

-- invitation_by_id(invitation: invitation_id) -> one
select i.id, i.email, i.roles, i.state, i.created_at, i.expires_at
from manage.invitation i where i.id = $1;

-- invitation_add(invitation: invitation_id, company: company_id, by: person_id, roles: int, email: sealed(invitation.email, row invitation, key company), blind: blind(invitation.email.email), at: time, until: time) -> exec
insert into manage.invitation (id, company_id, invited_by, roles, state, email, email_blind, created_at, expires_at)
values ($1, $2, $3, $4, @invitation_state.open, $5, $6, $7, $8) on conflict do nothing;

-- invitation_withdraw(invitation: invitation_id) -> exec
update manage.invitation set state = @invitation_state.withdrawn where id = $1 and state = @invitation_state.open;

-- invitation_renew(invitation: invitation_id, until: time) -> exec
update manage.invitation set expires_at = $2 where id = $1 and state = @invitation_state.open;

-- invitation_token_drop(invitation: int) -> exec
delete from manage.one_time_token where kind = @token_kind.invite and about_id = $1;

-- invitation_token_add(id: one_time_token_id, invitation: int, digest: blob, at: time, until: time) -> exec
insert into manage.one_time_token (id, kind, about_id, digest, created_at, expires_at)
values ($1, @token_kind.invite, $2, $3, $4, $5);

-- invitation_overdue(now: time) -> many
select i.id from upkeep.invitation i
where i.expires_at < $1 and i.state = @invitation_state.open order by i.expires_at, i.id limit 100;

-- invitation_expire(invitation: invitation_id) -> exec
update upkeep.invitation set state = @invitation_state.expired where id = $1 and state = @invitation_state.open;
