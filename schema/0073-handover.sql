-- Orders by which data is given to authorities, advisers, insurers, an acquirer, or to whom somebody
-- agreed: asked for by one officer, allowed by another, written into the disclosure log, then handed
-- over. Whom it is about stands in clear only from when they may know; before, in the sealed paper.
create table r_handover (
	id integer primary key,
	state integer not null,
	state_at integer not null,
	recipient text not null,
	ground integer not null,
	country text not null,
	whole integer not null,
	person_id integer null,
	company_id integer null,
	consent_id integer null,
	tables text not null,
	since_at integer null,
	until_at integer null,
	valid_until integer not null,
	bound integer not null,
	paper blob null,
	document blob null,
	digest text null,
	people integer not null,
	rows_n integer not null,
	bytes_n integer not null,
	asked_by integer null,
	asked_at integer not null,
	approved_by integer null,
	approved_at integer null,
	handed_by integer null,
	handed_at integer null,
	closed_at integer null,
	notice_at integer null,
	told_at integer null
) strict;
create index r_handover_state on r_handover (state, id);
create index r_handover_person on r_handover (person_id) where person_id is not null;
create index r_handover_company on r_handover (company_id) where company_id is not null;
create index r_handover_asked_by on r_handover (asked_by) where asked_by is not null;
create index r_handover_approved_by on r_handover (approved_by) where approved_by is not null;
create index r_handover_handed_by on r_handover (handed_by) where handed_by is not null;
create index r_handover_untold on r_handover (notice_at, id) where told_at is null;
create index r_handover_closed on r_handover (closed_at, id) where closed_at is not null;

-- What goes, one subject a part, sealed; its content is gone when the handover is closed. A part that
-- never had any says that somebody is mentioned in another's.
create table r_handover_part (
	id integer primary key,
	handover_id integer not null references r_handover (id),
	person_id integer null,
	subject_id integer null,
	owner_id integer null,
	content blob null,
	rows_n integer not null,
	bytes_n integer not null,
	is_person integer not null,
	disclosure_id integer null,
	at integer not null
) strict;
create index r_handover_part_handover on r_handover_part (handover_id, id);
create index r_handover_part_unlogged on r_handover_part (handover_id, id) where disclosure_id is null;
create index r_handover_part_person on r_handover_part (person_id) where person_id is not null;
create index r_handover_part_at on r_handover_part (at, id);

-- Who of the staff did what with it, each look at what goes included.
create table r_handover_event (
	id integer primary key,
	handover_id integer not null references r_handover (id),
	staff_id integer null,
	event integer not null,
	at integer not null
) strict;
create index r_handover_event_handover on r_handover_event (handover_id, id);
create index r_handover_event_staff on r_handover_event (staff_id) where staff_id is not null;
create index r_handover_event_at on r_handover_event (at, id);

-- Rows of the log whose notice waits are found by what they are about.
create index r_disclosure_about on r_disclosure (about_id) where about_id is not null;
