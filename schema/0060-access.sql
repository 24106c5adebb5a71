-- That somebody was given what is held on them: which answer, when, how many rows.
create table r_access_answer (
	id integer primary key,
	person_id integer not null references r_person (id),
	company_id integer null references r_company (id),
	form integer not null,
	n integer not null,
	at integer not null
) strict;
create index r_access_answer_person on r_access_answer (person_id, id);
create index r_access_answer_company on r_access_answer (company_id, id) where company_id is not null;
create index r_access_answer_at on r_access_answer (at);
