-- The last turn in which somebody's session wrote: a replica that does not show it is not read from
-- for them (doc/postgresql.md, "Replicas"). 0 where there are no turns.
alter table r_session add column wrote integer not null default 0;
