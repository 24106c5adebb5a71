-- Who gets offers and news: those who agreed, page by page.
-- newsletter_audience(after: person_id) -> many
select p.id, p.name, p.email, p.locale from marketing.person p where p.id > $1 order by p.id limit 100;

-- newsletter_people(after: person_id) -> many
select p.id from marketing.person p where p.id > $1 order by p.id limit 100;

-- The consent that a mail to this person rests on.
-- newsletter_consent(person: person_id) -> one
select c.id, c.event_id from marketing.choice c where c.person_id = $1 and c.purpose = 'marketing';

-- The newest round; open while it has no end.
-- newsletter_round() -> many
-- plan: the newest row alone, from the end of the table
select r.id, r.began_at, r.after_person, r.ended_at from marketing.news_round r order by r.id desc limit 1;

-- newsletter_round_add(id: news_round_id, at: time, after: person_id) -> exec
insert into marketing.news_round (id, began_at, after_person) values ($1, $2, $3);

-- newsletter_round_on(round: news_round_id, after: person_id, ended: time?) -> exec
update marketing.news_round set after_person = $2, ended_at = $3 where id = $1;

-- newsletter_sent_add(id: news_sent_id, round: news_round_id, person: person_id, event: consent_event_id, at: time) -> exec
insert into marketing.news_sent (id, round_id, person_id, event_id, at) values ($1, $2, $3, $4, $5)
on conflict do nothing;

-- newsletter_sent_mine() -> many
select n.id, n.event_id, n.at from rights.news_sent n where n.person_id = viewer_person() order by n.id desc limit 100;

-- What the viewer's company ordered and offers, for what could interest it. Each lies in a place of its own: the
-- list of orders, their lines, the products (doc/scale.md, "Citus").
-- newsletter_orders() -> many
select b.order_id from trade.bought b where b.buyer_id = viewer_company() order by b.order_id desc limit 20;

-- plan: sorts the lines of some orders
-- newsletter_bought(orders: order_id[]) -> many
select f.product_id from trade.order_line l join public.offer f on f.id = l.offer_id
where l.order_id in ($1) order by l.order_id desc, l.line_no, l.id limit 400;

-- newsletter_sold() -> many
select o.product_id from public.offer o where o.company_id = viewer_company() order by o.id desc limit 50;

-- newsletter_categories(products: product_id[]) -> many
select p.id, p.category_id from public.product p where p.id in ($1) order by p.id limit 450;

-- What is new there says the index of search, which each server has: offers, newest first.
-- newsletter_offers(offers: offer_id[]) -> many
select o.id, o.product_id from public.offer o where o.id in ($1) order by o.id limit 240;

-- newsletter_new(products: product_id[]) -> many
select p.id, p.title, p.part_number, p.manufacturer, p.created_at from public.product p
where p.id in ($1) order by p.id limit 60;
