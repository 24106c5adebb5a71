/* view: what the desk's pages show. */
#ifndef KONTOR_DESK_VIEW_H
#define KONTOR_DESK_VIEW_H

#include "market/desk/desk.h"
#include "market/member/member.h"
#include "market/order/order.h"

#include "gen/company.sql.h"
#include "gen/desk.sql.h"
#include "gen/licence.sql.h"

enum { DESK_MONTHS = 12, DESK_CHOICES_MAX = 8, DESK_ROWS = 50, DESK_FIND_CHARS_MAX = 80 };
#define STAFF (BIT(ROLE_OPERATOR) | BIT(ROLE_OFFICER))
#define OPERATOR BIT(ROLE_OPERATOR)
enum desk_tab {
	DESK_OVERVIEW,
	DESK_COMPANIES,
	DESK_OFFERS,
	DESK_ORDERS,
	DESK_MESSAGES,
	DESK_VISITS,
	DESK_JOBS,
	DESK_PROTECTION, /* the officer's: people, audit, disclosures, breaches */
	DESK_KEYS,
	DESK_SETTINGS
};

/* The ways through the desk, in this order: a line each in tabs.c. */
struct links desk_tabs(struct arena *a, enum desk_tab now);

struct desk_overview {
	struct text month[DESK_MONTHS];
	int64_t orders[DESK_MONTHS], turnover[DESK_MONTHS], companies[DESK_MONTHS];
	str currency;
	struct text state[16];
	int64_t state_n[16];
	size_t states;
	int64_t active, pending;
	size_t dead;
};
struct desk_query {
	int state;
	int64_t before, company;
	str sku, currency, q;
};
struct desk_company {
	struct company_admission_row c;
	struct desk_company_events_rows events;
	struct licence_desk_rows licences;
	struct process_step choices[DESK_CHOICES_MAX];
	size_t choices_n;
};
struct desk_reason {
	str reason;
};
struct desk_setting_form {
	str name, email, phone, address, imprint, legal_form, register_entry, vat_id, dpo_name,
		dpo_email, eu_representative, uk_representative;
};
struct desk_logo {
	struct upload file;
};
extern const struct row_desc desk_job_desc, desk_settings_desc;
extern const struct form desk_query_form, desk_reason_form, desk_setting_form, desk_logo_form;

/* desk.c: what a decision on a company is called, before it is made. */
struct text desk_do_text(struct arena *a, int event);

/* desk_jobs.c */
int desk_jobs_get(struct req *r);
int desk_job_run(struct req *r);
/* Another server that runs it; empty: none. */
str desk_job_server(struct req *r, const char *job);
struct text desk_job_text(struct arena *a, const char *name);	    /* what it does, in few words */
str desk_took(struct arena *a, const struct locale *l, int64_t us); /* "0.4 ms", "3.2 s" */
str desk_span(struct arena *a, int64_t us);			    /* "12 s", "4 min", "3 h" */

/* desk_keys.c: keys to the desk's API. */
struct desk_key_form {
	str label;
	int64_t days;
	bool operates, officer;
};
extern const struct form desk_key_form;
int desk_keys_get(struct req *r);
int desk_key_apply(struct req *r);
int desk_key_drop(struct req *r);

/* desk_licence.c */
extern const struct form desk_licence_form;
int desk_licences_get(struct req *r);
int desk_licences_api(struct req *r);
int desk_licence_look(struct req *r);
int desk_licence_file(struct req *r);

/* desk_settings.c */
int desk_settings_get(struct req *r);
int desk_settings_apply(struct req *r);
int desk_logo_prepare(struct req *r);
int desk_logo_apply(struct req *r);
int desk_logo_remove(struct req *r);
int desk_logo_show(struct req *r);

#endif
