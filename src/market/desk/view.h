/* view: what the desk's pages show. */
#ifndef KONTOR_DESK_VIEW_H
#define KONTOR_DESK_VIEW_H

#include "market/desk/desk.h"
#include "market/member/member.h"
#include "market/member/member.h"
#include "market/order/order.h"

#include "gen/company.sql.h"
#include "gen/desk.sql.h"

enum { DESK_MONTHS = 12, DESK_CHOICES_MAX = 8, DESK_ROWS = 50 };
enum desk_tab {
	DESK_OVERVIEW,
	DESK_COMPANIES,
	DESK_OFFERS,
	DESK_ORDERS,
	DESK_MESSAGES,
	DESK_SETTINGS
};

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
	str sku, currency;
};
struct desk_company {
	struct company_admission_row c;
	struct desk_company_events_rows events;
	struct process_step choices[DESK_CHOICES_MAX];
	size_t choices_n;
};
struct desk_reason {
	str reason;
};
struct desk_setting_form {
	str name, email, phone, address, imprint;
};
extern const struct form desk_query_form, desk_reason_form, desk_setting_form;

#endif
