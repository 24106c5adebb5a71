-- Who read what, and who was told.

-- Personal columns read under a purpose by a role, by the hour.
create table r_read_count (
	id integer primary key,
	hour integer not null,
	purpose text not null,
	role text not null,
	tab text not null,
	col text not null,
	calls integer not null,
	rows_read integer not null
) strict;
create unique index r_read_count_one on r_read_count (hour, purpose, role, tab, col);

-- One of the staff looks at somebody's data, for a reason; until `open` falls, the desk shows it.
create table r_read_event (
	id integer primary key,
	staff_id integer not null,
	subject_id integer not null,
	at integer not null,
	open integer not null,
	content blob null,
	commitment blob null
) strict;
create index r_read_event_staff on r_read_event (staff_id, subject_id, open);
create index r_read_event_subject on r_read_event (subject_id, id);
create index r_read_event_at on r_read_event (at);
create index r_read_event_open on r_read_event (at) where open = 1;

-- Past recipients are told that data was rectified, erased or restricted (GDPR Art. 19), and other
-- events: one row for each recipient. What goes is ids alone.
create table r_hook (
	id integer primary key,
	recipient text not null,
	event integer not null,
	person_id integer null,
	about_id integer not null,
	state integer not null,
	tries integer not null,
	due_at integer not null,
	trouble text null,
	created_at integer not null,
	done_at integer null
) strict;
create index r_hook_due on r_hook (state, due_at, id);
create index r_hook_person on r_hook (person_id);
create index r_hook_created on r_hook (created_at);

-- Where a recipient takes web hooks: an address and a secret.
create table r_hook_target (
	id integer primary key,
	recipient text not null unique,
	url text not null,
	inward integer not null,
	secret blob null,
	set_at integer not null
) strict;
create index r_hook_target_set on r_hook_target (set_at);
