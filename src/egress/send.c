/* A mail to the mail server (SMTP, RFC 5321, by libcurl), or to a file for demonstrations. */
#include "inside.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 4648, without line ends. */
static void base64(struct out *o, str s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t b = (uint32_t)(unsigned char)s.p[i] << 16;

		b |= i + 1 < s.n ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
		b |= i + 2 < s.n ? (unsigned char)s.p[i + 2] : 0;
		out_char(o, digits[b >> 18]);
		out_char(o, digits[b >> 12 & 63]);
		out_char(o, i + 1 < s.n ? digits[b >> 6 & 63] : '=');
		out_char(o, i + 2 < s.n ? digits[b & 63] : '=');
	}
}

/* RFC 2047: words beyond ASCII as base64 of UTF-8, at most 45 bytes each, never inside a
 * character. */
static str encoded_words(struct arena *a, str s)
{
	struct out o;

	out_init(&o, a, s.n * 2 + 64, MAIL_BYTES_MAX, locales);
	while (s.n) {
		size_t n = s.n < 45 ? s.n : 45;

		while (n < s.n && n > 1 && (s.p[n] & 0xc0) == 0x80)
			n--;
		out_lit(&o, "=?UTF-8?B?");
		base64(&o, str_sub(s, 0, n));
		out_lit(&o, "?=");
		s = str_sub(s, n, s.n);
		if (s.n)
			out_lit(&o, "\r\n ");
	}
	return out_view(&o);
}

/* ASCII, of one line that need not be folded, and nothing that looks like an encoded word. */
static bool plain(str s)
{
	bool is = s.n <= HEADER_PLAIN_CHARS_MAX && str_find(s, S("=?")) == (size_t)-1;

	for (size_t i = 0; i < s.n; i++)
		is &= s.p[i] >= 32 && s.p[i] < 127;
	return is;
}

static str header_text(struct arena *a, str s)
{
	return plain(s) ? s : encoded_words(a, s);
}

/* RFC 5322 display-name: an atom stands bare, "Smith, John" in quotes. */
static str header_name(struct arena *a, str s)
{
	bool bare = true, quotable = plain(s);

	for (size_t i = 0; i < s.n; i++) {
		bare &= !strchr("()<>[]:;@\\,.\"", s.p[i]);
		quotable &= s.p[i] != '"' && s.p[i] != '\\';
	}
	if (!quotable)
		return encoded_words(a, s);
	return bare ? s : str_fmt(a, "\"" STR_FMT "\"", STR_ARG(s));
}

/* RFC 5322 date, always UTC. */
static str header_date(struct arena *a, instant t)
{
	static const char days[] = "MonTueWedThuFriSatSun",
			  months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = civil_of(t);

	return str_fmt(a, "%.3s, %d %.3s %d %02d:%02d:%02d +0000", days + (size_t)c.weekday * 3,
		c.day, months + ((size_t)c.month - 1) * 3, c.year, c.hour, c.minute, c.second);
}

/* RFC 2369 and 8058: both headers, or mail programs show no button. The mail server signs them with
 * the rest (DKIM). */
static str list_headers(struct arena *a, const struct mail *m)
{
	if (!m->unsubscribe.n)
		return S("");
	return str_fmt(a,
		"List-Unsubscribe: <" STR_FMT ">\r\n"
		"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
		"Precedence: bulk\r\n",
		STR_ARG(m->unsubscribe));
}

/* Not every server takes 8 bits (RFC 6152) or long lines (RFC 5321 4.5.3.1.6: 998): what is more
 * than short lines of ASCII goes as base64, RFC 2045. */
static bool seven_bit(str s)
{
	size_t line = 0;
	bool is = true;

	for (size_t i = 0; i < s.n && is; i++) {
		line = s.p[i] == '\n' ? 0 : line + 1;
		is = (signed char)s.p[i] > 0 && line < LINE_BYTES_MAX;
	}
	return is;
}

static str base64_lines(struct arena *a, str s)
{
	enum { BYTES_IN_LINE = 57 }; /* 76 characters */
	struct out o;

	out_init(&o, a, s.n * 2 + 64, 2 * MAIL_BYTES_MAX, locales);
	for (; s.n; s = str_sub(s, s.n < BYTES_IN_LINE ? s.n : BYTES_IN_LINE, s.n)) {
		base64(&o, str_sub(s, 0, s.n < BYTES_IN_LINE ? s.n : BYTES_IN_LINE));
		out_lit(&o, "\r\n");
	}
	return out_view(&o);
}

/* A text with what says how to read it. A file is to be read by people: it keeps its 8 bits. */
static str entity(struct arena *a, const struct egress_options *o, const char *type, str body)
{
	const char *coding = "8bit";

	if (o->smtp_url) {
		coding = seven_bit(body) ? "7bit" : "base64";
		body = seven_bit(body) ? body : base64_lines(a, body);
	}
	return str_fmt(a,
		"Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n" STR_FMT,
		type, coding, STR_ARG(body));
}

/* RFC 2046 5.1.4: the same twice, the plainest first. */
static str alternatives(struct arena *a, const struct egress_options *o, const struct mail *m)
{
	str mark = str_fmt(a, "kontor-" STR_FMT, STR_ARG(id_text(a, m->id.v)));

	return str_fmt(a,
		"Content-Type: multipart/alternative; boundary=\"" STR_FMT "\"\r\n\r\n--" STR_FMT
		"\r\n" STR_FMT "\r\n--" STR_FMT "\r\n" STR_FMT "\r\n--" STR_FMT "--\r\n",
		STR_ARG(mark), STR_ARG(mark), STR_ARG(entity(a, o, "text/plain", m->body)),
		STR_ARG(mark), STR_ARG(entity(a, o, "text/html", mail_html(a, m->locale, m))),
		STR_ARG(mark));
}

static str message(struct arena *a, const struct egress_options *o, const struct mail *m)
{
	str host = str_of(o->from);

	str_cut(&host, '@');
	return str_fmt(a,
		"Date: " STR_FMT "\r\nFrom: <%s>\r\nTo: " STR_FMT " <" STR_FMT
		">\r\nSubject: " STR_FMT "\r\nMessage-ID: <" STR_FMT "@" STR_FMT ">\r\n" STR_FMT
		"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" STR_FMT,
		STR_ARG(header_date(a, clock_real())), o->from, STR_ARG(header_name(a, m->to_name)),
		STR_ARG(m->to_address), STR_ARG(header_text(a, m->subject)),
		STR_ARG(id_text(a, m->id.v)), STR_ARG(host), STR_ARG(list_headers(a, m)),
		STR_ARG(m->pixel.n ? alternatives(a, o, m) : entity(a, o, "text/plain", m->body)));
}

/* Under the name of the key's owner: the file goes when that key is dropped (store/erased.c). */
static const char *to_file(struct store *s, const struct mail *m, str text, struct arena *a)
{
	str dir = str_fmt(a, "%s/mail", store_dir(s));
	str path = str_fmt(a, STR_FMT "/" STR_FMT "-" STR_FMT ".eml", STR_ARG(dir),
		STR_ARG(id_text(a, m->id.v)), STR_ARG(id_text(a, m->owner)));

	if (mkdir(dir.p, 0700) && errno != EEXIST)
		return "the folder mail/ cannot be made";
	int fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return "a file in mail/ cannot be made";
	ssize_t n = write(fd, text.p, text.n);

	return close(fd) == 0 && n == (ssize_t)text.n ? NULL : "a file in mail/ cannot be written";
}

static size_t give(char *to, size_t size, size_t count, void *ctx)
{
	str *rest = ctx;
	size_t n = size * count < rest->n ? size * count : rest->n;

	memcpy(to, rest->p, n);
	*rest = str_sub(*rest, n, rest->n);
	return n;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void egress_start_curl(void)
{
	pthread_once(&once, start_curl);
}

static void curl_setup(CURL *c, const struct egress_options *o)
{
	long total_s = o->smtp_total_s ? o->smtp_total_s : SMTP_TOTAL_S;

	curl_easy_setopt(c, CURLOPT_URL, o->smtp_url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)SMTP_CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, total_s);
	/* After that it still says QUIT and waits so long for the answer. */
	curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, total_s);
	if (o->smtp_ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, o->smtp_ca);
	if (o->smtp_user) {
		curl_easy_setopt(c, CURLOPT_USERNAME, o->smtp_user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, o->smtp_password);
		curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	} else {
		curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
	}
}

/* RFC 5321 4.2.1: 4xx asks to come again, 5xx refuses for good. Of the latter those that are about
 * the mailbox or the message; the others (530, 535 …) are about who we are. */
static struct sending judged(CURLcode rc, long code, struct arena *a)
{
	/* MAIL, RCPT or DATA was refused, or the message behind it. */
	bool asked =
		rc == CURLE_SEND_ERROR || rc == CURLE_RECV_ERROR || rc == CURLE_WEIRD_SERVER_REPLY;
	struct sending e = {
		.refused = asked && code >= 550 && code < 560, .down = !asked || code < 400};

	if (rc == CURLE_OK)
		return (struct sending){0};
	e.trouble = code >= 400 ? str_fmt(a, "the mail server answered %ld", code).p
				: curl_easy_strerror(rc);
	return e;
}

static struct sending to_server(
	const struct egress_options *o, const struct mail *m, str text, struct arena *a)
{
	pthread_once(&once, start_curl);
	CURL *c = curl_easy_init();
	struct curl_slist *to =
		curl_slist_append(NULL, str_fmt(a, "<" STR_FMT ">", STR_ARG(m->to_address)).p);
	str from = str_fmt(a, "<%s>", o->from);
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	long code = 0;

	if (c && to) {
		curl_setup(c, o);
		curl_easy_setopt(c, CURLOPT_MAIL_FROM, from.p);
		curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
		curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
		curl_easy_setopt(c, CURLOPT_READDATA, &text);
		curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
		rc = curl_easy_perform(c);
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &code);
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return judged(rc, code, a);
}

struct sending mail_send(
	struct store *s, const struct egress_options *o, const struct mail *m, struct arena *a)
{
	str text = message(a, o, m);

	return o->smtp_url ? to_server(o, m, text, a)
			   : (struct sending){.trouble = to_file(s, m, text, a)};
}
