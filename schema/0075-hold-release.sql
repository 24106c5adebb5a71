-- Letting go takes two officers as well: who asked for it.
alter table r_legal_hold add column lift_by integer null;
alter table r_legal_hold add column lift_at integer null;
create index r_legal_hold_lift_by on r_legal_hold (lift_by) where lift_by is not null;
