-- Whose choice about a purpose stands so: who objected, who agreed.
create index r_choice_stands on r_choice (purpose, state, person_id);

-- Who agreed to news, found without looking at everybody: the bit of the purpose marketing in the
-- mask, and the state active, as the gate asks them.
create index r_person_news on r_person (id) where (mask & 2097152) <> 0 and state = 2;
