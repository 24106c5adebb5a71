-- What walks over a subject's rows and the retention sweep find their way by.

-- Who is restricted, who is held: few, so each is a table of its own that a guard looks into.
create table r_restricted (
	id integer primary key
) strict;
create table r_held (
	id integer primary key
) strict;

-- Where rows stay after a rule was carried out, the rule goes on behind them.
create table r_sweep_mark (
	id integer primary key,
	rule text not null unique,
	event_at integer not null,
	row_id integer not null,
	at integer not null
) strict;

create index r_orders_placed_by on r_orders (placed_by) where placed_by is not null;
create index r_order_event_person on r_order_event (person_id) where person_id is not null;
create index r_company_created_by on r_company (created_by) where created_by is not null;
create index r_company_event_person on r_company_event (person_id) where person_id is not null;
create index r_company_event_at on r_company_event (at);
create index r_invitation_inviter on r_invitation (invited_by) where invited_by is not null;
create index r_invitation_person on r_invitation (person_id) where person_id is not null;
create index r_outbox_person on r_outbox (person_id) where person_id is not null;
create index r_outbox_company on r_outbox (company_id) where company_id is not null;
create index r_basket_line_company on r_basket_line (company_id) where company_id is not null;
create index r_terms_acceptance_at on r_terms_acceptance (accepted_at);
create index r_import_run_finished on r_import_run (finished_at) where finished_at is not null;
create index r_shipment_line_shipment on r_shipment_line (shipment_id);
