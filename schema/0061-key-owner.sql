-- Does a row still lie under this key? Asked when another that lay under it goes.
create index r_petition_owner on r_petition (owner_id) where owner_id is not null;
create index r_outbox_owner on r_outbox (owner_id) where owner_id is not null;
