/* visitor.h: somebody with a browser in front of a real server (test/program.h): cookies, pages
 * read over libcurl, forms sent as a browser sends them, with what their page hid in them. */
#ifndef KONTOR_TEST_VISITOR_H
#define KONTOR_TEST_VISITOR_H

#include "test/program.h"

struct browser {
	CURL *c;
	struct answer a;
	const struct server *at; /* the server that it asks; may change between requests */
};

UNUSED_OK static void browser_open(struct browser *b, const struct server *at)
{
	*b = (struct browser){.c = curl_easy_init(), .at = at};
	curl_easy_setopt(b->c, CURLOPT_COOKIEFILE, "");
	curl_easy_setopt(b->c, CURLOPT_ACCEPT_ENCODING, "gzip"); /* so that pages are packed */
}

UNUSED_OK static void browser_close(struct browser *b)
{
	curl_easy_cleanup(b->c);
	free(b->a.body);
}

UNUSED_OK static long see_page(struct browser *b, const char *path)
{
	ask(b->c, &b->a, str_fmt(test_arena, "%s%s", b->at->base, path).p, NULL, NULL);
	return b->a.rc ? 0 : b->a.status;
}

UNUSED_OK static bool shows(const struct browser *b, const char *text)
{
	return b->a.body && strstr(b->a.body, text);
}

static str hidden_of(const struct browser *b, const char *name)
{
	const char *mark = str_fmt(test_arena, "name=\"%s\" value=\"", name).p;
	const char *p = b->a.body ? strstr(b->a.body, mark) : NULL;

	if (!p)
		return S("");
	p += strlen(mark);
	return str_dup(test_arena, (str){p, strcspn(p, "\"")});
}

/* Sends the form of the page at hand, filled in. */
UNUSED_OK static long send_shown(struct browser *b, const char *path, const char *fields)
{
	const char *const heads[] = {
		str_fmt(test_arena, "Origin: %s", b->at->base).p, "Expect:", NULL};
	str token = hidden_of(b, "_token"), key = hidden_of(b, "_key");

	ask(b->c, &b->a, str_fmt(test_arena, "%s%s", b->at->base, path).p,
		str_fmt(test_arena, "_token=" STR_FMT "&_key=" STR_FMT "&%s", STR_ARG(token),
			STR_ARG(key), fields)
			.p,
		heads);
	return b->a.status;
}

/* Reads the form's page, fills the form in, sends it; again when the server says it is busy. */
UNUSED_OK static long send_form(
	struct browser *b, const char *page, const char *path, const char *fields)
{
	long status = 503;

	for (int tries = 0; status == 503 && tries < 10; tries++) {
		if (tries)
			usleep(500000);
		see_page(b, page);
		status = send_shown(b, path, fields);
	}
	if (status >= 400)
		printf("# %s: %ld\n", path, status);
	return status;
}

#endif
