/* frame: what every page shows around its content, beside the viewer's own part (member_frame). */
#ifndef KONTOR_FRAME_H
#define KONTOR_FRAME_H

#include "web/page.h"

/* Brand, categories, footer, basket: from the policy's operator and the store. */
void frame_fill(struct req *r, struct shell *s, const struct policy_operator *o);
#define FRAME_PURPOSES (BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_SESSION))

#endif
