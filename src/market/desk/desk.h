/* desk: where the operator runs the marketplace: admission, offers, orders, messages, settings.
 *
 * Charts read figures by day that a job of its own (role counter) keeps from the histories of
 * orders and companies: no request scans. Orders are shown without anything personal. See
 * doc/desk.md. */
#ifndef KONTOR_DESK_H
#define KONTOR_DESK_H

#include "jobs/jobs.h"
#include "web/page.h"

extern const struct route desk_routes[];
extern const struct job desk_figures;

/* What the operator says of itself; what is not set is {NULL, 0}. */
struct desk_settings {
	str name, email, phone, address, imprint, legal_form, register_entry, vat_id, dpo_name,
		dpo_email, eu_representative, uk_representative;
	str logo; /* the stored picture's name */
	bool demonstration;
};
/* Reads them under the purpose public; false: nothing is set. */
bool desk_settings(struct db *db, struct desk_settings *s);
/* Who runs this marketplace: as it was said on the desk, and where nothing was said there, as
 * policy/operator.yaml says it. What pages and notices print. */
struct policy_operator desk_operator(
	struct db *db, const struct policy_operator *written, struct desk_settings *s);
/* The same of the policy that the program obeys, with a country where none was typed: who answers
 * for the data, in answers, receipts and notices. Purpose public. */
struct policy_operator desk_controller(struct db *db);
/* The operator's part of a page's frame: name, picture, contacts, the line above a
 * demonstration. */
void desk_frame(struct req *r, struct shell *s, const struct policy_operator *written);

/* Somebody came by a link of the news mails of this day, "2026-11-26", and agreed that it is
 * counted (visits.c). */
void desk_mail_led(str day);

#endif
