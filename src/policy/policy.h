/* policy: what the program may do with data, as a model.
 *
 * The files under policy/ (a strict YAML subset, doc/policy-files.md) are read into one read-only
 * model by the build tools and by the running program (which embeds them) with the same code. The
 * model compiles to guards for the database engine; nothing else in the program decides which
 * column may be read for which purpose. */
#ifndef KONTOR_POLICY_H
#define KONTOR_POLICY_H

#include "../base/base.h"

struct place { /* where something is declared: policy/tables/person.yaml:22 */
	const char *file;
	int line;
	int column; /* from 1; 0: the whole line */
};

enum type_kind {
	TYPE_INT,
	TYPE_BOOL,
	TYPE_TEXT,
	TYPE_BLOB,
	TYPE_TIME,
	TYPE_ID,     /* a typed id: name "order_id" */
	TYPE_ENUM,   /* a closed list, stored as a small integer from 1: name "order_state" */
	TYPE_MONEY,  /* minor units; `with` names the currency column */
	TYPE_PRICE,  /* millionths; `with` names the currency column */
	TYPE_SEALED, /* the blob of the group of the same name */
	TYPE_BLIND,  /* keyed index of a sealed field: `with` = "group.field" */
};
struct type {
	enum type_kind kind;
	str name; /* of the id or enum */
	str with;
};
struct policy_enum {
	str name;
	str *values; /* value i is stored as i + 1; append only */
	size_t n;
	struct place at;
};
enum policy_objection {	    /* what happens when a person objects */
	OBJECTION_NO,	    /* there is no right to: contract, law, consent (which is withdrawn) */
	OBJECTION_ASSESSED, /* it ends unless compelling grounds are on record, Art. 21(1) */
	OBJECTION_ABSOLUTE, /* it ends at once, no reason asked, Art. 21(2) */
};
struct policy_purpose {
	str name, title, why; /* title: two or three words for people; name when there is none */
	str dpv, basis;	      /* basis: A6-1-a .. A6-1-f, or none (no personal data) */
	str lia;	      /* A6-1-f: the assessment (policy_interest) that it rests on */
	str without;	      /* A6-1-a: what a person goes without who does not agree */
	str renew;	      /* A6-1-a: so long a consent stands before it is asked again */
	enum policy_objection objection;
	bool opens_restricted; /* may open what is sealed of a restricted subject */
	bool opens_held;       /* and of an erased one whose data a legal hold keeps */
	str *compatible_with;  /* purposes whose data it goes on using, GDPR Art. 6(4) */
	size_t compatible_with_n;
	str compatible_test; /* why that is compatible */
	int bit;	     /* 0..62: place in masks; append only, so declared, not counted */
	bool staff;	     /* acting under it is staff access: recorded singly */
	bool always;	     /* an installation cannot switch it off */
	bool off;	     /* this installation has: nothing acts under it */
	uint64_t roles;	     /* who may act under it: bits of policy_role */
	str *role_names;
	size_t role_names_n;
	struct place at;
};
struct policy_role {
	str name;
	int bit;
	enum { ROLE_KIND_VISITOR, ROLE_KIND_MEMBER, ROLE_KIND_OPERATOR, ROLE_KIND_PRINCIPAL } kind;
	struct place at;
};
struct policy_field { /* one field of a sealed group */
	str name, dpv;
	int number; /* place in the sealed record; append only */
	struct place at;
};
struct policy_group {
	str name;
	struct policy_field *fields;
	size_t n;
	str subject;  /* column of whose data it is ("id": its own), or a path "order.placed_by" */
	str key;      /* column whose id owns the key; default: subject */
	str required; /* what happens without it, empty = optional */
	str special;  /* special category: the ground of Art. 9(2), A9-2-a .. A9-2-j; else empty */
	/* Somebody else's explicit consent opens it: third_party, and the column that leads to the
	 * record of it; guardian: the column with that of a guardian, where minors may be meant. */
	str consent, record, guardian;
	struct place at;
};
struct policy_column {
	str name;
	struct type type;
	bool null;
	bool published; /* store: published: personal text shown to all by the person's own act */
	bool keyed;  /* store: keyed: only a keyed hash of what is personal; subject may be none */
	str dpv;     /* empty: not personal */
	str subject; /* of a personal column: whose data (as in a group); a person_id is its own;
	                 * "none" for keyed hashes that lead to nobody */
	struct place at;
};
/* What a purpose may do with a table. Each entry of using is one disjoint branch of the gate
 * (union all); none means every row. check is asked of the new row, whose columns are new.x. */
struct policy_grant {
	str purpose;
	str *columns; /* readable, sealed groups among them */
	size_t columns_n;
	str *insert, *update; /* writable columns */
	size_t insert_n, update_n;
	bool may_delete;
	str *using;
	size_t using_n;
	str check;
	str consent; /* purpose whose consent bit must stand in the row's mask; empty: none */
	bool lag;    /* what is read may be some seconds old: a replica may be asked */
	struct place at, using_at, check_at;
};
struct policy_keep {
	str from;     /* event column, "closed_at" */
	str duration; /* ISO 8601, P10Y */
	str because;
	enum { KEEP_ERASE, KEEP_ANONYMISE } then;
	struct place at;
};
/* Whose a row is, or who else is shown it: one edge of the ownership graph. `by` is a path from the
 * row to a subject, a row of a table whose `subject` is its own id (person, company):
 *
 *	placed_by                                a column
 *	order.placed_by                          through the own column order_id
 *	membership(company_id).person_id         through the rows of membership that point here
 */
struct policy_own {
	str by;
	str when;    /* a bool column: only rows in which it is set; empty: all */
	bool access; /* it is shown the row, and the row is not its own */
	str *redact; /* columns that an answer to this one leaves out */
	size_t redact_n;
	/* What happens to the row when this subject is erased. LAST: it goes with the last of its
	 * owners; until then, and with ANONYMISE and KEEP, `anonymise` says which columns go. */
	enum policy_on_delete {
		ON_DELETE_ERASE = 1,
		ON_DELETE_LAST,
		ON_DELETE_ANONYMISE,
		ON_DELETE_KEEP
	} on_delete;
	str *anonymise;
	size_t anonymise_n;
	str because; /* why it is kept */
	struct place at;
};
struct policy_fill {	   /* what an emptied column holds: of somebody erased, of a placeholder */
	str column, value; /* a text may end in *, which becomes random letters */
};
struct policy_table {
	str name; /* "orders"; the base table is r_orders */
	str about;
	str subject; /* default for its groups and personal columns; empty: each says its own */
	struct policy_column *columns;
	struct policy_group *groups;
	struct policy_grant *grants;
	struct policy_keep *keeps;
	size_t columns_n, groups_n, grants_n, keeps_n;
	struct policy_own *owns;
	struct policy_fill *fills;
	size_t owns_n, fills_n;
	str part_of;	 /* an id column: rows are parts of that one, and share its fate */
	bool generated;	 /* rows are made by the program: nothing in them was given by a person */
	bool single_row; /* signin: statements must be bound to a unique index */
	/* An append-only log whose rows are linked by digests (store_chain_link): the column that
	 * holds the commitment to each row's sealed content; "id": rows without sealed content;
	 * empty: no chain. `unchained`: columns that may still change. */
	str chain;
	str *unchained;
	size_t unchained_n;
	struct place at;
};
enum policy_category { /* of recipients: the twelve of partners, and who receives in single cases */
	CATEGORY_AFFILIATES = 1,
	CATEGORY_BUSINESS_PARTNERS,
	CATEGORY_ADVERTISING,
	CATEGORY_ANALYTICS,
	CATEGORY_PAYMENT,
	CATEGORY_CREDIT_RISK,
	CATEGORY_LOGISTICS,
	CATEGORY_CUSTOMS,
	CATEGORY_CLOUD,
	CATEGORY_CUSTOMER_SERVICE,
	CATEGORY_RISK_CONTROL,
	CATEGORY_REVIEW,
	CATEGORY_USERS, /* from here on: no partners of the operator */
	CATEGORY_ADVISERS,
	CATEGORY_AUTHORITIES,
	CATEGORY_INSURERS,
	CATEGORY_ACQUIRER,
	CATEGORY_BY_CONSENT,
	CATEGORY_COUNT_
};
extern const char *const policy_category_names[]; /* from CATEGORY_AFFILIATES on, ends with NULL */
struct policy_recipient {
	str name, title, role, link;
	str does;      /* what it does with the data, one sentence */
	str contract;  /* what binds it: needed of processors and joint controllers */
	str only_when; /* the one occasion on which it may be asked; empty: any */
	str limits;    /* what the contract forbids it: needed of processors of analytics */
	enum policy_category category;
	str *countries; /* ISO 3166-1; any: wherever it may be */
	bool anywhere;
	bool planned;	  /* declared, but the program has no way to send it anything yet */
	bool optional;	  /* declared in full, and off (planned) until an installation says on */
	str *instruments; /* names of transfers */
	/* fields: "person.email" or "person.email.address"; all: could see everything and is sent
	 * nothing; as_ordered: what the written order of each case names; none: the program sends
	 * it nothing, browsers fetch from it; "visit.page": what a page that was shown tells
	 * (policy_visit_fields), which is stored nowhere */
	str *purposes, *hosts, *fields;
	size_t countries_n, instruments_n, purposes_n, hosts_n, fields_n;
	struct place at;
};
enum policy_instrument {
	TRANSFER_INSIDE, /* no transfer: the country is in the operator's own area */
	TRANSFER_ADEQUACY,
	TRANSFER_SCC,	     /* standard contractual clauses, Decision (EU) 2021/914 */
	TRANSFER_BCR,	     /* binding corporate rules */
	TRANSFER_DEROGATION, /* GDPR Art. 49 */
};
struct policy_transfer { /* what data may leave the operator's own area on */
	str name, article, because, document, assessment, link, importer;
	enum policy_instrument kind;
	int module; /* 1 to 4 of the clauses; 0: other kinds */
	str *countries;
	size_t countries_n;
	bool anywhere;
	instant from, until; /* signed or adopted; ends. TIME_NONE: no end (derogations) */
	struct place at;
};
struct policy_region { /* in the order of declaration, the strictest first */
	str name, title, law;
	str *countries; /* n == 0: every country that no other region names */
	size_t countries_n;
	struct place at;
};
struct policy_authority { /* where somebody of these countries may complain */
	str name, title, link;
	str *countries;
	size_t countries_n;
	struct place at;
};
struct policy_interest { /* an assessment of legitimate interests, GDPR Art. 6(1)(f) */
	str name, title, interest, necessity, balance;
	str *safeguards;
	size_t safeguards_n;
	bool third_party; /* whose interest: a third party's */
	instant decided;
	struct place at;
};
/* A kind of data that may be collected on certain terms only; whichever table declares it meets
 * them (collect.c), whether it is there today or comes with a later feature. */
struct policy_collection {
	str name, title, about, clause;
	str *data;	 /* DPV identifiers that belong to it, each to one collection alone */
	str *purposes;	 /* the only ones that may read it, beside what the law asks (always, c) */
	str *recipients; /* the only ones that may receive it */
	str *needs;	 /* columns that every row has */
	str *only;	 /* names of the fields that may be stored; none: any */
	size_t data_n, purposes_n, recipients_n, needs_n, only_n;
	bool never;  /* is stored nowhere */
	bool shared; /* of two sides: each is shown the other's blacked out */
	str consent; /* third_party, or a purpose that the row's mask must allow */
	str asks;    /* a word that the check of each new row must ask */
	str most;    /* the longest keep */
	enum policy_from {
		FROM_PERSON = 1,
		FROM_COUNTERPARTY,
		FROM_PUBLIC,
		FROM_PARTNER,
		FROM_PLATFORM,
		FROM_PROVIDER
	} from; /* who gives it */
	struct place at;
};
extern const char *const policy_from_names[]; /* from FROM_PERSON on, ends with NULL */
/* What one privacy policy covers: addresses by their beginnings, for which clients. */
struct policy_scope {
	str name, title, link; /* link: where that policy stands */
	str *paths, *clients;  /* clients: web, api */
	size_t paths_n, clients_n;
	struct place at;
};
struct policy_minors {
	int age; /* the service is not for people below it; 0: nothing is declared */
	bool attested,
		guardian; /* age is attested, never asked; a guardian can have data removed */
	str about;
	struct place at;
};
enum policy_cookie_class {
	COOKIE_ESSENTIAL = 1,
	COOKIE_STATISTICS,
	COOKIE_PERSONAL,
	COOKIE_MARKETING
};
struct policy_cookie {
	str name, why, party;
	enum policy_cookie_class class;
	str serves;	   /* recipient that sets it; empty: the operator (party first) */
	str link, opt_out; /* that one's policy, and where to say no there */
	bool planned, optional;
	int64_t max_age_s; /* 0: session */
	struct place at;
};
/* relay: the server tells the recipient itself; browsers load nothing. */
enum policy_tag_kind {
	TAG_SCRIPT = 1,
	TAG_PIXEL,
	TAG_EMBED,
	TAG_BUTTON,
	TAG_STORAGE,
	TAG_SDK,
	TAG_RELAY
};
struct policy_tag { /* what else stands on pages or in mails and may tell somebody something */
	str name, why, party, serves, link, opt_out;
	enum policy_tag_kind kind;
	enum policy_cookie_class class;
	str src;   /* what it loads, https; of an embed or button with one * for what is shown */
	str opens; /* embed: the address as people know it, with one * for what is shown */
	str *hosts, *cookies; /* what it loads from; cookies that it may set */
	str sends;	      /* what whoever serves it learns, in words */
	size_t hosts_n, cookies_n;
	int64_t max_age_s; /* how long what it learns leads back to a browser; 0: the visit */
	bool planned, optional;
	struct place at;
};
struct policy_mail { /* a kind of mail: what it may carry, to whom, for what */
	str name, purpose, recipient;
	str *fields;
	size_t fields_n;
	struct place at;
};
struct policy_operator { /* who runs this installation: policy/operator.yaml */
	str name, legal_form, register_entry, vat_id, country, email, phone, imprint;
	str dpo_name, dpo_email;		  /* data protection officer */
	str eu_representative, uk_representative; /* where the operator is outside, Art. 27 */
	str authority, authority_link;		  /* where a person may complain */
	str *address;				  /* lines */
	size_t address_n;
	struct place at;
};
struct policy_text {		/* a text of the model in another language */
	str language, path, is; /* de, purpose.trade.why */
	str of;			/* of what English text: the first hex digits of its digest */
	struct place at;
};
struct policy {
	struct policy_operator operator;
	struct policy_purpose *purposes;
	struct policy_role *roles;
	struct policy_enum *enums;
	str *ids;
	struct policy_table *tables;
	struct policy_recipient *recipients;
	struct policy_cookie *cookies;
	struct policy_mail *mails;
	struct policy_interest *interests;
	struct policy_transfer *transfers;
	struct policy_region *regions;
	struct policy_authority *authorities;
	struct policy_tag *tags;
	struct policy_collection *collections;
	struct policy_scope *scopes;
	struct policy_minors minors;
	size_t purposes_n, roles_n, enums_n, ids_n, tables_n, recipients_n, cookies_n, mails_n;
	struct policy_text *texts;
	size_t interests_n, transfers_n, regions_n, authorities_n, tags_n, texts_n, collections_n;
	size_t scopes_n;
	uint64_t off;	    /* bits of purposes that this installation switched off */
	struct digest hash; /* of the compiled model, not of the text */
};

/* One mistake, in compiler form. Reading goes on after a mistake and collects up to 100. */
struct policy_error {
	struct place at;
	str text;
};
struct policy_errors {
	struct policy_error *v;
	size_t n, cap;
};
struct policy_source { /* one file: name as shown in errors, and its bytes */
	const char *name;
	str text;
};
void policy_error(struct arena *a, struct policy_errors *e, struct place at, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* All of them, a line each: "policy/roles.yaml:3:12: error: ...". */
str policy_errors_text(struct arena *a, const struct policy_errors *e);

/* Reads all files into a model that lives in `a`; NULL when there are errors. What a file holds is
 * told by its keys (`table:` makes a table file); a name ending in .csv is a list of DPV terms.
 * The bytes of the files must live as long as the model. */
const struct policy *policy_read(
	struct arena *a, const struct policy_source *files, size_t n, struct policy_errors *e);
const struct policy *policy_read_dir(struct arena *a, const char *dir, struct policy_errors *e);

/* The model as an installation narrows it (DIR/policy/narrow.yaml): purposes, recipients, cookies
 * and tags switched off, fewer countries, shorter times, its own operator and partners by name.
 * Whatever would be wider is a mistake. A new model in `a`, the given one is not changed; NULL
 * when there are errors. */
const struct policy *policy_narrow(struct arena *a, const struct policy *p,
	const struct policy_source *file, struct policy_errors *e);

/* A text of the model in another language: "purpose.trade.why" with its English. Without one, the
 * English itself, and *how says so. */
enum policy_text_how { TEXT_TRANSLATED, TEXT_STALE, TEXT_ENGLISH };
str policy_text(
	const struct policy *p, str language, str path, str english, enum policy_text_how *how);
enum { POLICY_TEXT_DIGITS = 8 };
str policy_text_mark(struct arena *a, str english); /* what `of` must be */
/* ISO 8601 duration in seconds, years as 365.25 and months as a twelfth of that; -1: not one. */
int64_t policy_duration_s(str s);

/* Looked up by name; NULL: there is none. */
const struct policy_table *policy_table(const struct policy *p, str name);
const struct policy_column *policy_column(const struct policy_table *t, str name);
const struct policy_group *policy_group(const struct policy_table *t, str name);
/* The group of a chained table that its commitment stands for: the one with the field `salt`. */
const struct policy_group *policy_chain_group(const struct policy_table *t);
/* Is the column part of what the links of a chained table cover? All are that stand there in clear
 * and are about nobody; what is about somebody is covered by the commitment, which can be kept when
 * the person's data goes. */
bool policy_chain_covers(const struct policy_table *t, const struct policy_column *c);
const struct policy_grant *policy_grant(const struct policy_table *t, str purpose);
const struct policy_purpose *policy_purpose(const struct policy *p, str name);
const struct policy_enum *policy_enum(const struct policy *p, str name);
const struct policy_role *policy_role(const struct policy *p, str name);
const struct policy_recipient *policy_recipient(const struct policy *p, str name);
const struct policy_interest *policy_interest(const struct policy *p, str name);
const struct policy_transfer *policy_transfer(const struct policy *p, str name);
/* The scope that an address belongs to for a client: that with the longest beginning of it. NULL:
 * none; two with the same beginning are a mistake of the files. */
const struct policy_scope *policy_scope_of(const struct policy *p, str path, str client);
/* The collection that an identifier belongs to; NULL: to none. */
const struct policy_collection *policy_collection_of(const struct policy *p, str dpv);
/* Does a table hold data of it? */
bool policy_collection_used(const struct policy *p, const struct policy_collection *v);
/* May this tag stand on a page now? It is not switched off, and whoever it loads from is a
 * recipient in use that has an instrument in force for each of its countries. */
bool policy_tag_live(const struct policy *p, const struct policy_tag *t, instant at);
const struct policy_tag *policy_tag(const struct policy *p, str name);
/* "visit.page", …: what a page that was shown tells; ends with NULL. */
extern const char *const policy_visit_fields[];
/* The region of a visitor's country; the strictest for a country that nobody knows. */
const struct policy_region *policy_region_of(const struct policy *p, str country);
/* Where somebody of this country may complain; of one that no authority names, or that is not
 * known: the one of the operator's country; NULL: none is declared. */
const struct policy_authority *policy_authority_of(const struct policy *p, str country);
/* Does anything in the policy act under it yet? A purpose that no table grants is only declared. */
bool policy_purpose_used(const struct policy *p, const struct policy_purpose *u);
/* What data may go to this recipient in this country on, at this time: one of its instruments that
 * is in force, or an entry of kind TRANSFER_INSIDE. NULL: nothing may be sent, *why says why not
 * (why may be NULL). */
const struct policy_transfer *policy_transfer_live(
	const struct policy *p, str recipient, str country, instant at, str *why);
/* What leads out of force soon, or is: a line for each instrument that a recipient in use names,
 * empty when all is well until `at` + within_us. */
str policy_transfers_due(struct arena *a, const struct policy *p, instant at, int64_t within_us);

/* ---- the model as facts: paths and values, in the order of paths, so that two models can be
 * compared and a former one be kept. The model's hash is the hash of their text. */
struct policy_fact {
	str path, value; /* purpose.trade.basis  A6-1-b */
};
struct policy_facts {
	struct policy_fact *v;
	size_t n, cap;
};
struct policy_facts policy_facts(struct arena *a, const struct policy *p);
str policy_facts_text(struct arena *a, const struct policy_facts *f); /* PATH tab VALUE newline */
/* False: not such a text. */
bool policy_facts_parse(struct arena *a, str text, struct policy_facts *f);

/* ---- two policies compared ---- */
enum policy_class {	     /* what a change asks of people, from least to most */
	CLASS_EDITORIAL = 1, /* nothing: words, or the program may do less */
	CLASS_NOTICE,	     /* the people touched are told */
	CLASS_CONSENT,	     /* they are asked, and the new use waits for their answer */
};
enum policy_change_kind {
	CHANGE_WORDS = 1,
	CHANGE_NARROWER,
	CHANGE_PURPOSE,	  /* a new purpose */
	CHANGE_BASIS,	  /* another legal basis, or a weaker right to object */
	CHANGE_USE,	  /* a purpose comes to use data that it did not use */
	CHANGE_FIELD,	  /* new data is collected */
	CHANGE_SPECIAL,	  /* data of a special category */
	CHANGE_LONGER,	  /* kept longer, or anonymised instead of erased */
	CHANGE_RECIPIENT, /* somebody new receives data */
	CHANGE_MORE_OUT,  /* a recipient gets more, for more, or as something else */
	CHANGE_COUNTRY,	  /* data goes to a new country, or on another instrument */
	CHANGE_COOKIE,	  /* a new cookie or tag, or one that lasts longer */
	CHANGE_WHO,	  /* more people or rows: roles, row gates */
	CHANGE_OPERATOR,  /* who answers for it all */
	CHANGE_KIND_COUNT_
};
enum policy_touched { /* who is told or asked */
	TOUCHED_NOBODY = 1,
	TOUCHED_EVERYONE,
	TOUCHED_SUBJECTS,   /* of the table `of`: people whose data stands in it */
	TOUCHED_CONSENTERS, /* people who agreed to the purpose `of` */
};
struct policy_change {
	str path, before, after; /* p == NULL: was not, is not */
	enum policy_class class;
	enum policy_change_kind kind;
	enum policy_touched touched;
	str of;	     /* table or purpose, see above */
	str purpose; /* CLASS_CONSENT: the use that waits */
};
struct policy_changes {
	struct policy_change *v;
	size_t n, cap;
	enum policy_class class; /* of the whole: the highest; 0: nothing changed */
};
/* What changed between the facts of two models. A change of many facts at once (a whole new
 * purpose, recipient, table) is one entry at its name. */
struct policy_changes policy_diff(
	struct arena *a, const struct policy_facts *before, const struct policy_facts *after);
/* For the command line: a line each, the gravest first. */
str policy_changes_text(struct arena *a, const struct policy_changes *c);
extern const char *const policy_class_names[]; /* from CLASS_EDITORIAL on */

/* Replaces @enum.value by its number, @role.name and @purpose.name by their mask (1 << bit, as in
 * viewer_roles() & @role.admin); errors name `at`. Text in quotes is left alone. */
str policy_constants(
	struct arena *a, const struct policy *p, str sql, struct place at, struct policy_errors *e);

/* The guards of one SQLite connection: views, in the order in which they are made. `nonce` is drawn
 * per connection. View "trade.orders" (what statements name, quoted) selects from the guard view
 * "trade.orders~NONCE"; the guard alone reads r_orders. A sealed column is handed out as
 * sealed(row id, key id, blob). Guards exist for every (table, purpose) with readable columns.
 * A guard of several gates exists twice: as disjoint branches, one index each, for lists; and as
 * "trade.orders.near", gates joined by `or`, for what is found by an index of its own. */
#define POLICY_NEAR ".near"
struct guard_view {
	str name, sql; /* sql: create view "NAME" as ... */
};
struct guard {
	str view; /* trade.orders */
	struct guard_view views[4];
	size_t views_n;
	const struct policy_table *table;
	const struct policy_grant *grant;
};
struct guards {
	struct guard *v;
	size_t n;
};
struct guards policy_guards_sqlite(struct arena *a, const struct policy *p, str nonce);
/* The statements that make a guard's views as temporary ones, each with its semicolon. */
str policy_guard_sql(struct arena *a, const struct guard *g);

/* What an inserted row is asked, as a condition over new.COLUMN (the statement calls the row
 * `new`), with constants replaced and other views named as statements name them, "trade.orders", or
 * "trade.orders.near" where the check asks for one row by its id.
 * The grant's `check`; without one its `using`, asked of the new row; {NULL, 0}: every row may be
 * inserted. Updates and deletes need no condition of their own: they take their rows by
 * `id in (select id from "trade.orders")`, and columns of a gate are never updatable. */
str policy_check_sqlite(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g);

/* ---- PostgreSQL (guards_pg.c, ddl_pg.c; doc/postgresql.md) ----
 * Roles begin with a word that the installation has for itself, since a cluster's databases share
 * them: `roles`_owner owns the tables, `roles`_app logs in, `roles`_for_trade owns the views of the
 * purpose trade. A view "trade"."orders" is what statements read, "trade"."orders.near" its gates
 * joined by `or`, "trade"."orders.change" what updates and deletes go through, "orders.new" what
 * inserts go through. */
#define POLICY_CHANGE ".change"
#define POLICY_NEW ".new"
/* Of a table that lies everywhere (Citus): the view of its copy, which every machine has. */
#define POLICY_COPY ".copy"

/* A file of schema/ as PostgreSQL wants it; names are not qualified: search_path is `base`. */
str policy_ddl_pg(struct arena *a, str sql);
/* A text of schema/pg/ for these roles. */
str policy_house_pg(struct arena *a, str sql, str roles);
/* Roles, grants, row policies and views of every purpose, for a database that has the tables; to be
 * run as a whole by who made them, again whenever the policy or the tables changed. */
str policy_guards_pg(struct arena *a, const struct policy *p, str roles);
/* The same on several machines, where `layout` (schema/citus.sql) has put the tables
 * (guards_citus.c). */
str policy_guards_citus(struct arena *a, const struct policy *p, str roles, str layout);
bool policy_lies(str layout, str table, const char *kind); /* placed, everywhere, one */
/* Whether the column of a placed table says in which place the row lies. */
bool policy_tells_place(str layout, str table, str column);
/* " and h0.place = (?1 & 63)" of the alias h0, where its column is compared with ?1 and says the
 * place, so that one machine is asked; else empty. */
str policy_place_of(struct arena *a, str layout, str table, str alias, str column);
struct gate_places;
/* A view as it stands behind `from` there: read in the place alone, or the copy. */
str policy_placed_pg(
	struct arena *a, const struct gate_places *at, str purpose, str table, str kind, str alias);
/* As policy_check_sqlite; places: NULL: of one machine. */
str policy_check_pg(struct arena *a, const struct policy *p, const struct policy_table *t,
	const struct policy_grant *g, const struct gate_places *places);
/* Who asks, viewer_person(), as gates and statements ask it there: (select kontor.viewer_person()),
 * worked out once for a statement; plans do not depend on who asked first. Empty: another name. */
str policy_viewer_pg(struct arena *a, str name);
/* What another function is called there: ifnull -> coalesce. */
str policy_function_pg(str name);

/* ---- ownership: what the store makes its walks and sweeps of (own.c, walk.c) ---- */
enum { POLICY_HOPS_MAX = 4 };
struct policy_hop { /* to `table`: over `column` of the table before, or back over its own */
	const struct policy_table *table;
	str column;
	bool back;
};
struct policy_path {
	struct policy_hop v[POLICY_HOPS_MAX];
	size_t n;
	const struct policy_column *end; /* of the last hop's table */
};
/* Resolves a path from a row of t; false: `why` says what is wrong with it. */
bool policy_path(struct arena *a, const struct policy *p, const struct policy_table *t, str text,
	struct policy_path *path, str *why);
/* The subjects that a path ends at: the table of people, or of companies. NULL: none. */
const struct policy_table *policy_path_subject(
	const struct policy *p, const struct policy_table *t, const struct policy_path *path);
bool policy_is_subject(const struct policy_table *t); /* its rows are data subjects */
/* Its rows are data subjects and say themselves whether they are restricted (a column `restricted`,
 * kept by the store), so that guards ask no other table. */
bool policy_tells_restricted(const struct policy_table *t);
bool policy_is_personal(const struct policy_column *k);
const struct policy_table *policy_id_table(const struct policy *p, str id_type);
const struct policy_fill *policy_fill_of(const struct policy_table *t, str column);

/* One edge as statements of SQLite: id and every column of the rows behind ?1 (subject), with ids
 * over ?2, at most ?3, in the order of ids; newest: with ids below ?2, the ids alone, the other way
 * round. */
struct policy_walk {
	const struct policy_table *table, *subject;
	const struct policy_own *own;
	str find, newest;
};
struct policy_walks {
	struct policy_walk *v;
	size_t n;
};
/* Every edge to subjects of every kind, in the order in which rows are erased: what leads through
 * other tables before those, children before parents. */
struct policy_walks policy_walks_sqlite(struct arena *a, const struct policy *p, str layout);
/* The subjects that own row ?1 of t, one more than once if several ways lead to them; shown: and
 * those whom it is shown. Empty: nobody can. */
str policy_owners_sqlite(struct arena *a, const struct policy *p, const struct policy_table *t,
	bool shown, str layout);

/* One keep as statements: due rows. id, time of the event; events over ?1 (with ids over ?2 at
 * ?1) up to ?3, at most ?4, in their order. */
struct policy_sweep {
	const struct policy_table *table;
	const struct policy_keep *keep;
	int64_t duration_s;
	bool stays; /* rows remain when they are done: what is behind the mark was seen */
	str name;   /* of its mark: "orders closed_at P10Y" */
	str due;
};
struct policy_sweeps {
	struct policy_sweep *v;
	size_t n;
};
struct policy_sweeps policy_sweeps_sqlite(struct arena *a, const struct policy *p, str layout);

/* The model as text, one fact a line, in the order of names, so that a difference of two texts is
 * the difference of two policies (test/policy/matrix.golden). */
str policy_matrix(struct arena *a, const struct policy *p);
/* How many letters differ, without regard to case (Levenshtein); long texts are far away. And the
 * one of `v` that was meant by a misspelt word; {NULL, 0}: none is near. */
size_t policy_distance(str a, str b);
str policy_nearest(str word, const str *v, size_t n);

/* What a role may do: under which purposes, with which columns of which rows. {NULL, 0}: no such
 * role. */
str policy_who(struct arena *a, const struct policy *p, str role);
/* Who may read and write "orders.consignee", for what, on which rows, how long it is kept and who
 * receives it. {NULL, 0}: no such column. */
str policy_explain(struct arena *a, const struct policy *p, str column);

/* Checks the model against the real columns: each undeclared, missing or wrongly typed column is
 * an error. Rows come from the engine (pragma table_info, information_schema). */
struct schema_column {
	str table, column, type; /* r_orders, state, INTEGER */
	bool not_null;
};
void policy_check_schema(struct arena *a, const struct policy *p, const struct schema_column *c,
	size_t n, struct policy_errors *e);

#endif
