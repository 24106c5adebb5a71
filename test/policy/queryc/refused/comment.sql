-- comment_a() -> many
select o.id /* all of them */ from trade.orders o order by o.id limit 5;
