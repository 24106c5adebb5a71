/* petition: inside this noun: what people ask, and what the desk decides. */
#ifndef KONTOR_PETITION_H
#define KONTOR_PETITION_H

#include "market/rights/choice.h"

#include "gen/petition.sql.h"

enum {
	PETITION_DAYS = 30,	/* to answer: one month, GDPR Art. 12(3) */
	PETITION_LIFT_DAYS = 7, /* between saying that a restriction ends and its end */
	PETITION_TEXT_CHARS = 2000,
};
struct petition_form {
	str field, text;
};
struct guardian_form {
	str name, email, relation, account, text;
	bool right;
};
struct decision_form {
	bool yes;
	str text;
};
struct opt_out_form {
	str email;
	int method;
};
extern const struct form object_form, restrict_form, report_form, guardian_form, decision_form,
	opt_out_form;

struct petition_view { /* one on the desk */
	struct petition_by_id_row p;
	struct petition_person_row who; /* id 0: not known */
	str account;			/* the minor's address that a guardian names */
};
struct text petition_kind_text(int kind);
struct text petition_state_text(int state);
bool petition_late(instant due);

#endif
