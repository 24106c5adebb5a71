-- Keys to the API of those who run the marketplace; a company's are r_api_token.
create table r_staff_key (
	id integer primary key,
	person_id integer not null references r_person (id),
	digest blob not null,
	label blob null,
	roles integer not null,
	created_at integer not null,
	expires_at integer not null
) strict;
create unique index r_staff_key_digest on r_staff_key (digest);
create index r_staff_key_person on r_staff_key (person_id, id);
create index r_staff_key_expires on r_staff_key (expires_at);
