/* show: names and colours of what members' pages show. The argument is a value of the enum of the
 * same name; a role is its bit. */
#ifndef KONTOR_MEMBER_SHOW_H
#define KONTOR_MEMBER_SHOW_H

#include "market/member/member.h"
#include "web/page.h"

/* Stored values as the reader is told them. */
struct text company_state_text(int state);
struct text company_event_text(int event);
enum tone company_state_tone(int state);
struct text role_text(int role);
struct text industry_text(int industry);
struct text company_size_text(int size);

#endif
