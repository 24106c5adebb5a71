/* display: the page on which a visitor chooses language and display. */
#ifndef KONTOR_DISPLAY_H
#define KONTOR_DISPLAY_H

#include "web/page.h"

struct display_typed {
	str lang, theme, density;
	bool remember;
};
extern const struct form display_form;
extern const struct route display_routes[];

#endif
