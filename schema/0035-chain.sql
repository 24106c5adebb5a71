-- Chains over logs that are only added to.

-- Each linked row's place in its chain: head = BLAKE2b(head before, id and what the row says).
create table r_chain_link (
	id integer primary key,
	chain text not null,
	number integer not null,
	head blob not null,
	unique (chain, number)
) strict;

-- Heads signed by the installation's key. cut: links up to this one were cut off by retention.
create table r_chain_head (
	id integer primary key,
	chain text not null,
	number integer not null,
	head blob not null,
	at integer not null,
	cut integer not null,
	signature blob not null
) strict;
create index r_chain_head_number on r_chain_head (chain, number);

-- The disclosure log says on what ground, to whom by name, where to, and on which instrument.
alter table r_disclosure add column basis text null;
alter table r_disclosure add column country text null;
alter table r_disclosure add column instrument text null;
alter table r_disclosure add column consent_id integer null;
alter table r_disclosure add column about_id integer null;
alter table r_disclosure add column owner_id integer null;
alter table r_disclosure add column content blob null;
alter table r_disclosure add column commitment blob null;
