/* hold: a legal hold keeps everything of a person from being deleted (GDPR Art. 17(3)(e)).
 *
 * One officer proposes it with its reason, another confirms; it wins over erasure and retention,
 * and the person is told why. Letting go takes two officers as well; then what was due meanwhile
 * goes. */
#ifndef KONTOR_RIGHTS_HOLD_H
#define KONTOR_RIGHTS_HOLD_H

#include "market/process.h"
#include "web/page.h"

#include "gen/hold.sql.h"

extern const struct route hold_routes[];
extern const struct process hold_process;

struct hold_form {
	str email, reason;
};
struct hold_query {
	int64_t before;
};
extern const struct form hold_form, hold_query;
struct hold_view {
	struct hold_list_rows rows;
	struct hold_name_row *names; /* one for each row */
};
struct text hold_state_text(enum legal_hold_state s);
enum tone hold_state_tone(enum legal_hold_state s);

#endif
