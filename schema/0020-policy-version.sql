-- Versions of the published policy: each as it was shown, and as facts to compare the next one with.
create table r_policy_version (
    id integer primary key,
    number integer not null unique,
    hash blob not null,
    effective_at integer not null,
    class integer not null,
    facts text not null,
    page_en text not null,
    page_de text not null
) strict;
create table r_policy_change (
    id integer primary key,
    number integer not null,
    path text not null,
    before_text text not null,
    after_text text not null,
    class integer not null,
    kind integer not null,
    touched integer not null,
    about text not null,
    purpose integer not null
) strict;
create index policy_change_of_version on r_policy_change (number, class);
-- Up to which version a person has seen what concerns them.
create table r_policy_seen (
    id integer primary key,
    person_id integer not null unique references r_person (id),
    number integer not null,
    seen_at integer not null
) strict;
-- Uses that somebody agreed to and that came to mean more: they wait for the person's answer.
create table r_policy_wait (
    id integer primary key,
    person_id integer not null references r_person (id),
    purpose integer not null,
    number integer not null,
    since integer not null,
    unique (person_id, purpose)
) strict;
