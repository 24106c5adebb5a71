-- Looks of the staff at orders, by the time, for the weekly audit.
create index r_handover_event_looks on r_handover_event (at, id) where staff_id is not null;
