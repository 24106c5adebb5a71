/* The small languages of request headers, and what is kept of an address and a browser. */
#include "inner.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <zlib.h>

static int quality(str params)
{
	while (params.n) {
		str p = str_trim(str_cut(&params, ';')), v = p, name = str_cut(&v, '=');

		if (!str_eq_nocase(str_trim(name), S("q")))
			continue;
		v = str_trim(v);
		if (!v.n || v.p[0] < '0' || v.p[0] > '1')
			return 0;
		for (size_t i = 0; i < v.n; i++)
			if (v.p[i] >= '1' && v.p[i] <= '9')
				return 1; /* any weight but nought */
		return 0;
	}
	return 1;
}

bool accepts_gzip(str s)
{
	bool any = false;

	while (s.n) {
		str params = str_cut(&s, ','), name = str_trim(str_cut(&params, ';'));

		if (str_eq_nocase(name, S("gzip")) || str_eq_nocase(name, S("x-gzip")))
			return quality(params) > 0;
		if (str_eq(name, S("*")))
			any = quality(params) > 0;
	}
	return any;
}

static str weak(str tag)
{
	tag = str_trim(tag);
	return str_starts(tag, S("W/")) ? str_sub(tag, 2, tag.n) : tag;
}

bool etag_matches(str header, str etag)
{
	while (header.n) {
		str one = weak(str_cut(&header, ','));

		if (str_eq(one, S("*")) || (one.n && str_eq(one, weak(etag))))
			return true;
	}
	return false;
}

str media_type(str s, str *params)
{
	str type = str_cut(&s, ';');

	*params = s;
	return str_trim(type);
}

static str quoted(struct arena *a, str *s)
{
	char *p = arena_alloc(a, 1, s->n + 1);
	size_t n = 0, i = 1;

	for (; i < s->n && s->p[i] != '"'; i++) {
		/* browsers do not escape a backslash in file names, so only \" and \\ are
		 * escapes */
		if (s->p[i] == '\\' && i + 1 < s->n && (s->p[i + 1] == '"' || s->p[i + 1] == '\\'))
			i++;
		p[n++] = s->p[i];
	}
	*s = i < s->n ? str_sub(*s, i + 1, s->n) : (str){NULL, 0};
	return (str){p, n};
}

bool media_param(struct arena *a, str s, str name, str *value)
{
	while (s.n) {
		while (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == ';'))
			s = str_sub(s, 1, s.n);
		size_t eq = str_find(s, S("="));

		if (eq == (size_t)-1)
			return false;
		str key = str_trim(str_sub(s, 0, eq)), v;

		s = str_sub(s, eq + 1, s.n);
		if (s.n && s.p[0] == '"') {
			v = quoted(a, &s);
			if (!s.p)
				return false; /* the quote never closed */
		} else {
			v = str_dup(a, str_trim(str_cut(&s, ';')));
		}
		if (str_eq_nocase(key, name)) {
			*value = v;
			return true;
		}
	}
	return false;
}

str address_truncate(struct arena *a, str address)
{
	unsigned char b[16];
	char text[INET6_ADDRSTRLEN];
	const char *c = str_dup(a, address).p;

	if (!address.n)
		return S("unknown");
	if (inet_pton(AF_INET, c, b) == 1)
		return str_fmt(a, "%d.%d.%d.0/24", b[0], b[1], b[2]);
	if (inet_pton(AF_INET6, c, b) != 1)
		return S("unknown");
	if (!memcmp(b, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12))
		return str_fmt(a, "%d.%d.%d.0/24", b[12], b[13], b[14]);
	memset(b + 6, 0, 10);
	inet_ntop(AF_INET6, b, text, sizeof text);
	return str_fmt(a, "%s/48", text);
}

struct mark {
	const char *has, *name;
};

static const char *marked(str s, const struct mark *m)
{
	for (; m->has; m++)
		if (str_find(s, str_of(m->has)) != (size_t)-1)
			return m->name;
	return m->name;
}

str device_kind(struct arena *a, str agent)
{
	static const struct mark browsers[] = {{"Edg/", "Edge"}, {"OPR/", "Opera"},
		{"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
		{"curl/", "curl"}, {NULL, "Browser"}};
	static const struct mark systems[] = {{"Android", "Android"}, {"iPhone", "iPhone"},
		{"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"}, {NULL, "device"}};

	return str_fmt(a, "%s, %s", marked(agent, browsers), marked(agent, systems));
}

/* deflate's state of one thread. Its window and its waiting symbols are what was packed last, so
 * they are wiped behind each answer: the second and the last thing that deflateInit2 asks for. */
enum { DEFLATE_WINDOW = 1, DEFLATE_PENDING = 4, DEFLATE_PARTS = 5 };
struct deflater {
	z_stream z;
	struct {
		void *p;
		size_t n;
	} part[DEFLATE_PARTS];
	size_t parts;
};

static pthread_key_t deflater_key;
static pthread_once_t deflater_once = PTHREAD_ONCE_INIT;

static voidpf deflater_part(voidpf deflater, uInt items, uInt size)
{
	struct deflater *d = deflater;
	void *p = calloc(items, size);

	if (p && d->parts < DEFLATE_PARTS) {
		d->part[d->parts].p = p;
		d->part[d->parts].n = (size_t)items * size;
	}
	d->parts++;
	return p;
}

static void deflater_part_free(voidpf deflater, voidpf p)
{
	(void)deflater;
	free(p);
}

static void deflater_free(void *deflater)
{
	struct deflater *d = deflater;

	deflateEnd(&d->z);
	free(d);
}

static void deflater_wipe(struct deflater *d)
{
	static const int at[] = {DEFLATE_WINDOW, DEFLATE_PENDING};

	for (size_t i = 0; i < COUNT(at); i++)
		explicit_bzero(d->part[at[i]].p, d->part[at[i]].n);
	d->z.next_in = d->z.next_out = NULL;
}

static void deflater_key_make(void)
{
	pthread_key_create(&deflater_key, deflater_free);
}

/* deflate's quarter of a megabyte of state is kept per thread: making it costs more than a page. */
static struct deflater *deflater(void)
{
	struct deflater *d;

	pthread_once(&deflater_once, deflater_key_make);
	d = pthread_getspecific(deflater_key);
	if (d)
		return deflateReset(&d->z) == Z_OK ? d : NULL;
	d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->z = (z_stream){.zalloc = deflater_part, .zfree = deflater_part_free, .opaque = d};
	if (deflateInit2(&d->z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
		d->parts != DEFLATE_PARTS) { /* another zlib than the one that was looked at */
		deflater_free(d);
		return NULL;
	}
	pthread_setspecific(deflater_key, d);
	return d;
}

bool gzip_bytes(struct arena *a, str in, str *out)
{
	struct deflater *d = in.n < GZIP_BYTES_MIN ? NULL : deflater();

	if (!d)
		return false;
	z_stream *z = &d->z;
	size_t cap = in.n - in.n / 8; /* less gain than an eighth is not worth unpacking */
	char *p = arena_alloc(a, 1, cap);

	z->next_in = (Bytef *)(uintptr_t)in.p;
	z->avail_in = (uInt)in.n;
	z->next_out = (Bytef *)p;
	z->avail_out = (uInt)cap;
	bool whole = deflate(z, Z_FINISH) == Z_STREAM_END;

	*out = (str){p, cap - z->avail_out};
	deflater_wipe(d);
	return whole;
}
