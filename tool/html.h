/* html.h: follows HTML byte by byte for tmplc, and says how a value must be written where it
 * stands. Mistakes fault with the whole message, FILE:LINE: error: ... */
#ifndef KONTOR_TOOL_HTML_H
#define KONTOR_TOOL_HTML_H

#include <ctype.h>

#include "file.h"

enum { HTML_NEST_MAX = 48, HTML_NAME_MAX = 32, HTML_URL_MAX = 64 };
enum html_state {
	HTML_TEXT,
	HTML_NAME,    /* of a tag */
	HTML_BETWEEN, /* inside a tag, before an attribute */
	HTML_ATTR,    /* name of an attribute */
	HTML_EQ,      /* behind its = */
	HTML_VALUE,   /* inside its quotes */
	HTML_AFTER,   /* behind the second quote */
	HTML_COMMENT,
	HTML_DECL, /* <!doctype */
	HTML_RAW,  /* script, style and their like */
};
enum html_kind { HTML_PLAIN, HTML_URL, HTML_BANNED };

struct html_place {
	const char *file;
	int line;
	enum html_state st;
	enum html_kind kind;
	bool end_tag, slash, opener, closer;
	bool refresh, content;	   /* <meta http-equiv>, and a value in its content */
	int url;		   /* 0 at its start, 1 in its path, 2 behind ? or # */
	bool first_segment;	   /* the URL is "/" and a value so far */
	char prefix[HTML_URL_MAX]; /* the URL's text before its first value */
	char tag[HTML_NAME_MAX], attr[HTML_NAME_MAX];
	char open[HTML_NEST_MAX][HTML_NAME_MAX];
	int open_line[HTML_NEST_MAX], nest;
};

static noreturn PRINTF_LIKE(2, 3) void html_die(const struct html_place *h, const char *fmt, ...)
{
	char what[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	fault(FAULT_OUTSIDE, "%s:%d: error: %s", h->file, h->line, what);
}

static bool html_in(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

static bool html_void(const char *tag)
{
	return html_in(tag, (const char *const[]){"area", "base", "br", "col", "embed", "hr", "img",
				    "input", "link", "meta", "source", "track", "wbr", NULL});
}

static bool html_raw(const char *tag)
{
	return html_in(tag, (const char *const[]){"script", "style", "xmp", "iframe", "noembed",
				    "noframes", "plaintext", NULL});
}

static enum html_kind html_kind_of(const char *attr)
{
	static const char *const urls[] = {"href", "src", "action", "formaction", "poster", "cite",
		"data", "ping", "manifest", "background", "longdesc", "usemap", "xlink:href", NULL};
	static const char *const banned[] = {
		"style", "srcdoc", "srcset", "imagesrcset", "http-equiv", NULL};

	if (!strncmp(attr, "on", 2) || html_in(attr, banned))
		return HTML_BANNED;
	return html_in(attr, urls) ? HTML_URL : HTML_PLAIN;
}

static void html_push(const struct html_place *h, char name[HTML_NAME_MAX], char c)
{
	size_t n = strlen(name);

	if (n + 1 >= HTML_NAME_MAX)
		html_die(h, "a name of more than %d characters", HTML_NAME_MAX - 1);
	name[n] = (char)tolower((unsigned char)c);
	name[n + 1] = 0;
}

static bool html_inside(const struct html_place *h, const char *tag)
{
	for (int i = 0; i < h->nest; i++)
		if (!strcmp(h->open[i], tag))
			return true;
	return false;
}

static bool html_keeps_space(const struct html_place *h)
{
	return html_inside(h, "pre") || html_inside(h, "textarea");
}

static void html_end_tag(struct html_place *h)
{
	h->st = HTML_TEXT;
	if (html_void(h->tag))
		html_die(h, "<%s> has no end tag", h->tag);
	if (!h->nest && h->closer)
		return;
	if (!h->nest)
		html_die(h, "</%s> closes nothing", h->tag);
	if (strcmp(h->open[h->nest - 1], h->tag) != 0)
		html_die(h, "</%s> does not close <%s> of line %d", h->tag, h->open[h->nest - 1],
			h->open_line[h->nest - 1]);
	h->nest--;
}

/* At the > of a tag. */
static void html_tag(struct html_place *h)
{
	if (h->refresh && h->content)
		html_die(h, "no value may stand in the content of <meta http-equiv>");
	if (h->end_tag) {
		html_end_tag(h);
		return;
	}
	h->st = HTML_TEXT;
	if (html_void(h->tag))
		return;
	if (h->slash && (html_inside(h, "svg") || html_inside(h, "math")))
		return;
	if (h->slash)
		html_die(h, "<%s/> does not close itself in HTML", h->tag);
	if (h->nest == HTML_NEST_MAX)
		html_die(h, "more than %d elements inside each other", HTML_NEST_MAX);
	memcpy(h->open[h->nest], h->tag, sizeof h->tag);
	h->open_line[h->nest++] = h->line;
	if (html_raw(h->tag))
		h->st = HTML_RAW;
}

static void html_feed_text(struct html_place *h, char c, str next)
{
	if (c != '<')
		return;
	if (str_starts(next, S("!--"))) {
		h->st = HTML_COMMENT;
		return;
	}
	h->end_tag = str_starts(next, S("/"));
	h->slash = h->refresh = h->content = false;
	h->tag[0] = 0;
	char first = next.n > (size_t)h->end_tag ? next.p[h->end_tag] : 0;

	if (str_starts(next, S("{{")) || str_starts(next, S("/{{")))
		html_die(h, "no value may stand in the name of a tag");
	if (first == '!' || first == '?') /* ?: of XML, as in a site map */
		h->st = HTML_DECL;
	else if (isalpha((unsigned char)first))
		h->st = HTML_NAME;
	else
		html_die(h, "a < that begins no tag: write &lt;");
}

static void html_feed_name(struct html_place *h, char c)
{
	if (c == '/' && !h->tag[0])
		return; /* of an end tag */
	if (c == '>')
		html_tag(h);
	else if (isspace((unsigned char)c) || c == '/') {
		h->st = HTML_BETWEEN;
		h->slash = c == '/';
	} else
		html_push(h, h->tag, c);
}

static void html_feed_tag(struct html_place *h, char c)
{
	if (isspace((unsigned char)c)) {
		h->st = HTML_BETWEEN;
	} else if (c == '>') {
		html_tag(h);
	} else if (c == '/') {
		h->slash = true;
		h->st = HTML_BETWEEN;
	} else if (h->st == HTML_AFTER) {
		html_die(h, "a space must stand between attributes");
	} else if (c == '=' && h->st == HTML_ATTR) {
		h->st = HTML_EQ;
	} else if (c == '"' || c == '\'' || c == '=' || c == '<') {
		html_die(h, "%c inside a tag", c);
	} else {
		if (h->st == HTML_BETWEEN)
			h->attr[0] = 0;
		h->st = HTML_ATTR;
		h->slash = false;
		html_push(h, h->attr, c);
		h->refresh =
			h->refresh || (!strcmp(h->tag, "meta") && !strcmp(h->attr, "http-equiv"));
	}
}

static void html_feed_value(struct html_place *h, char c)
{
	if (c == '"') {
		h->st = HTML_AFTER;
		return;
	}
	if (h->kind != HTML_URL)
		return;
	if (h->first_segment && c == '/')
		html_die(h, "when this value is empty the URL begins with // and names a host");
	h->first_segment = false;
	if (c == '?' || c == '#')
		h->url = 2;
	else if (!h->url)
		h->url = 1;
	size_t n = strlen(h->prefix);

	if (n + 1 < sizeof h->prefix) {
		h->prefix[n] = c;
		h->prefix[n + 1] = 0;
	}
}

/* One byte of text; `next` is what follows it. */
static void html_feed(struct html_place *h, char c, str next)
{
	switch (h->st) {
	case HTML_TEXT: html_feed_text(h, c, next); break;
	case HTML_NAME: html_feed_name(h, c); break;
	case HTML_BETWEEN:
	case HTML_ATTR:
	case HTML_AFTER: html_feed_tag(h, c); break;
	case HTML_EQ:
		if (c != '"')
			html_die(h, "the value of attribute \"%s\" stands in double quotes",
				h->attr);
		h->st = HTML_VALUE;
		h->kind = html_kind_of(h->attr);
		h->url = 0;
		h->prefix[0] = 0;
		h->first_segment = false;
		break;
	case HTML_VALUE: html_feed_value(h, c); break;
	case HTML_COMMENT:
		if (c == '-' && str_starts(next, S("->")))
			h->st = HTML_DECL; /* up to the > */
		break;
	case HTML_DECL:
		if (c == '>')
			h->st = HTML_TEXT;
		break;
	case HTML_RAW:
		if (c == '<' && str_starts(next, S("/")) &&
			str_eq_nocase(str_sub(next, 1, strlen(h->tag)), str_of(h->tag)))
			html_feed_text(h, c, next);
		break;
	}
}

/* The text of a URL before its first value must already say scheme and host. */
static void html_check_prefix(const struct html_place *h)
{
	str p = str_of(h->prefix);
	size_t n = 0;

	while (n < p.n && p.p[n] != ':' && p.p[n] != '/' && p.p[n] != '?' && p.p[n] != '#')
		n++;
	str scheme = n < p.n && p.p[n] == ':' ? str_sub(p, 0, n) : S("");

	if (scheme.n && !str_eq_nocase(scheme, S("https")) && !str_eq_nocase(scheme, S("http")) &&
		!str_eq_nocase(scheme, S("mailto")) && !str_eq_nocase(scheme, S("tel")))
		html_die(h, "no value may stand in a URL of scheme \"%.*s\"", STR_ARG(scheme));
	str rest = scheme.n ? str_sub(p, n + 1, p.n) : p;

	if (str_eq_nocase(scheme, S("mailto")) || str_eq_nocase(scheme, S("tel")))
		return;
	if (scheme.n && !str_starts(rest, S("//")))
		html_die(h, "a URL with a scheme goes on with //");
	if (str_starts(rest, S("//")) && !str_has(str_sub(rest, 2, rest.n), '/'))
		html_die(h, "no value may name the host of a URL");
}

/* The writer for a value that stands here. */
static const char *html_value(struct html_place *h)
{
	switch (h->st) {
	case HTML_TEXT: return "OUT_TEXT";
	case HTML_VALUE: break;
	case HTML_NAME: html_die(h, "no value may stand in the name of a tag");
	case HTML_BETWEEN:
	case HTML_ATTR:
	case HTML_AFTER:
		html_die(h, "no value may stand in the name of an attribute: write %% if around "
			    "the attribute");
	case HTML_EQ: html_die(h, "the value of attribute \"%s\" stands in double quotes", h->attr);
	case HTML_COMMENT: html_die(h, "no value may stand in a comment");
	case HTML_DECL: html_die(h, "no value may stand in a declaration");
	case HTML_RAW:
		html_die(h, "no value may stand in <%s>: put it into a data- attribute", h->tag);
	}
	if (h->kind == HTML_BANNED)
		html_die(h, "no value may stand in attribute \"%s\"", h->attr);
	if (h->kind == HTML_PLAIN) {
		h->content = h->content || (!strcmp(h->tag, "meta") && !strcmp(h->attr, "content"));
		return "OUT_ATTR";
	}
	if (!h->url) {
		h->url = 1;
		h->prefix[0] = '*'; /* the value says scheme and host */
		h->prefix[1] = 0;
		return "OUT_URL";
	}
	html_check_prefix(h);
	h->first_segment = !strcmp(h->prefix, "/");
	return h->url == 1 ? "OUT_PATH" : "OUT_QUERY";
}

/* At the { of a function. */
static void html_begin(struct html_place *h)
{
	h->st = HTML_TEXT;
	h->nest = 0;
}

/* At a }: the HTML must be where it was at the {; only what opens or closes on purpose, and says
 * so in its name, may leave elements open or close ones that it did not open. */
static void html_block_end(
	struct html_place *now, const struct html_place *then, int line, bool function)
{
	bool free = now->opener || now->closer;
	bool same = now->st == then->st &&
		    (now->st != HTML_VALUE || (now->kind == then->kind && now->url == then->url));

	if (!same)
		html_die(now,
			"this block (from line %d) leaves the HTML in another place than it found "
			"it",
			line);
	if (!free && now->nest > then->nest)
		html_die(now, "<%s> of line %d is not closed in its %s", now->open[now->nest - 1],
			now->open_line[now->nest - 1], function ? "function" : "block");
	if (!free && now->nest < then->nest)
		html_die(now, "this block (from line %d) closes <%s>, which it did not open", line,
			then->open[now->nest]);
	for (int i = 0; !free && i < now->nest; i++)
		if (strcmp(now->open[i], then->open[i]) != 0)
			html_die(now,
				"this block (from line %d) closes <%s>, which it did not open",
				line, then->open[i]);
}

#endif
