/* asset: files of asset/, built into the program by tool/embed (gen/asset.c). */
#ifndef KONTOR_WEB_ASSET_H
#define KONTOR_WEB_ASSET_H

#include "../base/base.h"

struct asset {
	const char *name; /* kontor.css, font/inter.woff2 */
	const char *url;  /* /a/kontor.5f3a9c21.css: the name with a digest of its bytes */
	const char *type; /* text/css; charset=utf-8 */
	const char *etag; /* quoted */
	str bytes;
	str gzip;         /* compressed as far as it goes; p == NULL: not worth it */
};
extern const struct asset assets[]; /* sorted by url, as bytes */
extern const size_t assets_n;

#endif
