-- refused_more(hour: time, route: text, person: person_id?, agent: agent_id?, tries: int) -> exec
update audit.refused set tries = tries + $5
where hour = $1 and route = $2 and coalesce(person_id, 0) = coalesce($3, 0) and coalesce(agent_id, 0) = coalesce($4, 0);

-- refused_new(id: refused_id, hour: time, route: text, person: person_id?, agent: agent_id?, tries: int) -> exec
insert into audit.refused (id, hour, route, person_id, agent_id, tries) values ($1, $2, $3, $4, $5, $6);

-- Who tried most, by day and kind of page.
-- refused_who(from: time, until: time) -> many
-- plan: a week of hourly sums by their hour; a report
select f.person_id, f.agent_id, f.route, f.hour / 86400000000 as "day: int!", sum(f.tries) as "tried: int!"
from audit.refused f where f.hour >= $1 and f.hour < $2
group by f.person_id, f.agent_id, f.route, f.hour / 86400000000 order by tried desc, day desc, f.route, f.person_id nulls first, f.agent_id nulls first limit 200;

-- refused_agent(agent: agent_id) -> one
select a.id, a.name from audit.agent a where a.id = $1;
