/* page: the frame that every page stands in, and the parts that pages are made of.
 *
 * A page is written between page_open and page_close (page.html). Its parts are template functions
 * of part.html (what is shown) and field.html (what is asked). doc/design-system.md shows each with
 * its call. Texts are `struct text`: TEXT(key, …) in C, t("key", …) in a template; data that is
 * itself the text (a category's name) is wrapped by AS_TEXT. Structs that stay zero mean "none". */
#ifndef KONTOR_PAGE_H
#define KONTOR_PAGE_H

#include "web.h"

#define AS_TEXT(x) TEXT(look_as_is, (x))
static inline bool text_is(struct text t)
{
	return t.msg != 0;
}

/* ---- the frame ------------------------------------------------------------------------------ */
struct link {
	struct text label;
	str url;
	bool current;
	bool counted; /* shows count */
	int64_t count;
	bool starts; /* first of a group: a line is drawn above */
};
struct links {
	const struct link *v;
	size_t n;
};
/* What every page shows around its content. Zeroed when the request begins, filled by
 * web_options.frame, read by page_open and page_close. */
struct shell {
	str brand;	      /* the marketplace's name */
	str logo;	      /* URL of the operator's picture, or none: the brand's mark */
	str operator_name;    /* legal name, in the footer */
	str email, phone;     /* of the operator, in the footer; empty: not shown */
	struct links nav;     /* categories: the line under the header */
	struct links account; /* menu of the person signed in */
	struct links foot[4]; /* columns of the footer */
	struct text foot_title[4];
	str person, company; /* of the viewer; person.p == NULL: nobody signed in */
	bool staff;	     /* an operator: no basket */
	bool ask_cookies;    /* the visitor has not said yet what this device may remember */
	int64_t basket;	     /* lines in the basket */
	int64_t unread;
	str searched;		/* what the search box holds */
	const char *theme;	/* "light", "dark" or NULL: as the device says */
	const char *density;	/* "roomy" or NULL */
	struct text notice;	/* a line above all, e.g. "a demonstration" */
	struct link news;	/* another one that leads somewhere; url.p == NULL: none */
	struct links languages; /* locales to choose from; url = value of the field "lang" */
	bool beside;		/* page_open drew the menu beside the page: page_close ends it */
};
enum page_width { PAGE_NORMAL, PAGE_NARROW, PAGE_SLIM, PAGE_WIDE };
struct page {
	struct text title;	 /* in the tab, with the brand behind it */
	struct text description; /* for search engines */
	str canonical;		 /* path of the page's one address; none: robots do not index it */
	enum page_width width;
	struct links crumbs; /* from the top, without the page itself */
	bool bare;	     /* no search, no categories: signing in, printing */
	bool live;	     /* loads live.js: the page listens for events */
	bool beside;	     /* the viewer's menu (shell.account) stands beside it */
};
/* The shell of this request (r->shell); zeroed until the frame function has filled it. */
struct shell *page_shell(struct req *r);

/* ---- tone ----------------------------------------------------------------------------------- */
enum tone { TONE_NEUTRAL, TONE_INFO, TONE_GOOD, TONE_WARN, TONE_BAD };
const char *tone_class(enum tone t); /* "", "info", "good", "warn", "bad" */
enum button { BUTTON_PLAIN, BUTTON_FIRST, BUTTON_BAD, BUTTON_SMALL, BUTTON_BIG, BUTTON_LINK };
const char *button_class(enum button b);

/* ---- fields: drawn from their declaration in the form ---- */
struct choice {
	str value;
	struct text label, hint;
	bool checked; /* for groups of check boxes; a single choice is told by the field's value */
};
/* How one field is shown. All of it may stay away: FIELD(o, r, &form, "email"). */
struct field_look {
	str value; /* the stored value, as the field would be typed; what was typed goes first */
	struct text label, hint;      /* instead of the declared ones */
	struct text why;	      /* why it is asked, or what happens without it */
	const struct choice *choices; /* for FIELD_ENUM, FIELD_ID; FIELD_CODE has its own */
	size_t choices_n;
	bool radio;   /* choices as cards, not as a list */
	bool side;    /* cards side by side */
	bool blank;   /* list begins with an empty choice */
	bool stepper; /* whole number with - and + (step: min) */
	int64_t step;
	struct text before, after; /* fixed text in the field's frame: EUR, pieces */
	int width;		   /* 1..5, 0: by kind */
	bool disabled, quiet;	   /* quiet: label for screen readers only */
	bool needed;		   /* asked for here, though the form leaves it open */
	const char *accept;	   /* FIELD_FILE: "image/png, image/jpeg" */
	struct text limits;	   /* FIELD_FILE: what may be sent, said before */
	bool checked;		   /* FIELD_BOOL: stored value */
	const char *autocomplete;  /* instead of the declared one */
	const char *list;	   /* id of a datalist */
};
/* A field ready to be drawn: what field_show hands to field_draw (field.html). */
struct field_show {
	const struct field *f;
	const struct field_look *look;
	str name, value, described; /* described: ids for aria-describedby */
	struct text label, hint;
	const struct text *error;	   /* NULL: none */
	const struct policy_table *notice; /* whose group or column it is; NULL: not personal */
	const struct policy_group *group;
	const struct policy_column *column;
	const char *type, *mode, *complete, *width;
	int64_t chars;
	bool checked;
};
void field_show(struct out *o, struct req *r, const struct form *f, const char *name,
	const struct field_look *look);
/* Fills notice, group and column from the policy; nothing for a field that is not personal. */
void field_notice_find(const struct policy *p, struct field_show *s);
struct text notice_required(struct out *o, const struct field_show *s);
str notice_purposes(struct out *o, const struct field_show *s);
#define FIELD(o, r, form, name, ...) \
	field_show((o), (r), (form), (name), &(struct field_look){__VA_ARGS__})
/* Finds "email" or "lines.2.quantity" in a form; faults (FAULT_BUG) if it is not declared. */
const struct field *form_field(const struct form *f, const char *name);
/* What the form that was sent calls its field, for the summary of mistakes; in a list with the
 * row's number, from 1. None: the form has no such field. */
struct text form_error_label(const struct req *r, const char *name);
/* What a field is to be filled with, from stored values (arena strings, machine form). */
str value_int(struct req *r, int64_t v);
str value_money(struct req *r, money m);				    /* 12.50 */
str value_price(struct req *r, struct price p);				    /* 0.0021 */
str value_date(struct req *r, instant t);				    /* 2026-03-01 */
str name_row(struct req *r, const char *list, size_t i, const char *field); /* lines.2.quantity */
/* Names of the hidden fields that form_open writes and web reads. */
#define FIELD_CSRF "_token"
#define FIELD_KEY "_key"

/* ---- tables -----------------------------------------------------------------------------------
 * */
struct column {
	struct text label;
	const char *sort; /* value of the query field `sort`; NULL: cannot be sorted */
	bool num;	  /* figures: aligned at the end */
	bool quiet;	  /* heading for screen readers only (actions) */
	bool select;	  /* check box that selects all */
};
struct sorting {
	str base; /* address with everything but sort, ends in ? or & */
	str by;	  /* "total" or "-total" */
};
str sort_url(struct out *o, const struct sorting *s, const char *column);
const char *sort_state(const struct sorting *s, const char *column); /* "ascending" … or NULL */

/* ---- facets ---- */
struct facet_value {
	str value;
	struct text label;
	int64_t count;
	bool more; /* the count is a lower bound: 1,000+ */
	bool checked;
};
struct facet {
	str name; /* of the query field */
	struct text label;
	enum { FACET_MANY, FACET_ONE, FACET_RANGE } kind;
	const struct facet_value *v;
	size_t n;
	size_t shown; /* the rest behind "more"; 0: 8 */
	str from, to; /* FACET_RANGE: what was typed; fields NAME_min, NAME_max */
	struct text unit;
	bool closed;
};
struct chosen { /* a filter that is set, and the address without it */
	struct text label;
	str url;
};

/* ---- other parts ---- */
struct pager {
	str prev, next;	     /* addresses; p == NULL: there is none */
	str base;	     /* numbered: address that ends in "page=" */
	int64_t page, pages; /* pages 0: not numbered (cursor) */
	bool more;	     /* pages is a lower bound */
};
struct task_step {
	struct text label;
	str url;
};
struct happening { /* one entry of a timeline */
	struct text what;
	instant at; /* TIME_NONE: not yet */
	struct text who, note;
	enum tone tone;
};
struct price_tier {
	int64_t from;
	struct price price;
};
struct stat_tile {
	struct text label, value, note;
	enum tone tone;	      /* of the note */
	const int64_t *spark; /* spark_n values: a small line beside the figure */
	size_t spark_n;
	str url;
};
struct address {
	str name, company, street, street2, postcode, city, region;
	struct text country;
	str phone;
};
struct picture {
	str url, alt;
	const char *icon;      /* placeholder: a symbol of icon.svg; NULL: box */
	const char *size;      /* "xs", "s" or NULL: fills its place */
	bool first;	       /* above the fold: loaded at once */
	int64_t width, height; /* in pixels; 0: the place it stands in says */
};
str initials(struct out *o, str name);			  /* "Nordmetall GmbH" -> "NG" */
bool page_pages_gap(const struct pager *p, int64_t page); /* page numbers that are left out */
bool page_pages_shown(const struct pager *p, int64_t page);

#include "chart.h"
#include "gen/page.html.h"
#include "gen/part.html.h"
#include "gen/field.html.h"
#endif
