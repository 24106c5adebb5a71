-- column_a() -> many
-- marketing has no use for telephone numbers
select p.id,
	p.phone
from marketing.person p order by p.id limit 5;
