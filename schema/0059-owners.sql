-- What walks over a subject's rows find their way by, in tables that came later.
create index r_petition_decider on r_petition (decided_by) where decided_by is not null;
