-- Rounds of the newsletter: each goes through all who agreed, once, some at a time.
create table r_news_round (
	id integer primary key,
	began_at integer not null,
	after_person integer not null,
	ended_at integer null
) strict;

-- Who was written to, and on which consent that rested: it stays when the consent is withdrawn.
create table r_news_sent (
	id integer primary key,
	round_id integer not null references r_news_round (id),
	person_id integer not null references r_person (id),
	event_id integer not null references r_consent_event (id),
	at integer not null
) strict;
create unique index r_news_sent_once on r_news_sent (round_id, person_id);
create index r_news_sent_person on r_news_sent (person_id, id);
create index r_news_sent_at on r_news_sent (at);
