-- Which notices somebody was served beside the fields of a form, when they filled it in.
create table r_served (
	id integer primary key,
	person_id integer not null references r_person (id),
	form text not null,
	notice_id integer not null references r_notice_text (id),
	at integer not null
) strict;
create unique index r_served_once on r_served (person_id, form, notice_id);
create index r_served_at on r_served (at);
