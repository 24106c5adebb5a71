/* frame: what every page shows around its content, beside the viewer's own part (member_frame). */
#ifndef KONTOR_FRAME_H
#define KONTOR_FRAME_H

#include "web/page.h"

/* Brand, categories, footer. Who runs the marketplace comes from the desk (desk_frame). */
void frame_fill(struct req *r, struct shell *s);
void frame_own(struct req *r, struct shell *s); /* the basket; is it staff */
#define FRAME_PURPOSES (BIT(PURPOSE_PUBLIC) | BIT(PURPOSE_SESSION))

#endif
