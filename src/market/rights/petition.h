/* petition: inside this noun: what people ask about their data, and what becomes of it.
 *
 * One request is one row, whatever it asks and however it came: from an account, over the public
 * form, from a guardian, an agent, by letter. Its states and who moves it stand in
 * petition_process.c; its history (petition_event) is only added to. */
#ifndef KONTOR_PETITION_H
#define KONTOR_PETITION_H

#include "market/process.h"
#include "market/rights/choice.h"

#include "gen/petition.sql.h"

enum {
	PETITION_MONTHS = 1,	    /* to answer, GDPR Art. 12(3) */
	PETITION_MORE_MONTHS = 2,   /* more, where that is said with its reason within the first */
	PETITION_WARN_DAYS = 7,	    /* before it is due */
	PETITION_LIFT_DAYS = 7,	    /* between saying that a restriction ends and its end */
	PETITION_CONFIRM_DAYS = 30, /* for the link that shows whose address it is */
	PETITION_LINK_DAYS = 400,
	PETITION_GIVES_DAYS = 30, /* a copy of the data by that link, from the answer on */
	PETITION_TEXT_CHARS = 2000,
	PETITION_CHOICES_MAX = 8,
	PETITION_KINDS = 10,
};

/* ---- forms ---- */
struct petition_form {
	str field, text;
};
struct guardian_form {
	str name, email, relation, account, text;
	bool right;
};
struct ask_form { /* of anybody; in the account without name and address */
	int kind;
	str purpose, name, email, country, text;
};
struct follow_form { /* by the link in a mail, or in the account */
	int act;     /* petition_happening: confirm, tell, withdraw */
	str text;
};
struct answer_form {
	str text;
};
struct refuse_form {
	int refusal;
	str text;
};
struct extend_form {
	int delay;
	str text;
};
struct letter_form {
	int kind, via;
	instant received;
	str name, email, country, text;
};
struct petition_query {
	int state, kind;
	int64_t due, after; /* the last one shown */
};
struct opt_out_form {
	str email;
	int method;
};
extern const struct form object_form, restrict_form, report_form, guardian_form, ask_form,
	ask_own_form, follow_form, answer_form, question_form, announce_form, refuse_form,
	extend_form, letter_form, petition_query_form, opt_out_form;

/* One long text under the key of the petition: reasons, answers. Forms of one page name it apart.
 */
#define PETITION_LONG(type, name_, what, needed, place) \
	{ \
		.name = (name_), .kind = FIELD_LONG, .required = (needed), \
		.min = (needed) ? 3 : 0, .max = PETITION_TEXT_CHARS, AT(type, text), \
		.label = MSG_petition_##what, .hint = MSG_petition_##what##_hint, .data = (place) \
	}
#define PETITION_TEXT(type, what, needed, place) PETITION_LONG(type, "text", what, needed, place)

/* ---- one request on its way ---- */
struct petition_thing {
	struct petition_id id;
	struct subject_key_id owner, identity;
	enum petition_kind kind;
	enum petition_state state;
	struct person_id person; /* who asked, in an account; 0: none */
	struct person_id about;	 /* whose account it is about, as far as known; 0: none */
	struct agent_id agent;
	bool confirmed; /* whoever asked reads mails to this address */
	str purpose, email, country;
	const struct locale *locale;
	instant made_at, due_at, extended_at;
	struct store *store;	       /* for the link in a mail */
	struct req *r;		       /* NULL: the clock */
	str text;		       /* said with this event */
	enum petition_refusal refusal; /* REFUSE */
	bool along; /* moved with the one it was joined to, by whoever moves that one */
};
/* What the rows of whoever asked (petition_seen) and of the desk (petition_by_id) both say. */
#define PETITION_THING(r_, p_) \
	{ \
		.id = (p_)->id, .owner = (p_)->owner_id, .identity = (p_)->identity_id, \
		.kind = (p_)->kind, .state = (p_)->state, .person = (p_)->person_id, \
		.agent = (p_)->agent_id, .purpose = (p_)->purpose, .email = (p_)->contact.email, \
		.country = (p_)->country, .locale = locale_of((p_)->locale), \
		.made_at = (p_)->made_at, .due_at = (p_)->due_at, \
		.extended_at = (p_)->extended_at, .store = req_store(r_), .r = (r_) \
	}
extern const struct process petition_process;

/* Does one event of petition_process: asks the table, has `store` write the new state and what
 * follows from it (false: somebody was faster), adds to the history, puts the mail into the outbox.
 * On the writer. Anything but PROCESS_YES: nothing was done. */
typedef bool petition_store(
	struct db *db, struct petition_thing *t, int event, enum petition_state to);
struct process_step petition_move(
	struct db *db, struct petition_thing *t, int event, petition_store *store);
petition_store petition_by_asker; /* confirm, tell, withdraw: whoever asked, or their agent */
/* What somebody told about who they are goes with its key when the case closes. */
void petition_forget_identity(struct db *db, const struct petition_thing *t);

/* A line of the history. `due`: what the clock says from here on. Purpose intake. */
void petition_note(struct db *db, const struct petition_thing *t, enum petition_happening what,
	enum petition_state from, enum petition_state to, str text);

/* Its mail, with the link to where it can be followed. Purpose mailing. */
void petition_mail(struct db *db, const struct petition_thing *t, const char *kind);
/* Where it is followed: in the account, or by a signed link. */
str petition_path(struct store *s, struct arena *a, struct petition_id id, bool account);
/* Where the desk's question is answered, and nothing else shown: for an agent to hand on. */
str petition_who_path(struct store *s, struct arena *a, struct petition_id id);

/* ---- taking one in ---- */
struct petition_new {
	enum petition_kind kind;
	enum petition_via via;
	int64_t person; /* the viewer, 0: none */
	struct agent_id agent;
	str purpose, text, field, country;
	struct petition_contact contact; /* email.n == 0: none */
	const struct locale *locale;
	instant received; /* TIME_NONE: now */
};
/* A new request; who has no account confirms the address first. One that says the same as one that
 * is open already is joined to that one (*joined). Purposes intake, and mailing unless it comes
 * from an account. */
struct petition_id petition_take(
	struct req *r, const struct petition_new *n, struct petition_id *joined);
/* One of the same kind and purpose that is open, came no later and was not extended, so that its
 * clock holds for both; 0: none. */
struct petition_id petition_same(struct db *db, const struct petition_new *n);

/* Country of the viewer's company, for the authority; none: {NULL, 0}. Purpose account. */
str petition_country(struct req *r);

/* ---- words ---- */
struct text petition_kind_text(int kind);
struct text petition_state_text(int state);
enum tone petition_state_tone(int state);
struct text petition_happening_text(int happening);
struct text petition_via_text(int via);
struct text petition_refusal_text(int refusal);
/* The term of the Data Privacy Vocabulary that stands for it: "justifications:ProcessExcessive". */
str petition_refusal_dpv(int refusal);
str petition_delay_dpv(int delay);
bool petition_late(instant due);
struct choice *petition_kind_choices(struct arena *a, size_t *n); /* of the public form */
/* The purposes that people may ask about, for a field; filled when the policy is known. */
extern struct code petition_purposes[];
/* What an answer to a question begins with: the basis of this use, and where that is an interest,
 * what was weighed. */
str petition_reply(struct req *r, str purpose);

/* ---- pages ---- */
struct petition_view { /* one on the desk */
	struct petition_by_id_row p;
	struct petition_person_row who; /* id 0: not known */
	struct petition_events_rows events;
	str *by; /* names for the events */
	struct petition_joined_rows joined;
	struct process_step choices[PETITION_CHOICES_MAX];
	size_t choices_n;
	str reply; /* template of an answer */
	str agent;
	const struct policy_authority *authority;
};
struct follow_view { /* as whoever asked sees it */
	struct petition_seen_row p;
	struct petition_seen_events_rows events;
	const struct policy_authority *authority;
	str action; /* where its form goes */
	bool may_confirm, may_tell, may_withdraw;
	str data_path; /* the copy of the data, when there is one; portable: to take along */
	bool narrow;   /* shown to an agent's user: the question alone */
};
enum { PETITION_AGES = 6 };
struct petition_list_view {
	struct petition_list_rows rows;
	const struct petition_query *q;
	struct text age[PETITION_AGES];
	int64_t ages[PETITION_AGES];
	int64_t open, soon, late;
};

#endif
