/* asset: the files of asset/ as the build put them into the program (tool/embed). */
#ifndef KONTOR_WEB_ASSET_H
#define KONTOR_WEB_ASSET_H

#include "../base/base.h"

struct asset {
	const char *name;	 /* kontor.css */
	const char *hashed_name; /* kontor.1f2e3d4c5b6a.css: changes with the content */
	const char *type;	 /* Content-Type */
	str bytes;
	str gzip;	  /* p == NULL: not smaller */
	const char *etag; /* quoted */
};
extern const struct asset assets[]; /* sorted by name; ends with name NULL */

#endif
