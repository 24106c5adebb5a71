-- Erasures that were asked for, retention that was carried out, legal holds.

-- Somebody asks for everything of theirs to be erased: until due_at they may take it back.
create table r_erasure (
	id integer primary key,
	subject_id integer not null references r_person (id),
	state integer not null,
	asked_at integer not null,
	due_at integer not null,
	done_at integer null,
	erased integer not null,
	anonymised integer not null,
	kept integer not null,
	held integer not null
) strict;
create index r_erasure_subject on r_erasure (subject_id, id);
create unique index r_erasure_open on r_erasure (subject_id) where state in (1, 2);
create index r_erasure_due on r_erasure (state, due_at);
create index r_erasure_done on r_erasure (done_at) where done_at is not null;

-- One batch of one rule of the policy's keep: what went when, because of which rule.
create table r_retention_run (
	id integer primary key,
	rows_of text not null,
	counted_from text not null,
	kept_for text not null,
	because text not null,
	erased integer not null,
	anonymised integer not null,
	held integer not null,
	at integer not null
) strict;
create index r_retention_run_at on r_retention_run (at);

-- Nothing of this subject may be deleted: proposed by one, in force when another confirms.
create table r_legal_hold (
	id integer primary key,
	subject_id integer not null,
	state integer not null,
	reason blob null,
	proposed_by integer null references r_person (id),
	confirmed_by integer null references r_person (id),
	released_by integer null references r_person (id),
	proposed_at integer not null,
	confirmed_at integer null,
	released_at integer null
) strict;
create index r_legal_hold_subject on r_legal_hold (subject_id, id);
create index r_legal_hold_state on r_legal_hold (state, id);
create index r_legal_hold_released on r_legal_hold (released_at) where released_at is not null;
create index r_legal_hold_proposer on r_legal_hold (proposed_by) where proposed_by is not null;
create index r_legal_hold_confirmer on r_legal_hold (confirmed_by) where confirmed_by is not null;
create index r_legal_hold_releaser on r_legal_hold (released_by) where released_by is not null;
