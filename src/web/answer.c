/* Answers: what handlers say, and how it is printed: pages, problems (RFC 9457), redirects; the
 * headers that every answer carries; the gate that cookies pass. */
#include "inner.h"

#include <stdio.h>

static struct exchange *of(const struct req *r)
{
	return r->web->x;
}

/* ---- for handlers ------------------------------------------------------------------------ */

static str location_clean(struct req *r, str path)
{
	if (!path.n || path.p[0] != '/' || (path.n > 1 && (path.p[1] == '/' || path.p[1] == '\\')))
		fault(FAULT_BUG, "%s: an answer leads out of the marketplace", r->route->path);
	for (size_t i = 0; i < path.n; i++)
		if ((unsigned char)path.p[i] <= 0x20 || path.p[i] == 0x7f)
			fault(FAULT_BUG, "%s: an answer leads to a path with a blank or control",
				r->route->path);
	return str_dup(r->arena, path);
}

int see(struct req *r, const char *fmt, ...)
{
	char path[REQ_URI_BYTES_MAX];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof path, fmt, ap);
	va_end(ap);
	MUST(n > 0 && (size_t)n < sizeof path);
	r->web->location = location_clean(r, (str){path, (size_t)n});
	return 303;
}

int done(struct req *r, int status, str path, struct text t, const struct row_desc *d,
	const void *row)
{
	if (t.msg && !r->api)
		flash(r, t);
	r->web->location = path.n ? location_clean(r, path) : (str){NULL, 0};
	if (!r->api)
		return 303;
	if (d && row) {
		struct json j = json_to(r->out);

		json_row(&j, d, row);
	}
	r->web->there = d && !row;
	return status;
}

void form_error(struct req *r, const char *field, struct text t)
{
	form_errors_add(r->arena, &r->web->errors, str_of(field), t);
}

int problem(struct req *r, int status, struct text why)
{
	MUST(status >= 400 && status < 600);
	r->web->why = why;
	return status;
}

void answer_type(struct req *r, const char *content_type)
{
	r->web->type = str_of(content_type);
}

void answer_header(struct req *r, const char *name, str value)
{
	struct req_private *own = r->web;

	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f)
			fault(FAULT_BUG, "%s: header %s holds a control", r->route->path, name);
	MUST(own->set_n < HEADERS_SET_MAX);
	own->set[own->set_n++] = (struct header){str_of(name), str_dup(r->arena, value)};
}

/* RFC 6266: the plain name for old readers, the UTF-8 one for all others. */
void answer_download(struct req *r, str file_name, const char *content_type)
{
	struct out o;

	out_init(&o, r->arena, 128, 4096, r->locale);
	out_lit(&o, "attachment; filename=\"");
	for (size_t i = 0; i < file_name.n; i++) {
		unsigned char c = (unsigned char)file_name.p[i];

		out_char(&o,
			c < 0x20 || c >= 0x7f || c == '"' || c == '\\' || c == '/' ? '_' : (char)c);
	}
	out_lit(&o, "\"; filename*=UTF-8''");
	esc_part_str(&o, file_name);
	answer_header(r, "Content-Disposition", out_view(&o));
	answer_type(r, content_type);
}

void answer_etag(struct req *r, str tag)
{
	r->web->etag = str_fmt(r->arena, "\"%s\"", hex_of(r->arena, digest_of(tag).b, 12).p);
}

void answer_cookie(struct req *r, const char *name, str value)
{
	struct req_private *own = r->web;

	MUST(own->cookies_n < COOKIES_SET_MAX);
	own->cookies[own->cookies_n++] =
		(struct cookie_set){str_of(name), str_dup(r->arena, value), false};
}

static const struct field *declared(const struct form *f, str name)
{
	for (size_t i = 0; f && i < f->fields_n; i++)
		if (str_eq(str_of(f->fields[i].name), name))
			return &f->fields[i];
	return NULL;
}

static const struct field *declared_deep(const struct form *f, str name)
{
	str rest = name, first = str_cut(&rest, '.');
	const struct field *d = declared(f, first);

	if (!d || d->kind != FIELD_ROWS || !rest.n)
		return rest.n ? NULL : d;
	str_cut(&rest, '.');
	return declared_deep(d->rows, rest);
}

str query_str(const struct req *r, const char *name)
{
	const struct value *v;

	if (!r->route || r->route->method != GET || !declared(r->route->form, str_of(name)))
		return (str){NULL, 0};
	v = values_find(&r->web->query, str_of(name));
	return v && str_utf8(v->text) ? v->text : (str){NULL, 0};
}

str field_value(const struct req *r, const char *name, str fallback)
{
	const struct route *route = r->route;
	const struct field *d = route ? declared_deep(route->form, str_of(name)) : NULL;
	const struct values *all = route && route->method != GET ? &r->web->values : &r->web->query;
	const struct value *v;

	if (!d || d->kind == FIELD_PASSWORD || d->kind == FIELD_FILE || all->json)
		return d && d->kind == FIELD_PASSWORD ? (str){"", 0} : fallback;
	v = values_find(all, str_of(name));
	if (!v && all->n && d->kind == FIELD_BOOL && route->method == POST)
		return (str){"", 0}; /* a box that was not ticked is not sent */
	return v && str_utf8(v->text) ? v->text : fallback;
}

const struct text *field_error(const struct req *r, const char *name)
{
	for (size_t i = 0; i < r->web->errors.n; i++)
		if (!strcmp(r->web->errors.v[i].field, name))
			return &r->web->errors.v[i].text;
	return NULL;
}

size_t form_errors(const struct req *r, const struct form_error **v)
{
	*v = r->web->errors.v;
	return r->web->errors.n;
}

static str param(const struct req *r, const char *name)
{
	const struct params *p = &r->web->params;

	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->name[i], name))
			return p->value[i];
	fault(FAULT_BUG, "%s has no {%s}", r->route->path, name);
}

int64_t path_id(const struct req *r, const char *name)
{
	int64_t id;

	return id_parse(param(r, name), &id) ? id : 0;
}

str path_str(const struct req *r, const char *name)
{
	return param(r, name);
}

str req_target(const struct req *r)
{
	return of(r)->target;
}

struct store *req_store(const struct req *r)
{
	return r->web->x->web->store;
}

str request_id(const struct req *r)
{
	return id_text(r->arena, (int64_t)(r->viewer.request & INT64_MAX));
}

/* ---- status texts and error answers ------------------------------------------------------ */

int status_text(int status)
{
	switch (status) {
	case 400: return MSG_web_status_400;
	case 401: return MSG_web_status_401;
	case 403: return MSG_web_status_403;
	case 404: return MSG_web_status_404;
	case 405: return MSG_web_status_405;
	case 409: return MSG_web_status_409;
	case 410: return MSG_web_status_410;
	case 413: return MSG_web_status_413;
	case 414: return MSG_web_status_414;
	case 415: return MSG_web_status_415;
	case 422: return MSG_web_status_422;
	case 429: return MSG_web_status_429;
	case 503: return MSG_web_status_503;
	default: return status >= 500 ? MSG_web_status_500 : MSG_web_status_400;
	}
}

static void problem_print(struct exchange *x, int status)
{
	struct req *r = &x->req;
	struct json j = json_to(r->out);
	struct out text;

	out_init(&text, x->arena, 256, 1 << 14, r->locale);
	json_open(&j);
	json_key(&j, "type");
	json_str(&j, S("about:blank"));
	json_key(&j, "title");
	json_str(&j, msg_template(r->locale, status_text(status)));
	json_key(&j, "status");
	json_int(&j, status);
	if (x->own.why.msg) {
		out_text_plain(&text, x->own.why);
		json_key(&j, "detail");
		json_str(&j, out_view(&text));
	}
	if (str_starts(x->path, S("/v1/"))) { /* as the Data Rights Protocol 1.0 writes errors */
		json_key(&j, "code");
		json_str(&j, str_fmt(x->arena, "%d", status));
		json_key(&j, "message");
		json_str(&j,
			text.n ? out_view(&text) : msg_template(r->locale, status_text(status)));
	}
	json_key(&j, "request");
	json_str(&j, request_id(r));
	if (x->own.errors.n) {
		json_key(&j, "errors");
		json_list(&j);
		for (size_t i = 0; i < x->own.errors.n; i++) {
			out_cut(&text, 0);
			out_text_plain(&text, x->own.errors.v[i].text);
			json_open(&j);
			json_key(&j, "field");
			json_str(&j, str_of(x->own.errors.v[i].field));
			json_key(&j, "message");
			json_str(&j, out_view(&text));
			json_close(&j);
		}
		json_end(&j);
	}
	json_close(&j);
	x->own.type = str_starts(x->path, S("/v1/")) ? S("application/json")
						     : S("application/problem+json");
}

static void plain_print(struct exchange *x, int status)
{
	struct out *o = x->req.out;

	out_cut(o, 0);
	out_fmt(o, "%d ", status);
	out_str(o, msg_template(x->req.locale, status_text(status)));
	if (x->own.why.msg) {
		out_lit(o, "\n");
		out_text_plain(o, x->own.why);
	}
	out_fmt(o, "\n" STR_FMT "\n", STR_ARG(request_id(&x->req)));
	x->own.type = S("text/plain; charset=utf-8");
}

/* The operator's own page, in a snapshot of its own; if even that fails, two lines of text. */
static void page_print(struct exchange *x, int status)
{
	struct web *w = x->web;
	struct fault_point fp;

	if (!w->options.error_page) {
		plain_print(x, status);
		return;
	}
	x->own.type = (str){NULL, 0};
	if (FAULT_TRY(fp)) {
		exchange_read(x, w->options.frame_purposes | BIT(PURPOSE_PUBLIC));
		if (w->options.frame_own)
			w->options.frame_own(&x->req);
		if (w->options.frame)
			w->options.frame(&x->req);
		w->options.error_page(&x->req, status, x->own.why);
		exchange_read_end(x);
		FAULT_END(fp);
	} else {
		exchange_read_end(x);
		LOG(LOG_ERROR, "error page failed", LOG_S("what", str_of(fp.what)));
		plain_print(x, status);
	}
}

void answer_error(struct exchange *x, int status)
{
	out_cut(x->req.out, 0);
	x->own.location = x->own.etag = (str){NULL, 0};
	if (x->req.api)
		problem_print(x, status);
	else
		page_print(x, status);
	answer_finish(x, status);
}

/* ---- headers ----------------------------------------------------------------------------- */

void answer_add(struct exchange *x, str name, str value)
{
	if (x->answer_n == x->answer_cap)
		x->answer = arena_grow(
			x->arena, x->answer, sizeof *x->answer, x->answer_n, &x->answer_cap);
	x->answer[x->answer_n++] = (struct header){name, value};
}

void answer_security(struct exchange *x, bool html)
{
	answer_add(x, S("X-Content-Type-Options"), S("nosniff"));
	answer_add(x, S("Referrer-Policy"), S("same-origin"));
	answer_add(x, S("Cross-Origin-Resource-Policy"), S("same-origin"));
	answer_add(x, S("Content-Security-Policy"),
		html ? tags_policy(x->arena, x->own.tags, x->own.tags_n)
		     : S("default-src 'none'; frame-ancestors 'none'"));
	if (x->tls)
		answer_add(x, S("Strict-Transport-Security"), S("max-age=31536000"));
	if (!html)
		return;
	answer_add(x, S("Cross-Origin-Opener-Policy"), S("same-origin"));
	answer_add(x, S("Permissions-Policy"),
		S("camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
		  "browsing-topics=()"));
}

static void answer_cookies(struct exchange *x)
{
	struct web *w = x->web;
	str line;

	choice_expire(x);
	for (size_t i = 0; i < x->own.cookies_n; i++) {
		const struct cookie_set *c = &x->own.cookies[i];
		enum cookie_gate gate = cookie_write(x->arena, w->policy,
			cookie_choice(&x->req).agreed, x->tls, c->name, c->value, &line);

		if (gate == COOKIE_SENT)
			answer_add(x, S("Set-Cookie"), line);
		else
			metrics_add(w->metrics, COUNT_COOKIES_DROPPED, 1);
	}
}

static bool given(const struct exchange *x, str name)
{
	for (size_t i = 0; i < x->answer_n; i++)
		if (str_eq_nocase(x->answer[i].name, name))
			return true;
	return false;
}

static bool type_is_text(str type)
{
	return str_starts(type, S("text/")) || str_find(type, S("json")) != (size_t)-1 ||
	       str_find(type, S("svg")) != (size_t)-1 || str_find(type, S("xml")) != (size_t)-1;
}

static void answer_body(struct exchange *x, str type)
{
	str packed;

	x->body = x->own.kept.p ? x->own.kept : out_view(x->req.out);
	answer_add(x, S("Content-Type"), type);
	if (x->own.etag.n) {
		answer_add(x, S("ETag"), x->own.etag);
		if (x->status == 200 &&
			etag_matches(exchange_header(x, S("If-None-Match")), x->own.etag)) {
			x->status = 304;
			x->body = (str){"", 0};
			return;
		}
	}
	if (x->body.n && type_is_text(type) &&
		accepts_gzip(exchange_header(x, S("Accept-Encoding"))) &&
		gzip_bytes(x->arena, x->body, &packed)) {
		x->body = packed;
		answer_add(x, S("Content-Encoding"), S("gzip"));
		metrics_add(x->web->metrics, COUNT_GZIPPED, 1);
	}
}

void answer_finish(struct exchange *x, int status)
{
	struct req_private *own = &x->own;
	str type = own->type;

	x->status = status;
	if (!type.n)
		type = x->req.api ? S("application/json") : S("text/html; charset=utf-8");
	bool html = str_starts(type, S("text/html"));

	session_answer(x);
	answer_body(x, type);
	for (size_t i = 0; i < own->set_n; i++)
		answer_add(x, own->set[i].name, own->set[i].value);
	if (own->location.n)
		answer_add(x, S("Location"), own->location);
	answer_cookies(x);
	answer_security(x, html);
	if (!given(x, S("Cache-Control")))
		answer_add(x, S("Cache-Control"),
			x->req.viewer.session || x->req.viewer.person ? S("private, no-cache")
								      : S("no-cache"));
	answer_add(x, S("Vary"),
		S("Accept-Encoding, Accept-Language, Cookie, Authorization, X-Fragment"));
	if (own->session == SESSION_GONE)
		answer_add(x, S("Clear-Site-Data"), S("\"cache\""));
	if (status == 401)
		answer_add(x, S("WWW-Authenticate"), S("Bearer realm=\"kontor\""));
	answer_add(x, S("X-Request-Id"), request_id(&x->req));
	own->shown = true;
}
