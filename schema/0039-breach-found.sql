-- Breaches leave when their time is over, found by when they were found.
create index r_breach_found on r_breach (found_at, id);
