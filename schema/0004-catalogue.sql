-- The catalogue: categories, attributes, master products, suppliers' offers, pictures, documents,
-- and the runs of imports.

-- The tree of goods. path is the whole way from the root, names joined by " / ": unique.
create table r_category (
	id integer primary key,
	parent_id integer null references r_category (id),
	name text not null,
	path text not null unique,
	depth integer not null check (depth between 1 and 8),
	position integer not null,
	about text null,
	hidden integer not null check (hidden in (0, 1))
) strict;
create index r_category_parent on r_category (parent_id, position, id);

-- What can be said of a product. kind says how values are read; unit is the one that numbers are
-- shown in ("Ω", "V", "mm"; empty: none). Small ids, given in order: they stand in each product.
create table r_attribute (
	id integer primary key,
	name text not null unique,
	kind integer not null,
	unit text not null,
	position integer not null,
	facet integer not null check (facet in (0, 1))
) strict;

-- The master product: one per thing that can be bought, shared by the suppliers who offer it.
-- company_id keeps its text. attributes: one line each, attribute id, tab, value (catalogue.h).
-- part_key is the part number in lower case without anything but letters and digits.
-- A variant hangs on its parent and says in variant what is different ("red, 10 m").
-- changed grows with every change of the row, in the order of commits: the index follows it.
create table r_product (
	id integer primary key,
	company_id integer not null references r_company (id),
	category_id integer not null references r_category (id),
	parent_id integer null references r_product (id),
	variant text null,
	part_number text not null,
	part_key text not null,
	manufacturer text not null,
	title text not null,
	description text not null,
	attributes text not null,
	gtin text null,
	hs_code text null,
	origin text null,
	weight_grams integer null check (weight_grams >= 0),
	published integer not null check (published in (0, 1)),
	created_at integer not null,
	changed integer not null
) strict;
create index r_product_company on r_product (company_id, id);
create index r_product_category on r_product (category_id, id);
create index r_product_parent on r_product (parent_id, id) where parent_id is not null;
create index r_product_part on r_product (part_key, id);
create index r_product_gtin on r_product (gtin, id) where gtin is not null;
create index r_product_changed on r_product (changed);

-- One supplier's terms for a product. tiers: "quantity:price" with the price of one unit in
-- millionths, quantities growing, joined by blanks: "1:9500000 10:8351900" (catalogue.h reads it);
-- they are read and replaced together, so they are one value. price_micro is the first tier's.
-- What is free to sell is on_hand - reserved.
-- digest is that of the imported row: the same row again changes nothing.
create table r_offer (
	id integer primary key,
	company_id integer not null references r_company (id),
	product_id integer not null references r_product (id),
	sku text not null,
	state integer not null,
	reason text null,
	currency text not null,
	unit integer not null,
	tiers text not null,
	price_micro integer not null check (price_micro >= 0),
	min_quantity integer not null check (min_quantity > 0),
	step_quantity integer not null check (step_quantity > 0),
	lead_days integer not null check (lead_days >= 0),
	on_hand integer not null check (on_hand >= 0),
	reserved integer not null check (reserved >= 0 and reserved <= on_hand),
	incoterm integer null,
	incoterm_place text null,
	ships_from text null,
	created_at integer not null,
	state_at integer not null,
	changed integer not null,
	digest blob null
) strict;
create unique index r_offer_sku on r_offer (company_id, sku);
create index r_offer_product on r_offer (product_id, price_micro, id);
create index r_offer_company on r_offer (company_id, id);
create index r_offer_state on r_offer (company_id, state, id);
create index r_offer_changed on r_offer (changed);
create index r_offer_taken on r_offer (state_at) where state = 4;

-- file is the name of the stored bytes (their digest in hex).
create table r_picture (
	id integer primary key,
	company_id integer not null references r_company (id),
	product_id integer not null references r_product (id),
	position integer not null,
	file text not null,
	width integer not null check (width > 0),
	height integer not null check (height > 0),
	bytes integer not null check (bytes > 0),
	alt text not null,
	created_at integer not null
) strict;
create index r_picture_product on r_picture (product_id, position, id);
create index r_picture_company on r_picture (company_id, id);
create index r_picture_file on r_picture (file);

create table r_document (
	id integer primary key,
	company_id integer not null references r_company (id),
	product_id integer not null references r_product (id),
	kind integer not null,
	title text not null,
	file text not null,
	media_type text not null,
	bytes integer not null check (bytes > 0),
	created_at integer not null
) strict;
create index r_document_product on r_document (product_id, id);
create index r_document_company on r_document (company_id, id);
create index r_document_file on r_document (file);

-- A file that is being read in, or was. source is the digest of the whole file: the same file
-- goes on behind rows_done.
create table r_import_run (
	id integer primary key,
	company_id integer not null references r_company (id),
	file_name text not null,
	source blob not null,
	state integer not null,
	rows_done integer not null,
	added integer not null,
	changed integer not null,
	same integer not null,
	refused integer not null,
	started_at integer not null,
	finished_at integer null
) strict;
create index r_import_run_company on r_import_run (company_id, id);
create index r_import_run_source on r_import_run (company_id, source, id);
