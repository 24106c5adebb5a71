/* words: closed lists as a reader meets them, for every district: units, Incoterms, countries,
 * kinds of mail. No page shows a code of the policy or of the API. */
#ifndef KONTOR_WORDS_H
#define KONTOR_WORDS_H

#include "market/member/member.h"
#include "web/page.h"

/* "pieces" for 10, in the page's language. */
str unit_text(struct out *o, int unit, int64_t n);
/* "FCA, free carrier": the code is what contracts name, so it stays. */
struct text incoterm_text(int incoterm);
/* The same where a text is needed and not a message. */
str incoterm_words(struct out *o, int incoterm);
/* All of them, for a field; n: INCOTERM_COUNT. */
struct choice *incoterm_choices(struct arena *a);
/* "Order confirmed" for the mail order_confirmed; its name if no word was given. */
struct text mail_text(struct arena *a, str kind);

#endif
