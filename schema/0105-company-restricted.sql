-- Whether a company is among the restricted, in its own row: what many statements join asks no
-- other table (decision 273). Kept in step with r_restricted by the store.
alter table r_company add column restricted integer not null default 0;
update r_company set restricted = 1 where id in (select id from r_restricted);
