-- Full text inside the database: of each offer that may be found the words, numbers and values that it is found by, as
-- the program makes them (market/catalogue/search_lexeme.h), for servers that ask the database (serve --search
-- database). Behind rights.sql, where the server has pg_trgm; run by the administrator, as often as wanted.
-- {roles}: as in house.sql. Nothing of it is the truth: it is made again from the offers.
create schema if not exists trigram;
create extension if not exists pg_trgm schema trigram;
revoke all on schema trigram from public;
revoke execute on all functions in schema trigram from public;

-- What orders the best first stands beside the words, so that the nearest thousands are found without a look at the rest.
-- An offer that goes takes its words along.
create table if not exists kontor.words (offer bigint primary key references base.r_offer on delete cascade,
	quality bigint not null, price bigint not null, stock bigint not null, words tsvector not null);
create index if not exists words_words on kontor.words using gin (words);
create index if not exists words_quality on kontor.words (quality desc, offer);
create index if not exists words_price on kontor.words (price, offer);
create index if not exists words_stock on kontor.words (stock desc, offer);
-- The words and part numbers that they have, for typing mistakes. Part numbers are ten times as many, and are asked for
-- by what may have been meant.
create table if not exists kontor.word (word text primary key);
create index if not exists word_near on kontor.word using gist (word trigram.gist_trgm_ops (siglen = 256));
create table if not exists kontor.number (number text primary key);
-- What an offer had that went or says something else: a word that no other one has leaves both (words_sweep), or what
-- somebody was called would stay when they are erased.
create table if not exists kontor.gone (word text primary key);
-- Up to which changes of offers and of products they are, how they are written, and whether they were all there once.
create table if not exists kontor.words_at (one bigint primary key check (one = 1), format bigint not null,
	offers bigint not null, products bigint not null, filled boolean not null);
alter table kontor.words owner to "{roles}_owner";
alter table kontor.word owner to "{roles}_owner";
alter table kontor.number owner to "{roles}_owner";
alter table kontor.gone owner to "{roles}_owner";
alter table kontor.words_at owner to "{roles}_owner";
grant usage on schema kontor, trigram to "{roles}_owner";
grant execute on function pg_catalog.tsqueryin(cstring), pg_catalog.ts_match_vq(tsvector, tsquery),
	pg_catalog.tsvector_to_array(tsvector), trigram.similarity_dist(text, text) to "{roles}_owner";
grant select, insert, update, delete, truncate on kontor.words, kontor.word, kontor.number, kontor.gone, kontor.words_at to "{roles}_house";
grant execute on function pg_catalog.array_to_tsvector(text[]), pg_catalog.string_to_array(text, text) to "{roles}_house";

create or replace function kontor.words_went() returns trigger language plpgsql security definer set search_path = '' as $$
begin
	if tg_op = 'DELETE' then
		insert into kontor.gone (word) select l from pg_catalog.unnest(pg_catalog.tsvector_to_array(old.words)) l
			where substr(l, 1, 1) not in ('.', '#', ':', '~', '$') on conflict do nothing;
	else
		insert into kontor.gone (word) select l from pg_catalog.unnest(pg_catalog.tsvector_to_array(old.words)) l
			where substr(l, 1, 1) not in ('.', '#', ':', '~', '$')
			except select l from pg_catalog.unnest(pg_catalog.tsvector_to_array(new.words)) l on conflict do nothing;
	end if;
	return null;
end $$;
alter function kontor.words_went() owner to "{roles}_owner";
revoke execute on function kontor.words_went() from public;
create or replace trigger words_went after delete or update of words on kontor.words
	for each row execute function kontor.words_went();
create or replace function kontor.words_sweep(most bigint) returns bigint
	language plpgsql security definer
	set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
	w text;
	q tsquery;
	n bigint := 0;
begin
	for w in select g.word from kontor.gone g order by g.word limit most loop
		q := ('''' || replace(replace(w, '\', '\\'), '''', '''''') || '''')::tsquery;
		if not exists (select from (select o.words from kontor.words o order by o.quality desc, o.offer limit 300) x
				where x.words @@ q) -- of common words the list is long, and one of these has them
			and not exists (select from kontor.words x where x.words @@ q) then
			delete from kontor.word d where d.word = w;
			delete from kontor.number d where substr(w, 1, 1) = '=' and d.number = substr(w, 2);
		end if;
		delete from kontor.gone g where g.word = w;
		n := n + 1;
	end loop;
	return n;
end $$;
alter function kontor.words_sweep(bigint) owner to "{roles}_owner";
revoke execute on function kontor.words_sweep(bigint) from public;
grant execute on function kontor.words_sweep(bigint) to "{roles}_house";

-- What the application may ask: how many offers have these words, counted up to `most`; which of them are the best in
-- one of four orders (the program's enum store_words_order); which words are like this one; which numbers there are.
--
-- The planner knows how often each word is written and not which go together. So the full-text index says how many there
-- are, and of many the first are found soon by going down their order: both ends look at so many rows and no more.
create or replace function kontor.counted(query text, most bigint) returns bigint
	language plpgsql stable security definer
	set search_path = '' set plan_cache_mode = 'force_custom_plan' set enable_indexscan = off as $$
begin
	return (select count(*) from (select from kontor.words w where w.words @@ query::tsquery limit most) x);
end $$;
create or replace function kontor.some(query text, most bigint) returns setof kontor.words
	language plpgsql stable security definer
	set search_path = '' set plan_cache_mode = 'force_custom_plan' set enable_indexscan = off as $$
begin
	return query select w.* from kontor.words w where w.words @@ query::tsquery limit most;
end $$;
create or replace function kontor.found(query text, by bigint, most bigint) returns setof bigint
	language plpgsql stable security definer
	set search_path = '' as $$
declare
	few constant bigint := 20000;
	steps constant bigint := 200000;
	ordered constant text := case by when 2 then 'w.price, w.offer' when 3 then 'w.stock desc, w.offer'
		when 4 then 'w.offer desc' else 'w.quality desc, w.offer' end;
	came bigint := 0;
begin
	if kontor.counted(query, few + 1) > few then
		return query execute 'select x.offer from (select w.offer, w.words from kontor.words w order by ' || ordered
			|| ' limit $3) x where x.words @@ $1::tsquery limit $2' using query, most, steps;
		get diagnostics came = row_count;
	end if;
	if came < most then -- those that came are among them, unless there are more than are looked at
		return query execute 'select w.offer from kontor.some($1, $2) w order by ' || ordered || ' limit $3'
			using query, few, most;
	end if;
end $$;
create or replace function kontor.words_gone() returns bigint language sql stable security definer
	set search_path = '' as
	'select count(*) from (select from kontor.gone limit 1) x';
create or replace function kontor.near(word text, most bigint) returns setof text
	language plpgsql stable security definer set search_path = '' as $$
begin
	return query select d.word from kontor.word d order by d.word operator(trigram.<->) $1 limit most;
end $$;
create or replace function kontor.numbers(asked text[]) returns setof text
	language plpgsql stable security definer set search_path = '' as $$
begin
	return query select n.number from pg_catalog.unnest(asked) a join kontor.number n on n.number = a;
end $$;
create or replace function kontor.words_stand(format bigint) returns bigint language sql stable security definer
	set search_path = '' as
	'select coalesce((select case when w.format = $1 and w.filled then 2 else 1 end from kontor.words_at w), 0)';
alter function kontor.counted(text, bigint) owner to "{roles}_owner";
alter function kontor.some(text, bigint) owner to "{roles}_owner";
alter function kontor.found(text, bigint, bigint) owner to "{roles}_owner";
alter function kontor.near(text, bigint) owner to "{roles}_owner";
alter function kontor.numbers(text[]) owner to "{roles}_owner";
alter function kontor.words_stand(bigint) owner to "{roles}_owner";
alter function kontor.words_gone() owner to "{roles}_owner";
revoke execute on function kontor.counted(text, bigint), kontor.some(text, bigint), kontor.found(text, bigint, bigint),
	kontor.near(text, bigint), kontor.numbers(text[]), kontor.words_stand(bigint), kontor.words_gone() from public;
grant execute on function kontor.counted(text, bigint), kontor.found(text, bigint, bigint), kontor.near(text, bigint),
	kontor.numbers(text[]), kontor.words_stand(bigint), kontor.words_gone() to "{roles}_app", "{roles}_house";
-- Behind much that was written at once, as kontor.look().
create or replace function kontor.look_words() returns void language plpgsql security definer set search_path = '' as $$
begin
	analyze kontor.words, kontor.word, kontor.number;
end $$;
revoke execute on function kontor.look_words() from public;
grant execute on function kontor.look_words() to "{roles}_house";
